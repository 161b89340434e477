import type { Alert, TimelineEvent } from '../alerts/alert.ts';
import { wordsOutside } from '../slack/views/elements.ts';
import { told } from '../slack/views/thread.ts';
import type { AuditRow } from '../store/audit-log.ts';
import { fenced, markdown } from '../words/markdown.ts';
import { listed } from '../words/text.ts';

/** All that is kept of an alert: what a post-mortem begins with. Secrets are masked since it came in. */
export interface AlertRecord {
  alert: Alert;
  /** The incident that it is part of, with the numbers of all its alerts. */
  incident: { id: number; alerts: readonly number[] } | null;
  /** Oldest first. */
  timeline: readonly TimelineEvent[];
  /** Lines of the timeline before these that are left out. */
  earlier: number;
  /** Who was called through what, and what was found out: what was said beside the timeline. */
  said: readonly { kind: string; target: string; at: Date; done: Date | null; error: string | null; payload: object }[];
  /** Ids of the events at AWS that it groups. */
  events: readonly string[];
  /** What the audit log holds about it, with the hashes of its chain. */
  audit: readonly AuditRow[];
  /** When this was written, and for whom. */
  written: { at: Date; for: string };
  /** A person of Slack for readers without it. */
  nameOf: (user: string) => string;
}

/** The record as JSON, complete: times in ISO 8601 UTC, people as ids with their names beside. */
export function alertJson(record: AlertRecord): string {
  const { alert, incident, timeline, earlier, said, events, audit, written, nameOf } = record;
  const people = Object.fromEntries(peopleIn(record).map((user) => [user, nameOf(user)]));
  return `${JSON.stringify({ version: 1, written, alert, incident, timeline, earlier, said, events, audit, people }, null, 2)}\n`;
}

/** Every person whom a record names. */
export function peopleIn({ alert, timeline, said, audit, written }: Omit<AlertRecord, 'nameOf'>): string[] {
  const named = [
    alert.assignee,
    alert.acknowledgedBy,
    alert.resolvedBy,
    ...timeline.flatMap(({ by, detail }) => [by.type === 'user' ? by.id : null, detail ?? null]),
    ...said.map(({ target }) => target),
    ...audit.map(({ actor }) => (actor.type === 'user' ? actor.user : null)),
    written.for,
  ];
  return [...new Set(named.filter((id) => id !== null && /^[UW][A-Z0-9]{2,20}$/.test(id)))].filter((id) => id !== null);
}

/** The record as Markdown for people: what it was, what happened when and by whom, who was called, the evidence. */
export function alertMarkdown(record: AlertRecord): string {
  const { alert, incident, timeline, earlier, said, events, audit, written, nameOf } = record;
  const { signal } = alert;
  const text = (value: string | null | undefined): string => (value ? markdown(value) : '–');
  const who = (user: string | null): string => (user === null ? '–' : markdown(nameOf(user)));
  const times = [
    ['First seen', alert.firstSeen],
    ['Last seen', alert.lastSeen],
    ['Acknowledged', alert.acknowledgedAt],
    ['Resolved', alert.resolvedAt],
  ] as const;
  return `${[
    `# Alert ${alert.id}: ${text(signal.title)}`,
    `Written ${utc(written.at)} for ${who(written.for)}. Times are UTC. Text from AWS is untrusted; secrets in it are masked.`,
    '## What it is',
    table([
      ['State', `${alert.state}, ${alert.severity}`],
      ['What', text(signal.sentence)],
      ['Source', text(`${signal.source}, ${signal.kind}`)],
      [
        'Account',
        text([signal.accountName, signal.account, signal.region].filter((part) => part !== undefined).join(', ')),
      ],
      ['Resource', text(signal.resource?.arn ?? signal.resource?.name)],
      ['Who', text(signal.actor?.human ?? signal.actor?.arn ?? signal.actor?.name)],
      ['From', text(signal.sourceIp)],
      ['Signals', String(alert.count)],
      ...(incident === null
        ? []
        : [
            [
              'Incident',
              `${incident.id}: alerts ${listed(
                incident.alerts.map((id) => `#${id}`),
                50,
              )}`,
            ] as const,
          ]),
      ...times.map(([label, at]) => [label, at === null ? '–' : utc(at)] as const),
      ['Acknowledged by', who(alert.acknowledgedBy)],
      ['Resolved by', alert.resolvedAt === null ? '–' : alert.resolvedBy === null ? 'AWS' : who(alert.resolvedBy)],
      ['Resolved as', alert.resolvedAs ?? '–'],
      ['Assigned to', who(alert.assignee)],
      ...signal.fields.map(({ name, value }) => [text(name), text(value)] as const),
    ]),
    ...(signal.judgement === undefined
      ? []
      : ['## Why it was rated so', signal.judgement.reasons.map((reason) => `- ${text(reason)}`).join('\n')]),
    '## What happened',
    ...(earlier === 0 ? [] : [`The first ${earlier} lines are left out.`]),
    timeline
      .map(
        (event) =>
          `- ${utc(event.at)} ${text(wordsOutside(told(event), { nameOf, timeOf }))}${event.text === undefined ? '' : `: ${text(event.text)}`}`,
      )
      .join('\n') || 'Nothing is known.',
    '## Who was called, and what was found out',
    said
      .map(
        ({ kind, target, at, done, error }) =>
          `- ${utc(at)} ${text(kind)} to ${text(nameOf(target))}: ${error !== null ? text(error) : done === null ? 'not said yet' : `said ${utc(done)}`}`,
      )
      .join('\n') || 'Nobody was called.',
    '## On the record',
    audit
      .map(
        ({ seq, at, actor, action, hash }) =>
          `- ${seq} · ${at.slice(0, 19).replace('T', ' ')} ${text(action)} by ${actor.type === 'user' ? who(actor.user) : 'Trailwatch'} · ${hash}`,
      )
      .join('\n') || 'Nothing.',
    '## Evidence',
    events.length === 0
      ? 'Ids of events at AWS are kept for 35 days; there are none.'
      : events.map((id) => `- ${text(id)}`).join('\n'),
    'The payload as AWS sent it, secrets masked:',
    fenced(typeof signal.raw === 'string' ? signal.raw : JSON.stringify(signal.raw, null, 2), 'json'),
  ].join('\n\n')}\n`;
}

const table = (rows: readonly (readonly [label: string, value: string])[]): string =>
  ['| | |', '|---|---|', ...rows.map(([label, value]) => `| ${label} | ${value} |`)].join('\n');

const timeOf = ({ timestamp }: { timestamp: number }): string => utc(new Date(timestamp * 1000));

const utc = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');
