import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { severityRank } from '../../../alerts/severity.ts';
import { listed } from '../../../alerts/text.ts';
import type { Config } from '../../../config/config.ts';
import { type Change, count } from '../../../framework/credential-report/compare.ts';
import { cisVersions, type RuleId, ruleIds } from '../../../framework/credential-report/controls.ts';
import { evaluate, worstFirst } from '../../../framework/credential-report/evaluate.ts';
import { Exception, type Exceptions, exceptionsAt } from '../../../framework/credential-report/exceptions.ts';
import { rules } from '../../../framework/credential-report/rules/index.ts';
import { defaultThresholds, type Thresholds } from '../../../framework/credential-report/thresholds.ts';
import { type AccountResult, credentialReportDocument } from '../../../reports/credential-report.ts';
import { type Cell, csvFile } from '../../../reports/csv.ts';
import { type ReportedFinding, reportedFinding, writeFindings } from '../../../reports/findings.ts';
import { describeFiles } from '../../../reports/manifest.ts';
import { writePdf } from '../../../reports/pdf.ts';
import { type DigestItem, type DigestResult, keptItems } from '../../../slack/views/digest-result.ts';
import { exceptionsHeld } from '../../../store/digest-people.ts';
import type { DigestRun } from '../../../store/digests.ts';
import {
  aboutReport,
  assignedKeys,
  coverageOf,
  drawChart,
  namesOf,
  plainChart,
  plural,
  silence,
  trendOf,
} from '../common.ts';
import { type Digest, type DigestParts, everyAccount, ownersOf, type Reported } from '../digest.ts';
import { askOrganization, collectAccount, Shared } from './collect.ts';
import { type ComparedAccount, comparedAccounts, toStored } from './compared.ts';

/** The IAM credential report of every account: what it breaks of the CIS benchmark, and what changed since the last time. */
export const credentialReport: Digest = {
  name: 'credentialReport',
  command: 'credential-report',
  title: 'Credential report',
  places: async (parts) => ({ ...(await everyAccount(parts)), shared: await askOrganization(parts.aws) }),
  collect: async ({ aws, config }, place, shared, stopping) => {
    const { facts, raw } = await collectAccount(aws, place, Shared.parse(shared), stopping);
    return {
      reportedAt: facts.generatedAt,
      content: toStored(evaluate(facts, thresholdsOf(config))),
      raw: [{ name: `raw/${place.account}-credential-report.csv`, bytes: raw }],
    };
  },
  report,
};

const thresholdsOf = ({ digests }: Config): Thresholds => ({
  ...defaultThresholds,
  ...Object.fromEntries(
    Object.entries(digests.credentialReport?.thresholds ?? {}).filter(([, value]) => value !== undefined),
  ),
});

/** Exceptions of the configuration and those that people asked for in Slack, as far as they count now. */
async function exceptionsOf(
  parts: DigestParts,
  at: Date,
): Promise<{
  held: Exceptions;
  /** How files name whoever has to do with them. */
  called: (who: string) => string;
  unread: string[];
  all: { exception: Exception; refused: string | null }[];
}> {
  const { config, database } = parts;
  const unread: string[] = [];
  const fromConfig = (config.digests.credentialReport?.exceptions ?? []).flatMap((each) => {
    const read = Exception.safeParse({ ...each, expiry: each.expires.toISOString() });
    if (read.success) return [read.data];
    unread.push(
      `An exception in the configuration names the rule "${each.rule}", which is none of ${ruleIds.join(', ')}.`,
    );
    return [];
  });
  const asked = (await exceptionsHeld(database.db, 'credentialReport', at)).flatMap((row) => {
    const [account, principal, rule, slot] = keyParts(row.finding);
    const read = Exception.safeParse({
      account,
      principal,
      rule,
      slot,
      owner: row.owner,
      reason: row.reason,
      expiry: row.expires_at.toISOString(),
      requestedBy: row.owner,
      approvedBy: row.decided_by,
    });
    return read.success ? [read.data] : [];
  });
  const held = exceptionsAt([...fromConfig, ...asked], at);
  const refused = new Map(held.refused.map(({ exception, reason }) => [exception, reason]));
  const both = [...fromConfig, ...asked];
  const called = await namesOf(
    parts,
    both.flatMap(({ owner, requestedBy, approvedBy }) => [owner, requestedBy, approvedBy]),
  );
  const all = both.map((exception) => ({
    exception: {
      ...exception,
      owner: called(exception.owner),
      requestedBy: called(exception.requestedBy),
      approvedBy: exception.approvedBy === null ? null : called(exception.approvedBy),
    },
    refused: refused.get(exception) ?? null,
  }));
  return { held, called, unread, all };
}

/** The parts of a finding's key, as `findingKey` joined them. */
function keyParts(key: string): unknown[] {
  const parts: unknown = JSON.parse(key);
  return Array.isArray(parts) ? parts : [];
}

async function report(parts: DigestParts, run: DigestRun, folder: string): Promise<Reported> {
  const { database } = parts;
  const exceptions = await exceptionsOf(parts, run.started_at);
  const sum = emptySum();
  await writeFindings(folder, summedUp(parts, run, exceptions, sum), reportedFinding);
  await writeFile(join(folder, 'accounts.csv'), csvFile(accountHeader, accountRows(sum.accounts)));
  const trend = await trendOf(database.db, run, sum.totals, ['critical', 'high', 'medium', 'low'], {
    title: 'Open findings by severity',
    unit: 'open findings',
  });
  const document = credentialReportDocument({
    ...aboutReport(run, await parts.aws.home()),
    chart: await drawChart(folder, trend.chart),
    files: await describeFiles(folder),
    signOff: null,
    accountsTrouble: run.trouble,
    accounts: sum.accounts,
    thresholds: thresholdsOf(parts.config),
    openByRule: sum.openByRule,
    worst: sum.worst.slice(0, printedFindings),
    exceptions: exceptions.all,
  });
  const [owners] = await Promise.all([
    ownersOf(
      parts,
      sum.worst.map(({ finding }) => finding),
    ),
    writePdf(document, createWriteStream(join(folder, 'report.pdf'))),
  ]);
  const troubles = [
    ...exceptions.unread,
    ...exceptions.held.refused.map(
      ({ exception, reason }) =>
        `The exception for ${exception.rule} of ${exception.principal} does not count: it ${reason}.`,
    ),
  ];
  return { result: toResult(await coverageOf(database.db, run), sum, owners, trend, troubles), gone: sum.gone };
}

/** How many findings the PDF shows; the other files have all. */
const printedFindings = 40;

interface Sum {
  accounts: AccountResult[];
  openByRule: Map<RuleId, number>;
  /** Findings that count, the worst first, as many as are kept. */
  worst: Change[];
  fixed: string[];
  /** Keys of findings that were assigned and are not there any more. */
  gone: string[];
  accepted: string[];
  totals: Totals;
}

/** What is kept of a run for the next one and for the trend. */
const totalNames = [
  'open',
  'new',
  'fixed',
  'removed',
  'accepted',
  'notSeen',
  'baseline',
  'standing',
  'users',
  'critical',
  'high',
  'medium',
  'low',
] as const;

type Totals = Record<(typeof totalNames)[number], number>;

const emptySum = (): Sum => ({
  accounts: [],
  openByRule: new Map(),
  worst: [],
  fixed: [],
  gone: [],
  accepted: [],
  totals: noTotals(),
});

/**
 * Every finding of a run with what became of it, account by account, the worst first; notes stand at the end of each. On
 * the way it sums up, so that each account is read once.
 */
async function* summedUp(
  { database }: DigestParts,
  run: DigestRun,
  exceptions: { held: Exceptions; called: (who: string) => string },
  sum: Sum,
): AsyncGenerator<ReportedFinding, void> {
  const assigned = await assignedKeys(database.db, run);
  for await (const compared of comparedAccounts(database, run)) {
    addTo(sum, compared, exceptions, assigned);
    for (const { finding, kind, firstSeen } of compared.changes.toSorted(byWorst))
      yield { finding, change: kind, firstSeen, exception: exceptions.held.of(finding) ?? null };
    for (const finding of compared.evaluation?.findings ?? [])
      if (finding.note) yield { finding, change: null, firstSeen: null, exception: null };
  }
  sum.worst = sum.worst.sort(byWorst).slice(0, keptItems);
}

function addTo(
  sum: Sum,
  { place, evaluation, changes }: ComparedAccount,
  { held, called }: { held: Exceptions; called: (who: string) => string },
  assigned: ReadonlySet<string>,
): void {
  const { totals } = sum;
  const counts = count(changes);
  let accepted = 0;
  for (const change of changes) {
    const { finding, kind } = change;
    const named = `${finding.user} in ${finding.accountName ?? finding.account}: ${finding.title}`;
    if (kind === 'fixed') sum.fixed.push(named);
    if (kind === 'fixed' || kind === 'removed') {
      if (assigned.has(finding.key)) sum.gone.push(finding.key);
      continue;
    }
    const exception = held.of(finding);
    if (exception !== undefined) {
      accepted += 1;
      sum.accepted.push(
        `${named}. ${exception.reason} · ${called(exception.owner)}, until ${exception.expiry.slice(0, 10)}`,
      );
    } else {
      if (finding.severity !== 'info') totals[finding.severity] += 1;
      sum.openByRule.set(finding.rule, (sum.openByRule.get(finding.rule) ?? 0) + 1);
      sum.worst.push(change);
      totals.open += 1;
    }
  }
  totals.new += counts.new + counts.reappeared;
  totals.fixed += counts.fixed;
  totals.removed += counts.removed;
  totals.notSeen += counts['not-seen'];
  totals.baseline += counts.baseline;
  totals.standing += counts.standing;
  totals.accepted += accepted;
  totals.users += evaluation?.users ?? 0;
  sum.accounts.push({
    account: place.account,
    name: place.name,
    generatedAt: evaluation?.generatedAt ?? null,
    missing:
      evaluation === null
        ? (place.reason ?? (place.state === 'left' ? 'It is no longer in the organization.' : 'It gave no answer.'))
        : null,
    users: evaluation?.users ?? 0,
    counts,
    accepted,
    remarks: evaluation?.remarks ?? [],
    notChecked: evaluation?.notChecked ?? [],
  });
  // Only the worst and a few examples are kept: memory does not grow with the number of findings.
  if (sum.worst.length > 20 * keptItems) sum.worst = sum.worst.sort(byWorst).slice(0, keptItems);
  sum.fixed.splice(keptItems);
  sum.accepted.splice(keptItems);
}

const noTotals = (): Totals => ({
  open: 0,
  new: 0,
  fixed: 0,
  removed: 0,
  accepted: 0,
  notSeen: 0,
  baseline: 0,
  standing: 0,
  users: 0,
  critical: 0,
  high: 0,
  medium: 0,
  low: 0,
});

const byWorst = (a: Change, b: Change): number => worstFirst(a.finding, b.finding);

const toItem = ({ kind, finding }: Change, owners: ReadonlyMap<string, string | null>): DigestItem => ({
  key: finding.key,
  severity: finding.severity,
  title: finding.user,
  sentence: kind === 'not-seen' ? `${finding.sentence} So it was; this time nobody could look.` : finding.sentence,
  where: finding.accountName === null ? finding.account : `${finding.accountName} (${finding.account})`,
  owner: owners.get(finding.account) ?? null,
  ageDays: finding.ageDays,
  isNew: kind === 'new' || kind === 'reappeared',
  link: finding.consoleLink,
});

function toResult(
  coverage: DigestResult['coverage'],
  sum: Sum,
  owners: ReadonlyMap<string, string | null>,
  { before, chart }: Awaited<ReturnType<typeof trendOf>>,
  troubles: readonly string[],
): DigestResult {
  const { totals } = sum;
  const number = (label: string, key: 'open' | 'new' | 'fixed', good: 'down' | 'neither') => ({
    label,
    value: totals[key],
    unit: '',
    before: before?.[key] ?? null,
    good,
  });
  const unchecked = Map.groupBy(
    sum.accounts.flatMap(({ account, notChecked }) =>
      notChecked.map(({ rule, reason }) => ({ account, rule, reason })),
    ),
    ({ rule }) => rule,
  );
  return {
    title: 'Credential report',
    headline: headline(totals, coverage, before === null),
    coverage,
    numbers: [
      number('Open findings', 'open', 'down'),
      number('New', 'new', 'down'),
      number('Fixed', 'fixed', 'neither'),
    ],
    chart: plainChart(chart),
    items: sum.worst.map((change) => toItem(change, owners)),
    itemsTotal: totals.open,
    lists: [
      {
        title: 'Rules that are broken most gravely',
        lines: [...sum.openByRule]
          .sort(byRule)
          .map(([rule, found]) => `${found.toLocaleString('en')} against “${rules[rule].title}”`),
      },
      { title: 'Fixed since the last time', lines: sum.fixed },
      { title: 'Accepted risks', lines: sum.accepted },
    ],
    notes: [
      ...(totals.removed === 0
        ? []
        : [
            `${plural(totals.removed, 'finding')} went away with a user, a key or an account: removed, which is not fixed.`,
          ]),
      ...(totals.notSeen === 0
        ? []
        : [
            `${plural(totals.notSeen, 'finding')} of the last time could not be looked at now, and ${totals.notSeen === 1 ? 'counts' : 'count'} as open: nothing says that ${totals.notSeen === 1 ? 'it was' : 'they were'} fixed.`,
          ]),
      ...troubles,
      ...[...unchecked].map(
        ([rule, places]) =>
          `Not checked in ${plural(places.length, 'account')}: ${rules[rule].title}. ${places[0]?.reason ?? ''}`,
      ),
      ...sum.accounts
        .flatMap(({ account, name, remarks }) => remarks.map((remark) => `${name ?? account}: ${remark}`))
        .slice(0, 5),
      `By the rules of CIS AWS Foundations ${listed([...cisVersions], 9)} and Security Hub; ages are counted to the time of each report.`,
    ],
    totals,
  };
}

const byRule = ([a, found]: [RuleId, number], [b, other]: [RuleId, number]): number =>
  severityRank(rules[a].severity) - severityRank(rules[b].severity) || other - found;

function headline(totals: Totals, coverage: DigestResult['coverage'], first: boolean): string {
  if (coverage.answered === 0) return 'No account gave an answer: nothing is known this time.';
  const among = `among the credentials of ${plural(totals.users, 'user')}`;
  if (totals.open === 0) return `No open finding ${among}.${silence(coverage)}`;
  const grave = (['critical', 'high'] as const)
    .filter((severity) => totals[severity] > 0)
    .map((severity) => `${totals[severity].toLocaleString('en')} ${severity}`);
  const open = `${plural(totals.open, 'open finding')}${grave.length === 0 ? '' : `, ${grave.join(' and ')},`} ${among}`;
  if (first) return `${open}. This is the first run: the next one says what changed.${silence(coverage)}`;
  return `${open}: ${totals.new.toLocaleString('en')} new and ${totals.fixed.toLocaleString('en')} fixed since the last time.${silence(coverage)}`;
}

const accountHeader = [
  'account',
  'account_name',
  'state',
  'reason',
  'report_generated_at',
  'users',
  'baseline',
  'new',
  'reappeared',
  'open',
  'not_seen',
  'fixed',
  'removed',
  'standing',
  'accepted',
];

function* accountRows(accounts: readonly AccountResult[]): Generator<Cell[]> {
  for (const { account, name, missing, generatedAt, users, counts, accepted } of accounts)
    yield [
      account,
      name,
      missing === null ? 'answered' : 'missing',
      missing,
      generatedAt,
      missing === null ? users : null,
      counts.baseline,
      counts.new,
      counts.reappeared,
      counts.open,
      counts['not-seen'],
      counts.fixed,
      counts.removed,
      counts.standing,
      accepted,
    ];
}
