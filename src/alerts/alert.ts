import { foot, type Ladder } from './ladder.ts';
import type { QuietHours } from './quiet-hours.ts';
import type { Resolution } from './resolution.ts';
import type { Severity } from './severity.ts';
import type { Signal } from './signal.ts';

export type AlertState = 'firing' | 'acknowledged' | 'snoozed' | 'resolved';

/** How a route wants an alert shown: `alert` has buttons and escalates, `notification` has neither, `digest` is only stored. */
export type AlertMode = 'alert' | 'notification' | 'digest';

/** Who did something to an alert. */
export type Author = { type: 'user'; id: string } | { type: 'aws' } | { type: 'timer' } | { type: 'trailwatch' };

/** An alert as it stands now: what the database holds, what the Slack message is a pure function of. */
export interface Alert extends Ladder {
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
  /** The hours in which its route calls nobody by the clock, as the route said when it came; null: there are none. */
  quietHours: QuietHours | null;
  /** When the next thing is due by the clock (an escalation step, or the end of a snooze); null when nothing is. */
  dueAt: Date | null;
  snoozedUntil: Date | null;
  assignee: string | null;
  acknowledgedBy: string | null;
  acknowledgedAt: Date | null;
  /** It still fires, and somebody acknowledged it: who else has to. Null: nobody, or nobody has yet. */
  secondWanted: 'anybody' | 'lead' | null;
  /** The last sign of life of whoever acknowledged it, and when they were asked for one since; null: there was none. */
  heldAt: Date | null;
  remindedAt: Date | null;
  /** Null while not resolved, and when AWS itself said that it is over. */
  resolvedBy: string | null;
  resolvedAt: Date | null;
  /** What it turned out to be, where whoever resolved it said so. */
  resolvedAs: Resolution | null;
  /** State changes by the source of the last ten minutes, newest last: three make an alert flapping. */
  flaps: Date[];
  /** The storm this alert is shown in, or null when it has its own message. */
  stormId: number | null;
  /** The incident that it is part of, or null; and whether its timer is the incident's: one member's is. */
  incidentId: number | null;
  leads: boolean;
  /** Whoever made the call says that it was not them (`isDenied`: as long as that holds). */
  denied?: true;
  /** Rises by one with every change; a Slack message shows one version. */
  version: number;
}

/** The alert that a signal opens: firing since now, nobody called yet. */
/**
 * Whether it is critical whatever its source says, because whoever made the call denied it. A person who resolves it ends that; a source
 * that says it is over does not.
 */
export const isDenied = ({ denied, state, resolvedBy }: Pick<Alert, 'denied' | 'state' | 'resolvedBy'>): boolean =>
  denied === true && !(state === 'resolved' && resolvedBy !== null);

export const newAlert = (
  signal: Signal,
  home: Pick<Alert, 'channel' | 'mention' | 'runbook' | 'escalation' | 'mode' | 'quietHours'>,
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
  ...foot(now),
  quietHours: home.quietHours,
  dueAt: null,
  snoozedUntil: null,
  assignee: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
  secondWanted: null,
  heldAt: null,
  remindedAt: null,
  resolvedBy: null,
  resolvedAt: null,
  resolvedAs: null,
  flaps: [],
  stormId,
  incidentId: null,
  leads: false,
  version: 1,
});

/** What came of a call. `silent`: it is sent, and Slack will not ring. */
export type CallOutcome = 'sent' | 'silent' | 'rang' | 'unreached' | 'withdrawn';

/** One call: whom, by what, and what came of it. */
export interface CallMade {
  level: number;
  /** The person, where one is called; else null. */
  person: string | null;
  /** Where it goes: a Slack id, or a target such as `pagerduty:name`. */
  target: string;
  /** When it was to be made. */
  at: Date;
  /** Null: it is not made yet. */
  outcome: CallOutcome | null;
  /** Why it was not made, or reached nobody. */
  why: string | null;
}

/** One line of the timeline: what changed, by whom, when. */
export interface TimelineEvent {
  kind:
    | 'opened'
    | 'seen-again'
    | 'changed'
    | 'acknowledged'
    /** One of the two who have to acknowledged it. */
    | 'half-acknowledged'
    | 'unacknowledged'
    | 'escalated'
    /** A level that calls nobody at this time was passed over. */
    | 'skipped'
    /** Every level was called in vain, and the default channel is. */
    | 'exhausted'
    /** Whoever acknowledged it is asked whether they are still on it, says so, or does not answer. */
    | 'reminded'
    /** Somebody who was called cannot be reached, or Slack does not ring for them. */
    | 'unreached'
    /** Somebody was called together with other alerts. */
    | 'called'
    | 'held'
    /** The person behind it is asked whether it was them, says yes or no, or does not answer. */
    | 'asked'
    | 'vouched'
    | 'denied'
    | 'unanswered'
    | 'lapsed'
    | 'assigned'
    /** Whoever has it asks somebody to take it over; somebody did. */
    | 'offered'
    | 'taken-over'
    | 'noted'
    | 'snoozed'
    | 'woken'
    | 'resolved'
    | 'reopened'
    | 'flapping'
    /** What held it back (a silence) is over: it is posted, and people are called, from now on. */
    | 'shown'
    /** It became part of an incident, by a link or by hand, or is none any more. */
    | 'joined'
    | 'split'
    /** Its incident became part of an older one. */
    | 'merged';
  at: Date;
  by: Author;
  /** For `noted`, `vouched`, `resolved` and by-hand `escalated`: what the person wrote; for `unreached`, `joined` and `merged`: why; for `called`: how. */
  text?: string;
  /** For `escalated` and `skipped`: the level; for `assigned`, `offered`, `asked` and `unanswered`: the user id; for `taken-over`: the user id of who had it; for `unacknowledged`: the user id of who had acknowledged; for `snoozed`: until when (ISO); for `changed`: what, in words; for `half-acknowledged`: who else has to; for `resolved`: what it turned out to be; for `joined`, `split` and `merged`: the incident's number. */
  detail?: string;
}
