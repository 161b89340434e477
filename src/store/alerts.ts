import {
  type ExpressionBuilder,
  type Generated,
  type Insertable,
  type Kysely,
  type Selectable,
  sql,
  type Transaction,
} from 'kysely';
import type { Alert, AlertMode, AlertState, Author, TimelineEvent } from '../alerts/alert.ts';
import type { Severity } from '../alerts/severity.ts';
import type { Signal } from '../alerts/signal.ts';
import type { Tables } from './database.ts';
import { jsonb, plainText } from './json.ts';

export interface AlertTable {
  id: Generated<number>;
  dedup_key: string;
  state: AlertState;
  mode: AlertMode;
  severity: Severity;
  source: string;
  kind: string;
  account: string | null;
  region: string | null;
  title: string;
  signal: Signal;
  count: number;
  first_seen: Date;
  last_seen: Date;
  channel: string;
  mention: string[];
  runbook: string | null;
  escalation: string | null;
  level: number;
  firing_since: Date;
  due_at: Date | null;
  snoozed_until: Date | null;
  assignee: string | null;
  acknowledged_by: string | null;
  acknowledged_at: Date | null;
  resolved_by: string | null;
  resolved_at: Date | null;
  /** ISO times. */
  flaps: string[];
  storm_id: number | null;
  version: number;
}

export interface AlertEventTable {
  id: Generated<number>;
  alert_id: number;
  at: Date;
  kind: TimelineEvent['kind'];
  by: Author;
  text: string | null;
  detail: string | null;
}

export interface MessageTable {
  id: string;
  topic_arn: string;
  sent_at: Date;
  received_at: Date;
  outcome: string;
}

type Db = Kysely<Tables> | Transaction<Tables>;

const toAlert = (row: Selectable<AlertTable>): Alert => ({
  id: row.id,
  dedupKey: row.dedup_key,
  state: row.state,
  mode: row.mode,
  severity: row.severity,
  signal: row.signal,
  count: row.count,
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
  channel: row.channel,
  mention: row.mention,
  runbook: row.runbook,
  escalation: row.escalation,
  level: row.level,
  firingSince: row.firing_since,
  dueAt: row.due_at,
  snoozedUntil: row.snoozed_until,
  assignee: row.assignee,
  acknowledgedBy: row.acknowledged_by,
  acknowledgedAt: row.acknowledged_at,
  resolvedBy: row.resolved_by,
  resolvedAt: row.resolved_at,
  flaps: row.flaps.map((flap) => new Date(flap)),
  stormId: row.storm_id,
  version: row.version,
});

function toRow(alert: Omit<Alert, 'id'>) {
  const { signal } = alert;
  return {
    dedup_key: plainText(alert.dedupKey),
    state: alert.state,
    mode: alert.mode,
    severity: alert.severity,
    source: plainText(signal.source),
    kind: plainText(signal.kind),
    account: signal.account === undefined ? null : plainText(signal.account),
    region: signal.region === undefined ? null : plainText(signal.region),
    title: plainText(signal.title),
    signal: jsonb(signal),
    count: alert.count,
    first_seen: alert.firstSeen,
    last_seen: alert.lastSeen,
    channel: alert.channel,
    mention: jsonb(alert.mention),
    runbook: alert.runbook,
    escalation: alert.escalation,
    level: alert.level,
    firing_since: alert.firingSince,
    due_at: alert.dueAt,
    snoozed_until: alert.snoozedUntil,
    assignee: alert.assignee,
    acknowledged_by: alert.acknowledgedBy,
    acknowledged_at: alert.acknowledgedAt,
    resolved_by: alert.resolvedBy,
    resolved_at: alert.resolvedAt,
    flaps: jsonb(alert.flaps.map((flap) => flap.toISOString())),
    storm_id: alert.stormId,
    version: alert.version,
  };
}

/**
 * Remembers an SNS message by its id. False when it was seen before: SNS delivers at least once,
 * and a signal counts once.
 */
export async function rememberMessage(trx: Transaction<Tables>, message: Insertable<MessageTable>): Promise<boolean> {
  const result = await trx
    .insertInto('message')
    .values(message)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** Makes signals that share a dedup key or a kind wait for each other until the transaction ends. */
export async function lockKey(trx: Transaction<Tables>, key: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${plainText(key)}, 0))`.execute(trx);
}

/** The alert that a signal of this key belongs to: the open one, else the last one resolved since `resolvedAfter`. */
export async function findAlert(
  trx: Transaction<Tables>,
  dedupKey: string,
  resolvedAfter: Date,
): Promise<Alert | undefined> {
  const row = await trx
    .selectFrom('alert')
    .selectAll()
    .where('dedup_key', '=', plainText(dedupKey))
    .where((where) => where.or([where('state', '<>', 'resolved'), where('resolved_at', '>=', resolvedAfter)]))
    .orderBy(sql`state = 'resolved'`)
    .orderBy('id', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  return row && toAlert(row);
}

export async function insertAlert(trx: Transaction<Tables>, alert: Omit<Alert, 'id'>): Promise<Alert> {
  const { id } = await trx.insertInto('alert').values(toRow(alert)).returning('id').executeTakeFirstOrThrow();
  return { ...alert, id };
}

/** An alert with its row locked until the transaction ends: who presses second sees what the first one did. */
export async function lockAlert(trx: Transaction<Tables>, id: number): Promise<Alert | undefined> {
  const row = await trx.selectFrom('alert').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row && toAlert(row);
}

export async function updateAlert(trx: Transaction<Tables>, alert: Alert): Promise<void> {
  await trx.updateTable('alert').set(toRow(alert)).where('id', '=', alert.id).execute();
}

export async function appendEvents(
  trx: Transaction<Tables>,
  alertId: number,
  events: readonly TimelineEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await trx
    .insertInto('alert_event')
    .values(
      events.map((event) => ({
        alert_id: alertId,
        at: event.at,
        kind: event.kind,
        by: jsonb(event.by),
        text: event.text === undefined ? null : plainText(event.text),
        detail: event.detail === undefined ? null : plainText(event.detail),
      })),
    )
    .execute();
}

export async function alertById(db: Db, id: number): Promise<Alert | undefined> {
  const row = await db.selectFrom('alert').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toAlert(row);
}

/** The timeline of an alert, oldest first; the newest `limit` lines of it. */
export async function timeline(db: Db, alertId: number, limit = 100): Promise<TimelineEvent[]> {
  const rows = await db
    .selectFrom('alert_event')
    .selectAll()
    .where('alert_id', '=', alertId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.reverse().map((row) => ({
    kind: row.kind,
    at: row.at,
    by: row.by,
    ...(row.text === null ? {} : { text: row.text }),
    ...(row.detail === null ? {} : { detail: row.detail }),
  }));
}

/** What `/audit alerts` can ask for. Absent means any; open alerts only unless a state is named. */
export interface AlertFilter {
  state?: AlertState;
  severity?: Severity;
  account?: string;
  source?: string;
  assignee?: string;
  stormId?: number;
}

/** One page of alerts, worst and newest first, with how many there are in all. */
export async function listAlerts(
  db: Db,
  filter: AlertFilter,
  page: { offset: number; limit: number },
): Promise<{ alerts: Alert[]; total: number }> {
  const matching = (where: ExpressionBuilder<Tables, 'alert'>) =>
    where.and([
      filter.state === undefined ? where('state', '<>', 'resolved') : where('state', '=', filter.state),
      ...(filter.severity === undefined ? [] : [where('severity', '=', filter.severity)]),
      ...(filter.account === undefined ? [] : [where('account', '=', filter.account)]),
      ...(filter.source === undefined ? [] : [where('source', '=', filter.source)]),
      ...(filter.assignee === undefined ? [] : [where('assignee', '=', filter.assignee)]),
      ...(filter.stormId === undefined ? [] : [where('storm_id', '=', filter.stormId)]),
    ]);
  const { total } = await db
    .selectFrom('alert')
    .select((select) => select.fn.countAll<string>().as('total'))
    .where(matching)
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('alert')
    .selectAll()
    .where(matching)
    .orderBy(sql`array_position(array['critical', 'high', 'medium', 'low', 'info'], severity)`)
    .orderBy('last_seen', 'desc')
    .orderBy('id', 'desc')
    .offset(page.offset)
    .limit(page.limit)
    .execute();
  return { alerts: rows.map(toAlert), total: Number(total) };
}

/** Ids of alerts for which the clock has something to do, the longest overdue first. */
export async function alertsDue(db: Db, now: Date, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('alert')
    .select('id')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Each topic's last message: when it was sent and when it came in. */
export async function lastMessages(db: Db): Promise<{ topicArn: string; receivedAt: Date; count: number }[]> {
  const rows = await db
    .selectFrom('message')
    .select((select) => [
      'topic_arn',
      select.fn.max('received_at').as('received_at'),
      select.fn.countAll<string>().as('count'),
    ])
    .groupBy('topic_arn')
    .execute();
  return rows.map((row) => ({ topicArn: row.topic_arn, receivedAt: row.received_at, count: Number(row.count) }));
}
