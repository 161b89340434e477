import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { type Burst, joinBurst, type Storm, type StormKind, stormKey, stormWindowMs } from '../alerts/grouping.ts';
import type { Severity } from '../alerts/severity.ts';
import type { Actor } from '../alerts/signal.ts';
import { plainText } from './json.ts';
import { insertRows, rankOf, updateRows } from './rows.ts';
import type { StormTable, Tables } from './tables.ts';

const toStorm = (row: Selectable<StormTable>): Storm => ({
  id: row.id,
  channel: row.channel,
  source: row.source,
  kind: row.kind,
  openedAt: row.opened_at,
  lastAt: row.last_at,
  endedAt: row.ended_at,
  count: row.count,
  apart: row.apart,
  worst: row.worst,
  accounts: row.accounts,
  actors: row.actors,
  severity: row.severity,
  escalation: row.escalation,
  level: row.level,
  round: row.round,
  firingSince: row.firing_since,
  calledAt: row.called_at,
  exhaustedAt: row.exhausted_at,
  quietHours: row.quiet_hours,
  dueAt: row.due_at,
  version: row.version,
});

const toRow = (storm: Storm) =>
  ({
    id: storm.id,
    channel: storm.channel,
    source: plainText(storm.source),
    kind: plainText(storm.kind),
    opened_at: storm.openedAt,
    last_at: storm.lastAt,
    ended_at: storm.endedAt,
    count: storm.count,
    apart: storm.apart,
    worst: storm.worst,
    accounts: storm.accounts,
    actors: storm.actors,
    severity: storm.severity,
    escalation: storm.escalation,
    level: storm.level,
    round: storm.round,
    firing_since: storm.firingSince,
    called_at: storm.calledAt,
    exhausted_at: storm.exhaustedAt,
    quiet_hours: storm.quietHours,
    due_at: storm.dueAt,
    version: storm.version,
  }) satisfies Record<keyof StormTable, unknown>;

/** The open storms of these kinds and those of these ids, locked. */
export async function lockStorms(
  trx: Transaction<Tables>,
  kinds: readonly StormKind[],
  ids: readonly number[],
): Promise<Storm[]> {
  if (kinds.length === 0 && ids.length === 0) return [];
  const { rows } = await sql<Selectable<StormTable>>`
    select * from storm
    where id = any(${ids}::integer[])
      or (ended_at is null and (channel, source, kind) in (select * from ${kindRows(kinds)}))
    order by id for update`.execute(trx);
  return rows.map(toStorm);
}

const kindRows = (kinds: readonly StormKind[]) => sql`
  unnest(${kinds.map(({ channel }) => channel)}::text[], ${kinds.map(({ source }) => plainText(source))}::text[],
    ${kinds.map(({ kind }) => plainText(kind))}::text[]) as kinds (channel, source, kind)`;

/** The new alerts of these kinds within the last minute, by kind. */
export async function burstsOf(
  trx: Transaction<Tables>,
  kinds: readonly StormKind[],
  now: Date,
): Promise<Map<string, Burst>> {
  const bursts = new Map<string, Burst>();
  if (kinds.length === 0) return bursts;
  const { rows } = await sql<
    StormKind & { id: number; severity: Severity; account: string | null; actor: Actor | null }
  >`
    select id, channel, source, kind, severity, account, signal -> 'actor' as actor
    from alert join ${kindRows(kinds)} using (channel, source, kind)
    where mode <> 'digest' and incident_id is null and first_seen > ${new Date(now.getTime() - stormWindowMs)}
    order by id`.execute(trx);
  for (const { id, account, actor, severity, ...kind } of rows) {
    const signal = { ...(account === null ? {} : { account }), ...(actor === null ? {} : { actor }) };
    bursts.set(stormKey(kind), joinBurst(bursts.get(stormKey(kind)), { id, severity, signal }));
  }
  return bursts;
}

/** Inserts storms with the ids that they have. */
export const insertStorms = (trx: Transaction<Tables>, storms: readonly Storm[]): Promise<void> =>
  insertRows(trx, 'storm', storms.map(toRow));

/** Stores storms as they stand now. */
export const updateStorms = (trx: Transaction<Tables>, storms: readonly Storm[]): Promise<void> =>
  updateRows(trx, 'storm', storms.map(toRow));

/** Ids of the storms that nobody took in hand in time, the longest overdue first. */
export async function stormsDue(db: Kysely<Tables>, now: Date): Promise<number[]> {
  const rows = await db.selectFrom('storm').select('id').where('due_at', '<=', now).orderBy('due_at').execute();
  return rows.map(({ id }) => id);
}

/** The worst alert in a storm that fires and that nobody has in hand, the oldest of several; undefined: there is none. */
export async function leadOf(trx: Transaction<Tables>, stormId: number): Promise<number | undefined> {
  const row = await trx
    .selectFrom('alert')
    .select('id')
    .where('storm_id', '=', stormId)
    .where('state', '=', 'firing')
    .where('mode', '=', 'alert')
    .orderBy(rankOf('severity'))
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** Ends the storms in which nothing came for a minute. */
export async function endCalmStorms(db: Kysely<Tables>, now: Date): Promise<void> {
  await db
    .updateTable('storm')
    .set((set) => ({ ended_at: set.ref('last_at'), version: set('version', '+', 1) }))
    .where('ended_at', 'is', null)
    .where('last_at', '<=', new Date(now.getTime() - stormWindowMs))
    .execute();
}

/** Alerts of storms changed: the storms' messages show how many are open. */
export async function touchStorms(trx: Transaction<Tables>, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`update storm set version = version + 1 where id = any(${[...new Set(ids)]}::integer[])`.execute(trx);
}

/** A storm as its Slack message shows it. */
export interface StormSummary {
  id: number;
  channel: string;
  source: string;
  kind: string;
  /** What most of its alerts say, digits left out; null: they say different things. */
  title: string | null;
  severity: Severity;
  /** When the first alert in it came. */
  firstSeen: Date;
  lastSeen: Date;
  active: boolean;
  count: number;
  openCount: number;
  /** Alerts in it that people are called for until somebody has them in hand. */
  waiting: number;
  /** Alerts that came during it and have a message of their own. */
  apart: number;
  /** The numbers of the five worst alerts that came with it, the worst first. */
  worst: number[];
  escalation: string | null;
  /** Levels of escalation that were called, since when they count, and when the next one is; null: never. */
  level: number;
  round: number;
  exhaustedAt: Date | null;
  firingSince: Date;
  dueAt: Date | null;
  /** Who acknowledged and resolved how many of its alerts; null: AWS itself. */
  acts: { state: 'acknowledged' | 'resolved'; by: string | null; count: number }[];
  topAccounts: { name: string; count: number }[];
  topResources: { name: string; count: number }[];
  version: number;
}

export async function stormById(db: Kysely<Tables>, id: number): Promise<StormSummary | undefined> {
  const storm = await db.selectFrom('storm').selectAll().where('id', '=', id).executeTakeFirst();
  if (storm === undefined) return undefined;
  const states = await db
    .selectFrom('alert')
    .select((select) => [
      'state',
      sql<string | null>`case state when 'acknowledged' then acknowledged_by when 'resolved' then resolved_by end`.as(
        'by',
      ),
      select.fn.countAll<string>().as('count'),
      select.fn.min<Date>('first_seen').as('first'),
      sql<string>`count(*) filter (where state = 'firing' and mode = 'alert')`.as('waiting'),
    ])
    .where('storm_id', '=', id)
    .groupBy(['state', 'by'])
    .orderBy('count', 'desc')
    .execute();
  const [title] = await top(db, id, sql`regexp_replace(title, '[0-9]+', '…', 'g')`);
  return {
    id,
    channel: storm.channel,
    source: storm.source,
    kind: storm.kind,
    title: title !== undefined && title.count * 2 > storm.count ? title.name : null,
    severity: storm.severity,
    firstSeen: new Date(Math.min(storm.opened_at.getTime(), ...states.map(({ first }) => first.getTime()))),
    lastSeen: storm.last_at,
    active: storm.ended_at === null,
    count: storm.count,
    openCount: states.reduce((open, { state, count }) => (state === 'resolved' ? open : open + Number(count)), 0),
    waiting: states.reduce((all, { waiting }) => all + Number(waiting), 0),
    apart: storm.apart,
    escalation: storm.escalation,
    level: storm.level,
    round: storm.round,
    exhaustedAt: storm.exhausted_at,
    firingSince: storm.firing_since,
    dueAt: storm.due_at,
    acts: states.flatMap(({ state, by, count }) =>
      state === 'acknowledged' || state === 'resolved' ? [{ state, by, count: Number(count) }] : [],
    ),
    worst: await worstOf(db, storm),
    topAccounts: await top(db, id, sql`coalesce(signal ->> 'accountName', account)`),
    topResources: await top(db, id, sql`signal -> 'resource' ->> 'name'`),
    version: storm.version,
  };
}

/** The numbers of the worst alerts that came with a storm, inside it or with messages of their own: the open ones first. */
async function worstOf(db: Kysely<Tables>, storm: Selectable<StormTable>): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from alert
    where mode <> 'digest' and (
      storm_id = ${storm.id}
      or storm_id is null and channel = ${storm.channel} and source = ${storm.source} and kind = ${storm.kind}
        and first_seen between ${storm.opened_at} and ${storm.last_at})
    order by state = 'resolved', ${rankOf('severity')}, storm_id is not null, id limit 5`.execute(db);
  return rows.map(({ id: worst }) => worst);
}

async function top(
  db: Kysely<Tables>,
  id: number,
  name: ReturnType<typeof sql>,
): Promise<{ name: string; count: number }[]> {
  const { rows } = await sql<{ name: string; count: string }>`
    select ${name} as name, count(*) as count from alert
    where storm_id = ${id} and ${name} is not null group by 1 order by count(*) desc, 1 limit 6`.execute(db);
  return rows.map((row) => ({ name: row.name, count: Number(row.count) }));
}
