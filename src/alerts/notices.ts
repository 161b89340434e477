import type { Alert, TimelineEvent } from './alert.ts';
import type { ActorQuestion } from './asking.ts';
import type { AlertChange } from './lifecycle.ts';
import type { Matcher } from './matcher.ts';
import type { Severity } from './severity.ts';
import { callees } from './targets/index.ts';
import type { Callee, Whom } from './targets/target.ts';

type PageAction = 'trigger' | 'acknowledge' | 'resolve';

/** Something to say once in Slack (or to a pager), apart from the alert's own message. */
export type Notice =
  /** One line of the timeline, as a reply in the alert's thread. */
  | { kind: 'reply'; target: string; event: TimelineEvent }
  /** A call in the alert's thread that mentions people; `others` are the channels and pagers that are called too. */
  | ({ kind: 'call'; target: string; users: string[]; usergroups: string[]; others?: string[] } & Reason)
  /** A direct message to one person. */
  | ({ kind: 'direct'; target: string; reason: DirectReason; until?: string } & Reason)
  /** Many alerts were assigned to one person by one press: one direct message for all. */
  | { kind: 'given'; target: string; by: string; count: number }
  /** A call in another channel; `here`: of everybody there, because nobody else is left. */
  | ({ kind: 'notice'; target: string; here?: true } & Reason)
  /** A page, or the news for a pager that it is in hand or over; the target is `pagerduty:name`. */
  | ({ kind: 'page'; target: string; action: PageAction } & Reason)
  /** What was found out about an alert, as a reply in its thread, drawn already. */
  | { kind: 'triage'; target: string; reply: object }
  /** Alerts that joined an incident, as a reply in the incident's thread. */
  | { kind: 'joined'; target: string; alerts: { id: number }[] }
  /** The person behind an alert is asked whether it was them; once that is closed, it says how. Times are ISO 8601. */
  | { kind: 'ask'; target: string; question: Omit<ActorQuestion, 'expiresAt'> & { expiresAt: string } }
  /** A silence begins or is over: news for a channel, not for an alert. */
  | { kind: 'silence-begun'; target: string; silence: BegunSilence }
  | { kind: 'silence-ended'; target: string; silence: EndedSilence }
  /** News of a schedule for a channel or a person. */
  | { kind: 'oncall'; target: string; news: OnCallNews }
  /** What a digest wants of somebody: the target is a person or a channel. */
  | { kind: 'digest'; target: string; news: DigestNews }
  /** What is watched has called, or the watch is over: the target is whoever watches. */
  | { kind: 'watch'; target: string; news: WatchNews };

/** Why somebody has an alert by direct message. `offered`: they are asked to take it over, `until` then; `not-taken`: nobody did. */
export type DirectReason = 'escalated' | 'assigned' | 'reminded' | 'unacknowledged' | 'offered' | 'not-taken';

/** Why somebody is called. */
export interface Reason {
  level: number;
  /** The user who escalated or assigned; absent when it was the timer. */
  by?: string;
  /** What this user wrote. */
  text?: string;
}

/** What makes somebody look at an alert that nobody has in hand. */
export const isCall = (notice: Notice): boolean =>
  notice.kind === 'call' ||
  notice.kind === 'notice' ||
  (notice.kind === 'direct' && notice.reason === 'escalated') ||
  (notice.kind === 'page' && notice.action === 'trigger');

/** What asks whoever has an alert in hand whether they are still on it. */
export const isReminder = (notice: Notice): boolean => notice.kind === 'direct' && notice.reason === 'reminded';

/** What is watched: an access key, an address or network, a role, a user; the ARN where it was named by one. */
export interface WatchedSubject {
  kind: 'key' | 'ip' | 'role' | 'user';
  value: string;
  arn: string | null;
}

/** A call of what is watched. The time is ISO 8601; every text is untrusted. */
export interface WatchedCall {
  /** CloudTrail's id of the event; of an alert that is none, the alert's key. */
  id: string;
  time: string;
  event: string;
  who: string | null;
  on: string | null;
  from: string | null;
  account: string;
  region: string;
  error: string | null;
}

/** Times are ISO 8601, because the outbox keeps notices as JSON. */
export type WatchNews = { id: number; subject: WatchedSubject; until: string } & (
  | {
      about: 'calls';
      /** The newest first, five at most. */
      calls: WatchedCall[];
      count: number;
      /** On what the look at CloudTrail rested; null: they came as alerts. */
      coverage: string | null;
    }
  /** `right`: whoever watches may not ask CloudTrail any more. */
  | { about: 'over'; why: 'time' | 'right'; found: number; coverage: string | null }
);

/** Times are ISO 8601, because the outbox keeps notices as JSON. */
export type DigestNews =
  /** A task given to the target, or still open a week later: `chased` counts the reminders. */
  | {
      about: 'task';
      id: number;
      title: string;
      askedBy: string;
      note: string | null;
      since: string;
      chased: number;
      /** Absent in what an older version put out. */
      due?: string | null;
      overdue?: boolean;
      ticket?: string | null;
    }
  /** Somebody asks to accept a finding, and another person has to decide. */
  | { about: 'exception'; id: number; title: string; owner: string; reason: string; until: string }
  | { about: 'decision'; title: string; owner: string; by: string; approved: boolean; until: string }
  /** A digest cannot be shown or cannot go on, and whoever administers has to help. */
  | { about: 'trouble'; title: string; sentence: string }
  /** An accepted risk ends soon, or has ended. */
  | { about: 'exception-end'; title: string; until: string; ended: boolean }
  /** Where the chain of the audit log ends, so that whoever rewrites the database is found out. */
  | { about: 'audit-log-head'; day: string; seq: number; hash: string }
  /** An assessment report of Audit Manager is made, or could not be. */
  | { about: 'assessment-report'; name: string; link: string | null; sentence: string; askedBy: string };

/** Times are ISO 8601, because the outbox keeps notices as JSON. */
export interface BegunSilence {
  match: Matcher;
  reason: string;
  /** When a planned one begins; absent: it begins now. */
  from?: string;
  until: string;
  by: string;
  /** Alerts of the last 24 hours that it would have hidden. */
  hidden: number;
}

/** Times are ISO 8601. `because` and the names of schedules are what trailwatch.yaml and the overrides say. */
export type OnCallNews =
  | ({ about: 'override'; id: number; user: string; instead: string | null; by: string } & SpanOf)
  | ({ about: 'override-ended'; user: string; by: string } & SpanOf)
  /** Somebody looks for cover of a shift: who presses first has it. */
  | ({ about: 'cover-wanted'; asker: string } & SpanOf)
  /** Offers one's own shift (`from` to `until`) for another's. */
  | ({ about: 'swap-wanted'; asker: string; other: string; theirs: { from: string; until: string } } & SpanOf)
  /** Whoever was asked does not swap: for the one who asked. */
  | ({ about: 'swap-refused'; other: string } & SpanOf)
  /** The turn passes on. `open`: alerts that fire or are acknowledged; `wakes`: snoozes that end on this watch. */
  | ({
      about: 'handoff';
      users: string[];
      before: string[];
      open: { firing: number; acknowledged: number };
      wakes: { alert: number; at: string }[];
      /** Absent in what an older version put out. */
      watch?: WatchOver;
    } & SpanOf)
  /**
   * A shift begins within a day: whether who comes can be reached, for them. `gone` says to the channel that somebody cannot at all,
   * who has the shift and so many `more` of the week ahead.
   */
  | ({ about: 'readiness'; user: string; ways: number; gone: string | null; more?: number } & SpanOf)
  /**
   * The list of a schedule was edited, and the next four weeks of `users` are others: for the channel; for one of them with their
   * shifts `before` and `after`.
   */
  | ({
      about: 'rota';
      users: string[];
      before: { from: string; until: string }[];
      after: { from: string; until: string }[];
    } & SpanOf)
  /** Slack does not let a user group or a channel's topic (`target`) show who is on call; the sentence says what to do. */
  | ({ about: 'mirror-refused'; target: string; sentence: string } & SpanOf)
  /** Hours in which nobody is on call: `count` stretches between `from` and `until`, the first of them until `firstEnds`. */
  | ({ about: 'gap'; count: number; firstEnds: string } & SpanOf);

/** What came of a turn that is over, and what ends on the next one. Times are ISO 8601. */
export interface WatchOver {
  since: string;
  /** The worst of what is open: alerts may be of private channels, so they have numbers and no titles. */
  worst: { alert: number; severity: Severity }[];
  /** What happened, and who carried what, in words without text of AWS. */
  happened: string;
  carried: { user: string; sentence: string }[];
  silences: { id: number; until: string }[];
  /** Planned silences that begin. */
  windows?: { id: number; from: string }[];
  /** Accepted risks: how many end, the first of them when. */
  exceptions: { count: number; first: string } | null;
}

interface SpanOf {
  schedule: string;
  from: string;
  until: string;
}

export interface EndedSilence {
  match: Matcher;
  /** Titles of alerts that it held back; some of them. */
  names?: string[];
  /** Of these, how many still fire: they are posted now. */
  firing?: number;
  /** Signals that it held back. */
  caught: number;
  /** The user who ended it early, or null when its time was over. */
  endedBy: string | null;
  /** It was planned and ended before it began. */
  cancelled?: true;
}

/** Events that make a reply in the thread; a repeat only raises the count in the message. */
const told: ReadonlySet<TimelineEvent['kind']> = new Set([
  'changed',
  'acknowledged',
  'half-acknowledged',
  'unacknowledged',
  'assigned',
  'offered',
  'taken-over',
  'noted',
  'snoozed',
  'woken',
  'resolved',
  'reopened',
  'flapping',
  'skipped',
  'exhausted',
  'unreached',
  'lapsed',
  'asked',
  'vouched',
  'denied',
  'unanswered',
]);

/** What happens to all alerts of an incident together. */
const ofAll: ReadonlySet<TimelineEvent['kind']> = new Set(['acknowledged', 'unacknowledged', 'resolved']);

/** What is told of an alert that flaps, too: somebody is called, or nobody could be. */
const toldAlways: ReadonlySet<TimelineEvent['kind']> = new Set([
  'flapping',
  'skipped',
  'exhausted',
  'unreached',
  'asked',
  'unanswered',
]);

/**
 * What must be said of a change, and where. While an alert flaps only the news that it does is posted;
 * alerts inside a storm have no thread of their own, and what is only stored says nothing.
 */
export function noticesOf(
  { alert, events, notify }: AlertChange,
  context: Whom & {
    flapping: boolean;
    /** Where everybody is called when nobody else is left. */
    defaultChannel: string;
    /** Pagers that this alert called already. */
    paged: readonly string[];
  },
): Notice[] {
  if (alert.mode === 'digest') return [];
  const notices: Notice[] = [];
  if (alert.stormId === null)
    for (const event of events) {
      const byPerson = event.by.type === 'user';
      // Of an incident its lead speaks for all: one press is one line, and not one for each alert.
      if (alert.incidentId !== null && !alert.leads && ofAll.has(event.kind)) continue;
      if (told.has(event.kind) && (!context.flapping || byPerson || toldAlways.has(event.kind)))
        notices.push({ kind: 'reply', target: alert.channel, event });
    }
  notices.push(...callsOf(alert, events, callees(notify, context)), ...takenAway(alert, events));
  if (events.some(({ kind }) => kind === 'exhausted'))
    notices.push({ kind: 'notice', target: context.defaultChannel, here: true, level: alert.level });
  const reminded = events.find(({ kind }) => kind === 'reminded')?.detail;
  if (reminded) notices.push({ kind: 'direct', target: reminded, reason: 'reminded', level: alert.level });
  // Who is called by a pager must not be called on when somebody took the alert in Slack.
  const action = events.map(({ kind }) => quiets[kind]).find((quiet) => quiet !== undefined);
  if (action !== undefined)
    for (const target of context.paged) notices.push({ kind: 'page', target, action, level: alert.level });
  return notices;
}

/** What calls these people, channels and pagers, in the thread and each on its own way. */
function callsOf(alert: Alert, events: readonly TimelineEvent[], called: readonly Callee[]): Notice[] {
  const ids = (...ways: Callee['way'][]) => called.filter(({ way }) => ways.includes(way)).map(({ id }) => id);
  const assigned = events.find((event) => event.kind === 'assigned');
  const escalated = events.find((event) => event.kind === 'escalated');
  const author = (assigned ?? escalated)?.by;
  const why: Reason = {
    level: alert.level,
    ...(author?.type === 'user' ? { by: author.id } : {}),
    ...(escalated?.text === undefined ? {} : { text: escalated.text }),
  };
  const [users, usergroups] = [ids('user'), ids('usergroup')];
  const others = called.flatMap(({ way, id }) => (way === 'channel' ? [`channel:${id}`] : way === 'page' ? [id] : []));
  return [
    ...(escalated === undefined
      ? []
      : [{ kind: 'call' as const, target: alert.channel, users, usergroups, others, ...why }]),
    // Who assigns an alert to themselves needs no message that says so.
    ...users
      .filter((user) => assigned === undefined || why.by !== user)
      .map((user) => ({
        kind: 'direct' as const,
        target: user,
        reason: assigned === undefined ? ('escalated' as const) : ('assigned' as const),
        ...why,
      })),
    ...ids('channel').map((channel) => ({ kind: 'notice' as const, target: channel, ...why })),
    ...ids('page').map((target) => ({ kind: 'page' as const, target, action: 'trigger' as const, ...why })),
  ];
}

/** Who acknowledged hears of it when another person takes that back. */
const takenAway = ({ level }: Alert, events: readonly TimelineEvent[]): Notice[] =>
  events.flatMap(({ kind, by, detail }) =>
    kind === 'unacknowledged' && detail !== undefined && by.type === 'user' && by.id !== detail
      ? [{ kind: 'direct' as const, target: detail, reason: 'unacknowledged' as const, level, by: by.id }]
      : [],
  );

const quiets: Partial<Record<TimelineEvent['kind'], PageAction>> = {
  acknowledged: 'acknowledge',
  'taken-over': 'acknowledge',
  resolved: 'resolve',
};
