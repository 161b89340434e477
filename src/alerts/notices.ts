import type { TimelineEvent } from './alert.ts';
import { callees } from './escalation.ts';
import type { Change } from './lifecycle.ts';
import type { Matcher } from './matcher.ts';

export type PageAction = 'trigger' | 'acknowledge' | 'resolve';

/** Something to say once in Slack (or to a pager), apart from the alert's own message. */
export type Notice =
  /** One line of the timeline, as a reply in the alert's thread. */
  | { kind: 'reply'; target: string; event: TimelineEvent }
  /** A call in the alert's thread that mentions people. */
  | { kind: 'call'; target: string; level: number; users: string[]; usergroups: string[]; text?: string }
  /** A direct message to one person. */
  | { kind: 'direct'; target: string; reason: 'escalated' | 'assigned'; level: number; text?: string }
  /** A call in another channel. */
  | { kind: 'notice'; target: string; level: number; text?: string }
  /** A page, or the news for a pager that it is in hand or over; the target is `pagerduty:name`. */
  | { kind: 'page'; target: string; action: PageAction; level: number; text?: string }
  /** What was found out about an alert, as a reply in its thread, drawn already. */
  | { kind: 'triage'; target: string; reply: object }
  /** A silence is over: news for a channel, not for an alert. */
  | { kind: 'silence-ended'; target: string; silence: EndedSilence }
  /** What a digest wants of somebody: the target is a person or a channel. */
  | { kind: 'digest'; target: string; news: DigestNews };

/** Times are ISO 8601, because the outbox keeps notices as JSON. */
export type DigestNews =
  /** A task given to the target, or still open a week later: `chased` counts the reminders. */
  | { about: 'task'; id: number; title: string; askedBy: string; note: string | null; since: string; chased: number }
  /** Somebody asks to accept a finding, and another person has to decide. */
  | { about: 'exception'; id: number; title: string; owner: string; reason: string; until: string }
  | { about: 'decision'; title: string; owner: string; by: string; approved: boolean; until: string }
  /** An assessment report of Audit Manager is made, or could not be. */
  | { about: 'assessment-report'; name: string; link: string | null; sentence: string; askedBy: string };

export interface EndedSilence {
  match: Matcher;
  /** Signals that it held back. */
  caught: number;
  /** The user who ended it early, or null when its time was over. */
  endedBy: string | null;
}

/** Events that make a reply in the thread; a repeat only raises the count in the message. */
const told: ReadonlySet<TimelineEvent['kind']> = new Set([
  'changed',
  'acknowledged',
  'unacknowledged',
  'assigned',
  'noted',
  'snoozed',
  'woken',
  'resolved',
  'reopened',
  'flapping',
]);

/**
 * What must be said of a change, and where. While an alert flaps only the news that it does is told;
 * alerts inside a storm have no thread of their own, and what is only stored says nothing.
 */
export function noticesOf(
  { alert, events, notify }: Change,
  context: {
    flapping: boolean;
    onCall: (schedule: string) => string | undefined;
    /** Pagers that this alert called already. */
    paged: readonly string[];
  },
): Notice[] {
  if (alert.mode === 'digest') return [];
  const notices: Notice[] = [];
  if (alert.stormId === null)
    for (const event of events) {
      const byPerson = event.by.type === 'user';
      if (told.has(event.kind) && (!context.flapping || byPerson || event.kind === 'flapping'))
        notices.push({ kind: 'reply', target: alert.channel, event });
    }
  const called = callees(notify, context.onCall);
  const assigned = events.find((event) => event.kind === 'assigned');
  const escalated = events.find((event) => event.kind === 'escalated');
  const text = escalated?.text === undefined ? {} : { text: escalated.text };
  const level = alert.level;
  if (escalated !== undefined)
    notices.push({
      kind: 'call',
      target: alert.channel,
      level,
      users: called.users,
      usergroups: called.usergroups,
      ...text,
    });
  for (const user of called.users) {
    // Who assigns an alert to himself needs no message that says so.
    if (assigned?.by.type === 'user' && assigned.by.id === user) continue;
    notices.push({
      kind: 'direct',
      target: user,
      reason: assigned === undefined ? 'escalated' : 'assigned',
      level,
      ...text,
    });
  }
  for (const channel of called.channels) notices.push({ kind: 'notice', target: channel, level, ...text });
  for (const name of called.pagerduty)
    notices.push({ kind: 'page', target: `pagerduty:${name}`, action: 'trigger', level, ...text });
  // Who is called by a pager must not be called on when somebody took the alert in Slack.
  const action = events.map(({ kind }) => quiets[kind]).find((quiet) => quiet !== undefined);
  if (action !== undefined) for (const target of context.paged) notices.push({ kind: 'page', target, action, level });
  return notices;
}

const quiets: Partial<Record<TimelineEvent['kind'], PageAction>> = {
  acknowledged: 'acknowledge',
  resolved: 'resolve',
};
