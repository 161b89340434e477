import type { Alert } from './alert.ts';

/** One step of an escalation policy. */
export interface EscalationStep {
  /** `user:U…`, `usergroup:S…`, `schedule:name`, `channel:C…`, `pagerduty:name`. */
  notify: string[];
  /** Milliseconds after the alert began to fire. */
  afterMs: number;
}

export type EscalationPolicy = readonly EscalationStep[];

/**
 * When the clock has something to do for an alert: the end of its snooze, or the next escalation step.
 * Null when nothing is left to do, when somebody has it in hand, for what is no alert (notifications), and inside a
 * storm: the alerts that came before the storm was one have called out already, five hundred calls help nobody.
 */
export function nextDue(alert: Alert, policy: EscalationPolicy | undefined): Date | null {
  if (alert.state === 'snoozed') return alert.snoozedUntil;
  if (alert.state !== 'firing' || alert.mode !== 'alert' || alert.stormId !== null) return null;
  const step = policy?.[alert.level];
  return step === undefined ? null : new Date(alert.firingSince.getTime() + step.afterMs);
}

/** What the clock asks of an alert at this moment, or nothing. */
export function commandDue(alert: Alert, now: Date): { kind: 'wake' } | { kind: 'escalate' } | undefined {
  if (alert.dueAt === null || alert.dueAt > now) return undefined;
  return alert.state === 'snoozed' ? { kind: 'wake' } : { kind: 'escalate' };
}

/** People and places to call, with schedules turned into who is on call now. */
export interface Called {
  users: string[];
  usergroups: string[];
  channels: string[];
  pagerduty: string[];
}

/** Splits targets by kind. `onCall` says who holds a schedule now; a schedule that nobody holds calls nobody. */
export function callees(targets: readonly string[], onCall: (schedule: string) => string | undefined): Called {
  const called: Called = { users: [], usergroups: [], channels: [], pagerduty: [] };
  const add = (list: string[], id: string | undefined) => {
    if (id !== undefined && !list.includes(id)) list.push(id);
  };
  for (const target of targets) {
    const colon = target.indexOf(':');
    const name = target.slice(colon + 1);
    switch (target.slice(0, colon)) {
      case 'user':
        add(called.users, name);
        break;
      case 'usergroup':
        add(called.usergroups, name);
        break;
      case 'schedule':
        add(called.users, onCall(name));
        break;
      case 'channel':
        add(called.channels, name);
        break;
      case 'pagerduty':
        add(called.pagerduty, name);
        break;
    }
  }
  return called;
}
