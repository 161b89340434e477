import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { unfair } from '../../alerts/numbers/load.ts';
import type { Spell } from '../../alerts/numbers/spells.ts';
import { loadSentence, measureCells, measureHeader, shareWords, timesSentence } from '../../alerts/numbers/words.ts';
import { severities } from '../../alerts/severity.ts';
import { DigestResult } from '../../framework/digest-result.ts';
import { type Group, type Stats, statsOf } from '../../questions/stats.ts';
import type { CsvCell } from '../../reports/csv.ts';
import { minute, type ReportDocument, type Table } from '../../reports/document.ts';
import { tableRow, writeFindings } from '../../reports/findings.ts';
import { describeFiles } from '../../reports/manifest.ts';
import { writePdf } from '../../reports/pdf.ts';
import type { DigestRun } from '../../store/digests/runs.ts';
import { spellsBetween } from '../../store/spells.ts';
import { formatDuration } from '../../words/durations.ts';
import { plural } from '../../words/text.ts';
import { weekMs } from '../../words/time.ts';
import { aboutReport, accountCoverage, drawChart, namesOf, plainChart, trendOf } from './common.ts';
import type { Digest, DigestParts, Reported } from './digest.ts';
import { figuresOf, inDetail, printed, section } from './document-parts.ts';
import { dueAt } from './due.ts';

/** The alerts of the week in numbers, from Trailwatch's own records: AWS is not asked. */
export const alertNumbers: Digest = {
  name: 'alertNumbers',
  command: 'alert-numbers',
  title: 'Alerts of the week',
  report,
};

async function report(parts: DigestParts, run: DigestRun, folder: string): Promise<Reported> {
  const { database, config, zoneOf } = parts;
  // A late run counts the week that it is for: every alert counts in exactly one week.
  const schedule = config.digests.alertNumbers;
  const until = (schedule && dueAt(run.period, schedule.timezone)) ?? run.started_at;
  const from = new Date(until.getTime() - weekMs);
  const zone = schedule?.timezone ?? 'UTC';
  const stats = await statsOf({ db: database.db, config, zoneOf }, { from, until, zone });
  await writeFindings(folder, rows(spellsBetween(database.db, { from, until })), tableRow(header));
  const { all, groups } = stats;
  const minutes = (ms: number | null) => (ms === null ? null : Math.round(ms / 60_000));
  const times = { acknowledgeMinutes: minutes(all.acknowledge.median), resolveMinutes: minutes(all.resolve.median) };
  // What there is none of is left out: zero minutes would be a record.
  const known = Object.fromEntries(Object.entries(times).filter(([, value]) => value !== null));
  const bySeverity = Object.fromEntries(
    severities.map((severity) => [
      severity,
      groups.severity.find(({ name }) => name === severity)?.measures.spells ?? 0,
    ]),
  );
  const totals = { alerts: all.spells, signals: stats.signals, untouched: all.untouched, ...known, ...bySeverity };
  const trend = await trendOf<string>(database.db, run, totals, ['critical', 'high', 'medium', 'low'], {
    title: 'Alerts by severity',
    unit: 'alerts',
  });
  const result = DigestResult.parse({
    title: 'Alerts of the week',
    date: until.toISOString().slice(0, 10),
    headline: headline(stats),
    coverage: await accountCoverage(database.db, run),
    numbers: [
      { label: 'Alerts', value: totals.alerts, unit: '', before: trend.before?.['alerts'] ?? null, good: 'neither' },
      {
        label: 'Median to acknowledge',
        value: times.acknowledgeMinutes,
        unit: ' min',
        before: trend.before?.['acknowledgeMinutes'] ?? null,
        good: 'down',
      },
      {
        label: 'Median to resolve',
        value: times.resolveMinutes,
        unit: ' min',
        before: trend.before?.['resolveMinutes'] ?? null,
        good: 'down',
      },
    ],
    ...(all.spells === 0
      ? {}
      : {
          table: {
            title: 'By severity',
            header: ['severity', ...measureHeader],
            rows: groups.severity.map(({ name, measures }) => [name, ...measureCells(measures)]),
          },
        }),
    chart: plainChart(trend.chart),
    items: stats.noisiest.map(({ key, title, account, severity, spells, signals, proposal }) => ({
      key,
      severity,
      title,
      sentence: `${plural(spells, 'time')} with ${plural(signals, 'signal')} in the week. ${proposal.sentence}${proposal.kind === 'route' ? ` At the top of routes: ${proposal.line}` : ''}`,
      where: account ?? 'no account',
      owner: null,
      ageDays: null,
      isNew: false,
      link: null,
    })),
    itemsTotal: stats.noisiest.length,
    lists: [
      { title: 'Who carried it', lines: await carried(parts, stats) },
      { title: 'By account', lines: counted(groups.account) },
      { title: 'By source', lines: counted(groups.source) },
      { title: 'By level that was called', lines: counted(groups.level) },
      { title: 'By what it turned out to be', lines: counted(groups.reason) },
    ],
    notes: notes(stats, until),
    totals,
  } satisfies DigestResult);
  const document: ReportDocument = {
    ...aboutReport(run, null, parts.now()),
    organization: 'From the records of Trailwatch',
    covers: `Counted from ${minute(from)} to ${minute(until)} UTC`,
    title: result.title,
    headline: result.headline,
    figures: figuresOf(result),
    chart: await drawChart(folder, trend.chart),
    coverage: {
      sentence: 'AWS was not asked: these are the alerts that reached Trailwatch, and what people did with them.',
      table: { columns: [{ title: 'Account', share: 1 }], rows: [], empty: 'No account was asked.' },
    },
    method: { paragraphs: result.notes, calls: [] },
    sections: [
      section('By severity', [], severityTable(result)),
      section('What came the most, and what to do about it', [], noisiestTable(result)),
      ...(result.lists.every(({ lines }) => lines.length === 0) ? [] : [inDetail(result, 'The week in detail')]),
    ],
    exceptions: {
      paragraphs: [],
      table: {
        columns: [{ title: 'What', share: 1 }],
        rows: [],
        empty: 'Nothing is accepted here: silences hold alerts back, and are counted above.',
      },
    },
    files: await describeFiles(folder),
    signOff: null,
  };
  await writePdf(document, createWriteStream(join(folder, 'report.pdf')));
  return { result, gone: [], period: { from, to: until } };
}

const severityTable = ({ table }: DigestResult): Table => ({
  columns: (table?.header ?? ['severity']).map((title, i) => ({
    title,
    share: i === 0 ? 16 : 12,
    kind: i === 0 ? ('severity' as const) : ('number' as const),
  })),
  rows: table?.rows ?? [],
  empty: 'There was no alert.',
});

const noisiestTable = ({ items }: DigestResult): Table => ({
  columns: [
    { title: 'Severity', share: 12, kind: 'severity' },
    { title: 'Alert', share: 30 },
    { title: 'Account', share: 14 },
    { title: 'What', share: 44 },
  ],
  rows: items.slice(0, printed).map(({ severity, title, where, sentence }) => [severity, title, where, sentence]),
  empty: 'There was no alert.',
});

const counted = (groups: readonly Group[]): string[] =>
  groups.map(
    ({ name, measures: { spells, acknowledge } }) =>
      `${name}: ${spells.toLocaleString('en')}${acknowledge.count === 0 ? '' : `, acknowledged ${acknowledge.count}, ${timesSentence(acknowledge)}`}`,
  );

async function carried(parts: DigestParts, { load }: Stats): Promise<string[]> {
  const nameOf = await namesOf(
    parts,
    load.map(({ user }) => user),
  );
  const much = unfair(load);
  return [
    ...(much === undefined
      ? []
      : [
          `${nameOf(much.user)} had ${Math.round(100 * much.pages)} % of the calls at night with ${Math.round(100 * much.hours)} % of the hours`,
        ]),
    ...load.map((each) => `${nameOf(each.user)}: ${loadSentence(each, load)}`),
  ];
}

function notes({ all, alerts, held }: Stats, until: Date): string[] {
  const { resolve, inTime } = all;
  return [
    `Counts what began in the seven days before ${minute(until)} UTC, from the records of Trailwatch; a storm is one, nights are from 22:00 to 7:00 where whoever was called is, hours on call are those of the schedules as they stand now.`,
    ...(inTime.of === 0 ? [] : [`Acknowledged before the second level was called: ${shareWords(inTime)}.`]),
    ...(resolve.count === 0 ? [] : [`Over: ${resolve.count} of ${all.spells}, ${timesSentence(resolve)}.`]),
    ...(alerts === all.spells ? [] : [`With those in storms there were ${plural(alerts, 'alert')}.`]),
    ...(held === 0
      ? []
      : [`${held} more asked nobody for anything: a silence held them back, or a route only tells of them.`]),
  ];
}

function headline({ all, groups }: Stats): string {
  if (all.spells === 0) return 'No alert in the week.';
  const grave = groups.severity
    .filter(({ name }) => name === 'critical' || name === 'high')
    .reduce((sum, { measures }) => sum + measures.spells, 0);
  const { count, median } = all.acknowledge;
  const speed =
    count === 0
      ? 'none was acknowledged'
      : median === null
        ? `${count} of them acknowledged, too few for a median`
        : `median time to acknowledge: ${formatDuration(median)}`;
  const left = all.untouched === 0 ? '' : ` ${plural(all.untouched, 'alert')} nobody has touched yet.`;
  return `${plural(all.spells, 'alert')} in the week, ${grave.toLocaleString('en')} of them critical or high; ${speed}.${left}`;
}

const header = [
  'alert',
  'severity',
  'account',
  'source',
  'title',
  'began',
  'acknowledged_at',
  'acknowledged_by',
  'level',
  'resolved_at',
  'resolved_as',
  'alerts',
  'signals',
  'key',
];

async function* rows(spells: AsyncIterable<Spell>): AsyncGenerator<readonly CsvCell[]> {
  for await (const { alert, severity, account, began, acknowledged, level, ended, alerts, signals, held } of spells)
    if (!held)
      yield [
        alert.id,
        severity,
        account,
        alert.source,
        alert.title,
        began,
        acknowledged?.at ?? null,
        acknowledged?.by ?? null,
        level,
        ended?.at ?? null,
        ended?.as ?? null,
        alerts,
        signals,
        alert.dedupKey,
      ];
}
