import { type Kysely, sql } from 'kysely';
import type { AlertMode, Author, TimelineEvent } from '../alerts/alert.ts';
import type { Page } from '../alerts/numbers/load.ts';
import {
  type CountedAlert,
  inStory,
  type Spell,
  type SpellEvent,
  spellsOf,
  storyOf,
} from '../alerts/numbers/spells.ts';
import type { Severity } from '../alerts/severity.ts';
import type { Tables } from './tables.ts';

/** A stretch of time, half open, and the channels whose alerts count; absent: all. */
export interface SpellQuery {
  from: Date;
  until: Date;
  channels?: readonly string[];
}

const alertsAtATime = 2000;

/**
 * The spells of firing that began within a stretch of time, each storm and incident as one; these come last. Alerts are read some
 * thousands at a time, with two statements for each: memory does not grow with their number, but with that of storms and incidents.
 */
export async function* spellsBetween(db: Kysely<Tables>, query: SpellQuery): AsyncGenerator<Spell, void> {
  const { from, until } = query;
  const counts = ({ began }: Spell): boolean => from <= began && began < until;
  const stories = new Map<string, Spell>();
  for (let after = 0; ; ) {
    const alerts = await alertsAfter(db, after, query);
    const last = alerts.at(-1);
    if (last === undefined) break;
    after = last.id;
    const timelines = await timelinesOf(
      db,
      alerts.map(({ id }) => id),
    );
    for (const alert of alerts) {
      const spells = spellsOf(alert, timelines.get(alert.id) ?? []);
      const newest = spells.findLast(counts);
      if (newest !== undefined) newest.signals = alert.signals;
      const [first, ...more] = spells;
      if (first === undefined) continue;
      const story = storyOf(alert);
      if (story === null) more.unshift(first);
      else stories.set(story, inStory(stories.get(story), first));
      yield* more.filter(counts);
    }
  }
  yield* [...stories.values()].filter(counts);
}

/** Alerts of which there was a signal or a new beginning in this time, by id. */
async function alertsAfter(
  db: Kysely<Tables>,
  after: number,
  { from, until, channels }: SpellQuery,
): Promise<(CountedAlert & { signals: number })[]> {
  const { rows } = await sql<{
    id: number;
    dedup_key: string;
    title: string;
    severity: Severity;
    source: string;
    kind: string;
    account: string | null;
    account_name: string | null;
    escalation: string | null;
    mode: AlertMode;
    storm_id: number | null;
    incident_id: number | null;
    storm_level: number | null;
    signals: number;
  }>`
    select alert.id, dedup_key, title, alert.severity, alert.source, alert.kind, account,
      signal ->> 'accountName' as account_name, alert.escalation, mode, incident_id, storm_id, storm.level as storm_level,
      (select count(*)::integer from alert_event as came
        where came.alert_id = alert.id and came.at >= ${from} and came.at < ${until}
          and came.kind in ('opened', 'seen-again', 'changed', 'reopened', 'resolved') and came.by ->> 'type' = 'aws'
      ) as signals
    from alert left join storm on storm.id = storm_id
    where alert.id > ${after}
      and alert.id in (
        select alert_id from alert_event
        where at >= ${from} and at < ${until} and kind in ('opened', 'reopened', 'shown'))
      ${channels === undefined ? sql`` : sql`and alert.channel = any(${channels}::text[])`}
    order by alert.id limit ${alertsAtATime}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    dedupKey: row.dedup_key,
    title: row.title,
    severity: row.severity,
    source: row.source,
    kind: row.kind,
    account: row.account,
    accountName: row.account_name,
    policy: row.escalation,
    mode: row.mode,
    storm: row.storm_id === null ? null : { id: row.storm_id, level: row.storm_level ?? 0 },
    incident: row.incident_id,
    signals: row.signals,
  }));
}

/** What spells are made of, by alert, in order. */
async function timelinesOf(db: Kysely<Tables>, alerts: readonly number[]): Promise<Map<number, SpellEvent[]>> {
  const { rows } = await sql<{
    alert_id: number;
    kind: TimelineEvent['kind'];
    at: Date;
    by: Author;
    detail: string | null;
  }>`
    select alert_id, kind, at, by, detail from alert_event
    where alert_id = any(${alerts}::integer[])
      and kind in ('opened', 'reopened', 'shown', 'flapping', 'escalated', 'exhausted', 'acknowledged', 'taken-over', 'resolved')
    order by alert_id, id`.execute(db);
  const timelines = new Map<number, SpellEvent[]>();
  for (const { alert_id, detail, ...event } of rows) {
    const line = { ...event, ...(detail === null ? {} : { detail }) };
    const known = timelines.get(alert_id);
    if (known === undefined) timelines.set(alert_id, [line]);
    else known.push(line);
  }
  return timelines;
}

/** The channels whose alerts count in such a time. */
export async function channelsBetween(db: Kysely<Tables>, from: Date, until: Date): Promise<string[]> {
  const { rows } = await sql<{ channel: string }>`
    select distinct channel from alert
    where id in (
      select alert_id from alert_event
      where at >= ${from} and at < ${until} and kind in ('opened', 'reopened', 'shown'))
    order by channel`.execute(db);
  return rows.map(({ channel }) => channel);
}

/**
 * The calls of a time that reached people, whatever the way: several ways of one call count once, and so does what was said of
 * several alerts in one message. What Slack did not ring for is none. Before calls had rows of their own, direct messages were.
 */
export async function pagesBetween(db: Kysely<Tables>, from: Date, until: Date): Promise<Page[]> {
  const { rows } = await sql<Page>`
    select coalesce(person, target) as "user", min(done_at) as at
    from outbox
    where done_at >= ${from} and done_at < ${until}
      and (outcome in ('sent', 'rang') or outcome is null and ts is not null)
      and (person is not null or kind = 'direct' and payload ->> 'reason' = 'escalated')
    group by coalesce(person, target), coalesce('bundle ' || bundle, step, 'row ' || id)
    order by at`.execute(db);
  return rows;
}
