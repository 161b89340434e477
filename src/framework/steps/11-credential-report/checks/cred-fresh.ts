import type { Answer } from '../../../asks.ts';
import type { CredentialReport } from '../../../calls/digests.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { readable, reportOf, spotOf } from '../facts.ts';

const about: About = {
  id: 'cred-fresh',
  version: 1,
  title: 'Every account has a credential report of this week',
  severity: 'high',
  why: 'A report that stopped coming looks like one without findings.',
  passes: 'A report that AWS made within the last seven days, with a row for each user of the account.',
  fix: 'aws iam generate-credential-report',
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html'],
};

const weekMs = 7 * 86_400_000;

export const check = accountCheck(about, reportOf, judge);

function judge(answer: Answer<CredentialReport | null>, scope: AccountScope): Judged[] {
  const read = readable(answer, scope);
  if ('none' in read) return read.none;
  const { generatedAt, whole, remarks } = read.report;
  const spot = spotOf(scope);
  if (generatedAt === null) return [unknown(spot, 'pending', 'AWS has not made the report yet.')];
  const said = `AWS made the report on ${generatedAt.toISOString()}`;
  if (scope.estate.now.getTime() - generatedAt.getTime() > weekMs)
    return [fail(spot, `${said}, more than seven days ago: run /audit report now.`)];
  if (!whole) return [fail(spot, `${said}, and not every row of it can be read: ${remarks[0] ?? 'ask again'}`)];
  // As many rows as the account has users is the proof: a report that is cut or stale has fewer.
  return remarks.length === 0
    ? [pass(spot, `${said}, with a row for each user of the account.`, { proof: 'proven' })]
    : [pass(spot, `${said}. ${remarks.join(' ')}`)];
}
