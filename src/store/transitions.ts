import type { Transaction } from 'kysely';
import type { Alert, Author } from '../alerts/alert.ts';
import { nextDue } from '../alerts/escalation.ts';
import { isFlapping } from '../alerts/grouping.ts';
import { type EscalationPolicy, ladderOf, lostPolicy } from '../alerts/ladder.ts';
import { type AlertChange, type AlertCommand, apply, type CommandOutcome } from '../alerts/lifecycle.ts';
import { isCall, type Notice, noticesOf } from '../alerts/notices.ts';
import { type Reach, waysTo } from '../alerts/reach.ts';
import type { Whom } from '../alerts/targets/target.ts';
import { appendEvents, lockAlert, updateCourses } from './alerts.ts';
import { pagersOf, putOut, show, type ToSay, withdrawCalls } from './deliveries.ts';
import { channelsOfIncidents, settleLeads, touchIncidents } from './incidents.ts';
import { lockStorms, touchStorms } from './storms.ts';
import type { Tables } from './tables.ts';

/** What a change of an alert depends on beside the alert. */
export interface Standing extends Whom {
  now: Date;
  policies: ReadonlyMap<string, EscalationPolicy>;
  /** Where everybody is called when nobody else is left. */
  defaultChannel: string;
  /** How people want to be called beside a direct message. */
  reach?: ReadonlyMap<string, Reach>;
}

/** What a change leaves to be done, once the transaction is committed: the loops are woken for it. */
export interface Pending {
  /** Slack channels and users, and pagers, for which something is to be delivered. */
  targets: readonly string[];
  /** When the clock has something to do for an alert or a storm, at the earliest; null: never. */
  dueAt: Date | null;
}

/** Undefined: its route calls nobody. A policy that is named and not there (any more) leaves the default channel. */
export const policyOf = (
  { escalation }: Pick<Alert, 'escalation'>,
  { policies }: Pick<Standing, 'policies'>,
): EscalationPolicy | undefined => (escalation === null ? undefined : (policies.get(escalation) ?? lostPolicy));

const atOf = (alert: Alert, by: Author, standing: Standing) => ({
  ...standing,
  by,
  policy: policyOf(alert, standing),
});

/**
 * A person or the clock does something to an alert, inside the caller's transaction (which also writes the audit log).
 * The row is locked first, so of two who press at once the second is told who the first was.
 */
export async function transition(
  trx: Transaction<Tables>,
  alertId: number,
  command: AlertCommand,
  by: Author,
  standing: Standing,
): Promise<{ outcome: CommandOutcome; pending: Pending; before: Alert } | undefined> {
  const before = await lockAlert(trx, alertId);
  if (before === undefined) return undefined;
  const outcome = apply(before, command, atOf(before, by, standing));
  return { outcome, before, pending: await store(trx, outcome.ok ? [outcome] : [], standing) };
}

/**
 * The same to a set of alerts that the caller has locked, by a handful of statements however many they are. Those to which
 * it cannot be done (acknowledged already, say) stay as they are. Write one entry of the audit log for each change.
 */
export async function transitionAll(
  trx: Transaction<Tables>,
  alerts: readonly Alert[],
  commandFor: (alert: Alert) => AlertCommand | undefined,
  by: Author,
  standing: Standing,
): Promise<{ changes: AlertChange[]; refused: Alert[]; pending: Pending }> {
  const changes: AlertChange[] = [];
  const refused: Alert[] = [];
  for (const alert of alerts) {
    const command = commandFor(alert);
    if (command === undefined) continue;
    const outcome = apply(alert, command, atOf(alert, by, standing));
    if (outcome.ok) changes.push(outcome);
    else refused.push(alert);
  }
  return { changes, refused, pending: await store(trx, changes, standing) };
}

/** Stores changes of alerts, one of each: the alerts, their timelines, and what must be said of them. */
async function store(trx: Transaction<Tables>, changes: readonly AlertChange[], standing: Standing): Promise<Pending> {
  const alerts = changes.map(({ alert }) => alert);
  await updateCourses(trx, alerts);
  await appendEvents(trx, eventsOf(changes));
  await touchStorms(
    trx,
    alerts.flatMap(({ stormId }) => stormId ?? []),
  );
  const incidents = alerts.flatMap(({ incidentId }) => incidentId ?? []);
  await touchIncidents(trx, incidents);
  const settled = await settleLeads(trx, incidents, (alert) => policyOf(alert, standing));
  const heard = await say(trx, changes, standing);
  const channels = [...alerts.map(({ channel }) => channel), ...(await channelsOfIncidents(trx, incidents))];
  return { targets: [...new Set([...channels, ...heard])], dueAt: earliestDue([...alerts, ...settled]) };
}

export const eventsOf = (changes: readonly AlertChange[]) =>
  changes.flatMap(({ alert, events }) => events.map((event) => ({ alertId: alert.id, event })));

/** When the clock has something to do for one of them; null: never. */
export const earliestDue = (all: readonly { dueAt: Date | null }[]): Date | null =>
  all.reduce<Date | null>((first, { dueAt }) => (first === null || (dueAt ?? first) < first ? dueAt : first), null);

/** Puts what must be said of changes into the outbox. Returns who is to hear of it. */
export async function say(
  trx: Transaction<Tables>,
  changes: readonly AlertChange[],
  standing: Standing,
): Promise<string[]> {
  // Pagers hear of what ends or is in hand, and of nothing else that they were not called for.
  const quiet = changes.filter(({ events }) =>
    events.some(({ kind }) => kind === 'resolved' || kind === 'acknowledged'),
  );
  const paged = quiet.length === 0 ? new Map() : await pagersOf(trx, [...new Set(quiet.map(({ alert }) => alert.id))]);
  await withdrawCalls(
    trx,
    changes.flatMap(({ alert }) => {
      if (alert.state !== 'firing') return [{ id: alert.id, why: inHand(alert) }];
      // Of two who have to acknowledge, the first one is called no more.
      const { acknowledgedBy: person } = alert;
      return person === null ? [] : [{ id: alert.id, why: 'acknowledged by the same person', person }];
    }),
    standing.now,
  );
  const rows = changes.flatMap((change) => noticeRows(change, paged.get(change.alert.id) ?? [], standing));
  await putOut(trx, rows, standing.now);
  return rows.map(({ notice }) => notice.target);
}

/** Why nobody is called for an alert any more, for the record. */
function inHand({ state, acknowledgedBy, resolvedBy }: Alert): string {
  if (state === 'acknowledged') return `acknowledged by ${acknowledgedBy ?? 'Trailwatch'}`;
  return state === 'resolved' ? `resolved by ${resolvedBy ?? 'its source'}` : 'snoozed';
}

/**
 * What must be said of a change, as rows of the outbox; the keys make a repeat of the transaction harmless. A call is known by its
 * step (the alert or storm, its spell of firing, the round and the level) and by whom it calls: no step calls anybody twice.
 */
export function noticeRows(
  change: AlertChange,
  paged: readonly string[],
  {
    storm,
    ...standing
  }: Pick<Standing, 'now' | 'onCall' | 'members' | 'defaultChannel' | 'reach'> & {
    storm?: { id: number; version: number };
  },
): ToSay[] {
  const { alert, events } = change;
  const subject = storm === undefined ? `alert-${alert.id}` : `storm-${storm.id}`;
  const version = storm?.version ?? alert.version;
  // Whoever escalates by hand may call the same people once more.
  const byHand = events.some(({ by }) => by.type === 'user') ? `-by-hand-${version}` : '';
  const step = `${subject}-${alert.firingSince.getTime()}-${alert.round}-${alert.level}${byHand}`;
  const context = { ...standing, flapping: isFlapping(alert.flaps), paged };
  return noticesOf(change, context).flatMap((notice, place): ToSay[] => {
    if (!isCall(notice)) return [{ key: `${subject}-${version}-${place}`, alertId: alert.id, notice }];
    const here = notice.kind === 'notice' && notice.here ? '-here' : '';
    const key = `${step}-${notice.kind === 'call' ? 'thread' : notice.target}${here}`;
    const call = { key, alertId: alert.id, notice, step };
    return notice.kind === 'direct' ? personalCalls({ ...call, notice }, alert, standing) : [call];
  });
}

/** A direct message that calls somebody, and the other ways by which they want to be called, each at its time. */
function personalCalls(
  call: ToSay & { notice: Extract<Notice, { kind: 'direct' }> },
  { severity }: Alert,
  { reach, now }: Pick<Standing, 'reach' | 'now'>,
): ToSay[] {
  const { target: person, reason: _reason, kind: _kind, ...why } = call.notice;
  const ways = waysTo(reach?.get(person), severity, now).map(({ way, afterMs }, rule) => ({
    ...call,
    key: `${call.key}-${rule + 1}-${way}`,
    notice: { ...why, kind: 'page' as const, target: way, action: 'trigger' as const },
    person,
    ...(afterMs > 0 ? { notBefore: new Date(now.getTime() + afterMs) } : {}),
  }));
  return [{ ...call, person }, ...ways];
}

/** Gives an alert that is shown inside a storm a message and a timer of its own, which goes on where the storm's stands. */
export async function takeOutOfStorm(
  trx: Transaction<Tables>,
  alertId: number,
  standing: Pick<Standing, 'policies'>,
): Promise<Pending> {
  const alert = await lockAlert(trx, alertId);
  if (alert === undefined || alert.stormId === null) return { targets: [], dueAt: null };
  const [storm] = await lockStorms(trx, [], [alert.stormId]);
  const apart: Alert = { ...alert, ...(storm && ladderOf(storm)), stormId: null, version: alert.version + 1 };
  const dueAt = nextDue(apart, policyOf(apart, standing));
  await show(trx, [{ alertId: alert.id, channel: alert.channel }]);
  await updateCourses(trx, [{ ...apart, dueAt }]);
  await touchStorms(trx, [alert.stormId]);
  return { targets: [alert.channel], dueAt };
}
