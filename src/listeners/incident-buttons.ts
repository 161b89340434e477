import { Refused } from '../acts/act.ts';
import { sendIncidentFiles } from '../acts/incident-files.ts';
import { actOnIncident, noIncident } from '../acts/incidents.ts';
import { mustHave } from '../acts/rights.ts';
import type { Alert } from '../alerts/alert.ts';
import { alertListMessage } from '../commands/alerts.ts';
import { filesSent, incidentFor } from '../commands/incident.ts';
import type { Parts } from '../parts.ts';
import { readIncidentBlockId } from '../slack/views/action-ids.ts';
import { incidentMessage, worstOf } from '../slack/views/incident-message.ts';
import { fromCopy } from '../slack/views/modals/form.ts';
import { resolveIncidentModal } from '../slack/views/modals/resolve.ts';
import { splitModal } from '../slack/views/modals/split.ts';
import { unacknowledgeModal } from '../slack/views/modals/unacknowledge.ts';
import { alertsOfIncident } from '../store/alerts.ts';
import { incidentById } from '../store/incidents.ts';
import { onAlert, refresh } from './alert-buttons.ts';
import { drawForm } from './forms.ts';
import { numberIn, type Press } from './press.ts';

const incidentOf = (press: Press): number => readIncidentBlockId(press.blockId) ?? numberIn(press);

/** Acknowledges all open alerts of an incident. */
export async function acknowledgeIncident(parts: Parts, press: Press): Promise<undefined> {
  const id = incidentOf(press);
  try {
    await actOnIncident(parts, press.person, id, { kind: 'acknowledge' });
  } finally {
    // A copy that only this person sees is drawn anew; the channel's message is kept up to date.
    if (press.ephemeral) await refresh(parts, press, incidentMessage(await incidentFor(parts, press.person, id)));
  }
}

/** Asks what the incident turned out to be: the form resolves it. */
export async function openResolveIncident(parts: Parts, press: Press): Promise<undefined> {
  const id = incidentOf(press);
  await mustHave(parts, 'respond', press.person, `incident ${id}`);
  const view = resolveIncidentModal(await incidentFor(parts, press.person, id));
  await press.open(press.ephemeral ? fromCopy(view, press.responseUrl) : view);
}

/** The alert in whose name the incident calls comes first, then the worst. */
async function membersOf(parts: Parts, press: Press): Promise<Alert[]> {
  const id = incidentOf(press);
  const alerts = await alertsOfIncident(parts.database.db, id);
  const first = alerts.find(({ leads }) => leads) ?? worstOf(alerts);
  if (first === undefined) throw new Refused(noIncident(id, await incidentById(parts.database.db, id)));
  return [first, ...alerts.filter((alert) => alert !== first)];
}

/** Escalates the incident: the form of the alert that leads it. */
export async function escalateIncident(parts: Parts, press: Press): Promise<undefined> {
  await mustHave(parts, 'respond', press.person, `incident ${incidentOf(press)}`);
  const [lead] = await membersOf(parts, press);
  if (lead !== undefined) await press.open(await drawForm(parts, 'escalate', lead, press.person.user));
}

/** Gives the incident back: all its alerts that are acknowledged fire again. Another's is asked about first. */
export async function unacknowledgeIncident(parts: Parts, press: Press): Promise<string | undefined> {
  await mustHave(parts, 'respond', press.person, `incident ${incidentOf(press)}`);
  const held = (await membersOf(parts, press)).find(({ state }) => state === 'acknowledged');
  if (held === undefined) throw new Refused('Nobody has acknowledged this incident.');
  if (held.acknowledgedBy === null || held.acknowledgedBy === press.person.user)
    return onAlert({ kind: 'unacknowledge' })(parts, {
      ...press,
      blockId: '',
      value: String(held.id),
      ephemeral: false,
    });
  await press.open(unacknowledgeModal(held, held.acknowledgedBy));
  return undefined;
}

/** Asks which alerts are to have messages of their own again. */
export async function openSplit(parts: Parts, press: Press): Promise<undefined> {
  const id = incidentOf(press);
  await mustHave(parts, 'respond', press.person, `incident ${id}`);
  const { incident, alerts } = await incidentFor(parts, press.person, id);
  await press.open(splitModal(incident, alerts));
}

export async function listOfIncident(parts: Parts, press: Press): Promise<undefined> {
  const filter = { severity: 'any', state: 'open', more: { incident: incidentOf(press) } } as const;
  await press.tell(await alertListMessage(parts, press.person, filter, 1));
}

/** Shows an incident, with its buttons, to the person alone. */
export async function openIncident(parts: Parts, press: Press): Promise<undefined> {
  await press.tell(incidentMessage(await incidentFor(parts, press.person, numberIn(press))));
}

export async function exportIncident(parts: Parts, press: Press): Promise<string> {
  await sendIncidentFiles(parts, press.person, await incidentFor(parts, press.person, incidentOf(press)));
  return filesSent;
}
