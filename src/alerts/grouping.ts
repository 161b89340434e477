import type { Alert } from './alert.ts';
import { type Call, climb, type EscalationPolicy, foot, type Ladder, lostPolicy, nextCallDue } from './ladder.ts';
import type { QuietHours } from './quiet-hours.ts';
import { type Severity, severityRank, worse } from './severity.ts';
import type { Signal } from './signal.ts';
import type { Whom } from './targets/target.ts';

export const flapWindowMs = 10 * 60_000;
const flapsToFlap = 3;

/** The changes of state that still count at a time: those of the ten minutes before. */
export const recentFlaps = (flaps: readonly Date[], now: Date): Date[] =>
  flaps.filter((flap) => now.getTime() - flap.getTime() < flapWindowMs);

/** An alert whose source changed its mind three times in ten minutes is flapping: it is shown as that and stops posting. */
export const isFlapping = (flaps: readonly Date[]): boolean => flaps.length >= flapsToFlap;

/** How long the alerts of a storm are counted together, in milliseconds. */
export const stormWindowMs = 60_000;

/** What tells storms apart: many alerts of one kind in one channel. */
export interface StormKind {
  channel: string;
  source: string;
  kind: string;
}

export const stormKey = ({ channel, source, kind }: StormKind): string => JSON.stringify([channel, source, kind]);

/** The new alerts of one kind in the last minute, before they are a storm. */
export interface Burst {
  count: number;
  worst: Severity;
  accounts: readonly string[];
  actors: readonly string[];
  /** The alerts, in the order in which they came; so many at most as a storm's beginning has. */
  alertIds: readonly number[];
}

/** Many alerts of one kind in a short time, shown as one message. */
export interface Storm extends StormKind, Ladder {
  id: number;
  openedAt: Date;
  /** When its last alert came. */
  lastAt: Date;
  endedAt: Date | null;
  /** Alerts that are shown inside it. */
  count: number;
  /** Alerts that came during it and have a message of their own. */
  apart: number;
  /** The worst alert so far, those before the storm and those apart among them. */
  worst: Severity;
  /** The accounts and actors so far: an alert of another one is shown apart. */
  accounts: readonly string[];
  actors: readonly string[];
  /** The worst severity inside it, and the escalation policy and quiet hours that its worst alert has. */
  severity: Severity;
  escalation: string | null;
  quietHours: QuietHours | null;
  dueAt: Date | null;
  version: number;
}

/** Slack takes one message a second in a channel: more alerts apart than these would come too late to be of use. */
const mostApart = 100;
const mostOfNews = 20;

type About = Pick<Signal, 'account' | 'actor'>;

/** Who an alert is about, the same over the sessions of one role; undefined: it names nobody. */
const actorOf = ({ actor }: Pick<Signal, 'actor'>): string | undefined =>
  actor && (actor.human ?? (actor.type === 'role' ? actor.name.split('/')[0] : actor.name));

/**
 * Whether an alert that comes in a storm keeps a message and a timer of its own: a storm hides nothing that is critical,
 * worse than all before it, or of an account or an actor that is new to it.
 */
export function standsApart(storm: Storm, { severity, signal }: { severity: Severity; signal: About }): boolean {
  if (severity === 'critical' || severityRank(severity) < severityRank(storm.worst)) return storm.apart < mostApart;
  if (storm.apart >= mostOfNews) return false;
  const actor = actorOf(signal);
  return (
    (signal.account !== undefined && !storm.accounts.includes(signal.account)) ||
    (actor !== undefined && !storm.actors.includes(actor))
  );
}

const withName = (names: readonly string[], name: string | undefined): readonly string[] =>
  name === undefined || names.includes(name) || names.length >= mostApart ? names : [...names, name];

/** A burst with one more alert in it. */
export const joinBurst = (
  burst: Burst | undefined,
  { id, severity, signal }: { id: number; severity: Severity; signal: About },
): Burst => ({
  count: (burst?.count ?? 0) + 1,
  worst: worse(burst?.worst ?? severity, severity),
  accounts: withName(burst?.accounts ?? [], signal.account),
  actors: withName(burst?.actors ?? [], actorOf(signal)),
  alertIds: (burst?.alertIds.length ?? 0) < mostApart ? [...(burst?.alertIds ?? []), id] : (burst?.alertIds ?? []),
});

/**
 * Of the alerts with which a storm began, in their order, those that need no message of their own any more: nobody has touched
 * them, and they are neither critical, nor worse than all before, nor of an actor that is new among them.
 */
export function foldable(alerts: readonly Alert[]): Alert[] {
  const [first] = alerts;
  if (first === undefined) return [];
  let worst = first.severity;
  const actors = new Set([actorOf(first.signal)]);
  return alerts.filter((alert) => {
    const actor = actorOf(alert.signal);
    const isNews = severityRank(alert.severity) < severityRank(worst) || (actor !== undefined && !actors.has(actor));
    worst = worse(worst, alert.severity);
    actors.add(actor);
    return !isNews && alert.severity !== 'critical' && isUntouched(alert);
  });
}

const isUntouched = ({ state, mode, level, assignee, acknowledgedBy, stormId, incidentId }: Alert): boolean =>
  state === 'firing' &&
  mode !== 'digest' &&
  level === 0 &&
  assignee === null &&
  acknowledgedBy === null &&
  stormId === null &&
  incidentId === null;

/** The storm that a burst has become: nothing is in it yet. */
export const newStorm = (id: number, kind: StormKind, burst: Burst, now: Date): Storm => ({
  ...kind,
  id,
  openedAt: now,
  lastAt: now,
  endedAt: null,
  count: 0,
  apart: 0,
  worst: burst.worst,
  accounts: burst.accounts,
  actors: burst.actors,
  severity: 'info',
  escalation: null,
  quietHours: null,
  ...foot(now),
  dueAt: null,
  version: 0,
});

/** A storm with one more alert, shown inside it or apart. */
export function joinStorm(
  storm: Storm,
  alert: Pick<Alert, 'severity' | 'signal' | 'escalation' | 'quietHours'>,
  apart: boolean,
  now: Date,
): Storm {
  const next = {
    ...storm,
    lastAt: now,
    worst: worse(storm.worst, alert.severity),
    accounts: withName(storm.accounts, alert.signal.account),
    actors: withName(storm.actors, actorOf(alert.signal)),
    version: storm.version + 1,
  };
  if (apart) return { ...next, apart: storm.apart + 1 };
  const leads = storm.escalation === null || severityRank(alert.severity) < severityRank(storm.severity);
  return {
    ...next,
    count: storm.count + 1,
    severity: worse(storm.severity, alert.severity),
    ...(leads && alert.escalation !== null ? { escalation: alert.escalation, quietHours: alert.quietHours } : {}),
  };
}

/** The storm when an alert inside it begins to fire, or becomes worse: where no timer runs, the calls begin anew. */
export function armStorm(storm: Storm, severity: Severity, policy: EscalationPolicy | undefined, now: Date): Storm {
  const rises = severityRank(severity) < severityRank(storm.severity);
  if (storm.dueAt !== null && !rises) return storm;
  const armed = { ...storm, severity: worse(storm.severity, severity), ...foot(now) };
  return { ...armed, dueAt: nextCallDue(armed, policy) };
}

/** A storm that nobody has in hand at its time: the next level is called, once for all that is in it. */
export function escalateStorm(
  storm: Storm,
  policy: EscalationPolicy | undefined,
  at: { now: Date } & Whom,
): Pick<Call, 'notify' | 'events'> & { storm: Storm } {
  const call = climb(storm, policy ?? lostPolicy, at);
  if (call === undefined) return { storm: { ...storm, dueAt: null }, notify: [], events: [] };
  const climbed = { ...storm, ...call.ladder, version: storm.version + 1 };
  return { ...call, storm: { ...climbed, dueAt: nextCallDue(climbed, policy) } };
}
