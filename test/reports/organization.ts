import { createHash } from 'node:crypto';
import { type Change, compareAccount, count, type Outcome } from '../../src/framework/credential-report/compare.ts';
import type { RuleId } from '../../src/framework/credential-report/controls.ts';
import { type Evaluation, evaluate, worstFirst } from '../../src/framework/credential-report/evaluate.ts';
import { defaultThresholds } from '../../src/framework/credential-report/thresholds.ts';
import type { Chart } from '../../src/reports/chart.ts';
import type { AccountResult, CredentialReportResults } from '../../src/reports/credential-report.ts';
import { type Cells, daysAgo, facts, generatedAt, root, user } from '../framework/credential-report/reports.ts';

/** Twelve weeks of an organization that gets better, with one week missed. */
export const trendChart: Chart = {
  title: 'Open findings by severity',
  unit: 'open findings',
  categories: [
    '7 Sep',
    '14 Sep',
    '21 Sep',
    '28 Sep',
    '5 Oct',
    '12 Oct',
    '19 Oct',
    '26 Oct',
    '2 Nov',
    '9 Nov',
    '16 Nov',
    '23 Nov',
  ],
  series: [
    { name: 'critical', values: [null, null, 4, 4, 3, 3, null, 2, 2, 1, 1, 1] },
    { name: 'high', values: [null, null, 31, 30, 28, 29, null, 22, 21, 19, 18, 14] },
    { name: 'medium', values: [null, null, 64, 66, 60, 58, null, 51, 47, 44, 45, 39] },
    { name: 'low', values: [null, null, 22, 22, 25, 21, null, 20, 17, 18, 12, 11] },
  ],
};

const people = ['ana', 'ben', 'cleo', 'dan', 'eva', 'finn', 'gus', 'hana', 'deploy', 'backup'];

/** A few kinds of user, from exemplary to careless, spread by number. */
const kinds: ((name: string, late: boolean) => Cells)[] = [
  (name) => user(name, { password_enabled: 'true', password_last_used: daysAgo(1), mfa_active: 'true' }),
  (name) => user(name, { password_enabled: 'true', password_last_used: daysAgo(3) }),
  (name, late) =>
    user(name, {
      access_key_1_active: 'true',
      access_key_1_last_rotated: daysAgo(late ? 300 : 60),
      access_key_1_last_used_date: daysAgo(0),
    }),
  (name) =>
    user(name, {
      access_key_1_active: 'true',
      access_key_1_last_rotated: daysAgo(120),
      access_key_1_last_used_date: daysAgo(80),
      access_key_2_active: 'true',
      access_key_2_last_rotated: daysAgo(40),
      access_key_2_last_used_date: daysAgo(2),
    }),
];

const rows = (seed: number, late: boolean): Cells[] => [
  root(seed % 5 === 0 ? { mfa_active: 'false' } : {}),
  ...people.slice(0, 4 + (seed % 6)).map((name, i) => {
    const kind = kinds[(seed + i) % kinds.length];
    return kind === undefined ? user(name) : kind(name, late);
  }),
];

const names = ['prod-payments', 'prod-web', 'staging', 'data-lake', 'log-archive', 'sandbox', 'security', 'network'];

/** An organization's report in its second week: some accounts better, one silent, one that denies a part. */
export function organizationResults(accounts: number): CredentialReportResults {
  const at = generatedAt;
  const openByRule = new Map<RuleId, number>();
  const standing: Change[] = [];
  const results = Array.from({ length: accounts }, (_, n): AccountResult => {
    const account = String(111_100_000_000 + n * 7_654_321);
    const name = `${names[n % names.length]}${n < names.length ? '' : `-${Math.floor(n / names.length)}`}`;
    const evaluated = (late: boolean): Evaluation => {
      const cells = rows(n, late).map((one) => ({ ...one, arn: one.arn?.replace('111122223333', account) ?? '' }));
      return evaluate(
        {
          ...facts(rows(n, late)),
          rows: facts(rows(n, late)).rows.map((row, i) => ({ ...row, arn: cells[i]?.arn ?? row.arn })),
          account,
          name,
          ...(n % 6 === 1 && {
            passwordPolicy: { known: false, reason: `${name} denied iam:GetAccountPasswordPolicy.` },
          }),
        },
        defaultThresholds,
      );
    };
    const silent = n === 3;
    const first = compareAccount(null, { kind: 'seen', evaluation: evaluated(true) }, new Date('2026-11-16T08:00:00Z'));
    const now: Outcome = silent ? { kind: 'missing', account, name } : { kind: 'seen', evaluation: evaluated(false) };
    const { changes } = compareAccount(first.state, now, at);
    for (const change of changes)
      if (change.kind !== 'fixed' && change.kind !== 'removed') {
        standing.push(change);
        openByRule.set(change.finding.rule, (openByRule.get(change.finding.rule) ?? 0) + 1);
      }
    const evaluation = now.kind === 'seen' ? now.evaluation : null;
    return {
      account,
      name,
      generatedAt: evaluation?.generatedAt ?? null,
      missing: silent ? `The role trailwatch-read of ${name} may not be assumed.` : null,
      users: evaluation?.users ?? 0,
      counts: count(changes),
      accepted: 0,
      remarks: evaluation?.remarks ?? [],
      notChecked: evaluation?.notChecked ?? [],
    };
  });
  const files = [
    'findings.csv',
    'findings.json',
    'accounts.csv',
    ...results.slice(0, 12).map(({ account }) => `raw/${account}-credential-report.csv`),
  ];
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  return {
    organization: 'Example organization o-exampleorgid',
    period: { from: new Date('2026-11-16T08:00:00Z'), to: at },
    createdAt: new Date('2026-11-23T08:04:12Z'),
    accountsTrouble: null,
    accounts: results,
    thresholds: defaultThresholds,
    openByRule,
    worst: standing.sort((a, b) => worstFirst(a.finding, b.finding)).slice(0, 40),
    exceptions: [
      {
        exception: {
          account: '111100000000',
          principal: 'arn:aws:iam::111100000000:user/deploy',
          rule: 'key-rotation',
          slot: 'key 1',
          owner: 'payments',
          reason: 'The settlement partner changes keys by post; the new one comes in December.',
          expiry: '2026-12-31T00:00:00Z',
          requestedBy: 'ana',
          approvedBy: 'ben',
        },
        refused: null,
      },
      {
        exception: {
          account: '111107654321',
          principal: 'arn:aws:iam::111107654321:user/backup',
          rule: 'unused-credential',
          slot: null,
          owner: 'web',
          reason: 'Used once a year.',
          expiry: '2026-12-31T00:00:00Z',
          requestedBy: 'cleo',
          approvedBy: 'cleo',
        },
        refused: 'was approved by the one who asked for it',
      },
    ],
    chart: null,
    files: files.map((name) => ({ name, bytes: name.length * 1234, sha256: sha256(name) })),
    signOff: null,
    versions: { trailwatch: '0.1.0', node: 'v24.21.0' },
  };
}
