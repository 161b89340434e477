import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { CallMade } from '../alerts/alert.ts';
import type { Notice } from '../alerts/notices.ts';
import { jsonText } from './json.ts';
import { rankOf } from './rows.ts';
import type { OutboxTable, SlackMessageTable, Tables } from './tables.ts';

/** One thing to do in Slack, claimed: nobody else does it until `claimMs` have passed. */
export type Delivery =
  | { kind: 'update'; message: Selectable<SlackMessageTable> & { ts: string } }
  | { kind: 'post'; message: Selectable<SlackMessageTable> }
  | { kind: 'notice'; row: Selectable<OutboxTable> }
  /** Calls of several alerts to one person, in one message: the worst first. `first` stands for all of them. */
  | { kind: 'bundle'; first: Selectable<OutboxTable>; alertIds: number[] };

/** What to do now in a lane: a delivery, or when to look again (null: when there is something new). */
export type Claim = { delivery: Delivery } | { next: Date | null };

/** Slack takes one message a second and channel. Source: Slack, "Rate limits", chat.postMessage. */
const paceMs = 1000;
/** What is claimed has to be sent within so long of the claim; a request is given up after 10 s more. */
const sendWithinMs = 5000;
/** After that its outcome counts as unknown, and others try. */
const claimMs = sendWithinMs + 10_000;
/** One person has one direct message of calls in this time, however many alerts it is about. */
const bundleMs = 60_000;

/** The row that a delivery is known by; of a bundle the first. */
export const rowOf = (delivery: Delivery): Selectable<OutboxTable> | Selectable<SlackMessageTable> =>
  delivery.kind === 'notice' ? delivery.row : delivery.kind === 'bundle' ? delivery.first : delivery.message;

/** Until when a delivery may be sent: whoever comes later than that, stopped by its machine perhaps, no longer has it to itself. */
export function sendBefore(delivery: Delivery): Date {
  const { retry_at } = rowOf(delivery);
  return later(retry_at ?? new Date(0), sendWithinMs - claimMs);
}

const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

/** What is to be said once. A call says its step and whom it calls; `notBefore`: it waits until then. */
export interface ToSay {
  key: string;
  alertId: number | null;
  notice: Notice;
  step?: string;
  person?: string;
  notBefore?: Date;
}

/** Puts messages to be said once into the outbox. A key that is there already is not said again. */
export async function putOut(trx: Transaction<Tables>, rows: readonly ToSay[], now: Date): Promise<void> {
  if (rows.length === 0) return;
  const records = rows.map(({ key, alertId, notice, step, person, notBefore }) => ({
    key,
    alert_id: alertId,
    kind: notice.kind,
    target: notice.target,
    payload: notice,
    step,
    person,
    retry_at: notBefore,
  }));
  await sql`
    insert into outbox (key, alert_id, kind, target, payload, created_at, step, person, retry_at)
    select key, alert_id, kind, target, payload, ${now}, step, person, retry_at
    from jsonb_to_recordset(${jsonText(records)}::jsonb)
      as row (key text, alert_id integer, kind text, target text, payload jsonb, step text, person text, retry_at timestamptz)
    on conflict (key) do nothing`.execute(trx);
}

/** Calls for alerts that somebody has in hand, or that are over, are not made any more; with a person, those to them. Those of a storm stay: others in it may fire. */
export async function withdrawCalls(
  trx: Transaction<Tables>,
  alerts: readonly { id: number; why: string; person?: string }[],
  now: Date,
): Promise<void> {
  if (alerts.length === 0) return;
  await sql`
    update outbox set done_at = ${now}, outcome = 'withdrawn', error = 'not sent: ' || alert.why, attempted_at = null, retry_at = null
    from jsonb_to_recordset(${jsonText(alerts)}::jsonb) as alert (id integer, why text, person text)
    where outbox.alert_id = alert.id and starts_with(step, 'alert-') and done_at is null
      and (alert.person is null or outbox.person = alert.person)`.execute(trx);
}

/** Has the newest notice of this kind about an alert say something else: what is in Slack is edited. */
export async function sayAnew(trx: Transaction<Tables>, alertId: number, notice: Notice): Promise<void> {
  await trx
    .updateTable('outbox')
    .set({ payload: sql<Notice>`${jsonText(notice)}::jsonb`, done_at: null, retry_at: null, tries: 0 })
    .where('id', '=', (from) =>
      from
        .selectFrom('outbox')
        .select('id')
        .where('alert_id', '=', alertId)
        .where('kind', '=', notice.kind)
        .orderBy('id', 'desc')
        .limit(1),
    )
    .execute();
}

/** What was found out about an alert last, as its thread says it; undefined: nothing. */
export async function triageSaid(db: Kysely<Tables>, alertId: number): Promise<object | undefined> {
  const row = await db
    .selectFrom('outbox')
    .select('payload')
    .where('alert_id', '=', alertId)
    .where('kind', '=', 'triage')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.payload.kind === 'triage' ? row.payload.reply : undefined;
}

/** The direct messages about an alert are drawn anew. Returns the conversations. */
export async function drawDirectAnew(trx: Transaction<Tables>, alertId: number): Promise<string[]> {
  const rows = await trx
    .updateTable('slack_message')
    .set({ version: 0 })
    .where('alert_id', '=', alertId)
    .where('channel', 'like', 'D%')
    .where('ts', 'is not', null)
    .returning('channel')
    .execute();
  return rows.map(({ channel }) => channel);
}

/** The pagers that alerts called, or may have, as `pagerduty:name`. */
export async function pagersOf(trx: Transaction<Tables>, alertIds: readonly number[]): Promise<Map<number, string[]>> {
  const pagers = new Map<number, string[]>();
  if (alertIds.length === 0) return pagers;
  const { rows } = await sql<{ alert_id: number; target: string }>`
    select distinct alert_id, target from outbox
    where alert_id = any(${alertIds}::integer[]) and kind = 'page'
      and (done_at is not null or attempted_at is not null or tries > 0)`.execute(trx);
  for (const { alert_id, target } of rows) pagers.set(alert_id, [...(pagers.get(alert_id) ?? []), target]);
  return pagers;
}

/** Whether there is something under a key in the outbox, said or not. */
export async function isPutOut(db: Kysely<Tables>, key: string): Promise<boolean> {
  return (await db.selectFrom('outbox').select('id').where('key', '=', key).executeTakeFirst()) !== undefined;
}

/** What was said of an alert apart from its message and its timeline: calls, pages, triage. Oldest first; the newest `most`. */
export async function saidOf(db: Kysely<Tables>, alertId: number, most: number): Promise<Selectable<OutboxTable>[]> {
  const rows = await db
    .selectFrom('outbox')
    .selectAll()
    .where('alert_id', '=', alertId)
    .where('kind', '<>', 'reply')
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
  return rows.reverse();
}

/** Says where alerts, storms and incidents are shown from now on; the messages themselves are delivered later. */
export async function show(
  trx: Transaction<Tables>,
  places: readonly ({ channel: string } & ({ alertId: number } | { stormId: number } | { incidentId: number }))[],
): Promise<void> {
  if (places.length === 0) return;
  await sql`
    insert into slack_message (alert_id, storm_id, incident_id, channel)
    select "alertId", "stormId", "incidentId", channel
    from jsonb_to_recordset(${jsonText(places)}::jsonb)
      as place ("alertId" integer, "stormId" integer, "incidentId" integer, channel text)
    on conflict do nothing`.execute(trx);
}

/** Whether anything is to be shown or said here, now or later. What comes after this was asked wakes its loop. */
export async function anythingFor(db: Kysely<Tables>, target: string): Promise<boolean> {
  // Counted, for the few that are behind have an index: to find one, every message would be read.
  const { rows } = await sql`
    select where (select count(*) from slack_message where channel = ${target} and version < wanted) > 0
      or exists (select from outbox where target = ${target} and done_at is null)`.execute(db);
  return rows.length > 0;
}

/**
 * Claims the next thing to do for a Slack channel or user (or a pager) and keeps Slack's pace over all replicas:
 * edits and posts each have a lane, and a lane lets one request through a second. Edits come first (somebody waits
 * for the button to answer), then new alerts, the worst first, then what is to be said once, in order. A triage reply
 * comes last, in a second that nobody else used: it keeps no alert waiting.
 */
export async function claimNext(trx: Transaction<Tables>, target: string, now: Date): Promise<Claim> {
  const lanes = await lockLanes(trx, target, now);
  const waits: number[] = [];
  const calls = await claimCalls(trx, target, { now, free: lanes.post });
  if (calls !== undefined && 'delivery' in calls) return calls;
  if (calls !== undefined) waits.push(Number(calls.next));
  for (const { kind, id, retry_at } of await firstOfEachKind(trx, target)) {
    const free = kind === 'update' ? lanes.update : kind === 'triage' ? later(lanes.post, paceMs) : lanes.post;
    const at = Math.max(Number(free), Number(retry_at ?? 0));
    if (at <= now.getTime()) return { delivery: await claim(trx, { kind, id, target, now }) };
    waits.push(at);
  }
  return { next: waits.length === 0 ? null : new Date(Math.min(...waits)) };
}

/** The times from which the lanes are free, their rows locked: replicas take turns here. */
async function lockLanes(trx: Transaction<Tables>, target: string, now: Date): Promise<{ post: Date; update: Date }> {
  const lanes = await trx
    .insertInto('lane')
    .values([
      { id: `post:${target}`, next_at: now },
      { id: `update:${target}`, next_at: now },
    ])
    .onConflict((conflict) => conflict.column('id').doUpdateSet((row) => ({ next_at: row.ref('lane.next_at') })))
    .returning(['id', 'next_at'])
    .execute();
  const freeAt = (id: string): Date => lanes.find((lane) => lane.id === id)?.next_at ?? now;
  return { post: freeAt(`post:${target}`), update: freeAt(`update:${target}`) };
}

/**
 * Claims the calls that wait for a person, all of them together: the worst alert first, one message a minute. What is critical does
 * not wait for the end of a minute in which nothing critical was said. A bundle whose outcome is unknown is claimed again as it was.
 * Undefined: nobody is to be called here.
 */
async function claimCalls(
  trx: Transaction<Tables>,
  target: string,
  { now, free }: { now: Date; free: Date },
): Promise<{ delivery: Delivery } | { next: Date } | undefined> {
  const { rows } = await sql<{
    id: number;
    alert_id: number;
    retry_at: Date | null;
    bundle: number | null;
    tried: boolean;
    critical: boolean;
  }>`
    select outbox.id, alert_id, retry_at, bundle, attempted_at is not null as tried, severity = 'critical' as critical
    from outbox join alert on alert.id = alert_id
    where target = ${target} and outbox.kind = 'direct' and step is not null and done_at is null
      and exists (
        select from slack_message
        where (slack_message.alert_id = alert.id or slack_message.storm_id = alert.storm_id
          or slack_message.incident_id = alert.incident_id) and ts is not null)
    order by coalesce(retry_at > ${now}, false), ${rankOf('severity')}, outbox.id`.execute(trx);
  const [worst] = rows;
  if (worst === undefined) return undefined;
  const lane = `${worst.critical ? 'critical' : 'calls'}:${target}`;
  const told = await trx.selectFrom('lane').select('next_at').where('id', '=', lane).executeTakeFirst();
  const due = rows.filter(({ retry_at }) => retry_at === null || retry_at <= now);
  const again = due.find(({ tried }) => tried);
  const at = Math.max(Number(free), Number(worst.retry_at ?? 0), again === undefined ? Number(told?.next_at ?? 0) : 0);
  if (at > now.getTime()) return { next: new Date(at) };
  const together =
    again === undefined
      ? due
      : due.filter(({ id, bundle }) => id === again.id || (bundle !== null && bundle === again.bundle));
  const [first] = together;
  if (first === undefined) return undefined;
  const lanes = [`calls:${target}`, ...(together.some(({ critical }) => critical) ? [`critical:${target}`] : [])];
  await trx
    .insertInto('lane')
    .values(lanes.map((id) => ({ id, next_at: later(now, bundleMs) })))
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ next_at: later(now, bundleMs) }))
    .execute();
  const lead = again?.bundle ?? first.id;
  if (together.length === 1 && again?.bundle == null)
    return { delivery: await claim(trx, { kind: 'notice', id: first.id, target, now }) };
  await sql`
    update outbox set bundle = ${lead}, retry_at = ${later(now, claimMs)}, attempted_at = coalesce(attempted_at, ${now})
    where id = any(${together.map(({ id }) => id)}::integer[])`.execute(trx);
  await sql`update lane set next_at = ${later(now, paceMs)} where id = ${`post:${target}`}`.execute(trx);
  const row = await trx.selectFrom('outbox').selectAll().where('id', '=', lead).executeTakeFirstOrThrow();
  return {
    delivery: {
      kind: 'bundle',
      // The first may be withdrawn since; the others are sent all the same.
      first: { ...row, retry_at: later(now, claimMs), attempted_at: again === undefined ? null : row.attempted_at },
      alertIds: together.map(({ alert_id }) => alert_id),
    },
  };
}

type Kind = 'update' | 'post' | 'notice' | 'triage';

/**
 * Of each kind the next thing to do here, due or to be tried again later. A reply waits until its alert has a message to
 * reply to, and everything but a triage reply until what was to be said of the same alert before it is said: a pager that
 * hears of the end first would ring afterwards.
 */
async function firstOfEachKind(
  trx: Transaction<Tables>,
  target: string,
): Promise<{ kind: Kind; id: number; retry_at: Date | null }[]> {
  const notices = (triage: boolean) => sql`
    select ${triage ? 'triage' : 'notice'} as kind, id, retry_at from outbox
    where target = ${target} and done_at is null and (kind = 'triage') = ${triage}
      and not (kind = 'direct' and step is not null)
      and not exists (
        select from outbox as earlier
        where earlier.target = ${target} and earlier.done_at is null and earlier.kind <> 'triage'
          and earlier.alert_id = outbox.alert_id and earlier.id < outbox.id)
      and (kind = 'page' or alert_id is null or exists (
        select from slack_message where slack_message.alert_id = outbox.alert_id and ts is not null)
        or exists (
          select from alert join slack_message
            on slack_message.storm_id = alert.storm_id or slack_message.incident_id = alert.incident_id
          where alert.id = outbox.alert_id and ts is not null))
    order by retry_at nulls first, id limit 1`;
  const { rows } = await sql<{ kind: Kind; id: number; retry_at: Date | null }>`
    (select 'update' as kind, id, retry_at from slack_message
      where channel = ${target} and version < wanted and ts is not null
      order by retry_at nulls first, id desc limit 1)
    union all
    (select 'post', slack_message.id, retry_at from slack_message
      left join alert on alert.id = slack_message.alert_id
      where slack_message.channel = ${target} and slack_message.version < wanted and ts is null
      order by retry_at nulls first,
        ${rankOf('alert.severity')} nulls first, slack_message.id
      limit 1)
    union all (${notices(false)})
    union all (${notices(true)})`.execute(trx);
  return rows;
}

/** Takes one thing for this worker, and the lane for a second. The row returned says when it was first tried before, if ever. */
async function claim(
  trx: Transaction<Tables>,
  { kind, id, target, now }: { kind: Kind; id: number; target: string; now: Date },
): Promise<Delivery> {
  const lane = sql`update lane set next_at = ${kind === 'triage' ? now : later(now, paceMs)}
    where id = ${`${kind === 'update' ? 'update' : 'post'}:${target}`}`;
  const claimed = <Row>(table: 'slack_message' | 'outbox') =>
    sql<Row>`
    with taken as (${lane})
    update ${sql.table(table)} as row
      set attempted_at = coalesce(row.attempted_at, ${now}), retry_at = ${later(now, claimMs)}
      from (select id, attempted_at from ${sql.table(table)} where id = ${id}) as before
      where row.id = before.id returning row.*, before.attempted_at as attempted_at`.execute(trx);
  if (kind === 'notice' || kind === 'triage') {
    const [row] = (await claimed<Selectable<OutboxTable>>('outbox')).rows;
    if (row === undefined) throw new Error(`Nothing is to be said under number ${id}.`);
    return { kind: 'notice', row };
  }
  const [message] = (await claimed<Selectable<SlackMessageTable>>('slack_message')).rows;
  if (message === undefined) throw new Error(`There is no Slack message of number ${id}.`);
  return message.ts === null ? { kind: 'post', message } : { kind: 'update', message: { ...message, ts: message.ts } };
}

/** Slack shows this version of the message now. */
export async function markShown(db: Kysely<Tables>, id: number, shown: { ts: string; version: number }): Promise<void> {
  await db
    .updateTable('slack_message')
    .set({ ...shown, attempted_at: null, retry_at: null, tries: 0, error: null })
    .where('id', '=', id)
    .execute();
}

/** A receipt is asked about this often. Source: pushover.net/api, "Receipts": not more than once in five seconds. */
const pollMs = 10_000;

/** A notice is said, as `notice` has it: one that was changed meanwhile (`sayAnew`) is still to be said anew. */
export async function markSaid(
  db: Kysely<Tables>,
  id: number,
  notice: Notice,
  said: { ts: string | null; now: Date; receipt?: string | undefined; polled?: boolean | undefined },
): Promise<void> {
  const { receipt = null, polled = false } = said;
  await db
    .updateTable('outbox')
    .set((set) => ({
      ts: said.ts,
      done_at: sql<Date | null>`case when payload = ${jsonText(notice)}::jsonb then ${said.now}::timestamptz end`,
      attempted_at: null,
      retry_at: null,
      error: null,
      receipt,
      poll_at: polled ? later(said.now, pollMs) : null,
      outcome: set
        .case()
        .when('step', 'is not', null)
        .then('sent' as const)
        .else(null)
        .end(),
    }))
    .where('id', '=', id)
    .execute();
}

/** Calls whose receipts are to be asked about now, each left alone by others for a while. */
export const takeReceipts = (
  db: Kysely<Tables>,
  now: Date,
): Promise<Pick<Selectable<OutboxTable>, 'id' | 'receipt' | 'alert_id' | 'person' | 'target'>[]> =>
  db
    .updateTable('outbox')
    .set({ poll_at: later(now, pollMs) })
    .where('poll_at', '<=', now)
    .returning(['id', 'receipt', 'alert_id', 'person', 'target'])
    .execute();

/** A receipt is asked about no more; `rang`: the person took the call. */
export async function closeReceipt(db: Kysely<Tables>, id: number, rang: boolean): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ poll_at: null, ...(rang ? { outcome: 'rang' as const } : {}) })
    .where('id', '=', id)
    .execute();
}

/** What waits for its time under this key is said now (`error` is null), or not at all, and why. */
export async function settleWaiting(
  trx: Transaction<Tables>,
  key: string,
  { now, error }: { now: Date; error: string | null },
): Promise<void> {
  await trx
    .updateTable('outbox')
    .set(error === null ? { retry_at: null } : { done_at: now, error, retry_at: null })
    .where('key', '=', key)
    .where('done_at', 'is', null)
    .execute();
}

/** The calls of a bundle are made, by one message. Returns the rows. */
export const markBundleSaid = (
  trx: Transaction<Tables>,
  bundle: number,
  said: { ts: string; now: Date },
): Promise<Selectable<OutboxTable>[]> =>
  trx
    .updateTable('outbox')
    .set({ ts: said.ts, done_at: said.now, attempted_at: null, retry_at: null, error: null, outcome: 'sent' })
    .where('bundle', '=', bundle)
    .where('done_at', 'is', null)
    .returningAll()
    .execute();

/** The alerts for which somebody was called in one message; with one that leads a storm all that is open in it. */
export async function alertsOfBundle(db: Kysely<Tables>, bundle: number): Promise<number[]> {
  // As one list: two ways to be among them, and every alert would be looked at.
  const { rows } = await sql<{ id: number }>`
    with called as (select alert_id as id from outbox where bundle = ${bundle} and alert_id is not null)
    select id from called
    union
    select id from alert
      where storm_id in (select storm_id from alert join called using (id)) and state <> 'resolved'`.execute(db);
  return rows.map(({ id }) => id);
}

/** The calls of a bundle that are not made yet. */
export const bundleRows = (db: Kysely<Tables>, bundle: number): Promise<Selectable<OutboxTable>[]> =>
  db.selectFrom('outbox').selectAll().where('bundle', '=', bundle).where('done_at', 'is', null).orderBy('id').execute();

/** What is refused to the end is not said at all; the row keeps the reason. */
export async function giveUp(db: Kysely<Tables>, id: number, failure: { now: Date; error: string }): Promise<void> {
  await db
    .updateTable('outbox')
    .set((set) => ({
      done_at: failure.now,
      error: failure.error,
      attempted_at: null,
      retry_at: null,
      outcome: set
        .case()
        .when('step', 'is not', null)
        .then('withdrawn' as const)
        .else(null)
        .end(),
    }))
    .where('id', '=', id)
    .execute();
}

/**
 * The delivery did not come about, or may have: `unknown` keeps the mark of when it was tried, so that the next one looks for
 * it first. An earlier try whose outcome nobody knows keeps its mark whatever comes of this one. It is tried again at `retryAt`.
 * When another process has claimed it since, what came of this one is no news.
 */
export async function markFailed(
  db: Kysely<Tables>,
  delivery: Delivery,
  failure: { unknown: boolean; retryAt: Date; error: string },
): Promise<void> {
  // The minute in which one message of calls goes out was not used.
  if (!failure.unknown && (delivery.kind === 'bundle' || delivery.kind === 'notice')) {
    const { target } = delivery.kind === 'bundle' ? delivery.first : delivery.row;
    await db
      .deleteFrom('lane')
      .where('id', 'in', [`calls:${target}`, `critical:${target}`])
      .execute();
  }
  if (delivery.kind === 'bundle') {
    await db
      .updateTable('outbox')
      .set((set) => ({
        retry_at: failure.retryAt,
        error: failure.error,
        tries: set('tries', '+', 1),
        ...(failure.unknown ? {} : { attempted_at: delivery.first.attempted_at }),
      }))
      .where('bundle', '=', delivery.first.bundle)
      .where('retry_at', '=', delivery.first.retry_at)
      .where('done_at', 'is', null)
      .execute();
    return;
  }
  const [table, row] =
    delivery.kind === 'notice' ? (['outbox', delivery.row] as const) : (['slack_message', delivery.message] as const);
  await db
    .updateTable(table)
    .set((set) => ({
      retry_at: failure.retryAt,
      error: failure.error,
      tries: set('tries', '+', 1),
      ...(failure.unknown ? {} : { attempted_at: row.attempted_at }),
    }))
    .where('id', '=', row.id)
    .where('retry_at', '=', row.retry_at)
    .execute();
}

/** Alerts that went into a storm before they were posted need no message of their own in its channel. */
export async function dropUnposted(trx: Transaction<Tables>, alertIds: readonly number[]): Promise<void> {
  if (alertIds.length === 0) return;
  await sql`
    delete from slack_message using alert
    where slack_message.alert_id = alert.id and alert.id = any(${alertIds}::integer[])
      and slack_message.channel = alert.channel and ts is null and attempted_at is null`.execute(trx);
}

/** An incident or a storm has a message now: those of its alerts are drawn again, with the way to it. */
export async function pointTo(
  db: Kysely<Tables>,
  { column, id }: { column: 'incident_id' | 'storm_id'; id: number },
): Promise<string[]> {
  const rows = await db
    .updateTable('slack_message')
    .set({ version: 0 })
    .where('ts', 'is not', null)
    .where('alert_id', 'in', (from) => from.selectFrom('alert').select('id').where(column, '=', id))
    .returning('channel')
    .execute();
  return [...new Set(rows.map(({ channel }) => channel))];
}

/** Where the message of a storm is. */
export async function messageOfStorm(
  db: Kysely<Tables>,
  storm: number,
): Promise<{ channel: string; ts: string } | undefined> {
  const row = await db
    .selectFrom('slack_message')
    .select(['channel', 'ts'])
    .where('storm_id', '=', storm)
    .where('ts', 'is not', null)
    .executeTakeFirst();
  return row?.ts == null ? undefined : { channel: row.channel, ts: row.ts };
}

/** Slack asked this lane to wait. */
export async function holdLane(db: Kysely<Tables>, id: string, until: Date): Promise<void> {
  await db.updateTable('lane').set({ next_at: until }).where('id', '=', id).where('next_at', '<', until).execute();
}

/** The message is gone from Slack: it is posted again. */
export async function showAgain(db: Kysely<Tables>, id: number): Promise<void> {
  await db
    .updateTable('slack_message')
    .set({ ts: null, version: 0, attempted_at: null, retry_at: null })
    .where('id', '=', id)
    .execute();
}

/** An alert or incident whose channel cannot be posted to is shown in another one. */
export async function moveMessage(db: Kysely<Tables>, id: number, channel: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { alert_id, incident_id } = await trx
      .updateTable('slack_message')
      .set({ channel, attempted_at: null, retry_at: null })
      .where('id', '=', id)
      .returning(['alert_id', 'incident_id'])
      .executeTakeFirstOrThrow();
    if (incident_id !== null)
      await trx.updateTable('incident').set({ channel }).where('id', '=', incident_id).execute();
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

/** Where an alert is shown at home, by the message of its incident, its own or that of its storm: the channel and the ts, once Slack has it. */
export async function homeMessage(
  db: Kysely<Tables>,
  alertId: number,
): Promise<{ channel: string; ts: string } | undefined> {
  const row = await db
    .selectFrom('slack_message')
    .select(['channel', 'ts'])
    .where((where) =>
      where.or([
        where('alert_id', '=', alertId),
        where('storm_id', '=', (from) => from.selectFrom('alert').select('storm_id').where('id', '=', alertId)),
        where('incident_id', '=', (from) => from.selectFrom('alert').select('incident_id').where('id', '=', alertId)),
      ]),
    )
    .where('ts', 'is not', null)
    .where('channel', 'not like', 'D%')
    .orderBy(sql`incident_id nulls last`)
    .orderBy(sql`alert_id nulls last`)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.ts == null ? undefined : { channel: row.channel, ts: row.ts };
}

/** Who was called last for an alert or a storm, and when; undefined: nobody yet. */
export async function lastCall(
  db: Kysely<Tables>,
  of: { alert: number } | { storm: number },
): Promise<{ call: Extract<Notice, { kind: 'call' }>; at: Date } | undefined> {
  const row = await db
    .selectFrom('outbox')
    .select(['payload', 'created_at'])
    .where((where) =>
      'alert' in of
        ? where('alert_id', '=', of.alert)
        : where('alert_id', 'in', (from) => from.selectFrom('alert').select('id').where('storm_id', '=', of.storm)),
    )
    .where('kind', '=', 'call')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.payload.kind === 'call' ? { call: row.payload, at: row.created_at } : undefined;
}

/** The calls for an alert, the newest first; at most `limit`. What stands in the thread calls nobody by itself. */
export async function callsFor(db: Kysely<Tables>, alertId: number, limit: number): Promise<CallMade[]> {
  const rows = await db
    .selectFrom('outbox')
    .select(['payload', 'person', 'target', 'created_at', 'done_at', 'retry_at', 'outcome', 'error'])
    .where('alert_id', '=', alertId)
    .where('step', 'is not', null)
    .where('kind', '<>', 'call')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ payload, person, target, created_at, done_at, retry_at, outcome, error }) => ({
    level: 'level' in payload ? payload.level : 0,
    person,
    target,
    at: done_at ?? retry_at ?? created_at,
    outcome,
    why: error,
  }));
}

/**
 * From now on a direct message about an alert is edited with each change, those included that came while it was posted: `behind`
 * says whether there was one. A later one to the same person takes its place: `earlier` is the time of the message before.
 */
export async function keepDirect(
  db: Kysely<Tables>,
  { alertId, channel, ts, version }: { alertId: number; channel: string; ts: string; version: number },
): Promise<{ behind: boolean; earlier: string | null }> {
  // A change that is under way is waited for: it could not see this row.
  const { rows } = await sql<{ behind: boolean; earlier: string | null }>`
    with before as (select ts from slack_message where alert_id = ${alertId} and channel = ${channel} and ts <> ${ts})
    insert into slack_message (alert_id, channel, ts, version, wanted)
    select id, ${channel}, ${ts}, ${version}::integer, version from alert where id = ${alertId} for share
    on conflict (alert_id, channel) where alert_id is not null
      do update set ts = excluded.ts, version = excluded.version, wanted = excluded.wanted
    returning version < wanted as behind, (select ts from before) as earlier`.execute(db);
  return rows[0] ?? { behind: false, earlier: null };
}

/** Why a direct message about an alert was sent, and the key under which; undefined: it is not kept any more. */
export async function directNotice(
  db: Kysely<Tables>,
  alertId: number,
  ts: string | null,
): Promise<{ why: Extract<Notice, { kind: 'direct' }>; key: string } | undefined> {
  const row = await db
    .selectFrom('outbox')
    .select(['payload', 'key'])
    .where('alert_id', '=', alertId)
    .where('kind', '=', 'direct')
    .where('ts', '=', ts)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.payload.kind === 'direct' ? { why: row.payload, key: row.key } : undefined;
}

/** A message that somebody deleted for themselves is not kept up to date any more. */
export async function forgetMessage(db: Kysely<Tables>, id: number): Promise<void> {
  await db.deleteFrom('slack_message').where('id', '=', id).execute();
}
