import { createHash } from 'node:crypto';
import { controlRows } from '../../src/framework/catalogues.ts';
import {
  type AccountOutcome,
  compareAccount,
  type FindingChange,
  isStanding,
} from '../../src/framework/credential-report/compare.ts';
import { evaluate, worstFirst } from '../../src/framework/credential-report/evaluate.ts';
import { type Exception, exceptionsAt } from '../../src/framework/credential-report/exceptions.ts';
import { defaultThresholds } from '../../src/framework/credential-report/thresholds.ts';
import { addAccount, emptySum, standsOf } from '../../src/jobs/digests/credential-report/sum.ts';
import { credentialResult } from '../../src/jobs/digests/credential-report/words.ts';
import type { Chart } from '../../src/reports/chart.ts';
import type { CredentialReportResults } from '../../src/reports/credential-report.ts';
import { type Cells, daysAgo, facts, generatedAt, root, user } from '../framework/credential-report/reports.ts';

/** Twelve weeks of an organization that gets better, with one week missed; it ends as `organizationResults(14)` does. */
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
    { name: 'critical', values: [null, null, 6, 6, 5, 5, null, 4, 4, 3, 3, 3] },
    { name: 'high', values: [null, null, 41, 40, 38, 36, null, 33, 31, 30, 28, 28] },
    { name: 'medium', values: [null, null, 84, 86, 82, 80, null, 75, 74, 71, 68, 49] },
    { name: 'low', values: [null, null, 30, 30, 28, 29, null, 26, 25, 25, 23, 23] },
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

/** Last week, and this week: old keys rotated, one user gone and another come. */
const rows = (seed: number, week: 'last' | 'this'): Cells[] => [
  root(seed % 5 === 0 ? { mfa_active: 'false' } : {}),
  ...people.slice(0, 4 + (seed % 6)).map((name, i) => {
    const kind = kinds[(seed + i) % kinds.length];
    return kind === undefined ? user(name) : kind(name, week === 'last');
  }),
  ...(seed % 4 === 0
    ? [user(week === 'last' ? 'zoe' : 'ivan', { password_enabled: 'true', password_last_used: daysAgo(9) })]
    : []),
];

const names = ['prod-payments', 'prod-web', 'staging', 'data-lake', 'log-archive', 'sandbox', 'security', 'network'];

const exception = ({ finding }: FindingChange, given: Partial<Exception>): Exception => ({
  account: finding.account,
  principal: finding.principal,
  rule: finding.rule,
  slot: finding.slot,
  owner: 'payments',
  reason: 'The settlement partner changes keys by post; the new one comes in December.',
  expiry: '2026-12-31T00:00:00Z',
  requestedBy: 'ana',
  requestedAt: null,
  approvedBy: 'ben',
  decidedAt: null,
  refused: false,
  ...given,
});

/** An organization's report in its second week: some accounts better, one silent, some that deny a part. */
export function organizationResults(accounts: number): CredentialReportResults {
  const at = generatedAt;
  const results = Array.from({ length: accounts }, (_, n) => {
    const account = String(111_100_000_000 + n * 7_654_321);
    const name = `${names[n % names.length]}${n < names.length ? '' : `-${Math.floor(n / names.length)}`}`;
    const evaluated = (week: 'last' | 'this'): AccountOutcome & { kind: 'seen' } => {
      const read = facts(rows(n, week));
      const denied = {
        passwordPolicy: { known: false, reason: `${name} denied iam:GetAccountPasswordPolicy.` },
      } as const;
      const known = {
        ...read,
        rows: read.rows.map((row) => ({ ...row, arn: row.arn.replace('111122223333', account) })),
        account,
        name,
        ...(n % 6 === 1 && denied),
      };
      return {
        kind: 'seen',
        evaluation: evaluate(known, defaultThresholds),
        facts: known,
        thresholds: defaultThresholds,
      };
    };
    const silent = n === 3;
    const last = compareAccount(null, evaluated('last'), new Date('2026-11-16T08:00:00Z'));
    const now: AccountOutcome = silent ? { kind: 'missing', account, name } : evaluated('this');
    const { changes } = compareAccount(last.state, now, at);
    const evaluation = now.kind === 'seen' ? now.evaluation : null;
    const place = {
      account,
      name,
      state: silent ? ('failed' as const) : ('answered' as const),
      reason: silent ? `The role trailwatch-read of ${name} may not be assumed.` : null,
    };
    return { place, evaluation, changes, first: false, replaced: {} };
  });
  const standing = results
    .flatMap(({ changes }) => changes.filter(({ kind }) => isStanding(kind)))
    .sort((a, b) => worstFirst(a.finding, b.finding));
  const [oldKey, unused] = ['key-rotation', 'unused-credential'].map((rule) =>
    standing.find(({ finding }) => finding.rule === rule),
  );
  const asked = [
    ...(oldKey === undefined ? [] : [exception(oldKey, {})]),
    ...(unused === undefined
      ? []
      : [exception(unused, { owner: 'web', reason: 'Used once a year.', requestedBy: 'cleo', approvedBy: 'cleo' })]),
  ];
  const held = exceptionsAt(asked, at);
  const called = (who: string) => who;
  const sum = emptySum();
  for (const one of results) addAccount(sum, one, { exceptions: { held, called }, assigned: new Set(), at });
  const missing = results.flatMap(({ place: { account, name, reason } }) =>
    reason === null ? [] : [{ account, name, reason }],
  );
  const coverage = {
    asked: results.length,
    answered: results.length - missing.length,
    missing,
    closed: [],
    regions: null,
    gaps: [],
    trouble: null,
    oldest: null,
    newest: null,
  };
  const exceptions = { held, called, said: [], all: [] };
  const trend = { before: {}, chart: trendChart };
  const files = [
    'findings.csv',
    'findings.json',
    ...results.slice(0, 12).map(({ place }) => `raw/${place.account}-credential-report.csv`),
  ];
  return {
    organization: 'Example organization o-exampleorgid',
    covers: 'As of 2026-11-23 08:00 UTC',
    origin: 'Run 12, asked 2026-11-23 08:00 UTC',
    createdAt: new Date('2026-11-23T08:04:12Z'),
    askedAt: at,
    result: credentialResult(coverage, sum, new Map(), trend, { exceptions, thresholds: defaultThresholds }),
    accounts: sum.accounts,
    thresholds: defaultThresholds,
    openByRule: sum.openByRule,
    controlRows: controlRows(standsOf(sum, defaultThresholds)),
    usedAgain: sum.usedAgain,
    worst: sum.worst.toSorted((a, b) => worstFirst(a.finding, b.finding)).slice(0, 40),
    exceptions: asked.map((one) => ({
      exception: one,
      refused: held.refused.find(({ exception }) => exception === one)?.reason ?? null,
    })),
    chart: null,
    files: files.map((name) => ({
      name,
      bytes: name.length * 1234,
      sha256: createHash('sha256').update(name).digest('hex'),
    })),
    signOff: null,
    versions: { trailwatch: '0.1.0', node: 'v24.21.0' },
  };
}
