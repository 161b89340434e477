import type { Transaction } from 'kysely';
import type { Alert, Author } from '../alerts/alert.ts';
import type { EscalationPolicy } from '../alerts/escalation.ts';
import { isFlapping } from '../alerts/grouping.ts';
import { apply, type Change, type Command, type Outcome } from '../alerts/lifecycle.ts';
import { noticesOf } from '../alerts/notices.ts';
import { appendEvents, lockAlert, updateAlert } from './alerts.ts';
import type { Tables } from './database.ts';
import { pagersOf, putOut, showAlert } from './deliveries.ts';
import { touchStorm } from './storms.ts';

/** What a change of an alert depends on beside the alert. */
export interface Standing {
  now: Date;
  policies: ReadonlyMap<string, EscalationPolicy>;
  onCall: (schedule: string) => string | undefined;
}

/** What the queue must be woken for, once the transaction is committed. */
export interface Wake {
  /** Slack channels and users, and pagers, for which something is to be delivered. */
  targets: string[];
  /** Alerts with the time at which the clock has something to do for them. */
  alerts: { id: number; dueAt: Date }[];
}

export const policyOf = (alert: Pick<Alert, 'escalation'>, standing: Standing): EscalationPolicy | undefined =>
  alert.escalation === null ? undefined : standing.policies.get(alert.escalation);

/**
 * A person or the clock does something to an alert, inside the caller's transaction (which also writes the audit log).
 * The row is locked first, so of two who press at once the second is told who the first was.
 */
export async function transition(
  trx: Transaction<Tables>,
  alertId: number,
  command: Command,
  by: Author,
  standing: Standing,
): Promise<{ outcome: Outcome; wake: Wake; before: Alert } | undefined> {
  const alert = await lockAlert(trx, alertId);
  if (alert === undefined) return undefined;
  const outcome = apply(alert, command, { now: standing.now, by, policy: policyOf(alert, standing) });
  return {
    outcome,
    before: alert,
    wake: outcome.ok ? await store(trx, outcome, standing) : { targets: [], alerts: [] },
  };
}

/** Stores a change: the alert, its timeline, and what must be said of it. */
export async function store(trx: Transaction<Tables>, change: Change, standing: Standing): Promise<Wake> {
  const { alert } = change;
  await updateAlert(trx, alert);
  await appendEvents(trx, alert.id, change.events);
  if (alert.stormId !== null) await touchStorm(trx, alert.stormId);
  return say(trx, change, standing);
}

/** Puts what must be said of a change into the outbox; the keys make a repeat of the transaction harmless. */
export async function say(trx: Transaction<Tables>, change: Change, standing: Standing): Promise<Wake> {
  const { alert } = change;
  const notices = noticesOf(change, {
    flapping: isFlapping(alert.flaps),
    onCall: standing.onCall,
    paged: await pagersOf(trx, alert.id),
  });
  await putOut(
    trx,
    notices.map((notice, place) => ({ key: `alert-${alert.id}-${alert.version}-${place}`, alertId: alert.id, notice })),
    standing.now,
  );
  return {
    targets: [...new Set([alert.channel, ...notices.map((notice) => notice.target)])],
    alerts: alert.dueAt === null ? [] : [{ id: alert.id, dueAt: alert.dueAt }],
  };
}

/** Gives an alert that is shown inside a storm a message of its own. */
export async function takeOutOfStorm(trx: Transaction<Tables>, alertId: number): Promise<Wake> {
  const alert = await lockAlert(trx, alertId);
  if (alert === undefined || alert.stormId === null) return { targets: [], alerts: [] };
  await showAlert(trx, alert.id, alert.channel);
  await updateAlert(trx, { ...alert, stormId: null, version: alert.version + 1 });
  await touchStorm(trx, alert.stormId);
  return { targets: [alert.channel], alerts: [] };
}
