import type { Spell } from '../alerts/numbers/spells.ts';
import type { Parts } from '../parts.ts';
import { statsFor } from '../questions/stats.ts';
import { type CsvCell, csvFile } from '../reports/csv.ts';
import type { Person } from '../slack/access.ts';
import { nameOf } from '../slack/people.ts';
import { sendFilesTo } from '../slack/upload.ts';
import type { StatsValue } from '../slack/views/stats.ts';
import { recordOf } from '../store/audit-log.ts';
import { spellsBetween } from '../store/spells.ts';
import { hourMs } from '../words/time.ts';
import { mustHave } from './rights.ts';

/** Sends the numbers of a time to the person directly, as CSV: the groups, every spell, who carried what. @throws Refused */
export async function sendStatsFiles(parts: Parts, person: Person, asked: StatsValue): Promise<void> {
  await mustHave(parts, 'see', person, 'numbers of alerts');
  const { load, query, ...stats } = await statsFor(parts, person, asked);
  const groups = stats.groups[asked.by];
  const people = [...load.map(({ user }) => user), ...(asked.by === 'person' ? groups.map(({ name }) => name) : [])];
  const names = new Map<string, string>();
  for (const user of new Set(people)) names.set(user, user === 'nobody' ? user : await nameOf(parts.slack, user));
  const named = (user: string): string => names.get(user) ?? user;
  const days = `${asked.from.toISOString().slice(0, 10)}-${asked.until.toISOString().slice(0, 10)}`;
  const file = (what: string, title: string, header: readonly string[], rows: Parameters<typeof csvFile>[1]) => ({
    name: `${what}-${days}.csv`,
    title,
    content: csvFile(header, rows),
  });
  await sendFilesTo(
    parts.slack,
    person.user,
    [
      file(
        `alerts-by-${asked.by}`,
        `Alerts by ${asked.by}`,
        [asked.by, ...measureHeader],
        groups.map(({ name, measures: { spells, acknowledge, resolve, inTime, untouched } }) => [
          named(name),
          spells,
          acknowledge.count,
          acknowledge.median,
          acknowledge.nineTenths,
          inTime.count,
          inTime.of,
          resolve.count,
          resolve.median,
          resolve.nineTenths,
          untouched,
        ]),
      ),
      file(
        'alerts',
        'Every alert that asked for somebody',
        spellHeader,
        spellRows(spellsBetween(parts.database.db, query)),
      ),
      file(
        'load',
        'Who carried what',
        ['person', 'hours_on_call', 'calls', 'calls_at_night', 'nights'],
        load.map(({ user, onCallMs, pages, atNight, nights }) => [
          named(user),
          Math.round((10 * onCallMs) / hourMs) / 10,
          pages,
          atNight,
          nights,
        ]),
      ),
    ],
    `Numbers of alerts, ${days}. Times are in milliseconds and in UTC.`,
  );
  const { from, until, by } = asked;
  await parts.database.transaction((trx) =>
    recordOf(person, parts.now())(trx, 'files', 'numbers of alerts', {
      from: from.toISOString(),
      until: until.toISOString(),
      by,
    }),
  );
}

const measureHeader = [
  'alerts',
  'acknowledged',
  'acknowledge_median_ms',
  'acknowledge_p90_ms',
  'before_level_2',
  'of',
  'over',
  'resolve_median_ms',
  'resolve_p90_ms',
  'untouched',
];

const spellHeader = [
  'alert',
  'severity',
  'source',
  'kind',
  'account',
  'title',
  'policy',
  'began',
  'acknowledged',
  'acknowledged_by',
  'level',
  'over',
  'resolved_as',
  'alerts',
  'incident',
  'key',
];

/** What was held back is in none of the numbers, and not in their list. */
async function* spellRows(spells: AsyncIterable<Spell>): AsyncGenerator<readonly CsvCell[]> {
  for await (const { alert, severity, account, began, acknowledged, level, ended, alerts, held } of spells)
    if (!held)
      yield [
        alert.id,
        severity,
        alert.source,
        alert.kind,
        account,
        alert.title,
        alert.policy,
        began,
        acknowledged?.at ?? null,
        acknowledged?.by ?? null,
        level,
        ended?.at ?? null,
        ended?.as ?? null,
        alerts,
        alert.incident,
        alert.dedupKey,
      ];
}
