import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Alert, TimelineEvent } from '../alerts/alert.ts';
import { nextDue } from '../alerts/escalation.ts';
import { type Incident, type KnownLink, leadOf, type Member, restMs } from '../alerts/incidents.ts';
import { type EscalationPolicy, ladderOf } from '../alerts/ladder.ts';
import type { KnownIncident } from '../alerts/placing.ts';
import type { Severity } from '../alerts/severity.ts';
import { lockAlerts, toEvent, updateCourses } from './alerts.ts';
import { jsonText, plainText } from './json.ts';
import { insertRows, rankOf, updateRows } from './rows.ts';
import type { IncidentTable, Tables } from './tables.ts';

type Db = Kysely<Tables> | Transaction<Tables>;

const toIncident = (row: Selectable<IncidentTable>): Incident => ({
  id: row.id,
  channel: row.channel,
  openedAt: row.opened_at,
  lastAt: row.last_at,
  count: row.count,
  mergedInto: row.merged_into,
  version: row.version,
});

const toRow = ({ id, channel, openedAt, lastAt, count, mergedInto, version }: Incident) =>
  ({
    id,
    channel,
    opened_at: openedAt,
    last_at: lastAt,
    count,
    merged_into: mergedInto,
    version,
  }) satisfies Record<keyof IncidentTable, unknown>;

/** What is known of links, by their names, as far as it is of use at this time. */
export async function linksNamed(
  trx: Transaction<Tables>,
  names: readonly string[],
  now: Date,
): Promise<Map<string, KnownLink>> {
  if (names.length === 0) return new Map();
  const rows = await trx
    .selectFrom('link')
    .selectAll()
    .where('name', '=', sql<string>`any(${names.map(plainText)}::text[])`)
    .where('at', '>', new Date(now.getTime() - restMs))
    .execute();
  return new Map(rows.map(({ name, alert_ids, at, days }) => [name, { alertIds: alert_ids, at, days }]));
}

/** Notes which alerts named each link. */
export async function storeLinks(trx: Transaction<Tables>, links: ReadonlyMap<string, KnownLink>): Promise<void> {
  if (links.size === 0) return;
  const rows = [...links].map(([name, { alertIds, at, days }]) => ({
    name: plainText(name),
    alert_ids: alertIds,
    at,
    days,
  }));
  await sql`
    insert into link (name, alert_ids, at, days)
    select name, alert_ids, at, days
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as seen (name text, alert_ids integer[], at timestamptz, days integer)
    on conflict (name) do update set alert_ids = excluded.alert_ids, at = excluded.at, days = excluded.days`.execute(
    trx,
  );
}

/** Incidents with their rows locked until the transaction ends. An alert is locked before its incident, everywhere. */
export async function lockIncidents(trx: Transaction<Tables>, ids: readonly number[]): Promise<KnownIncident[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Selectable<IncidentTable> & { worst: Severity | null }>`
    select incident.*, (
      select severity from alert where incident_id = incident.id and state <> 'resolved'
      order by ${rankOf('severity')} limit 1) as worst
    from incident where id = any(${[...new Set(ids)]}::integer[]) order by id for update`.execute(trx);
  return rows.map(({ worst, ...row }) => ({ ...toIncident(row), worst }));
}

/** Inserts incidents with the ids that they have. */
export const insertIncidents = (trx: Transaction<Tables>, incidents: readonly Incident[]): Promise<void> =>
  insertRows(trx, 'incident', incidents.map(toRow));

/** Stores incidents as they stand now. */
export const updateIncidents = (trx: Transaction<Tables>, incidents: readonly Incident[]): Promise<void> =>
  updateRows(trx, 'incident', incidents.map(toRow));

/** Alerts of incidents changed: the incidents' messages show how they stand. */
export async function touchIncidents(trx: Transaction<Tables>, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`update incident set version = version + 1 where id = any(${[...new Set(ids)]}::integer[])`.execute(trx);
}

/** The alerts of the incidents in which any of these alerts is, where there are several: they may turn out to be one. */
export async function alertsOfSeveral(trx: Transaction<Tables>, alertIds: readonly number[]): Promise<number[]> {
  if (alertIds.length < 2) return [];
  const { rows } = await sql<{ id: number }>`
    with linked as (select distinct incident_id from alert where id = any(${alertIds}::integer[]) and incident_id is not null)
    select id from alert where incident_id in (select incident_id from linked) and (select count(*) from linked) > 1`.execute(
    trx,
  );
  return rows.map(({ id }) => id);
}

/** The channels in which these incidents are shown. */
export async function channelsOfIncidents(db: Db, ids: readonly number[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('incident')
    .select('channel')
    .distinct()
    .where('id', '=', sql<number>`any(${[...new Set(ids)]}::integer[])`)
    .execute();
  return rows.map(({ channel }) => channel);
}

/**
 * Sees to it that of each of these incidents one alert leads: its timer is the incident's. Where another one leads from now on
 * because the first is over, it goes on where that one's ladder stood; what is worse than the lead begins at the foot of its own.
 * With nothing to change it is one statement. Returns the alerts that changed.
 */
export async function settleLeads(
  trx: Transaction<Tables>,
  ids: readonly number[],
  policyOf: (alert: Alert) => EscalationPolicy | undefined,
): Promise<Alert[]> {
  if (ids.length === 0) return [];
  const rows = await trx
    .selectFrom('alert')
    .select(['id', 'incident_id', 'severity', 'state', 'mode', 'leads', 'level'])
    .where('incident_id', '=', sql<number>`any(${[...new Set(ids)]}::integer[])`)
    .execute();
  const members = Map.groupBy(rows, ({ incident_id }) => incident_id);
  const changes = [...members.values()].flatMap((each: Member[]) => {
    const next = leadOf(each)?.id;
    const before = each.filter(({ leads }) => leads).map(({ id }) => id);
    return before.length === (next === undefined ? 0 : 1) && (next === undefined || before.includes(next))
      ? []
      : [{ next, before: before.filter((id) => id !== next) }];
  });
  if (changes.length === 0) return [];
  const wanted = changes.flatMap(({ next, before }) => [...before, ...(next === undefined ? [] : [next])]);
  const alerts = new Map((await lockAlerts(trx, wanted)).map((alert) => [alert.id, alert]));
  const timed = (alert: Alert): Alert => ({ ...alert, dueAt: nextDue(alert, policyOf(alert)) });
  const changed = changes.flatMap(({ next, before }) => {
    const left = before.flatMap((id) => alerts.get(id) ?? []);
    const lead = next === undefined ? undefined : alerts.get(next);
    const over = left.find(
      ({ state, level, acknowledgedAt }) => state !== 'firing' && level > 0 && acknowledgedAt === null,
    );
    return [
      ...left.map((alert) => timed({ ...alert, leads: false })),
      ...(lead === undefined
        ? []
        : [timed({ ...lead, ...(over && lead.state === 'firing' ? ladderOf(over) : {}), leads: true })]),
    ];
  });
  await updateCourses(trx, changed);
  return changed;
}

/** An incident by its number; undefined: there is none. */
export async function incidentById(db: Db, id: number): Promise<Incident | undefined> {
  const row = await db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toIncident(row);
}

/** The incidents to which an alert came last, the newest first. */
export async function newestIncidents(db: Db, limit: number): Promise<Incident[]> {
  const rows = await db
    .selectFrom('incident')
    .selectAll()
    .where('count', '>', 0)
    .orderBy('last_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toIncident);
}

/** So many lines of the timelines of an incident's alerts are read: the newest. */
const mostLines = 5000;

/** All that happened to the alerts of an incident, oldest first. */
export async function timelineOfIncident(
  db: Db,
  incident: number,
): Promise<{ alertId: number; event: TimelineEvent }[]> {
  const rows = await db
    .selectFrom('alert_event')
    .selectAll()
    .where('alert_id', 'in', (from) => from.selectFrom('alert').select('id').where('incident_id', '=', incident))
    .orderBy('id', 'desc')
    .limit(mostLines)
    .execute();
  return rows.reverse().map((row) => ({ alertId: row.alert_id, event: toEvent(row) }));
}

/** Why each alert of an incident is in it, by the alert's number: why it joined, else why its incident became part of this one. */
export async function joinReasons(db: Db, incident: number): Promise<Map<number, string>> {
  const { rows } = await sql<{ alert_id: number; text: string }>`
    select distinct on (alert_id) alert_id, text from alert_event
    where kind in ('joined', 'merged') and text is not null
      and alert_id in (select id from alert where incident_id = ${incident})
    order by alert_id, kind = 'merged', id desc`.execute(db);
  return new Map(rows.map(({ alert_id, text }) => [alert_id, text]));
}
