import { formatDuration } from '../../alerts/durations.ts';
import { severities } from '../../alerts/severity.ts';
import { type AlertNumbers, type CountedAlert, countAlerts } from '../../framework/alert-numbers.ts';
import { minute } from '../../reports/document.ts';
import { tableRow, writeFindings } from '../../reports/findings.ts';
import { DigestResult } from '../../slack/views/digest-result.ts';
import { alertsBetween } from '../../store/alerts-of-week.ts';
import type { DigestRun } from '../../store/digests.ts';
import { coverageOf, plainChart, plural, trendOf } from './common.ts';
import type { Digest, DigestParts, Reported } from './digest.ts';
import { dueAt } from './due.ts';

const weekMs = 7 * 86_400_000;

/** The alerts of the week in numbers, from Trailwatch's own records: AWS is not asked. */
export const alertNumbers: Digest = {
  name: 'alertNumbers',
  command: 'alert-numbers',
  title: 'Alerts of the week',
  places: async () => ({ places: [], trouble: null, shared: {} }),
  collect: async () => {
    throw new Error('The numbers of alerts are counted from the store.');
  },
  report,
};

async function report({ database, config }: DigestParts, run: DigestRun, folder: string): Promise<Reported> {
  // A run that comes late counts the week that it is for: no alert is in two weeks, and none in none.
  const schedule = config.digests.alertNumbers;
  const until = (schedule && dueAt(run.period, schedule.timezone)) ?? run.started_at;
  const alerts = await alertsBetween(database.db, new Date(until.getTime() - weekMs), until);
  const numbers = countAlerts(alerts);
  await writeFindings(folder, rows(alerts), tableRow(header));
  const minutes = (ms: number | null) => (ms === null ? 0 : Math.round(ms / 60_000));
  const totals = {
    alerts: numbers.alerts,
    signals: numbers.signals,
    untouched: numbers.untouched,
    acknowledgeMinutes: minutes(numbers.acknowledgeMs),
    resolveMinutes: minutes(numbers.resolveMs),
    ...Object.fromEntries(severities.map((severity) => [severity, numbers.bySeverity.get(severity) ?? 0])),
  };
  const trend = await trendOf<string>(database.db, run, totals, ['critical', 'high', 'medium', 'low'], {
    title: 'Alerts by severity',
    unit: 'alerts',
  });
  const result = DigestResult.parse({
    title: 'Alerts of the week',
    headline: headline(numbers),
    coverage: await coverageOf(database.db, run),
    numbers: [
      { label: 'Alerts', value: totals.alerts, unit: '', before: trend.before?.['alerts'] ?? null, good: 'neither' },
      {
        label: 'Median to acknowledge',
        value: totals.acknowledgeMinutes,
        unit: ' min',
        before: trend.before?.['acknowledgeMinutes'] ?? null,
        good: 'down',
      },
      {
        label: 'Median to resolve',
        value: totals.resolveMinutes,
        unit: ' min',
        before: trend.before?.['resolveMinutes'] ?? null,
        good: 'down',
      },
    ],
    chart: plainChart(trend.chart),
    items: numbers.noisiest.map(({ key, title, account, severity, signals }) => ({
      key,
      severity,
      title,
      sentence: `${plural(signals, 'signal')} in the week: silence it, mend its cause, or raise its limit.`,
      where: account ?? 'no account',
      owner: null,
      ageDays: null,
      isNew: false,
      link: null,
    })),
    itemsTotal: numbers.noisiest.length,
    lists: [
      { title: 'By severity', lines: counted(numbers.bySeverity) },
      { title: 'By account', lines: counted(numbers.byAccount) },
      { title: 'By source', lines: counted(numbers.bySource) },
    ],
    notes: [
      `Counted are the alerts that began in the seven days before ${minute(until)} UTC, from the records of Trailwatch.`,
    ],
    totals,
  } satisfies DigestResult);
  return { result, gone: [] };
}

const counted = (counts: ReadonlyMap<string, number>): string[] =>
  [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name}: ${count.toLocaleString('en')}`);

function headline({ alerts, bySeverity, acknowledgeMs, untouched }: AlertNumbers): string {
  if (alerts === 0) return 'No alert in the week.';
  const grave = (bySeverity.get('critical') ?? 0) + (bySeverity.get('high') ?? 0);
  const speed =
    acknowledgeMs === null
      ? 'none was acknowledged'
      : `half of those acknowledged were within ${formatDuration(acknowledgeMs)}`;
  const left = untouched === 0 ? '' : ` ${plural(untouched, 'alert')} nobody has touched yet.`;
  return `${plural(alerts, 'alert')} in the week, ${grave.toLocaleString('en')} of them critical or high; ${speed}.${left}`;
}

const header = [
  'severity',
  'account',
  'source',
  'title',
  'first_seen',
  'acknowledged_at',
  'resolved_at',
  'signals',
  'key',
];

function* rows(alerts: readonly CountedAlert[]) {
  for (const { severity, account, source, title, firstSeen, acknowledgedAt, resolvedAt, signals, dedupKey } of alerts)
    yield [severity, account, source, title, firstSeen, acknowledgedAt, resolvedAt, signals, dedupKey];
}
