import type { Severity } from './severity.ts';
import type { Signal } from './signal.ts';

export type AlertState = 'firing' | 'acknowledged' | 'snoozed' | 'resolved';

/** How a route wants an alert shown: `alert` has buttons and escalates, `notification` has neither, `digest` is only stored. */
export type AlertMode = 'alert' | 'notification' | 'digest';

/** Who did something to an alert. */
export type Author = { type: 'user'; id: string } | { type: 'aws' } | { type: 'timer' } | { type: 'trailwatch' };

/** An alert as it stands now: what the database holds, what the Slack message is a pure function of. */
export interface Alert {
  /** A short number people can say: #1042. */
  id: number;
  dedupKey: string;
  state: AlertState;
  mode: AlertMode;
  severity: Severity;
  /** The newest signal. */
  signal: Signal;
  /** Signals seen, the first one included. */
  count: number;
  firstSeen: Date;
  lastSeen: Date;
  /** Where it is shown: a Slack channel id. */
  channel: string;
  /** Mentioned in the message when it opens: `user:U…`, `usergroup:S…`. */
  mention: string[];
  /** Runbook from the route, which wins over the payload's. */
  runbook: string | null;
  /** Name of the escalation policy, or null. */
  escalation: string | null;
  /** Escalation levels reached so far: 0 before the first step was notified. */
  level: number;
  /** When the current spell of firing began: escalation delays count from here. */
  firingSince: Date;
  /** When the next thing is due by the clock (an escalation step, or the end of a snooze); null when nothing is. */
  dueAt: Date | null;
  snoozedUntil: Date | null;
  assignee: string | null;
  acknowledgedBy: string | null;
  acknowledgedAt: Date | null;
  /** Null while not resolved, and when AWS itself said that it is over. */
  resolvedBy: string | null;
  resolvedAt: Date | null;
  /** State changes by the source of the last ten minutes, newest last: three make an alert flapping. */
  flaps: Date[];
  /** The storm this alert is shown in, or null when it has its own message. */
  stormId: number | null;
  /** Rises by one with every change; a Slack message shows one version. */
  version: number;
}

/** The alert that a signal opens: firing since now, nobody called yet. */
export const newAlert = (
  signal: Signal,
  home: Pick<Alert, 'channel' | 'mention' | 'runbook' | 'escalation' | 'mode'>,
  stormId: number | null,
  now: Date,
): Omit<Alert, 'id'> => ({
  dedupKey: signal.dedupKey,
  state: 'firing',
  mode: home.mode,
  severity: signal.severity,
  signal,
  count: 1,
  firstSeen: now,
  lastSeen: now,
  channel: home.channel,
  mention: home.mention,
  runbook: home.runbook,
  escalation: home.escalation,
  level: 0,
  firingSince: now,
  dueAt: null,
  snoozedUntil: null,
  assignee: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
  resolvedBy: null,
  resolvedAt: null,
  flaps: [],
  stormId,
  version: 1,
});

/** One line of the timeline: what changed, by whom, when. */
export interface TimelineEvent {
  kind:
    | 'opened'
    | 'seen-again'
    | 'changed'
    | 'acknowledged'
    | 'unacknowledged'
    | 'escalated'
    | 'assigned'
    | 'noted'
    | 'snoozed'
    | 'woken'
    | 'resolved'
    | 'reopened'
    | 'flapping';
  at: Date;
  by: Author;
  /** For `noted` and by-hand `escalated`: what the person wrote. */
  text?: string;
  /** For `escalated`: the level reached; for `assigned`: the user id; for `snoozed`: until when (ISO); for `changed`: what, in words. */
  detail?: string;
}
