import { dayMs } from '../words/time.ts';
import type { Alert } from './alert.ts';
import { type EscalationPolicy, nextCallDue } from './ladder.ts';

/** Whoever is asked whether they are still on an alert has this long to answer. */
const answerMs = 15 * 60_000;
/** An alert that somebody has had for so long is not asked about any more. */
const askedForMs = 30 * dayMs;

/**
 * When the clock has something to do for an alert: the end of its snooze, or the next escalation step.
 * Null when nothing is left to do, when somebody has it in hand, for what is no alert (notifications), and inside a
 * storm or an incident: the storm, or the alert that leads the incident, calls once for all that is in it.
 */
export function nextDue(alert: Alert, policy: EscalationPolicy | undefined): Date | null {
  if (alert.state === 'snoozed') return alert.snoozedUntil;
  if (alert.state === 'acknowledged') return nextAskedAt(alert, policy);
  if (alert.state !== 'firing' || alert.mode !== 'alert' || isCalledFor(alert)) return null;
  return nextCallDue(alert, policy);
}

/** Whether the timer of a storm or of an incident's lead is this alert's too. */
const isCalledFor = ({ stormId, incidentId, leads }: Alert): boolean =>
  stormId !== null || (incidentId !== null && !leads);

/** When whoever acknowledged an alert is asked whether they are still on it, or has not answered. */
function nextAskedAt(alert: Alert, policy: EscalationPolicy | undefined): Date | null {
  const timeoutMs = policy?.ackTimeoutMs?.[alert.severity];
  const { acknowledgedAt, heldAt, remindedAt } = alert;
  if (timeoutMs === undefined || acknowledgedAt === null || isCalledFor(alert)) return null;
  const at = remindedAt === null ? (heldAt ?? acknowledgedAt).getTime() + timeoutMs : remindedAt.getTime() + answerMs;
  return at - acknowledgedAt.getTime() > askedForMs ? null : new Date(at);
}

/** What the clock asks of an alert. */
type TimedCommand = { kind: 'wake' | 'escalate' | 'remind' | 'lapse' };

/** What the clock asks of an alert at this moment, or nothing. */
export function commandDue(alert: Alert, now: Date): TimedCommand | undefined {
  if (alert.dueAt === null || alert.dueAt > now) return undefined;
  if (alert.state === 'snoozed') return { kind: 'wake' };
  if (alert.state === 'acknowledged') return { kind: alert.remindedAt === null ? 'remind' : 'lapse' };
  return { kind: 'escalate' };
}

/** Why the clock does nothing for what fires, in words for the record; null: it has something to do, or somebody has it in hand. */
export function whySilent(alert: Alert, policy: EscalationPolicy | undefined): string | null {
  if (alert.state !== 'firing' || nextDue(alert, policy) !== null) return null;
  if (alert.mode !== 'alert') return 'it is a notification';
  if (alert.stormId !== null) return 'its storm calls for it';
  if (isCalledFor(alert)) return `it is in incident ${alert.incidentId}, which calls for it`;
  if (policy === undefined) return 'its route names no escalation policy';
  if (alert.exhaustedAt !== null) return 'every level and the default channel were called';
  return 'the quiet hours of its route never end';
}
