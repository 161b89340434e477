import { sql, type Transaction } from 'kysely';
import type { Alert, Author } from '../alerts/alert.ts';
import { nextDue } from '../alerts/escalation.ts';
import { foot } from '../alerts/ladder.ts';
import { severityRank } from '../alerts/severity.ts';
import { alertsOfIncident, appendEvents, lockAlerts, updateCourses } from './alerts.ts';
import { show } from './deliveries.ts';
import { insertIncidents, lockIncidents, settleLeads, updateIncidents } from './incidents.ts';
import { newIds } from './rows.ts';
import { touchStorms } from './storms.ts';
import type { Tables } from './tables.ts';
import { earliestDue, type Pending, policyOf, type Standing } from './transitions.ts';
import { growTriage } from './triage.ts';

/** Who puts alerts into an incident or takes them out, and when. */
interface By {
  by: Author;
  standing: Standing;
}

const stillShown = ({ mode }: Alert): boolean => mode !== 'digest';

/**
 * Puts alerts into an incident by hand, or (`incident` null) makes one of them; alerts of another incident leave that one. The
 * caller has locked the alerts. Returns the incident's number.
 */
export async function putIntoIncident(
  trx: Transaction<Tables>,
  incident: number | null,
  alerts: readonly Alert[],
  { by, standing }: By,
): Promise<{ incident: number; pending: Pending }> {
  const { now } = standing;
  const left = alerts.filter(({ incidentId }) => incidentId !== null && incidentId !== incident);
  const out = await takeOut(trx, left, { by, standing });
  // Where that ended the other incident, more has changed than what was asked.
  const free = await lockAlerts(
    trx,
    alerts.map(({ id }) => id),
  );
  const id = incident ?? (await newIncident(trx, free, now));
  const [known] = await lockIncidents(trx, [id]);
  if (known === undefined) throw new Error(`There is no incident ${id}.`);
  const joined = free.map((alert) => ({
    ...alert,
    incidentId: id,
    leads: false,
    stormId: null,
    dueAt: nextDue({ ...alert, incidentId: id, leads: false }, undefined),
    version: alert.version + 1,
  }));
  await updateCourses(trx, joined);
  await touchStorms(
    trx,
    free.flatMap(({ stormId }) => stormId ?? []),
  );
  const event = { kind: 'joined' as const, at: now, by, detail: String(id), text: 'put together by hand' };
  await appendEvents(
    trx,
    joined.map((alert) => ({ alertId: alert.id, event })),
  );
  await updateIncidents(trx, [
    { ...known, count: known.count + joined.length, lastAt: now, version: known.version + 1 },
  ]);
  const settled = await settleLeads(trx, [id], (alert) => policyOf(alert, standing));
  await growTriage(trx, [{ id, isNew: incident === null }], now);
  const targets = [known.channel, ...joined.map(({ channel }) => channel), ...out.targets];
  return { incident: id, pending: { targets, dueAt: earliestDue([...settled, out]) } };
}

async function newIncident(trx: Transaction<Tables>, alerts: readonly Alert[], now: Date): Promise<number> {
  const [id] = await newIds(trx, 'incident', 1);
  const [worst] = alerts.toSorted((a, b) => severityRank(a.severity) - severityRank(b.severity) || a.id - b.id);
  if (id === undefined || worst === undefined) throw new Error('An incident is made of alerts.');
  const { channel } = worst;
  await insertIncidents(trx, [{ id, channel, openedAt: now, lastAt: now, count: 0, mergedInto: null, version: 1 }]);
  await show(trx, [{ incidentId: id, channel }]);
  return id;
}

/**
 * Takes alerts out of their incidents: each has a message and a timer of its own again, and draws no other alert to itself. An
 * incident in which one alert is left is none any more. The caller has locked the alerts.
 */
export async function takeOut(
  trx: Transaction<Tables>,
  alerts: readonly Alert[],
  { by, standing }: By,
): Promise<Pending> {
  const members = alerts.filter(({ incidentId }) => incidentId !== null);
  if (members.length === 0) return { targets: [], dueAt: null };
  const ids = [...new Set(members.flatMap(({ incidentId }) => incidentId ?? []))];
  const leaving = [...members];
  for (const id of ids) {
    const staying = (await alertsOfIncident(trx, id)).filter((alert) =>
      members.every((member) => member.id !== alert.id),
    );
    if (staying.length === 1) leaving.push(...staying);
  }
  const { now } = standing;
  const alone = leaving.map((alert): Alert => {
    // Who led goes on where the incident's ladder stands; the others were called for by it and begin anew.
    const ladder = alert.state === 'firing' && !alert.leads ? foot(now) : {};
    const free: Alert = { ...alert, ...ladder, incidentId: null, leads: false, version: alert.version + 1 };
    return { ...free, dueAt: nextDue(free, policyOf(free, standing)) };
  });
  await updateCourses(trx, alone);
  await appendEvents(
    trx,
    leaving.map(({ id, incidentId }) => ({
      alertId: id,
      event: { kind: 'split' as const, at: now, by, detail: String(incidentId) },
    })),
  );
  await sql`delete from link where alert_ids && ${alone.map(({ id }) => id)}::integer[]`.execute(trx);
  await show(
    trx,
    alone.filter(stillShown).map(({ id, channel }) => ({ alertId: id, channel })),
  );
  const incidents = (await lockIncidents(trx, ids)).map((incident) => ({
    ...incident,
    count: incident.count - leaving.filter(({ incidentId }) => incidentId === incident.id).length,
    version: incident.version + 1,
  }));
  await updateIncidents(trx, incidents);
  const settled = await settleLeads(trx, ids, (alert) => policyOf(alert, standing));
  return {
    targets: [...incidents, ...alone].map(({ channel }) => channel),
    dueAt: earliestDue([...alone, ...settled]),
  };
}
