import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Severity } from '../../alerts/severity.ts';
import { findingSources } from '../../aws/open-findings.ts';
import { troubleOf } from '../../aws/trouble.ts';
import { type DigestItem, type DigestResult, keptItems } from '../../framework/digest-result.ts';
import { coverageOf, Look, offSentences, switchedOff } from '../../framework/looks.ts';
import {
  ageDays,
  byAge,
  compareOpen,
  type OpenChange,
  OpenFinding,
  OpenMemory,
  oncePerResource,
  worstOpen,
} from '../../framework/open-findings.ts';
import { openFindingsCalls } from '../../reports/calls.ts';
import type { ReportDocument, Table } from '../../reports/document.ts';
import { tableRow, writeFindings } from '../../reports/findings.ts';
import { describeFiles } from '../../reports/manifest.ts';
import { writePdf } from '../../reports/pdf.ts';
import { placesOf } from '../../store/digests/places.ts';
import type { DigestRun } from '../../store/digests/runs.ts';
import { memoryBefore, remember, snapshotOf } from '../../store/digests/snapshots.ts';
import type { Tables } from '../../store/tables.ts';
import { counted, listed, plural, terms } from '../../words/text.ts';
import {
  aboutReport,
  accountCoverage,
  betterFor,
  drawChart,
  plainChart,
  silence,
  trendOf,
  withEdition,
} from './common.ts';
import { asker, type Digest, type DigestParts, everyAccount, ownersOf, type Reported } from './digest.ts';
import { coverageOfReport, figuresOf, notChecked, printed, section } from './document-parts.ts';

const Content = z.object({
  findings: z.array(OpenFinding),
  looks: z.array(Look),
  /** Keys of those that were open the last time and are archived now. */
  archived: z.array(z.string()).default([]),
});

/** Findings of GuardDuty and Access Analyzer that are open, in every account and region, by age. */
export const openFindings = {
  name: 'openFindings',
  command: 'open-findings',
  title: 'Open findings',
  ask: (parts, run) => ({
    places: () => everyAccount(parts),
    collect: async ({ account }) => {
      const { aws, now, database } = parts;
      const before = OpenMemory.safeParse(await memoryBefore(database.db, run, account)).data?.findings ?? [];
      const findings: OpenFinding[] = [];
      const archived: string[] = [];
      const looks: Look[] = [];
      let last: unknown;
      for (const region of await aws.regions(account, asker))
        for (const [source, ask] of findingSources)
          try {
            const known = before.filter((one) => one.source === source && one.region === region);
            const found = await ask(aws, { account, region }, asker, known);
            findings.push(...found.findings);
            archived.push(...found.archived);
            const { readers, organization } = found;
            const off = readers.length === 0 ? `${source} is not on there.` : null;
            looks.push({ region, source, state: off === null ? 'read' : 'off', reason: off, readers, organization });
          } catch (error) {
            last = error;
            looks.push({ region, source, state: 'failed', reason: troubleOf(error, 'list findings').message });
          }
      if (last !== undefined && looks.every(({ state }) => state === 'failed')) throw last;
      return { reportedAt: now(), content: { findings, looks, archived }, raw: [] };
    },
  }),
  report,
} satisfies Digest;

/** A finding with what became of it; `removed`: its account left the organization. */
interface Told {
  /** The account that tells it: of the organization's analyzers not the one that it is about. */
  place: string;
  finding: OpenFinding;
  change: OpenChange | 'removed';
}

/** What the accounts of a run answered, beside the run before. */
interface OpenSum {
  /** Every finding that stands or stood, those that stand first, the worst first. */
  told: Told[];
  /** What was looked at in the accounts that answered. */
  looks: { account: string; looks: readonly Look[] }[];
  /** Sentences on sources that were switched off since the last time. */
  switchedOff: string[];
  /** Names of the accounts, by their ids. */
  names: ReadonlyMap<string, string | null>;
  /** Whether there was no run before. */
  first: boolean;
}

const stands = ({ change }: Told): boolean => change !== 'closed' && change !== 'archived' && change !== 'removed';

async function report(parts: DigestParts, run: DigestRun, folder: string): Promise<Reported> {
  const { db } = parts.database;
  const sum = await sumUp(db, run);
  await writeFindings(folder, rows(sum, run.started_at), tableRow(header));
  const trend = await trendOf(db, run, totalsOf(sum), ['critical', 'high', 'medium', 'low'], {
    title: 'Open findings by severity',
    unit: 'open findings',
  });
  const open = sum.told.filter(stands).map(({ finding }) => finding);
  const owners = await ownersOf(parts, open.slice(0, keptItems));
  const looked = coverageOf(sum.looks);
  const coverage = {
    ...(await accountCoverage(db, run)),
    ...looked,
    gaps: [...looked.gaps, ...sum.switchedOff],
  };
  const result = withEdition(run, toResult(sum, run.started_at, coverage, owners, trend));
  const document = openDocument(sum, result, run.started_at, {
    ...aboutReport(run, await parts.aws.home(), parts.now(), coverage),
    places: (await placesOf(db, run.id)).filter(({ state }) => state !== 'left'),
    chart: await drawChart(folder, trend.chart),
    files: await describeFiles(folder),
  });
  await writePdf(document, createWriteStream(join(folder, 'report.pdf')));
  return {
    result,
    gone: sum.told.filter((one) => !stands(one)).map(({ finding }) => finding.key),
    about: { calls: openFindingsCalls },
  };
}

/** One pass over the accounts: what changed in each, and what the next run has to know. */
async function sumUp(db: Kysely<Tables>, run: DigestRun): Promise<OpenSum> {
  const told: Told[] = [];
  const looks: OpenSum['looks'] = [];
  const off: string[] = [];
  const names = new Map<string, string | null>();
  let first = true;
  for (const { account, name, state } of await placesOf(db, run.id)) {
    names.set(account, name);
    const known = OpenMemory.safeParse(await memoryBefore(db, run, account)).data ?? null;
    if (known !== null) first = false;
    if (state === 'left') {
      told.push(...(known?.findings ?? []).map((finding) => ({ place: account, finding, change: 'removed' as const })));
      continue;
    }
    const snapshot = state === 'answered' ? await snapshotOf(db, run.id, account) : undefined;
    const content =
      snapshot === undefined ? { findings: [], looks: [], archived: [] } : Content.parse(snapshot.content);
    const { changes, memory } = compareOpen(content.findings, content.looks, new Set(content.archived), known);
    told.push(...changes.map((change) => ({ place: account, ...change })));
    if (snapshot === undefined) continue;
    off.push(...switchedOff(account, content.looks, known?.seen ?? []));
    looks.push({ account, looks: content.looks });
    await remember(db, run.id, account, memory);
  }
  return {
    told: oncePerResource(told).sort(
      (a, b) => Number(stands(b)) - Number(stands(a)) || worstOpen(a.finding, b.finding),
    ),
    looks,
    switchedOff: off,
    names,
    first,
  };
}

function totalsOf({ told }: OpenSum) {
  const open = told.filter(stands);
  const count = (severity: Severity) => open.filter(({ finding }) => finding.severity === severity).length;
  const changes = (change: Told['change']) => told.filter((one) => one.change === change).length;
  return {
    open: open.length,
    firstSeen: changes('first-seen'),
    new: changes('new'),
    notSeen: changes('not-seen'),
    closed: changes('closed'),
    archived: changes('archived'),
    removed: changes('removed'),
    before: changes('open') + changes('not-seen') + changes('closed') + changes('archived') + changes('removed'),
    critical: count('critical'),
    high: count('high'),
    medium: count('medium'),
    low: count('low'),
  };
}

function toResult(
  sum: OpenSum,
  at: Date,
  coverage: DigestResult['coverage'],
  owners: ReadonlyMap<string, string | null>,
  { before, chart }: Awaited<ReturnType<typeof trendOf>>,
): DigestResult {
  const totals = totalsOf(sum);
  const open = sum.told.filter(stands);
  const number = (label: string, key: 'open' | 'new' | 'closed', good: 'down' | 'neither') => ({
    label,
    value: totals[key],
    unit: '',
    before: before?.[key] ?? null,
    good,
  });
  return {
    title: 'Open findings',
    headline: headline(sum, at, coverage),
    coverage,
    numbers: [
      number('Open', 'open', betterFor(totals.open, before?.['open'] ?? null, totals.archived === 0)),
      number('New', 'new', 'down'),
      number('Closed', 'closed', 'neither'),
    ],
    chart: plainChart(chart),
    items: open.slice(0, keptItems).map((one) => toItem(one, sum, at, owners)),
    itemsTotal: open.length,
    lists: [
      {
        title: 'By age',
        lines: agesOf(
          open.map(({ finding }) => finding),
          at,
        ),
      },
      { title: 'Closed since the last time', lines: linesOf(sum, 'closed') },
      { title: 'Archived in AWS since the last time, by somebody or by a rule', lines: linesOf(sum, 'archived') },
    ],
    notes: [
      ...(sum.first ? [] : [arithmetic(totals)]),
      ...(totals.notSeen === 0
        ? []
        : [
            `${plural(totals.notSeen, 'finding')} could not be looked at this time and ${totals.notSeen === 1 ? 'stands' : 'stand'} as the last time: nothing says that ${totals.notSeen === 1 ? 'it was' : 'they were'} closed.`,
          ]),
      ...coverage.gaps,
      ...offSentences(sum.looks),
    ],
    totals,
  };
}

const linesOf = ({ told }: OpenSum, wanted: Told['change']): string[] =>
  told
    .filter(({ change }) => change === wanted)
    .map(({ finding: { title, account, region } }) => `${title} (${account}, ${region})`);

type Totals = ReturnType<typeof totalsOf>;

const came = (totals: Totals) =>
  [
    [totals.firstSeen, 'first seen'],
    [totals.new, 'new'],
  ] as const;
const went = (totals: Totals) =>
  [
    [totals.closed, 'closed'],
    [totals.archived, 'archived'],
    [totals.removed, 'gone with their accounts'],
  ] as const;

/** How what stands follows from what stood: every number of the digest is in it. */
function arithmetic(totals: Totals): string {
  return `${totals.before.toLocaleString('en')} stood the last time${terms('+', came(totals))}${terms('−', went(totals))} = ${totals.open.toLocaleString('en')} now.`;
}

function headline(sum: OpenSum, at: Date, coverage: DigestResult['coverage']): string {
  if (coverage.answered === 0) return 'No account gave an answer: nothing is known this time.';
  const totals = totalsOf(sum);
  const parts = counted([...came(totals), ...went(totals), [totals.notSeen, 'not seen this time']]);
  const changed = sum.first ? '' : parts.length === 0 ? ', as the last time' : `: ${listed(parts, 9)}`;
  if (totals.open === 0) return `No finding of GuardDuty or Access Analyzer is open${changed}.${silence(coverage)}`;
  const oldest = sum.told.reduce((most, one) => (stands(one) ? Math.max(most, ageDays(one.finding, at)) : most), 0);
  return `${plural(totals.open, 'finding')} open, ${totals.critical + totals.high} of them critical or high, the oldest for ${plural(oldest, 'day')}${changed}.${silence(coverage)}`;
}

const toItem = (
  { finding, change }: Told,
  { names }: OpenSum,
  at: Date,
  owners: ReadonlyMap<string, string | null>,
): DigestItem => ({
  key: finding.key,
  severity: finding.severity,
  title: finding.title,
  sentence: `${finding.source}${finding.resource === '' ? '' : `, ${finding.resource}`}${change === 'not-seen' ? '. As the last time: it could not be looked at now.' : ''}`,
  where: `${names.get(finding.account) ?? finding.account}, ${finding.region}`,
  owner: owners.get(finding.account) ?? null,
  ageDays: ageDays(finding, at),
  isNew: change === 'new',
  link: finding.link,
});

const agesOf = (open: readonly OpenFinding[], at: Date): string[] =>
  byAge(open, at).map(({ upTo, count }, i, bands) =>
    Number.isFinite(upTo)
      ? `up to ${upTo} days: ${count.toLocaleString('en')}`
      : `more than ${bands[i - 1]?.upTo ?? 0} days: ${count.toLocaleString('en')}`,
  );

type About = Pick<
  ReportDocument,
  'organization' | 'covers' | 'origin' | 'createdAt' | 'versions' | 'chart' | 'files'
> & { places: Parameters<typeof coverageOfReport>[1] };

/** The open findings as a document for people. */
function openDocument(sum: OpenSum, result: DigestResult, at: Date, { places, ...about }: About): ReportDocument {
  const open = sum.told.filter(stands);
  return {
    ...about,
    title: 'Open findings',
    headline: result.headline,
    figures: figuresOf(result),
    coverage: coverageOfReport(result, places, 'Asked, UTC'),
    method: {
      paragraphs: [
        'Each account is asked itself, in every Region in use, for the findings of GuardDuty and IAM Access Analyzer that nobody archived and AWS did not resolve. Severity is GuardDuty’s own; of Access Analyzer, access from outside is high, from inside medium, unused access low.',
        ...result.notes.slice(0, 12),
      ],
      calls: openFindingsCalls.map(([call, parameters, purpose]) => ({ call, parameters, purpose })),
    },
    sections: [
      section('By source and severity', [], bySource(open)),
      section(
        'Open findings, the worst and oldest first',
        [
          open.length > printed
            ? `The first ${printed} of ${open.length.toLocaleString('en')}; findings.csv has all of them.`
            : 'All of them.',
        ],
        listTable(open, sum, at),
      ),
      section(
        'Closed, or gone with their accounts, since the last time',
        [],
        listTable(
          sum.told.filter(({ change }) => change === 'closed' || change === 'removed'),
          sum,
          at,
        ),
      ),
      notChecked([...result.coverage.gaps, ...offSentences(sum.looks)], 'findings.csv names what was not seen'),
    ],
    exceptions: {
      paragraphs: [
        'A risk of these is accepted in AWS itself, where somebody, or a rule, archives the finding. Archived since the last time:',
      ],
      table: listTable(
        sum.told.filter(({ change }) => change === 'archived'),
        sum,
        at,
      ),
    },
    signOff: null,
  };
}

const bySource = (open: readonly Told[]): Table => ({
  columns: [
    { title: 'Source', share: 40 },
    ...(['critical', 'high', 'medium', 'low'] as const).map((title) => ({ title, share: 15, kind: 'number' as const })),
  ],
  rows: [...Map.groupBy(open, ({ finding }) => finding.source)].map(([source, ones]) => [
    source,
    ...(['critical', 'high', 'medium', 'low'] as const).map((severity) =>
      ones.filter(({ finding }) => finding.severity === severity).length.toLocaleString('en'),
    ),
  ]),
  empty: 'Nothing is open.',
});

const listTable = (told: readonly Told[], { names }: OpenSum, at: Date): Table => ({
  columns: [
    { title: 'Severity', share: 12, kind: 'severity' },
    { title: 'Finding', share: 32 },
    { title: 'Resource', share: 22 },
    { title: 'Account, Region', share: 18 },
    { title: 'Days', share: 8, kind: 'number' },
    { title: 'Change', share: 12 },
  ],
  rows: told
    .slice(0, printed)
    .map(({ finding, change }) => [
      finding.severity,
      `${finding.title} (${finding.source})`,
      finding.resource,
      `${names.get(finding.account) ?? ''} ${finding.account}, ${finding.region}`.trimStart(),
      ageDays(finding, at).toLocaleString('en'),
      change.replace('-', ' '),
    ]),
  empty: 'There are none.',
});

const header = [
  'source',
  'severity',
  'title',
  'account',
  'region',
  'resource',
  'since',
  'age_days',
  'change',
  'link',
  'key',
];

function* rows({ told }: OpenSum, at: Date) {
  for (const { finding, change } of told) {
    const { source, severity, title, account, region, resource, since, link, key } = finding;
    yield [source, severity, title, account, region, resource, since, ageDays(finding, at), change, link, key];
  }
}
