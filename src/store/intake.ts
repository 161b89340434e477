import { sql, type Transaction } from 'kysely';
import { type StormKind, stormKey } from '../alerts/grouping.ts';
import { joinReason, linksOf, type OwnAddress } from '../alerts/incidents.ts';
import type { Joined, Known, Merged, Placed, Routed } from '../alerts/placing.ts';
import type { Signal } from '../alerts/signal.ts';
import { appendEvents, insertAlerts, lockAlerts, lockAlertsOfKeys, updateAlerts } from './alerts.ts';
import { dropUnposted, putOut, show } from './deliveries.ts';
import {
  alertsOfSeveral,
  insertIncidents,
  linksNamed,
  lockIncidents,
  settleLeads,
  storeLinks,
  updateIncidents,
} from './incidents.ts';
import { jsonText, plainText } from './json.ts';
import { noteReceived } from './received-events.ts';
import { type Numbered, newIds } from './rows.ts';
import { activeSilences, countCaught } from './silences.ts';
import { burstsOf, insertStorms, lockStorms, updateStorms } from './storms.ts';
import type { Tables } from './tables.ts';
import { earliestDue, eventsOf, type Pending, policyOf, type Standing, say } from './transitions.ts';
import { growTriage } from './triage.ts';

/**
 * Everything that is known of what signals are about, by one query for each table; the alerts, storms and incidents among it
 * are locked until the transaction ends.
 */
export async function knownOf(
  trx: Transaction<Tables>,
  routed: readonly Routed[],
  {
    now,
    reopenWindowMs,
    incidentWindowMs,
    storm,
    isOwn,
  }: { now: Date; reopenWindowMs: number; incidentWindowMs: number; storm: number; isOwn: OwnAddress },
): Promise<Known> {
  const placed = routed.flatMap(({ signal, placement }) => (placement === null ? [] : [{ signal, placement }]));
  const keys = [...new Set(placed.map(({ signal }) => signal.dedupKey))];
  const names = placed.flatMap(({ signal, placement }) =>
    signal.state === 'firing' && placement.mode !== 'digest' && incidentWindowMs > 0
      ? linksOf(signal, isOwn).map(({ name }) => name)
      : [],
  );
  const links = await linksNamed(trx, [...new Set(names)], now);
  const naming = [...links.values()].flatMap(({ alertIds }) => alertIds);
  const named = [...new Set([...naming, ...(await alertsOfSeveral(trx, naming))])];
  const { ofKeys: alerts, linked } = await lockAlertsOfKeys(
    trx,
    keys,
    { resolvedAfter: new Date(now.getTime() - reopenWindowMs), now },
    named,
  );
  const kinds = new Map<string, StormKind>();
  for (const { signal, placement } of placed) {
    const kind = { channel: placement.channel, source: signal.source, kind: signal.kind };
    if (signal.state === 'firing' && placement.mode !== 'digest') kinds.set(stormKey(kind), kind);
  }
  const stormIds = alerts.flatMap(({ stormId }) => stormId ?? []);
  const storms = await lockStorms(trx, [...kinds.values()], stormIds);
  for (const open of storms) if (open.endedAt === null) kinds.delete(stormKey(open));
  const bursts = await burstsOf(trx, [...kinds.values()], now);
  // What may become a storm goes into its message.
  const beginning = [...bursts.values()].filter(({ count }) => count + placed.length > storm);
  const locked = new Set([...alerts, ...linked].map(({ id }) => id));
  const folded = beginning.flatMap(({ alertIds }) => alertIds).filter((id) => !locked.has(id));
  return {
    alerts: new Map(alerts.map((alert) => [alert.dedupKey, alert])),
    ends: await endsOf(trx, keys),
    storms,
    bursts,
    silences: await activeSilences(trx, now),
    links,
    linked: folded.length === 0 ? linked : [...linked, ...(await lockAlerts(trx, folded))],
    incidents: await lockIncidents(
      trx,
      [...alerts, ...linked].flatMap(({ incidentId }) => incidentId ?? []),
    ),
  };
}

async function endsOf(trx: Transaction<Tables>, keys: readonly string[]): Promise<Map<string, Signal>> {
  const rows = await trx
    .selectFrom('unmatched_end')
    .select(['dedup_key', 'signal'])
    .where('dedup_key', '=', sql<string>`any(${keys}::text[])`)
    .execute();
  return new Map(rows.map(({ dedup_key, signal }) => [dedup_key, signal]));
}

/** Stores signals and what they changed, by a handful of statements however many they are. */
export async function storePlaced(
  trx: Transaction<Tables>,
  routed: readonly Routed[],
  placed: Placed,
  standing: Standing,
): Promise<Pending> {
  const newAlerts = await realIds(
    trx,
    'alert',
    placed.changes.map(({ alert }) => alert.id),
  );
  const newStorms = await realIds(
    trx,
    'storm',
    placed.storms.map(({ id }) => id),
  );
  const newIncidents = await realIds(
    trx,
    'incident',
    placed.incidents.map(({ id }) => id),
  );
  const idOf = (alert: number) => newAlerts.get(alert) ?? alert;
  const incidentOf = (incident: number) => newIncidents.get(incident) ?? incident;
  const stormOf = (storm: number) => newStorms.get(storm) ?? storm;

  const changes = placed.changes.map(({ alert, ...change }) => {
    const stormId = alert.stormId === null ? null : stormOf(alert.stormId);
    const incidentId = alert.incidentId === null ? null : incidentOf(alert.incidentId);
    return { ...change, alert: { ...alert, id: idOf(alert.id), stormId, incidentId } };
  });
  const [opened, known] = split(new Map(placed.changes.map(({ alert }, place) => [alert.id, changes[place]?.alert])));
  const shown = placed.shown.map((place) =>
    'alertId' in place
      ? { ...place, alertId: idOf(place.alertId) }
      : 'stormId' in place
        ? { ...place, stormId: stormOf(place.stormId) }
        : { ...place, incidentId: incidentOf(place.incidentId) },
  );
  const stories = new Map(
    placed.incidents.map((incident) => {
      const mergedInto = incident.mergedInto === null ? null : incidentOf(incident.mergedInto);
      return [incident.id, { ...incident, id: incidentOf(incident.id), mergedInto }];
    }),
  );
  const [made, grown] = split(stories);
  const joined = placed.joined.map((join) => ({
    ...join,
    incidentId: incidentOf(join.incidentId),
    alert: { ...join.alert, id: idOf(join.alert.id) },
    with: idOf(join.with),
  }));
  const merged = placed.merged.map(({ from, into, alertIds, link, by }) => ({
    from: incidentOf(from),
    into: incidentOf(into),
    alertIds: alertIds.map(idOf),
    link,
    by: idOf(by),
  }));
  const [begun, going] = split(new Map(placed.storms.map((storm) => [storm.id, { ...storm, id: stormOf(storm.id) }])));

  await insertStorms(trx, begun);
  await updateStorms(trx, going);
  await insertIncidents(trx, made);
  await updateIncidents(trx, grown);
  await updateAlerts(trx, known);
  await insertAlerts(trx, opened);
  await appendEvents(trx, [
    ...eventsOf(changes),
    ...joined.flatMap((join) => joinEvents(join, standing.now)),
    ...merged.flatMap((merge) => mergeEvents(merge, standing.now)),
  ]);
  await storeLinks(
    trx,
    new Map([...placed.links].map(([name, link]) => [name, { ...link, alertIds: link.alertIds.map(idOf) }])),
  );
  const alertOf = new Map(changes.map(({ alert }) => [alert.dedupKey, alert.id]));
  const signals = routed.map(({ signal }) => signal);
  await noteReceived(trx, signals, alertOf, standing.now);
  await show(trx, shown);
  await dropUnposted(
    trx,
    known.filter(({ stormId }) => begun.some(({ id }) => id === stormId)).map(({ id }) => id),
  );
  await storeEnds(trx, placed.ends, standing.now);
  await countCaught(trx, placed.caught);
  const settled = await settleLeads(
    trx,
    placed.incidents.map(({ id }) => incidentOf(id)),
    (alert) => policyOf(alert, standing),
  );
  await growTriage(
    trx,
    [...new Set(joined.map(({ incidentId }) => incidentId))].map((id) => ({
      id,
      isNew: made.some((incident) => incident.id === id),
    })),
    standing.now,
  );
  await tellJoined(trx, joined, new Set(made.map(({ id }) => id)), standing.now);
  const heard = await say(trx, changes, standing);
  const inView = [...opened, ...known].filter(({ mode }) => mode !== 'digest');
  return {
    targets: [
      ...new Set(
        [...inView, ...shown, ...placed.storms, ...placed.incidents].map(({ channel }) => channel).concat(heard),
      ),
    ],
    dueAt: earliestDue([...opened, ...known, ...settled, ...placed.storms]),
  };
}

/** What the timelines say of an alert that joined, and of the one with which an incident began. */
function joinEvents({ alert, incidentId, link, with: other, first }: Joined, now: Date) {
  const joined = { kind: 'joined' as const, at: now, by: { type: 'trailwatch' as const }, detail: String(incidentId) };
  return [
    ...(first ? [{ alertId: other, event: joined }] : []),
    { alertId: alert.id, event: { ...joined, text: joinReason(link, other) } },
  ];
}

/** What the timelines say of alerts whose incident became part of an older one. */
function mergeEvents({ from, into, alertIds, link, by }: Merged, now: Date) {
  const event = {
    kind: 'merged' as const,
    at: now,
    by: { type: 'trailwatch' as const },
    detail: String(into),
    text: `with incident ${from}: ${joinReason(link, by)}`,
  };
  return alertIds.map((alertId) => ({ alertId, event }));
}

/** What joined an incident that is shown already is told in its thread, once for all that came together. */
async function tellJoined(
  trx: Transaction<Tables>,
  joined: readonly Joined[],
  made: ReadonlySet<number>,
  now: Date,
): Promise<void> {
  const news = Map.groupBy(
    joined.filter(({ incidentId }) => !made.has(incidentId)),
    ({ incidentId }) => incidentId,
  );
  const rows = [...news].flatMap(([incident, [first, ...more]]) =>
    first === undefined
      ? []
      : [
          {
            key: `incident-${incident}-${first.alert.id}`,
            alertId: first.alert.id,
            notice: {
              kind: 'joined' as const,
              target: first.channel,
              alerts: [first, ...more].map(({ alert }) => ({ id: alert.id })),
            },
          },
        ],
  );
  await putOut(trx, rows, now);
}

/** The new ones, whose ids were below 0, and the others. */
function split<Row>(rows: ReadonlyMap<number, Row | undefined>): [fresh: Row[], known: Row[]] {
  const pick = (fresh: boolean) =>
    [...rows].flatMap(([id, row]) => (row !== undefined && id < 0 === fresh ? [row] : []));
  return [pick(true), pick(false)];
}

/** Ids of rows for those that are below 0, in the order in which they were made. */
async function realIds(
  trx: Transaction<Tables>,
  table: Numbered,
  ids: readonly number[],
): Promise<Map<number, number>> {
  const fresh = [...new Set(ids.filter((id) => id < 0))].sort((a, b) => b - a);
  const real = await newIds(trx, table, fresh.length);
  return new Map(fresh.map((id, place) => [id, real[place] ?? id]));
}

async function storeEnds(trx: Transaction<Tables>, ends: Placed['ends'], now: Date): Promise<void> {
  const [kept, taken] = [[...ends].filter(([, end]) => end !== null), [...ends].filter(([, end]) => end === null)];
  if (taken.length > 0)
    await sql`delete from unmatched_end where dedup_key = any(${taken.map(([key]) => plainText(key))}::text[])`.execute(
      trx,
    );
  if (kept.length > 0)
    await sql`
      insert into unmatched_end (dedup_key, signal, at)
      select dedup_key, signal, ${now}
      from jsonb_to_recordset(${jsonText(kept.map(([dedup_key, signal]) => ({ dedup_key, signal })))}::jsonb)
        as early (dedup_key text, signal jsonb)
      on conflict (dedup_key) do update set signal = excluded.signal, at = excluded.at`.execute(trx);
}
