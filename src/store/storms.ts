import { type Generated, type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { stormWindowMs } from '../alerts/grouping.ts';
import { type Severity, severities } from '../alerts/severity.ts';
import type { Tables } from './database.ts';

export interface StormTable {
  id: Generated<number>;
  channel: string;
  source: string;
  kind: string;
  opened_at: Date;
  last_at: Date;
  ended_at: Date | null;
  count: number;
  version: Generated<number>;
}

/** A storm as it stands now: what its Slack message is a pure function of. */
export interface Storm {
  id: number;
  channel: string;
  source: string;
  kind: string;
  severity: Severity;
  firstSeen: Date;
  lastSeen: Date;
  active: boolean;
  count: number;
  openCount: number;
  topAccounts: { name: string; count: number }[];
  topResources: { name: string; count: number }[];
  version: number;
}

type NewAlert = { channel: string; source: string; kind: string };

/**
 * The storm that a new alert belongs to, or null. More than `limit` new alerts of one kind in one channel within a
 * minute are a storm; it goes on while less than a minute passes between them.
 */
export async function stormFor(
  trx: Transaction<Tables>,
  alert: NewAlert,
  limit: number,
  now: Date,
): Promise<number | null> {
  const since = new Date(now.getTime() - stormWindowMs);
  const open = await trx
    .selectFrom('storm')
    .selectAll()
    .where('channel', '=', alert.channel)
    .where('source', '=', alert.source)
    .where('kind', '=', alert.kind)
    .where('ended_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (open !== undefined && open.last_at > since) return joinStorm(trx, open.id, now);
  if (open !== undefined) await endStorm(trx, open);

  const { recent } = await trx
    .selectFrom('alert')
    .select((select) => select.fn.countAll<string>().as('recent'))
    .where('channel', '=', alert.channel)
    .where('source', '=', alert.source)
    .where('kind', '=', alert.kind)
    .where('mode', '<>', 'digest')
    .where('first_seen', '>', since)
    .executeTakeFirstOrThrow();
  if (Number(recent) < limit) return null;
  const storm = await trx
    .insertInto('storm')
    .values({ ...alert, opened_at: now, last_at: now, count: 1 })
    .onConflict((conflict) => conflict.columns(['channel', 'source', 'kind']).where('ended_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (storm === undefined) return stormFor(trx, alert, limit, now);
  await trx.insertInto('slack_message').values({ storm_id: storm.id, channel: alert.channel }).execute();
  return storm.id;
}

async function joinStorm(trx: Transaction<Tables>, id: number, now: Date): Promise<number> {
  await trx
    .updateTable('storm')
    .set((set) => ({ count: set('count', '+', 1), version: set('version', '+', 1), last_at: now }))
    .where('id', '=', id)
    .execute();
  return id;
}

const endStorm = (trx: Transaction<Tables>, storm: Selectable<StormTable>) =>
  trx
    .updateTable('storm')
    .set((set) => ({ ended_at: storm.last_at, version: set('version', '+', 1) }))
    .where('id', '=', storm.id)
    .execute();

/** Ends the storms in which nothing came for a minute. */
export async function endCalmStorms(db: Kysely<Tables>, now: Date): Promise<void> {
  await db
    .updateTable('storm')
    .set((set) => ({ ended_at: set.ref('last_at'), version: set('version', '+', 1) }))
    .where('ended_at', 'is', null)
    .where('last_at', '<=', new Date(now.getTime() - stormWindowMs))
    .execute();
}

/** An alert of a storm changed: the storm's message shows how many are open. */
export async function touchStorm(trx: Transaction<Tables>, id: number): Promise<void> {
  await trx
    .updateTable('storm')
    .set((set) => ({ version: set('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

export async function stormById(db: Kysely<Tables>, id: number): Promise<Storm | undefined> {
  const storm = await db.selectFrom('storm').selectAll().where('id', '=', id).executeTakeFirst();
  if (storm === undefined) return undefined;
  const { open, severity } = await db
    .selectFrom('alert')
    .select((select) => [
      select.fn.countAll<string>().filterWhere('state', '<>', 'resolved').as('open'),
      sql<number | null>`min(array_position(${sql.lit('{critical,high,medium,low,info}')}::text[], severity))`.as(
        'severity',
      ),
    ])
    .where('storm_id', '=', id)
    .executeTakeFirstOrThrow();
  return {
    id,
    channel: storm.channel,
    source: storm.source,
    kind: storm.kind,
    severity: severities[(severity ?? severities.length) - 1] ?? 'info',
    firstSeen: storm.opened_at,
    lastSeen: storm.last_at,
    active: storm.ended_at === null,
    count: storm.count,
    openCount: Number(open),
    topAccounts: await top(db, id, sql`coalesce(signal ->> 'accountName', account)`),
    topResources: await top(db, id, sql`signal -> 'resource' ->> 'name'`),
    version: storm.version,
  };
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

/** Ids of the alerts of a storm that are not resolved, oldest first. */
export async function openAlertsOfStorm(db: Kysely<Tables>, id: number): Promise<number[]> {
  const rows = await db
    .selectFrom('alert')
    .select('id')
    .where('storm_id', '=', id)
    .where('state', '<>', 'resolved')
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}
