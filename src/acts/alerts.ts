import type { Transaction } from 'kysely';
import type { Alert } from '../alerts/alert.ts';
import type { AlertCommand } from '../alerts/lifecycle.ts';
import { triageIsOn } from '../jobs/triage.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { refused } from '../slack/views/refusals.ts';
import { askedAbout } from '../store/actor-questions.ts';
import { type AlertQuery, alertById, lockAlerts, lockMatching, lockOpenAlertsOf } from '../store/alerts.ts';
import { recordOf } from '../store/audit-log.ts';
import { alertsOfBundle } from '../store/deliveries.ts';
import type { Tables } from '../store/tables.ts';
import { type Pending, takeOutOfStorm, transition, transitionAll } from '../store/transitions.ts';
import { askTriage } from '../store/triage.ts';
import { MovedOn, Refused, type Seen, saidIn } from './act.ts';
import { actOnMany, type ManyCommand } from './many.ts';
import { mustHave } from './rights.ts';

/**
 * A person does something to an alert: acknowledge, escalate, assign, note … Alert, timeline and audit log are written
 * together, and an attempt that comes too late is on the record too.
 * @throws Refused without the right, or when somebody was first
 */
export async function actOnAlert(
  parts: Parts,
  person: Person,
  alertId: number,
  command: AlertCommand,
  seen: Seen = {},
): Promise<void> {
  const subject = `alert ${alertId}`;
  await mustHave(parts, 'respond', person, subject);
  for (const user of namedIn(command)) await mustBeAble(parts, user, person.team);
  await mustBeAnother(parts, person, alertId, command);
  const now = parts.now();
  const standing = await parts.standing(now);
  const pending: Pending[] = [];
  const asked = command.kind === 'acknowledge' ? await asLead(parts, person, alertId) : command;
  const refusal = await parts.database.transaction(async (trx) => {
    // All of an incident are locked at once, by number: two who press on two of them do not wait for each other.
    const others = await othersOf(trx, alertId, command);
    pending.push(await takeOutOfStorm(trx, alertId, standing));
    const by = { type: 'user' as const, id: person.user };
    const result = await transition(trx, alertId, asked, by, standing);
    if (result === undefined) return new Refused(`There is no alert #${alertId}.`);
    const { outcome, before } = result;
    pending.push(result.pending);
    if (outcome.ok && others.length > 0) {
      const together = await transitionAll(trx, others, () => asked, by, standing);
      pending.push(together.pending);
      const detail = { incident: before.incidentId, with: alertId };
      for (const { alert } of together.changes)
        await recordOf(person, now)(trx, command.kind, `alert ${alert.id}`, { ...detail, version: alert.version });
    }
    const came = outcome.ok ? { version: outcome.alert.version } : { refused: outcome.refusal.reason };
    await recordOf(person, now)(trx, command.kind, subject, { ...saidIn(command), ...seen, ...came });
    if (outcome.ok) return undefined;
    const why = refused(before, outcome.refusal);
    return outcome.refusal.reason === 'moved-on' ? new MovedOn(why) : new Refused(why);
  });
  for (const each of pending) parts.wakes.after(each);
  if (refusal !== undefined) throw refusal;
  parts.metrics.acts.inc({ kind: command.kind });
}

/** An acknowledgement says whether it is that of somebody whom the alert's policy wants among two. */
async function asLead(parts: Parts, person: Person, alertId: number): Promise<AlertCommand> {
  const alert = await alertById(parts.database.db, alertId);
  const policy = alert?.escalation == null ? undefined : parts.config.escalation.get(alert.escalation);
  const leads = policy?.second?.lead ?? [];
  return { kind: 'acknowledge', lead: leads.length > 0 && (await parts.access.isAmong(person.user, leads)) };
}

/** An alert that the person may see: in a channel that they can read, or theirs. @throws Refused */
export async function mayOpen(parts: Parts, person: Person, alertId: number): Promise<Alert> {
  await mustHave(parts, 'see', person, `alert ${alertId}`);
  const alert = await alertById(parts.database.db, alertId);
  if (alert === undefined) throw new Refused(`There is no alert #${alertId}.`);
  if (alert.assignee !== person.user && (await parts.access.readable(person.user, [alert.channel])).length === 0)
    throw new Refused('This alert is in a private channel that you are not in.');
  return alert;
}

/** The other open alerts of its incident, locked: whoever has one of them in hand has all, and gives all back. */
async function othersOf(trx: Transaction<Tables>, alertId: number, { kind }: AlertCommand): Promise<Alert[]> {
  if (kind !== 'acknowledge' && kind !== 'unacknowledge') return [];
  const incident = (await alertById(trx, alertId))?.incidentId ?? null;
  if (incident === null) return [];
  return (await lockOpenAlertsOf(trx, { incident })).filter(({ id }) => id !== alertId);
}

/** What is critical is not over by the word of the one who was asked whether it was them. @throws Refused */
export async function mustBeAnother(
  { database: { db } }: Parts,
  { user }: Person,
  alertId: number,
  { kind }: AlertCommand,
): Promise<void> {
  if (kind !== 'resolve' || !(await askedAbout(db, user, [alertId])).has(alertId)) return;
  if ((await alertById(db, alertId))?.severity === 'critical')
    throw new Refused('You were asked whether this was you: it is critical, so another person has to resolve it.');
}

/** The people whom a command gives an alert to. */
const namedIn = (command: AlertCommand): string[] =>
  command.kind === 'assign'
    ? [command.to]
    : command.kind === 'escalate'
      ? (command.to ?? []).flatMap((target) => (target.startsWith('user:') ? [target.slice('user:'.length)] : []))
      : [];

/** An alert, or a shift, is given to nobody who could not press a button. @throws Refused, at the question whom */
export async function mustBeAble(parts: Parts, user: string, team: string, question = 'to'): Promise<void> {
  const verdict = await parts.access.check('respond', { user, team }, parts.team);
  if (verdict.allowed || verdict.reason === 'unknown') return;
  throw new Refused(
    verdict.reason === 'not-listed'
      ? 'This person may not act on alerts (access.respond in the configuration does not name them): choose somebody else.'
      : 'Guests, bots, and people who have left or are of another workspace cannot act on alerts: choose somebody else.',
    question,
  );
}

/** Alerts that one press may change: more would keep everybody else waiting. */
const mostAtOnce = 1000;

/** Does one thing to all that match, in one transaction and each on the record. Returns how many. @throws Refused */
export async function actOnMatching(
  parts: Parts,
  person: Person,
  wanted: AlertQuery,
  command: ManyCommand,
): Promise<number> {
  await mustHave(parts, 'respond', person, 'a list of alerts');
  for (const user of namedIn(command)) await mustBeAble(parts, user, person.team);
  const changed = await actOnMany(parts, person, command, {
    lock: (trx) => lockMatching(trx, wanted, mostAtOnce),
    detail: { list: true },
  });
  parts.metrics.acts.inc({ kind: command.kind }, changed);
  return changed;
}

/** Acknowledges all for which somebody was called in one message. Returns how many. @throws Refused */
export async function acknowledgeBundle(parts: Parts, person: Person, bundle: number): Promise<number> {
  await mustHave(parts, 'respond', person, `bundle ${bundle}`);
  const changed = await actOnMany(
    parts,
    person,
    { kind: 'acknowledge' },
    {
      lock: async (trx) => lockAlerts(trx, await alertsOfBundle(trx, bundle)),
      detail: { bundle },
    },
  );
  parts.metrics.acts.inc({ kind: 'acknowledge' }, changed);
  return changed;
}

/** Has the bot look into an alert: who, what else, what is new. The reply comes into the alert's thread. @throws Refused */
export async function lookInto(parts: Parts, person: Person, alertId: number, seen: Seen): Promise<void> {
  const subject = `alert ${alertId}`;
  await mustHave(parts, 'investigate', person, subject);
  if (!triageIsOn(parts.config.accounts))
    throw new Refused(
      'Trailwatch reads no AWS accounts yet: set `accounts.role` or `accounts.discover` in the configuration.',
    );
  await parts.database.transaction(async (trx) => {
    if ((await alertById(trx, alertId)) === undefined) throw new Refused(`There is no alert #${alertId}.`);
    await askTriage(trx, alertId, person.user, parts.now());
    await recordOf(person, parts.now())(trx, 'triage', subject, { ...seen });
  });
  parts.wakes.triage();
}
