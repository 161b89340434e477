import { type Alert, type AlertState, type Author, isDenied, type TimelineEvent } from './alert.ts';
import { nextDue } from './escalation.ts';
import { isFlapping, recentFlaps } from './grouping.ts';
import { type Call, climb, type EscalationPolicy, foot, lostPolicy } from './ladder.ts';
import { isQuiet } from './quiet-hours.ts';
import type { Resolution } from './resolution.ts';
import { severityRank } from './severity.ts';
import type { Signal } from './signal.ts';
import type { Whom } from './targets/target.ts';

/** What a person or the clock asks of an alert. */
export type AlertCommand =
  /** `lead`: the person is one of those whom a policy wants among the two who acknowledge. */
  | { kind: 'acknowledge'; lead?: boolean }
  | { kind: 'unacknowledge' }
  /** `to` names targets (`user:U…`) in place of the policy's next step; `level`: the step that the person believes to be the next. */
  | { kind: 'escalate'; text?: string; to?: string[]; level?: number }
  /** `as`: what it turned out to be; `text`: what the person wrote. */
  | { kind: 'resolve'; as?: Resolution; text?: string }
  | { kind: 'reopen' }
  | { kind: 'snooze'; until: Date }
  | { kind: 'wake' }
  /** Whoever acknowledged it is asked whether they are still on it; says so; does not answer. */
  | { kind: 'remind' }
  | { kind: 'hold' }
  | { kind: 'lapse' }
  /** `quiet`: the person is told in another way. */
  | { kind: 'assign'; to: string; quiet?: true }
  /** Whoever has it asks another to take it over; nothing changes until they do. */
  | { kind: 'offer'; to: string }
  | { kind: 'take-over'; from: string }
  | { kind: 'note'; text: string }
  /** The person behind it is asked whether it was them; does not answer. */
  | { kind: 'ask' | 'unanswered'; user: string }
  /** They say that it was: `resolves` what is below high; that it was not. */
  | { kind: 'vouch'; text: string; resolves: boolean }
  | { kind: 'deny' };

/** Why nothing was changed. `already`: somebody was first, and who it was. */
export type Refusal =
  | { reason: 'already'; state: AlertState; by: string | null; at: Date | null }
  /** The calls went on since the person looked: which level was called last, and when. */
  | { reason: 'moved-on'; level: number; at: Date | null }
  | { reason: 'impossible'; sentence: string };

export interface AlertChange {
  ok: true;
  alert: Alert;
  events: TimelineEvent[];
  /** Targets that must hear of it now, as the policy or the person named them. */
  notify: string[];
}

export type CommandOutcome = AlertChange | { ok: false; refusal: Refusal };

interface At extends Whom {
  now: Date;
  by: Author;
  /** The alert's escalation policy, if it has one. */
  policy: EscalationPolicy | undefined;
}

const userOf = (by: Author): string | null => (by.type === 'user' ? by.id : null);

const already = (alert: Alert): CommandOutcome => ({
  ok: false,
  refusal:
    alert.state === 'resolved'
      ? { reason: 'already', state: 'resolved', by: alert.resolvedBy, at: alert.resolvedAt }
      : { reason: 'already', state: alert.state, by: alert.acknowledgedBy, at: alert.acknowledgedAt },
});

const impossible = (sentence: string): CommandOutcome => ({ ok: false, refusal: { reason: 'impossible', sentence } });

/** The next version of an alert, with the time recomputed at which the clock has something to do for it. */
function changed(alert: Alert, changes: Partial<Alert>, policy: EscalationPolicy | undefined): Alert {
  const next = { ...alert, ...changes, version: alert.version + 1 };
  return { ...next, dueAt: nextDue(next, policy) };
}

const firingAgain = {
  acknowledgedBy: null,
  acknowledgedAt: null,
  secondWanted: null,
  heldAt: null,
  remindedAt: null,
  resolvedBy: null,
  resolvedAt: null,
  resolvedAs: null,
  snoozedUntil: null,
};

/**
 * What a command makes of an alert: the next version with its timeline events, or the reason why not.
 * Pure: the caller holds the row locked and stores what comes back.
 */
export function apply(alert: Alert, command: AlertCommand, at: At): CommandOutcome {
  const change = (changes: Partial<Alert>, event: Said, call?: Pick<AlertChange, 'notify'> & { events?: Said[] }) =>
    changeOf(alert, changes, [event, ...(call?.events ?? [])], call?.notify ?? [], at);

  switch (command.kind) {
    case 'acknowledge':
      return acknowledge(alert, command.lead === true, at);

    case 'unacknowledge':
      if (alert.state !== 'acknowledged')
        return impossible('This alert is not acknowledged, so there is nothing to take back.');
      return change(
        {
          ...firingAgain,
          ...foot(at.now),
          state: 'firing',
          // The assignment came with the acknowledgement, and goes with it.
          assignee: alert.assignee === alert.acknowledgedBy ? null : alert.assignee,
        },
        { kind: 'unacknowledged', ...(alert.acknowledgedBy === null ? {} : { detail: alert.acknowledgedBy }) },
      );

    case 'escalate':
      return escalate(alert, command, at);

    case 'resolve':
      if (alert.state === 'resolved') return already(alert);
      return change(resolvedNow(at, command.as), {
        kind: 'resolved',
        ...(command.as === undefined ? {} : { detail: command.as }),
        ...(command.text === undefined ? {} : { text: command.text }),
      });

    case 'reopen':
      if (alert.state !== 'resolved') return impossible('This alert is open already.');
      return change({ ...firingAgain, ...foot(at.now), state: 'firing' }, { kind: 'reopened' });

    case 'snooze':
      if (alert.state === 'resolved') return already(alert);
      if (command.until <= at.now) return impossible('The end of a snooze must lie in the future.');
      return change(
        { state: 'snoozed', snoozedUntil: command.until },
        { kind: 'snoozed', detail: command.until.toISOString() },
      );

    case 'wake':
      if (alert.state !== 'snoozed') return impossible('This alert is not snoozed.');
      return wake(alert, at);

    case 'remind':
      if (alert.state !== 'acknowledged') return impossible('Nobody has acknowledged this alert.');
      return change({ remindedAt: at.now }, { kind: 'reminded', detail: alert.acknowledgedBy ?? '' });

    case 'hold':
      if (alert.state !== 'acknowledged') return impossible('This alert is not acknowledged any more.');
      return change(aliveAt(at.now), { kind: 'held' });

    case 'lapse':
      if (alert.state !== 'acknowledged') return impossible('Nobody has acknowledged this alert.');
      return change(
        { ...firingAgain, ...foot(at.now), state: 'firing' },
        { kind: 'lapsed', detail: alert.acknowledgedBy ?? '' },
      );

    case 'assign':
      if (alert.assignee === command.to) return impossible('It is assigned to this person already.');
      return change(
        { assignee: command.to, ...(alert.state === 'acknowledged' ? aliveAt(at.now) : {}) },
        { kind: 'assigned', detail: command.to },
        { notify: command.quiet ? [] : [`user:${command.to}`] },
      );

    case 'offer': {
      const holder = holderOf(alert);
      if (alert.state === 'resolved') return already(alert);
      if (holder === null || holder !== userOf(at.by))
        return impossible('Only who has this alert can hand it over: assign it without asking.');
      if (command.to === holder) return impossible('You have this alert already: choose somebody else.');
      return change(alert.state === 'acknowledged' ? aliveAt(at.now) : {}, { kind: 'offered', detail: command.to });
    }

    case 'take-over': {
      if (alert.state === 'resolved') return already(alert);
      if (holderOf(alert) !== command.from) return impossible('Who offered this alert does not have it any more.');
      const who = userOf(at.by);
      return change(
        {
          state: 'acknowledged',
          acknowledgedBy: who,
          acknowledgedAt: alert.acknowledgedAt ?? at.now,
          secondWanted: null,
          ...aliveAt(at.now),
          assignee: who,
          snoozedUntil: null,
        },
        { kind: 'taken-over', detail: command.from },
      );
    }

    case 'ask':
      return change({}, { kind: 'asked', detail: command.user });

    case 'unanswered':
      return change({}, { kind: 'unanswered', detail: command.user });

    case 'vouch': {
      const resolves = command.resolves && alert.state !== 'resolved' && !isGrave(alert);
      return change(
        resolves ? resolvedNow(at, 'expected') : {},
        { kind: 'vouched', text: command.text },
        { notify: [], events: resolves ? [{ kind: 'resolved', detail: 'expected' }] : [] },
      );
    }

    case 'deny':
      return deny(alert, at);

    case 'note':
      return change(alert.state === 'acknowledged' && at.by.type === 'user' ? aliveAt(at.now) : {}, {
        kind: 'noted',
        text: command.text,
      });
  }
}

const resolvedNow = ({ by, now }: At, as: Resolution | null = null): Partial<Alert> => ({
  state: 'resolved',
  resolvedBy: userOf(by),
  resolvedAt: now,
  resolvedAs: as,
  snoozedUntil: null,
});

/**
 * Somebody has it in hand. Where a policy wants two people, the first one stops no timer: it fires and calls on, until a second
 * one acknowledges it too.
 */
function acknowledge(alert: Alert, lead: boolean, at: At): CommandOutcome {
  if (alert.state === 'acknowledged' || alert.state === 'resolved') return already(alert);
  const who = userOf(at.by);
  const first = { ...alert, assignee: alert.assignee ?? who };
  const inHand: Partial<Alert> = {
    state: 'acknowledged',
    acknowledgedBy: who,
    acknowledgedAt: at.now,
    secondWanted: null,
    heldAt: null,
    remindedAt: null,
    snoozedUntil: null,
  };
  const second = at.policy?.second;
  if (second === undefined || !second.of.includes(alert.severity))
    return changeOf(first, inHand, [{ kind: 'acknowledged' }], [], at);
  if (alert.secondWanted === null) {
    const secondWanted = second.lead === null || lead ? 'anybody' : 'lead';
    const half: Partial<Alert> = {
      ...firingAgain,
      state: 'firing',
      acknowledgedBy: who,
      acknowledgedAt: at.now,
      secondWanted,
    };
    return changeOf(first, half, [{ kind: 'half-acknowledged', detail: secondWanted }], [], at);
  }
  if (who === alert.acknowledgedBy)
    return impossible('You have acknowledged this alert already: a second person has to, too.');
  if (alert.secondWanted === 'lead' && !lead)
    return impossible(
      'This alert is acknowledged already, and one of the leads of its policy has to acknowledge it, too.',
    );
  // Whoever was first has it; the second one saw that they do.
  return changeOf(first, { ...inHand, acknowledgedBy: alert.acknowledgedBy }, [{ kind: 'acknowledged' }], [], at);
}

/** Who has an alert in hand. */
const holderOf = ({ acknowledgedBy, assignee }: Alert): string | null => acknowledgedBy ?? assignee;

/** A sign of life: the question whether somebody is still on it begins anew. */
const aliveAt = (now: Date): Pick<Alert, 'heldAt' | 'remindedAt'> => ({ heldAt: now, remindedAt: null });

type Said = Omit<TimelineEvent, 'at' | 'by'>;

const changeOf = (
  alert: Alert,
  changes: Partial<Alert>,
  events: readonly Said[],
  notify: string[],
  at: At,
): AlertChange => ({
  ok: true,
  alert: changed(alert, changes, at.policy),
  events: events.map((event) => ({ ...event, at: at.now, by: at.by })),
  notify,
});

/** The calls start anew. Nobody pressed anything when the clock ends a snooze, so who is on call then hears of it at once. */
function wake(alert: Alert, at: At): AlertChange {
  const awake: Alert = { ...alert, ...firingAgain, ...foot(at.now), state: 'firing' };
  const quiet = alert.quietHours !== null && isQuiet(alert.quietHours, alert.severity, at.now);
  const call =
    at.by.type !== 'timer' || alert.mode !== 'alert' || at.policy === undefined || quiet
      ? undefined
      : climb(awake, at.policy, at);
  const woken: Said = { kind: 'woken' };
  return call === undefined
    ? changeOf(awake, {}, [woken], [], at)
    : changeOf(awake, call.ladder, [woken, ...call.events], call.notify, at);
}

const isGrave = ({ severity }: Alert): boolean => severity === 'critical' || severity === 'high';

/** Somebody else did it in their name: it is critical whatever state it was in, and level 1 is called at once. */
function deny(alert: Alert, at: At): AlertChange {
  const worst: Alert = {
    ...alert,
    ...firingAgain,
    ...foot(at.now),
    state: 'firing',
    severity: 'critical',
    denied: true,
  };
  const said: Said = { kind: 'denied' };
  const call = climb(worst, at.policy ?? lostPolicy, at);
  return call === undefined
    ? changeOf(worst, {}, [said], [], at)
    : changeOf(worst, call.ladder, [said, ...call.events], call.notify, at);
}

/** Calls the next level, or the people who are named. Whatever state it was in, it fires from then on: they may not answer. */
function escalate(
  alert: Alert,
  { text, to = [], level }: { text?: string; to?: string[]; level?: number },
  at: At,
): CommandOutcome {
  if (alert.state === 'resolved') return already(alert);
  const said = text === undefined ? {} : { text };
  // What one of two acknowledged stays so.
  const awake: Alert = alert.state === 'firing' ? alert : { ...alert, ...firingAgain, state: 'firing' };
  if (to.length > 0)
    return changeOf(
      awake,
      { calledAt: at.now, exhaustedAt: null },
      [{ kind: 'escalated', detail: String(alert.level), ...said }],
      to,
      at,
    );
  // Whoever calls a level has read whom it calls.
  if (level !== undefined && at.policy !== undefined && level !== levelByHand(alert, at.policy))
    return { ok: false, refusal: { reason: 'moved-on', level: alert.level, at: alert.calledAt } };
  const call = at.by.type === 'timer' ? climb(alert, at.policy ?? lostPolicy, at) : callByHand(awake, at);
  if (call === undefined)
    return impossible(
      at.by.type === 'timer'
        ? 'Nobody is left to call.'
        : 'No escalation policy applies to this alert: choose a person to escalate to.',
    );
  const events = call.events.map((event) => ({
    ...event,
    ...(event.kind === 'escalated' ? said : whyExhausted(alert, at)),
  }));
  return changeOf(awake, call.ladder, events, call.notify, at);
}

/** A policy that is taken out of the configuration leaves nobody to call. */
const whyExhausted = ({ escalation }: Alert, { policy }: At): { text?: string } =>
  escalation !== null && policy?.steps.length === 0
    ? { text: `The escalation policy "${escalation}" is not in the configuration any more.` }
    : {};

/** The level that an escalation by hand calls: at the last one the same people once more. */
export const levelByHand = ({ level }: Pick<Alert, 'level'>, { steps }: EscalationPolicy): number =>
  Math.min(level + 1, steps.length);

function callByHand(alert: Alert, at: At): Call | undefined {
  if (at.policy === undefined || at.policy.steps.length === 0) return undefined;
  const level = levelByHand(alert, at.policy) - 1;
  return climb({ ...alert, level, exhaustedAt: null }, at.policy, at);
}

/**
 * What another signal of the same dedup key makes of an alert: a repeat, a change, an end or a new beginning.
 * A signal older than the newest one seen changes no state: SNS does not keep order.
 */
export function applySignal(before: Alert, signal: Signal, at: At): AlertChange {
  const late = signal.time < before.signal.time;
  const alert = late || signal.state === 'resolved' || isDenied(before) ? before : undenied(before);
  const events: TimelineEvent[] = [];
  const say = (event: Omit<TimelineEvent, 'at' | 'by'>) => events.push({ ...event, at: at.now, by: at.by });
  const seen: Partial<Alert> = {
    count: alert.count + 1,
    lastSeen: at.now,
    ...(late
      ? {}
      : { signal, severity: signal.state === 'resolved' || isDenied(alert) ? alert.severity : signal.severity }),
  };
  const done = (changes: Partial<Alert>, notify: string[] = []): AlertChange => ({
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
    // A snooze outlives what a source says in the meantime: the same trouble again is quiet until its end.
    return done({ state: 'resolved', resolvedBy: null, resolvedAt: at.now, flaps });
  }
  if (alert.state === 'resolved') {
    const flaps = recentFlaps([...alert.flaps, at.now], at.now);
    const flapping = isFlapping(flaps);
    const asleep = alert.snoozedUntil !== null && alert.snoozedUntil > at.now && !isWorse(signal, alert);
    say({ kind: asleep ? 'seen-again' : 'reopened' });
    if (flapping && !isFlapping(recentFlaps(alert.flaps, at.now))) say({ kind: 'flapping' });
    // A flapping alert keeps its place on the escalation ladder: starting over would call everybody at each flap.
    const ladder = flapping ? {} : foot(at.now);
    const state: Partial<Alert> = asleep ? { state: 'snoozed', snoozedUntil: alert.snoozedUntil } : { state: 'firing' };
    return done({ ...firingAgain, ...ladder, ...state, flaps });
  }
  const difference = describeChange(alert, signal);
  say(difference === undefined ? { kind: 'seen-again' } : { kind: 'changed', detail: difference });
  if (!isWorse(signal, alert) || alert.state === 'acknowledged') return done({});
  // What became worse is called for from level 1 again, and is snoozed no more.
  if (alert.state === 'snoozed') say({ kind: 'woken' });
  return done({ ...firingAgain, ...foot(at.now), state: 'firing' });
}

const undenied = ({ denied: _, ...alert }: Alert): Alert => alert;

const isWorse = (signal: Signal, { severity }: Alert): boolean =>
  severityRank(signal.severity) < severityRank(severity);

/** What a reader would want to know between two signals of one alert, in words; undefined when nothing. */
function describeChange(alert: Alert, signal: Signal): string | undefined {
  const rise = isDenied(alert) ? 0 : severityRank(alert.severity) - severityRank(signal.severity);
  if (rise > 0) return `severity rose from ${alert.severity} to ${signal.severity}`;
  if (rise < 0) return `severity fell from ${alert.severity} to ${signal.severity}`;
  if (alert.signal.title !== signal.title) return `now: ${signal.title}`;
  return undefined;
}
