import { globMatches } from '../../../../words/glob.ts';
import { dayMs } from '../../../../words/time.ts';
import { type Answer, type Asking, ask } from '../../../asks.ts';
import {
  type CredentialReportFile,
  generateCredentialReport,
  getCredentialReport,
} from '../../../calls/credential-report.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import type { CredentialRow } from '../../../credential-report/facts.ts';
import { CredentialReportError, parseCredentialReport } from '../../../credential-report/parse.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';

const about: About = {
  id: 'iam-nonfederated-use',
  version: 1,
  title: 'IAM users that act are known',
  severity: 'medium',
  why: 'People come through the directory and workloads through roles: whatever still acts as an IAM user has a secret that can be stolen.',
  passes:
    'Each IAM user whose password or key was used within the week before the credential report is named in framework.expectedUsers, or none was.',
  fix: 'Move people to IAM Identity Center and workloads to roles, then:\naws iam update-access-key --user-name {name} --access-key-id <key> --status Inactive\naws iam delete-login-profile --user-name {name}\nor name a user that is wanted in framework.expectedUsers',
  references: [
    'CIS v6.0 2.20',
    'Security Hub IAM.28',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html',
  ],
};

/** The days of the report's time in which a use counts. */
const daysLooked = 7;

/** Null: IAM is still making the report. */
type Facts = Answer<CredentialReportFile | null>;

export const check = accountCheck(about, report, judge);

function* report({ estate, account }: AccountScope): Asking<Facts> {
  const place = globalPlace(estate, account.id);
  const made = yield* ask(generateCredentialReport, place);
  if (made.is !== 'value') return made;
  if (made.value.State?.toUpperCase() !== 'COMPLETE') return { ...made, value: null };
  return yield* ask(getCredentialReport, place);
}

function judge(answer: Facts, { estate, account }: AccountScope): Judged[] {
  const spot = { account: account.id, region: 'global' };
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  if (answer.is === 'absent' || answer.value === null)
    return [unknown(spot, 'pending', 'IAM is still making the credential report: it is ready in a few minutes.')];
  const { Content, GeneratedTime } = answer.value;
  let rows: readonly CredentialRow[];
  try {
    const read = parseCredentialReport(Content, account.id);
    if (read.unreadRows.length > 0)
      return [unknown(spot, 'not asked', `${read.unreadRows.length} rows of the credential report cannot be read.`)];
    rows = read.rows;
  } catch (error) {
    if (!(error instanceof CredentialReportError)) throw error;
    return [unknown(spot, 'not asked', error.message)];
  }
  const used = rows.filter((row) => !row.root && usedSince(row, GeneratedTime.getTime() - daysLooked * dayMs));
  const expected = (name: string) => estate.settings.expectedUsers.some((pattern) => globMatches(pattern, name));
  const strangers = used.filter(({ user }) => !expected(user));
  if (strangers.length === 0)
    return [
      pass(
        spot,
        used.length === 0
          ? `None of ${rows.length - 1} IAM users acted within ${daysLooked} days.`
          : `Only users that are expected acted: ${used.map(({ user }) => user).join(', ')}.`,
        { proof: 'proven' },
      ),
    ];
  return strangers.map(({ user, arn }) =>
    fail({ ...spot, resource: arn }, `The IAM user ${user} acted within ${daysLooked} days: is that expected?`, {
      proof: 'proven',
    }),
  );
}

const usedSince = ({ passwordLastUsedAt, keys }: CredentialRow, since: number): boolean =>
  [passwordLastUsedAt, ...keys.map(({ lastUsedAt }) => lastUsedAt)].some((at) => at !== null && at.getTime() > since);
