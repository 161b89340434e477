import type { Transaction } from 'kysely';
import type { Alert } from '../alerts/alert.ts';
import { type Incident, mostMembers } from '../alerts/incidents.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { alertsOfIncident, lockAlerts, lockOpenAlertsOf } from '../store/alerts.ts';
import { recordOf } from '../store/audit-log.ts';
import { putIntoIncident, takeOut } from '../store/incident-members.ts';
import { incidentById } from '../store/incidents.ts';
import type { Tables } from '../store/tables.ts';
import type { Pending } from '../store/transitions.ts';
import { listed, plural } from '../words/text.ts';
import { Refused } from './act.ts';
import { actOnMany, type Deed } from './many.ts';
import { mustHave } from './rights.ts';

/**
 * Acknowledges or resolves every open alert of an incident, all in one transaction and each on the record. Returns how many.
 * @throws Refused where there was none
 */
export async function actOnIncident(parts: Parts, person: Person, id: number, command: Deed): Promise<number> {
  await mustHave(parts, 'respond', person, `incident ${id}`);
  const changed = await actOnMany(parts, person, command, {
    lock: (trx) => lockOpenAlertsOf(trx, { incident: id }),
    detail: { incident: id },
  });
  parts.metrics.acts.inc({ kind: command.kind }, changed);
  if (changed > 0) return changed;
  const alerts = await alertsOfIncident(parts.database.db, id);
  if (alerts.length === 0) throw new Refused(noIncident(id, await incidentById(parts.database.db, id)));
  const holder = alerts.find(({ state }) => state === 'acknowledged')?.acknowledgedBy ?? null;
  throw new Refused(
    holder === null || command.kind === 'resolve'
      ? `Nothing was left to ${command.kind} in incident ${id}.`
      : `Somebody was first: <@${holder}> has incident ${id}.`,
  );
}

/** Puts alerts into an incident, or (null) makes one of them. Returns its number. @throws Refused */
export async function joinIncident(
  parts: Parts,
  person: Person,
  incident: number | null,
  alertIds: readonly number[],
): Promise<number> {
  await mustHave(parts, 'respond', person, incident === null ? 'a new incident' : `incident ${incident}`);
  if (incident === null && new Set(alertIds).size < 2)
    throw new Refused('An incident is made of two alerts at least: name another one.');
  return changeMembers(
    parts,
    person,
    alertIds,
    async (trx, alerts, standing) => {
      const known = incident === null ? null : await incidentById(trx, incident);
      if (known === undefined || (known !== null && known.count === 0))
        throw new Refused(noIncident(incident ?? 0, known ?? undefined));
      const stored = alerts.filter(({ mode }) => mode === 'digest');
      if (stored.length > 0)
        throw new Refused(
          `${numbered(stored)} ${stored.length === 1 ? 'was' : 'were'} not posted (a silence or its route holds it back), so it cannot be part of an incident.`,
        );
      const fresh = alerts.filter(({ incidentId }) => incidentId === null || incidentId !== incident);
      if (fresh.length === 0)
        throw new Refused(`${numbered(alerts)} ${alerts.length === 1 ? 'is' : 'are'} in incident ${incident} already.`);
      if ((known?.count ?? 0) + fresh.length > mostMembers)
        throw new Refused(`An incident holds ${mostMembers} alerts at most.`);
      const done = await putIntoIncident(trx, incident, fresh, { by: { type: 'user', id: person.user }, standing });
      return { ...done, changed: fresh };
    },
    'join',
  );
}

/** Takes alerts out of an incident. Returns how many are left in it. @throws Refused */
export async function splitIncident(
  parts: Parts,
  person: Person,
  incident: number,
  alertIds: readonly number[],
): Promise<number> {
  await mustHave(parts, 'respond', person, `incident ${incident}`);
  await changeMembers(
    parts,
    person,
    alertIds,
    async (trx, alerts, standing) => {
      const others = alerts.filter(({ incidentId }) => incidentId !== incident);
      if (others.length > 0)
        throw new Refused(`${numbered(others)} ${others.length === 1 ? 'is' : 'are'} not in incident ${incident}.`);
      const pending = await takeOut(trx, alerts, { by: { type: 'user', id: person.user }, standing });
      return { incident, pending, changed: alerts };
    },
    'split',
  );
  return (await incidentById(parts.database.db, incident))?.count ?? 0;
}

export const noIncident = (id: number, incident?: Incident): string =>
  incident?.mergedInto == null
    ? `There is no incident ${id}: type /audit incident for the list.`
    : `Incident ${id} became part of incident ${incident.mergedInto}: type /audit incident ${incident.mergedInto}`;

const numbered = (alerts: readonly Pick<Alert, 'id'>[]): string =>
  listed(
    alerts.map(({ id }) => `#${id}`),
    10,
  );

/** Locks alerts, changes which incident they are in, and writes an entry of the audit log for each. */
async function changeMembers(
  parts: Parts,
  person: Person,
  alertIds: readonly number[],
  change: (
    trx: Transaction<Tables>,
    alerts: readonly Alert[],
    standing: Awaited<ReturnType<Parts['standing']>>,
  ) => Promise<{ incident: number; pending: Pending; changed: readonly Alert[] }>,
  action: 'join' | 'split',
): Promise<number> {
  const now = parts.now();
  const standing = await parts.standing(now);
  const { incident, pending } = await parts.database.transaction(async (trx) => {
    const wanted = [...new Set(alertIds)];
    const alerts = await lockAlerts(trx, wanted);
    const missing = wanted.filter((id) => alerts.every((alert) => alert.id !== id));
    if (missing.length > 0)
      throw new Refused(
        `There ${missing.length === 1 ? 'is no alert' : `are no ${plural(missing.length, 'alert')}`} ${numbered(missing.map((id) => ({ id })))}.`,
      );
    const done = await change(trx, alerts, standing);
    for (const { id, incidentId } of done.changed)
      await recordOf(person, now)(trx, action, `alert ${id}`, {
        incident: done.incident,
        ...(action === 'join' && incidentId !== null ? { from: incidentId } : {}),
      });
    return done;
  });
  parts.wakes.after(pending);
  return incident;
}
