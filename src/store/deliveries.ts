import { type Generated, type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Notice } from '../alerts/notices.ts';
import type { Tables } from './database.ts';
import { jsonb } from './json.ts';

/** One place in Slack where an alert or a storm is shown. */
export interface SlackMessageTable {
  id: Generated<number>;
  alert_id: number | null;
  storm_id: number | null;
  channel: string;
  ts: string | null;
  /** The version of the alert or storm that Slack shows; 0 before the first. */
  version: Generated<number>;
  attempted_at: Date | null;
  retry_at: Date | null;
  tries: Generated<number>;
  error: string | null;
}

export interface OutboxTable {
  id: Generated<number>;
  key: string;
  /** Null for news that is about no alert. */
  alert_id: number | null;
  kind: Notice['kind'];
  target: string;
  payload: Notice;
  created_at: Date;
  attempted_at: Date | null;
  retry_at: Date | null;
  tries: Generated<number>;
  error: string | null;
  done_at: Date | null;
  ts: string | null;
}

export interface LaneTable {
  /** `post:C…`, `update:C…`, `rest:C…`. */
  id: string;
  next_at: Date;
}

/** One thing to do in Slack, claimed: nobody else does it until `claimMs` have passed. */
export type Delivery =
  | { kind: 'update'; message: Selectable<SlackMessageTable> & { ts: string } }
  | { kind: 'post'; message: Selectable<SlackMessageTable> }
  | { kind: 'notice'; row: Selectable<OutboxTable> };

/** What to do now in a lane: a delivery, or when to look again (null: when there is something new). */
export type Claim = { delivery: Delivery } | { next: Date | null };

/** Slack takes one message a second and channel. Source: Slack, "Rate limits", chat.postMessage. */
const paceMs = 1000;
/** A request is given up after 10 s; five more for our own slowness, and its outcome counts as unknown. */
const claimMs = 15_000;

/** Later than every time at which something is tried again. */
const whenever = new Date('9999-01-01T00:00:00Z');

const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

/** Puts messages to be said once into the outbox. A key that is there already is not said again. */
export async function putOut(
  trx: Transaction<Tables>,
  rows: readonly { key: string; alertId: number | null; notice: Notice }[],
  now: Date,
): Promise<void> {
  if (rows.length === 0) return;
  await trx
    .insertInto('outbox')
    .values(
      rows.map(({ key, alertId, notice }) => ({
        key,
        alert_id: alertId,
        kind: notice.kind,
        target: notice.target,
        payload: jsonb(notice),
        created_at: now,
      })),
    )
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

/** The pagers that an alert called, as `pagerduty:name`. */
export async function pagersOf(trx: Transaction<Tables>, alertId: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('outbox')
    .select('target')
    .distinct()
    .where('alert_id', '=', alertId)
    .where('kind', '=', 'page')
    .execute();
  return rows.map(({ target }) => target);
}

/** Says that an alert is shown in a channel from now on; the message itself is delivered later. */
export async function showAlert(trx: Transaction<Tables>, alertId: number, channel: string): Promise<void> {
  await trx
    .insertInto('slack_message')
    .values({ alert_id: alertId, channel })
    .onConflict((conflict) => conflict.columns(['alert_id', 'channel']).where('alert_id', 'is not', null).doNothing())
    .execute();
}

/**
 * Claims the next thing to do for a Slack channel or user (or a pager) and keeps Slack's pace over all replicas:
 * edits and posts each have a lane, and a lane lets one request through a second. Edits come first (somebody waits
 * for the button to answer), then new alerts, the worst first, then what is to be said once, in order.
 */
export async function claimNext(trx: Transaction<Tables>, target: string, now: Date): Promise<Claim> {
  const waits: Date[] = [];
  for (const [lane, find] of [
    [`update:${target}`, dueUpdate],
    [`post:${target}`, duePost],
    [`post:${target}`, dueNotice],
  ] as const) {
    const free = await lockLane(trx, lane, now);
    if (free > now) {
      if (await find(trx, target, whenever)) waits.push(free);
      continue;
    }
    const found = await find(trx, target, now);
    if (found === undefined) {
      const retry = await find(trx, target, whenever);
      if (retry !== undefined) waits.push(retryAt(retry) ?? now);
      continue;
    }
    await trx
      .updateTable('lane')
      .set({ next_at: later(now, paceMs) })
      .where('id', '=', lane)
      .execute();
    await markAttempt(trx, found, now);
    return { delivery: found };
  }
  return { next: waits.length === 0 ? null : new Date(Math.min(...waits.map(Number))) };
}

const retryAt = (delivery: Delivery): Date | null =>
  delivery.kind === 'notice' ? delivery.row.retry_at : delivery.message.retry_at;

/** The time from which a lane is free, its row locked: replicas take turns here. */
async function lockLane(trx: Transaction<Tables>, id: string, now: Date): Promise<Date> {
  await trx
    .insertInto('lane')
    .values({ id, next_at: now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const { next_at } = await trx
    .selectFrom('lane')
    .select('next_at')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return next_at;
}

/** A message that shows an old version, due before `due`. */
async function dueUpdate(trx: Transaction<Tables>, target: string, due: Date): Promise<Delivery | undefined> {
  const message = await trx
    .selectFrom('slack_message')
    .leftJoin('alert', 'alert.id', 'slack_message.alert_id')
    .leftJoin('storm', 'storm.id', 'slack_message.storm_id')
    .selectAll('slack_message')
    .where('slack_message.channel', '=', target)
    .where('slack_message.ts', 'is not', null)
    .where((where) => where('slack_message.version', '<', where.fn.coalesce('alert.version', 'storm.version')))
    .where((where) =>
      where.or([where('slack_message.retry_at', 'is', null), where('slack_message.retry_at', '<=', due)]),
    )
    .orderBy(sql`slack_message.retry_at nulls first`)
    .orderBy('slack_message.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return message?.ts == null ? undefined : { kind: 'update', message: { ...message, ts: message.ts } };
}

/** An alert or a storm that Slack does not show yet. */
async function duePost(trx: Transaction<Tables>, target: string, due: Date): Promise<Delivery | undefined> {
  const message = await trx
    .selectFrom('slack_message')
    .leftJoin('alert', 'alert.id', 'slack_message.alert_id')
    .selectAll('slack_message')
    .where('slack_message.channel', '=', target)
    .where('slack_message.ts', 'is', null)
    .where((where) =>
      where.or([where('slack_message.retry_at', 'is', null), where('slack_message.retry_at', '<=', due)]),
    )
    .orderBy(sql`slack_message.retry_at nulls first`)
    .orderBy(sql`array_position(array['critical', 'high', 'medium', 'low', 'info'], alert.severity) nulls first`)
    .orderBy('slack_message.id')
    .limit(1)
    .executeTakeFirst();
  return message && { kind: 'post', message };
}

/**
 * The oldest thing to say here. A reply waits until its alert has a message to reply to, and everything until what was
 * to be said of the same alert before it is said: a pager that hears of the end first would ring afterwards.
 */
async function dueNotice(trx: Transaction<Tables>, target: string, due: Date): Promise<Delivery | undefined> {
  const row = await trx
    .selectFrom('outbox')
    .selectAll()
    .where('target', '=', target)
    .where('done_at', 'is', null)
    .where((where) => where.or([where('retry_at', 'is', null), where('retry_at', '<=', due)]))
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('outbox as earlier')
            .select('earlier.id')
            .where('earlier.target', '=', target)
            .where('earlier.done_at', 'is', null)
            .whereRef('earlier.alert_id', '=', 'outbox.alert_id')
            .whereRef('earlier.id', '<', 'outbox.id'),
        ),
      ),
    )
    .where((where) =>
      where.or([
        where('kind', '=', 'page'),
        where('alert_id', 'is', null),
        where.exists(
          where
            .selectFrom('slack_message')
            .select('slack_message.id')
            .whereRef('slack_message.alert_id', '=', 'outbox.alert_id')
            .where('slack_message.ts', 'is not', null),
        ),
      ]),
    )
    .orderBy(sql`retry_at nulls first`)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row && { kind: 'notice', row };
}

async function markAttempt(trx: Transaction<Tables>, delivery: Delivery, now: Date): Promise<void> {
  const attempt = { attempted_at: now, retry_at: later(now, claimMs) };
  if (delivery.kind === 'notice')
    await trx.updateTable('outbox').set(attempt).where('id', '=', delivery.row.id).execute();
  else await trx.updateTable('slack_message').set(attempt).where('id', '=', delivery.message.id).execute();
}

/** Slack shows this version of the message now. */
export async function markShown(db: Kysely<Tables>, id: number, shown: { ts: string; version: number }): Promise<void> {
  await db
    .updateTable('slack_message')
    .set({ ...shown, attempted_at: null, retry_at: null, tries: 0, error: null })
    .where('id', '=', id)
    .execute();
}

export async function markSaid(db: Kysely<Tables>, id: number, said: { ts: string | null; now: Date }): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ ts: said.ts, done_at: said.now, attempted_at: null, retry_at: null, error: null })
    .where('id', '=', id)
    .execute();
}

/** What is refused to the end is not said at all; the row keeps the reason. */
export async function giveUp(db: Kysely<Tables>, id: number, failure: { now: Date; error: string }): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ done_at: failure.now, error: failure.error, attempted_at: null, retry_at: null })
    .where('id', '=', id)
    .execute();
}

/**
 * The delivery did not come about, or may have: `unknown` keeps the mark that it was tried, so that the next one
 * looks for it first. It is tried again at `retryAt`.
 */
export async function markFailed(
  db: Kysely<Tables>,
  delivery: Delivery,
  failure: { unknown: boolean; retryAt: Date; error: string },
): Promise<void> {
  const change = {
    retry_at: failure.retryAt,
    error: failure.error,
    ...(failure.unknown ? {} : { attempted_at: null }),
  };
  if (delivery.kind === 'notice')
    await db
      .updateTable('outbox')
      .set((set) => ({ ...change, tries: set('tries', '+', 1) }))
      .where('id', '=', delivery.row.id)
      .execute();
  else
    await db
      .updateTable('slack_message')
      .set((set) => ({ ...change, tries: set('tries', '+', 1) }))
      .where('id', '=', delivery.message.id)
      .execute();
}

/** Slack asked this lane to wait. */
export async function holdLane(db: Kysely<Tables>, id: string, until: Date): Promise<void> {
  await db.updateTable('lane').set({ next_at: until }).where('id', '=', id).where('next_at', '<', until).execute();
}

/** An alert whose channel cannot be posted to is shown in another one. */
export async function moveMessage(db: Kysely<Tables>, id: number, channel: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { alert_id } = await trx
      .updateTable('slack_message')
      .set({ channel, attempted_at: null, retry_at: null })
      .where('id', '=', id)
      .returning('alert_id')
      .executeTakeFirstOrThrow();
    if (alert_id === null) return;
    const { channel: old } = await trx
      .selectFrom('alert')
      .select('channel')
      .where('id', '=', alert_id)
      .executeTakeFirstOrThrow();
    await trx.updateTable('alert').set({ channel }).where('id', '=', alert_id).execute();
    await trx
      .updateTable('outbox')
      .set({ target: channel })
      .where('alert_id', '=', alert_id)
      .where('target', '=', old)
      .where('done_at', 'is', null)
      .execute();
  });
}

/** Channels, users and pagers for which something is to be done by now. */
export async function targetsDue(db: Kysely<Tables>, now: Date): Promise<string[]> {
  const due = sql<boolean>`(retry_at is null or retry_at <= ${now})`;
  const shown = await db
    .selectFrom('slack_message')
    .leftJoin('alert', 'alert.id', 'slack_message.alert_id')
    .leftJoin('storm', 'storm.id', 'slack_message.storm_id')
    .select('slack_message.channel as target')
    .distinct()
    .where((where) => where('slack_message.version', '<', where.fn.coalesce('alert.version', 'storm.version')))
    .where(due)
    .execute();
  const said = await db
    .selectFrom('outbox')
    .select('target')
    .distinct()
    .where('done_at', 'is', null)
    .where(due)
    .execute();
  return [...new Set([...shown, ...said].map((row) => row.target))];
}

/** What could not be delivered so far, for `/audit status`. */
export async function troubles(db: Kysely<Tables>): Promise<{ target: string; error: string; count: number }[]> {
  const rows = await sql<{ target: string; error: string; count: string }>`
    select target, error, count(*) as count from (
      select channel as target, error from slack_message where error is not null
      union all
      select target, error from outbox where error is not null and done_at is null
    ) as trouble group by target, error order by count(*) desc limit 10`.execute(db);
  return rows.rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Where an alert is shown at home: its channel and the message's ts, once Slack has it. */
export async function homeMessage(
  db: Kysely<Tables>,
  alertId: number,
): Promise<{ channel: string; ts: string } | undefined> {
  const row = await db
    .selectFrom('slack_message')
    .select(['channel', 'ts'])
    .where('alert_id', '=', alertId)
    .where('ts', 'is not', null)
    .orderBy('id')
    .executeTakeFirst();
  return row?.ts == null ? undefined : { channel: row.channel, ts: row.ts };
}

/** The alert or storm that a Slack message shows. */
export async function subjectOf(
  db: Kysely<Tables>,
  channel: string,
  ts: string,
): Promise<{ alertId: number | null; stormId: number | null } | undefined> {
  const row = await db
    .selectFrom('slack_message')
    .select(['alert_id', 'storm_id'])
    .where('channel', '=', channel)
    .where('ts', '=', ts)
    .executeTakeFirst();
  return row && { alertId: row.alert_id, stormId: row.storm_id };
}
