import { type ExpressionBuilder, type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from 'kysely';
import type { Alert, AlertMode, AlertState, TimelineEvent } from '../alerts/alert.ts';
import type { Severity } from '../alerts/severity.ts';
import { jsonText, plainText } from './json.ts';
import { insertRows, rankOf, updateRows } from './rows.ts';
import type { AlertEventTable, AlertTable, Tables } from './tables.ts';

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
  round: row.round,
  firingSince: row.firing_since,
  calledAt: row.called_at,
  exhaustedAt: row.exhausted_at,
  quietHours: row.quiet_hours,
  dueAt: row.due_at,
  snoozedUntil: row.snoozed_until,
  assignee: row.assignee,
  acknowledgedBy: row.acknowledged_by,
  acknowledgedAt: row.acknowledged_at,
  secondWanted: row.second_wanted,
  heldAt: row.held_at,
  remindedAt: row.reminded_at,
  resolvedBy: row.resolved_by,
  resolvedAt: row.resolved_at,
  resolvedAs: row.resolved_as,
  flaps: row.flaps.map((flap) => new Date(flap)),
  stormId: row.storm_id,
  incidentId: row.incident_id,
  leads: row.leads,
  ...(row.denied ? { denied: true as const } : {}),
  version: row.version,
});

/** An alert as the JSON of a row of its table; PostgreSQL reads the times out of ISO 8601. */
const toRow = (alert: Alert) =>
  ({ ...signalColumns(alert), ...courseColumns(alert) }) satisfies Record<keyof AlertTable, unknown>;

/** What only another signal changes: most of the row. */
const signalColumns = ({ dedupKey, signal }: Alert) => ({
  dedup_key: plainText(dedupKey),
  source: plainText(signal.source),
  kind: plainText(signal.kind),
  account: signal.account === undefined ? null : plainText(signal.account),
  region: signal.region === undefined ? null : plainText(signal.region),
  title: plainText(signal.title),
  signal,
});

const courseColumns = (alert: Alert) => ({
  id: alert.id,
  state: alert.state,
  mode: alert.mode,
  severity: alert.severity,
  count: alert.count,
  first_seen: alert.firstSeen,
  last_seen: alert.lastSeen,
  channel: alert.channel,
  mention: alert.mention,
  runbook: alert.runbook,
  escalation: alert.escalation,
  level: alert.level,
  round: alert.round,
  firing_since: alert.firingSince,
  called_at: alert.calledAt,
  exhausted_at: alert.exhaustedAt,
  quiet_hours: alert.quietHours,
  due_at: alert.dueAt,
  snoozed_until: alert.snoozedUntil,
  assignee: alert.assignee,
  acknowledged_by: alert.acknowledgedBy,
  acknowledged_at: alert.acknowledgedAt,
  second_wanted: alert.secondWanted,
  held_at: alert.heldAt,
  reminded_at: alert.remindedAt,
  resolved_by: alert.resolvedBy,
  resolved_at: alert.resolvedAt,
  resolved_as: alert.resolvedAs,
  flaps: alert.flaps,
  storm_id: alert.stormId,
  incident_id: alert.incidentId,
  leads: alert.leads,
  denied: alert.denied === true,
  version: alert.version,
});

/**
 * The alerts that signals of these keys belong to (of each key the open one, else the last one that was resolved since
 * `resolvedAfter`, or whose snooze goes on), and those of these numbers: all locked at once, by number.
 */
export async function lockAlertsOfKeys(
  trx: Transaction<Tables>,
  dedupKeys: readonly string[],
  { resolvedAfter, now }: { resolvedAfter: Date; now: Date },
  linked: readonly number[],
): Promise<{ ofKeys: Alert[]; linked: Alert[] }> {
  if (dedupKeys.length === 0) return { ofKeys: [], linked: [] };
  const ids = sql<number>`(
    select distinct on (dedup_key) id from alert
    where dedup_key = any(${dedupKeys.map(plainText)}::text[])
      and (state <> 'resolved' or resolved_at >= ${resolvedAfter} or snoozed_until > ${now})
    order by dedup_key, state = 'resolved', id desc)`;
  await lockWithMembers(trx, sql`select * from ${ids} as of_keys union all select unnest(${linked}::integer[])`);
  const rows = await trx
    .selectFrom('alert')
    .selectAll()
    .select(sql<boolean>`id in ${ids}`.as('of_keys'))
    // As one list: two ways to be among them, and every alert would be looked at.
    .where('id', '=', sql<number>`any(array${ids} || ${linked}::integer[])`)
    .orderBy('id')
    .forUpdate()
    .execute();
  const numbers = new Set(linked);
  return {
    ofKeys: rows.filter(({ of_keys }) => of_keys).map(toAlert),
    linked: rows.filter(({ id }) => numbers.has(id)).map(toAlert),
  };
}

/** Inserts alerts with the ids that they have. */
export const insertAlerts = (trx: Transaction<Tables>, alerts: readonly Alert[]): Promise<void> =>
  insertRows(trx, 'alert', alerts.map(toRow));

/** Stores where alerts stand now; what their signals say stays as it is. */
export const updateCourses = (trx: Transaction<Tables>, alerts: readonly Alert[]): Promise<void> =>
  updateRows(trx, 'alert', alerts.map(courseColumns));

/** Stores alerts as they stand now, to which another signal may have come. */
export const updateAlerts = (trx: Transaction<Tables>, alerts: readonly Alert[]): Promise<void> =>
  updateRows(trx, 'alert', alerts.map(toRow));

/** Alerts with their rows locked until the transaction ends, by id: who presses second sees what the first one did. */
export async function lockAlerts(trx: Transaction<Tables>, ids: readonly number[]): Promise<Alert[]> {
  await lockWithMembers(trx, sql`select unnest(${ids}::integer[])`);
  const rows = await trx
    .selectFrom('alert')
    .selectAll()
    .where('id', '=', sql<number>`any(${ids}::integer[])`)
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map(toAlert);
}

/**
 * Locks alerts and the others of their incidents, by number: whoever changes one of an incident may change which one leads it
 * (`settleLeads`), and two who do so would wait for each other.
 */
async function lockWithMembers(trx: Transaction<Tables>, such: RawBuilder<unknown>): Promise<void> {
  await sql`
    select from alert where id in (
      with such (id) as (${such})
      select id from such
      union select id from alert where incident_id in (select incident_id from alert join such using (id)))
    order by id for update`.execute(trx);
}

export async function lockAlert(trx: Transaction<Tables>, id: number): Promise<Alert | undefined> {
  return (await lockAlerts(trx, [id]))[0];
}

/** Adds lines to the timelines of alerts, in one statement. */
export async function appendEvents(
  trx: Transaction<Tables>,
  lines: readonly { alertId: number; event: TimelineEvent }[],
): Promise<void> {
  if (lines.length === 0) return;
  const rows = lines.map(({ alertId, event }) => ({ alert_id: alertId, ...event }));
  await sql`
    insert into alert_event (alert_id, at, kind, by, text, detail)
    select alert_id, at, kind, by, text, detail
    from jsonb_to_recordset(${jsonText(rows)}::jsonb)
      as line (alert_id integer, at timestamptz, kind text, by jsonb, text text, detail text)`.execute(trx);
}

export async function alertById(db: Db, id: number): Promise<Alert | undefined> {
  const row = await db.selectFrom('alert').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toAlert(row);
}

/** Alerts by their numbers, in this order; those that do not exist are left out. */
export async function alertsById(db: Db, ids: readonly number[]): Promise<Alert[]> {
  const rows = await db.selectFrom('alert').selectAll().where('id', '=', sql<number>`any(${ids}::integer[])`).execute();
  return rows.map(toAlert).sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}

/** Whether people are still to be called for an alert: it fires, or it stands for a storm or an incident in which one does. */
export async function stillCalls(db: Db, { state, stormId, incidentId }: Alert): Promise<boolean> {
  if (state === 'firing') return true;
  if (stormId === null && incidentId === null) return false;
  const others = stormId === null ? { incidentId: incidentId ?? 0 } : { stormId };
  const { total } = await listAlerts(db, { ...others, state: 'firing' }, { offset: 0, limit: 0 });
  return total > 0;
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
  return rows.reverse().map(toEvent);
}

/** How many lines the timeline of an alert has. */
export async function timelineLength(db: Db, alertId: number): Promise<number> {
  const { lines } = await db
    .selectFrom('alert_event')
    .select((select) => select.fn.countAll<string>().as('lines'))
    .where('alert_id', '=', alertId)
    .executeTakeFirstOrThrow();
  return Number(lines);
}

/** One line of a timeline as it is stored. */
export const toEvent = (
  row: Pick<Selectable<AlertEventTable>, 'kind' | 'at' | 'by' | 'text' | 'detail'>,
): TimelineEvent => ({
  kind: row.kind,
  at: row.at,
  by: row.by,
  ...(row.text === null ? {} : { text: row.text }),
  ...(row.detail === null ? {} : { detail: row.detail }),
});

/** What `/audit alerts` can ask for. Absent means any; open alerts only unless a state is named. */
export interface AlertQuery {
  state?: AlertState;
  severity?: Severity;
  /** Id or name, in any case. */
  account?: string;
  source?: string;
  stormId?: number;
  incidentId?: number;
  assignee?: string;
  /** Not those of this person. */
  notOf?: string;
  mode?: AlertMode;
  /** Only those that this person escalated by hand. */
  escalatedBy?: string;
  /** Only those that are stored and not posted, and were seen since this time; in any state. */
  held?: Date;
  /** Seen at this time or later. */
  since?: Date;
  /** In the title, the sentence, the resource or who did it; in any case. */
  text?: string;
  /** Only alerts of these channels. */
  channels?: readonly string[];
}

const matching = (filter: AlertQuery) => (where: ExpressionBuilder<Tables, 'alert'>) =>
  where.and([
    ...(filter.held !== undefined
      ? [where('mode', '=', 'digest'), where('last_seen', '>=', filter.held)]
      : [filter.state === undefined ? where('state', '<>', 'resolved') : where('state', '=', filter.state)]),
    ...(filter.mode === undefined ? [] : [where('mode', '=', filter.mode)]),
    ...(filter.severity === undefined ? [] : [where('severity', '=', filter.severity)]),
    ...(filter.account === undefined
      ? []
      : [sql<boolean>`lower(${filter.account}) in (account, lower(signal ->> 'accountName'))`]),
    ...(filter.since === undefined ? [] : [where('last_seen', '>=', filter.since)]),
    ...(filter.text === undefined
      ? []
      : [
          sql<boolean>`strpos(lower(concat_ws(' ', title, signal ->> 'sentence', signal -> 'resource' ->> 'name',
            signal -> 'actor' ->> 'name', signal -> 'actor' ->> 'human')), lower(${plainText(filter.text)})) > 0`,
        ]),
    ...(filter.source === undefined ? [] : [where('source', '=', filter.source)]),
    ...(filter.assignee === undefined ? [] : [where('assignee', '=', filter.assignee)]),
    ...(filter.notOf === undefined ? [] : [where('assignee', 'is distinct from', filter.notOf)]),
    ...(filter.escalatedBy === undefined
      ? []
      : [
          sql<boolean>`exists (
            select from alert_event where alert_id = alert.id and kind = 'escalated' and by ->> 'id' = ${filter.escalatedBy})`,
        ]),
    ...(filter.stormId === undefined ? [] : [where('storm_id', '=', filter.stormId)]),
    ...(filter.incidentId === undefined ? [] : [where('incident_id', '=', filter.incidentId)]),
    ...(filter.channels === undefined ? [] : [where('channel', '=', sql<string>`any(${filter.channels}::text[])`)]),
  ]);

/** Such alerts, locked until the transaction ends; the worst and newest first, at most `limit`. */
export async function lockMatching(trx: Transaction<Tables>, filter: AlertQuery, limit: number): Promise<Alert[]> {
  const { alerts } = await listAlerts(trx, filter, { offset: 0, limit });
  return lockAlerts(
    trx,
    alerts.map(({ id }) => id),
  );
}

/** The channels that such alerts are in. */
export async function channelsOf(db: Db, filter: AlertQuery): Promise<string[]> {
  const rows = await db
    .selectFrom('alert')
    .select('channel')
    .distinct()
    .where(matching(filter))
    .orderBy('channel')
    .execute();
  return rows.map(({ channel }) => channel);
}

/** One page of alerts, worst and newest first, with how many there are in all. */
export async function listAlerts(
  db: Db,
  filter: AlertQuery,
  page: { offset: number; limit: number },
): Promise<{ alerts: Alert[]; total: number }> {
  const { total } = await db
    .selectFrom('alert')
    .select((select) => select.fn.countAll<string>().as('total'))
    .where(matching(filter))
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('alert')
    .selectAll()
    .where(matching(filter))
    .orderBy(rankOf('severity'))
    .orderBy('last_seen', 'desc')
    .orderBy('id', 'desc')
    .offset(page.offset)
    .limit(page.limit)
    .execute();
  return { alerts: rows.map(toAlert), total: Number(total) };
}

/**
 * Alerts for which the clock has something to do, the longest overdue first, locked; those that another one has at the
 * moment are left out.
 */
export async function lockAlertsDue(trx: Transaction<Tables>, now: Date, atMost: number): Promise<Alert[]> {
  const rows = await trx
    .selectFrom('alert')
    .selectAll()
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(atMost)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map(toAlert);
}

/** The snoozes that end before a time, the first to end first; ten at most. */
export async function snoozesUntil(db: Db, until: Date): Promise<{ id: number; at: Date }[]> {
  const rows = await db
    .selectFrom('alert')
    .select(['id', 'snoozed_until'])
    .where('state', '=', 'snoozed')
    .where('snoozed_until', '<', until)
    .orderBy('snoozed_until')
    .limit(10)
    .execute();
  return rows.flatMap(({ id, snoozed_until }) => (snoozed_until === null ? [] : [{ id, at: snoozed_until }]));
}

/** When the clock next has something to do for an alert or a storm; null: never. */
export async function nextDueAt(db: Db): Promise<Date | null> {
  const { rows } = await sql<{ due_at: Date | null }>`
    select least((select min(due_at) from alert), (select min(due_at) from storm)) as due_at`.execute(db);
  return rows[0]?.due_at ?? null;
}

/** The alerts of a storm or an incident that are not resolved, locked until the transaction ends. */
export async function lockOpenAlertsOf(
  trx: Transaction<Tables>,
  of: { storm: number } | { incident: number },
): Promise<Alert[]> {
  const [column, id] = 'storm' in of ? (['storm_id', of.storm] as const) : (['incident_id', of.incident] as const);
  const rows = await trx
    .selectFrom('alert')
    .selectAll()
    .where(column, '=', id)
    .where('state', '<>', 'resolved')
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map(toAlert);
}

/** The alerts of an incident, in the order in which they came. */
export async function alertsOfIncident(db: Db, incident: number): Promise<Alert[]> {
  const rows = await db.selectFrom('alert').selectAll().where('incident_id', '=', incident).orderBy('id').execute();
  return rows.map(toAlert);
}
