import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/framework/asks.ts';
import type { CredentialReport, DigestRuns } from '../../../src/framework/calls/digests.ts';
import type { Check } from '../../../src/framework/check.ts';
import type { Estate, EstateAccount } from '../../../src/framework/estate.ts';
import { frameworkDefaults } from '../../../src/framework/settings.ts';
import { check as fresh } from '../../../src/framework/steps/11-credential-report/checks/cred-fresh.ts';
import { check as kept } from '../../../src/framework/steps/11-credential-report/checks/cred-kept.ts';
import { check as open } from '../../../src/framework/steps/11-credential-report/checks/cred-open.ts';
import { check as reviewed } from '../../../src/framework/steps/11-credential-report/checks/cred-reviewed.ts';
import { check as root } from '../../../src/framework/steps/11-credential-report/checks/cred-root.ts';
import { check as specific } from '../../../src/framework/steps/11-credential-report/checks/cred-service-specific.ts';

const now = new Date('2026-11-29T08:00:00Z');
const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);

const account: EstateAccount = {
  id: '111122223333',
  name: 'prod-payments',
  state: 'ACTIVE',
  organizationalUnits: [],
  parent: null,
  joined: null,
  regions: { is: 'value', value: ['eu-west-1'], at: now },
};

const estate: Estate = {
  now,
  home: { account: account.id, region: 'eu-west-1', arn: 'arn:aws:iam::111122223333:role/bot', partition: 'aws' },
  organization: { is: 'absent', error: 'AWSOrganizationsNotInUseException', message: '', at: now },
  accounts: [account],
  trouble: null,
  delegated: { is: 'value', value: new Map(), at: now },
  settings: frameworkDefaults,
};

/** Judges with this answer of the store, and says verdict, proof and reason. */
function judged({ work }: Check, value: unknown): string[] {
  const course =
    work.scope === 'organization'
      ? work.judge(estate)
      : work.scope === 'account'
        ? work.judge({ estate, account })
        : work.judge({ estate, account, region: 'eu-west-1' });
  const answer: Answer<unknown> = { is: 'value', value, at: now };
  let turn = course.next();
  while (turn.done !== true) turn = course.next(turn.value.map(() => answer));
  return turn.value.map(({ verdict, proof }) => (proof === null ? verdict : `${verdict} ${proof}`));
}

const report = (given: Partial<CredentialReport> = {}) => ({
  report: {
    askedAt: daysAgo(1),
    generatedAt: daysAgo(1),
    missing: null,
    whole: true,
    remarks: [],
    notChecked: [],
    open: [],
    ...given,
  } satisfies CredentialReport,
});

const finding = (rule: CredentialReport['open'][number]['rule'], days = 1): CredentialReport['open'][number] => ({
  rule,
  severity: 'high',
  user: 'alice',
  sentence: 'It is so.',
  since: daysAgo(days),
});

const cases: [string, Check, unknown, string[]][] = [
  ['a report of yesterday with a row for each user is proven', fresh, report(), ['pass proven']],
  ['one of nine days ago fails: the job did not run', fresh, report({ generatedAt: daysAgo(9) }), ['fail configured']],
  ['an account without an answer is not known', fresh, report({ missing: 'Denied.', generatedAt: null }), ['unknown']],
  ['one that no run has asked is not known', fresh, { report: null }, ['unknown']],
  [
    'other numbers of users are no proof',
    fresh,
    report({ remarks: ['The report lists 12 users, GetAccountSummary counts 14.'] }),
    ['pass configured'],
  ],
  ['rows that cannot be read fail', fresh, report({ whole: false }), ['fail configured']],
  ['a root user without keys, with MFA or nothing to sign in with', root, report(), ['pass configured']],
  ['a root key fails', root, report({ open: [finding('root-access-key')] }), ['fail configured']],
  [
    'MFA that could not be looked at is not known',
    root,
    report({ notChecked: [{ rule: 'root-mfa', reason: 'Denied.' }] }),
    ['unknown'],
  ],
  ['a grave finding of 31 days fails', open, report({ open: [finding('console-mfa', 31)] }), ['fail configured']],
  ['one of 29 days does not', open, report({ open: [finding('console-mfa', 29)] }), ['pass configured']],
  [
    'nor does an old one of little weight',
    open,
    report({ open: [{ ...finding('setup-key', 99), severity: 'low' }] }),
    ['pass configured'],
  ],
  [
    'keys that were not read are not known',
    specific,
    report({ notChecked: [{ rule: 'service-api-key', reason: 'Denied.' }] }),
    ['unknown'],
  ],
  [
    'a key of Bedrock without an end fails',
    specific,
    report({ open: [finding('service-api-key')] }),
    ['fail configured'],
  ],
];

const run = (given: Partial<DigestRuns['runs'][number]> = {}): DigestRuns['runs'][number] => ({
  id: 7,
  at: daysAgo(3),
  reviewedAt: daysAgo(2),
  reviewedBy: 'U0ANA',
  recorded: true,
  files: 4,
  notArchived: 0,
  ...given,
});
const runs = (of: readonly DigestRuns['runs'][number][], more: Partial<DigestRuns> = {}) => ({
  runs: of,
  lastRequester: null,
  auditLogFault: null,
  ...more,
});

const runCases: typeof cases = [
  ['signed off within the week', reviewed, runs([run()]), ['pass proven']],
  [
    'signed off by who asked for the last exception',
    reviewed,
    runs([run()], { lastRequester: 'U0ANA' }),
    ['fail configured'],
  ],
  ['the first run is a baseline', reviewed, runs([run({ reviewedAt: null, reviewedBy: null })]), ['not applicable']],
  [
    'nobody signed the last two',
    reviewed,
    runs([run({ reviewedAt: null }), run({ id: 6, at: daysAgo(10), reviewedAt: null })]),
    ['fail configured'],
  ],
  ['no run at all', reviewed, runs([]), ['fail configured']],
  ['files and hashes of the year are there', kept, runs([run(), run({ id: 6 })]), ['pass proven']],
  ['a run without its hash in the audit log', kept, runs([run({ recorded: false })]), ['fail configured']],
  ['a chain that is broken', kept, runs([run()], { auditLogFault: 'row 12 was changed.' }), ['fail configured']],
  ['files that the archive lacks', kept, runs([run({ notArchived: 2 })]), ['fail configured']],
  ['nothing to keep yet', kept, runs([]), ['not applicable']],
];

describe('step 11', () => {
  test.each([...cases, ...runCases])('%s', (_, check, value, expected) => {
    expect(judged(check, value)).toEqual(expected);
  });
});
