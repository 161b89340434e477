import type { Alert, AlertState, Author, TimelineEvent } from './alert.ts';
import { type EscalationPolicy, nextDue } from './escalation.ts';
import { isFlapping, recentFlaps } from './grouping.ts';
import { severityRank } from './severity.ts';
import type { Signal } from './signal.ts';

/** What a person or the clock asks of an alert. */
export type Command =
  | { kind: 'acknowledge' }
  | { kind: 'unacknowledge' }
  /** `to` names targets (`user:U…`) in place of the policy's next step. */
  | { kind: 'escalate'; text?: string; to?: string[] }
  | { kind: 'resolve' }
  | { kind: 'reopen' }
  | { kind: 'snooze'; until: Date }
  | { kind: 'wake' }
  | { kind: 'assign'; to: string }
  | { kind: 'note'; text: string };

/** Why nothing was changed. `already`: somebody was first, and who it was. */
export type Refusal =
  | { reason: 'already'; state: AlertState; by: string | null; at: Date | null }
  | { reason: 'impossible'; sentence: string };

export interface Change {
  ok: true;
  alert: Alert;
  events: TimelineEvent[];
  /** Targets that must hear of it now, as the policy or the person named them. */
  notify: string[];
}

export type Outcome = Change | { ok: false; refusal: Refusal };

interface At {
  now: Date;
  by: Author;
  /** The alert's escalation policy, if it has one. */
  policy: EscalationPolicy | undefined;
}

const userOf = (by: Author): string | null => (by.type === 'user' ? by.id : null);

const already = (alert: Alert): Outcome => ({
  ok: false,
  refusal:
    alert.state === 'resolved'
      ? { reason: 'already', state: 'resolved', by: alert.resolvedBy, at: alert.resolvedAt }
      : { reason: 'already', state: alert.state, by: alert.acknowledgedBy, at: alert.acknowledgedAt },
});

const impossible = (sentence: string): Outcome => ({ ok: false, refusal: { reason: 'impossible', sentence } });

/** The next version of an alert, with the time recomputed at which the clock has something to do for it. */
function changed(alert: Alert, changes: Partial<Alert>, policy: EscalationPolicy | undefined): Alert {
  const next = { ...alert, ...changes, version: alert.version + 1 };
  return { ...next, dueAt: nextDue(next, policy) };
}

const firingAgain = {
  acknowledgedBy: null,
  acknowledgedAt: null,
  resolvedBy: null,
  resolvedAt: null,
  snoozedUntil: null,
};

/**
 * What a command makes of an alert: the next version with its timeline events, or the reason why not.
 * Pure: the caller holds the row locked and stores what comes back.
 */
export function apply(alert: Alert, command: Command, at: At): Outcome {
  const change = (changes: Partial<Alert>, event: Omit<TimelineEvent, 'at' | 'by'>, notify: string[] = []): Change => ({
    ok: true,
    alert: changed(alert, changes, at.policy),
    events: [{ ...event, at: at.now, by: at.by }],
    notify,
  });

  switch (command.kind) {
    case 'acknowledge':
      if (alert.state === 'acknowledged' || alert.state === 'resolved') return already(alert);
      return change(
        {
          state: 'acknowledged',
          acknowledgedBy: userOf(at.by),
          acknowledgedAt: at.now,
          assignee: alert.assignee ?? userOf(at.by),
          snoozedUntil: null,
        },
        { kind: 'acknowledged' },
      );

    case 'unacknowledge':
      if (alert.state !== 'acknowledged')
        return impossible('This alert is not acknowledged, so there is nothing to take back.');
      return change({ ...firingAgain, state: 'firing', firingSince: at.now }, { kind: 'unacknowledged' });

    case 'escalate':
      return escalate(alert, command, at, change);

    case 'resolve':
      if (alert.state === 'resolved') return already(alert);
      return change(
        { state: 'resolved', resolvedBy: userOf(at.by), resolvedAt: at.now, snoozedUntil: null },
        { kind: 'resolved' },
      );

    case 'reopen':
      if (alert.state !== 'resolved') return impossible('This alert is open already.');
      return change({ ...firingAgain, state: 'firing', level: 0, firingSince: at.now }, { kind: 'reopened' });

    case 'snooze':
      if (alert.state === 'resolved') return already(alert);
      if (command.until <= at.now) return impossible('The end of a snooze must lie in the future.');
      return change(
        { state: 'snoozed', snoozedUntil: command.until },
        { kind: 'snoozed', detail: command.until.toISOString() },
      );

    case 'wake':
      if (alert.state !== 'snoozed') return impossible('This alert is not snoozed.');
      return change({ ...firingAgain, state: 'firing', firingSince: at.now }, { kind: 'woken' });

    case 'assign':
      if (alert.assignee === command.to) return impossible('It is assigned to this person already.');
      return change({ assignee: command.to }, { kind: 'assigned', detail: command.to }, [`user:${command.to}`]);

    case 'note':
      return change({}, { kind: 'noted', text: command.text });
  }
}

function escalate(
  alert: Alert,
  command: { text?: string; to?: string[] },
  at: At,
  change: (changes: Partial<Alert>, event: Omit<TimelineEvent, 'at' | 'by'>, notify: string[]) => Change,
): Outcome {
  if (alert.state === 'resolved') return already(alert);
  const text = command.text === undefined ? {} : { text: command.text };
  // A snoozed alert that somebody escalates is no longer silent: the snooze ends with it.
  const awake: Partial<Alert> =
    alert.state === 'snoozed' ? { ...firingAgain, state: 'firing', firingSince: at.now } : {};
  if (command.to !== undefined && command.to.length > 0)
    return change(awake, { kind: 'escalated', detail: String(alert.level), ...text }, command.to);
  if (at.policy === undefined || at.policy.length === 0)
    return impossible('No escalation policy applies to this alert: choose a person to escalate to.');
  // At the last level an escalation by hand calls the same people once more.
  const level = Math.min(alert.level + 1, at.policy.length);
  return change(
    { ...awake, level },
    { kind: 'escalated', detail: String(level), ...text },
    at.policy[level - 1]?.notify ?? [],
  );
}

/**
 * What another signal of the same dedup key makes of an alert: a repeat, a change, an end or a new beginning.
 * A signal older than the newest one seen changes no state: SNS does not keep order.
 */
export function applySignal(alert: Alert, signal: Signal, at: At): Change {
  const events: TimelineEvent[] = [];
  const say = (event: Omit<TimelineEvent, 'at' | 'by'>) => events.push({ ...event, at: at.now, by: at.by });
  const late = signal.time < alert.signal.time;
  const seen: Partial<Alert> = {
    count: alert.count + 1,
    lastSeen: at.now,
    ...(late ? {} : { signal, severity: signal.state === 'resolved' ? alert.severity : signal.severity }),
  };
  const done = (changes: Partial<Alert>, notify: string[] = []): Change => ({
    ok: true,
    alert: changed(alert, { ...seen, ...changes }, at.policy),
    events,
    notify,
  });

  if (late) {
    say({ kind: 'seen-again' });
    return done({});
  }
  if (signal.state === 'resolved') {
    if (alert.state === 'resolved') {
      say({ kind: 'seen-again' });
      return done({});
    }
    const flaps = recentFlaps([...alert.flaps, at.now], at.now);
    say({ kind: 'resolved' });
    if (isFlapping(flaps) && !isFlapping(recentFlaps(alert.flaps, at.now))) say({ kind: 'flapping' });
    return done({ state: 'resolved', resolvedBy: null, resolvedAt: at.now, snoozedUntil: null, flaps });
  }
  if (alert.state === 'resolved') {
    const flaps = recentFlaps([...alert.flaps, at.now], at.now);
    const flapping = isFlapping(flaps);
    say({ kind: 'reopened' });
    if (flapping && !isFlapping(recentFlaps(alert.flaps, at.now))) say({ kind: 'flapping' });
    // A flapping alert keeps its place on the escalation ladder: starting over would call everybody at each flap.
    const ladder = flapping ? {} : { level: 0, firingSince: at.now };
    return done({ ...firingAgain, ...ladder, state: 'firing', flaps });
  }
  const difference = describeChange(alert, signal);
  say(difference === undefined ? { kind: 'seen-again' } : { kind: 'changed', detail: difference });
  return done({});
}

/** What a reader would want to know between two signals of one alert, in words; undefined when nothing. */
function describeChange(alert: Alert, signal: Signal): string | undefined {
  const rise = severityRank(alert.severity) - severityRank(signal.severity);
  if (rise > 0) return `severity rose from ${alert.severity} to ${signal.severity}`;
  if (rise < 0) return `severity fell from ${alert.severity} to ${signal.severity}`;
  if (alert.signal.title !== signal.title) return `now: ${signal.title}`;
  return undefined;
}
