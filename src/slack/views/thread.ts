import type { ActionsBlock, RichTextElement } from '@slack/types';
import type { Alert, Author, TimelineEvent } from '../../alerts/alert.ts';
import type { DirectReason, Reason } from '../../alerts/notices.ts';
import { oneLine } from '../../words/text.ts';
import { richDate } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, safeUrl, usergroupMention } from '../escape.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { alertRow } from './alert-list.ts';
import { type AlertContext, alertMessage } from './alert-message.ts';
import { alertSentence, headline, phoneText } from './alert-words.ts';
import {
  actions,
  bold,
  button,
  context,
  header,
  lineBreak,
  person,
  richText,
  section,
  spoken,
  words,
  written,
} from './elements.ts';
import { type StormShown, stormHeadline, stormMessage, stormText } from './storm-message.ts';
import { targetWords } from './target-words.ts';

/** One line of an alert's timeline, as a reply in its thread. */
export function timelineReply(alert: Alert, event: TimelineEvent): Message {
  // The thread of an incident is about several alerts.
  const which = alert.incidentId === null ? [] : [bold(`#${alert.id}`), words(' ')];
  const line = [...which, ...told(event), words(' · '), richDate(event.at)];
  return {
    text: fallback(md`#${alert.id} ${spoken(told(event))}${firstWords(event.text)}`),
    blocks: [richText(...line, ...quoted(event.text))],
  };
}

/** How a note begins: a phone shows that much of it. */
const firstWords = (text: string | undefined): string => {
  const line = oneLine(text ?? '', 80);
  return line === '' ? '' : `: ${line}`;
};

/** What happened, in words. */
export function told({ kind, by, detail = '' }: TimelineEvent): RichTextElement[] {
  const somebody = by.type === 'user';
  switch (kind) {
    case 'opened':
      return [words('🔔 '), bold('Opened')];
    case 'seen-again':
      return [words('🔁 '), bold('Seen again')];
    case 'changed':
      return [words('🔄 '), bold('Changed'), words(`: ${detail}`)];
    case 'acknowledged':
      return [words('👀 '), bold('Acknowledged'), words(' by '), author(by)];
    case 'half-acknowledged':
      return [
        words('👀 '),
        bold('Acknowledged'),
        words(' by '),
        author(by),
        words(detail === 'lead' ? ': one of the leads has to, too' : ': a second person has to, too'),
      ];
    case 'unacknowledged':
      return [words('🔙 '), bold('Unacknowledged'), words(' by '), author(by)];
    case 'escalated':
      return somebody
        ? [words('📣 '), bold(`Escalated${level(detail)}`), words(' by '), author(by)]
        : [words('📣 '), bold(`Escalated${level(detail)}`), words(': not acknowledged in time')];
    case 'skipped':
      return [words('⏭️ '), bold(`Level ${detail} passed over`), words(': nobody is on call there now')];
    case 'reminded':
      return [words('⏳ '), bold('Asked'), words(' whether '), person(detail), words(' is still on it')];
    case 'held':
      return [words('✋ '), bold('Still on it'), words(': '), author(by)];
    case 'lapsed':
      return [words('⌛ '), bold('Firing again'), words(': no sign of life from '), person(detail)];
    case 'asked':
      return [words('🙋 '), bold('Was it you?'), words(' '), person(detail), words(' is asked by direct message')];
    case 'vouched':
      return [words('🙋 '), author(by), words(' says that it was them')];
    case 'denied':
      return [words('🚨 '), author(by), bold(' says that it was not them'), words(': critical from now on')];
    case 'unanswered':
      return [words('🙋 '), bold('No answer'), words(' from '), person(detail), words(' within an hour')];
    case 'unreached':
      return [words('🚫 '), bold('Not reached'), words(': '), words(detail)];
    case 'called':
      return [words('📟 '), bold('Called'), words(' '), person(detail)];
    case 'exhausted':
      return [
        words('❗ '),
        bold('Not acknowledged'),
        words(
          // A policy has a step at least, while it is there.
          `: ${detail === '0' ? 'its escalation policy is not in the configuration any more' : 'no one else is left to call'}, so the default channel is called`,
        ),
      ];
    case 'assigned':
      return by.type === 'user' && by.id === detail
        ? [words('👤 '), author(by), words(' assigned it to themselves')]
        : [words('👤 '), bold('Assigned'), words(' to '), person(detail), words(' by '), author(by)];
    case 'offered':
      return [words('🤝 '), bold('Offered'), words(' to '), person(detail), words(' by '), author(by)];
    case 'taken-over':
      return [words('🤝 '), bold('Taken over'), words(' by '), author(by), words(' from '), person(detail)];
    case 'noted':
      return [words('📝 '), bold('Note'), words(' by '), author(by)];
    case 'snoozed':
      return [words('💤 '), bold('Snoozed'), words(' by '), author(by), ...until(detail)];
    case 'woken':
      return somebody
        ? [words('⏰ '), bold('Snooze ended'), words(' by '), author(by)]
        : [words('⏰ '), bold('Snooze is over'), words(': firing again')];
    case 'resolved':
      return by.type === 'aws'
        ? [words('✅ '), bold('Resolved'), words(' by AWS')]
        : [words('✅ '), bold('Resolved'), words(' by '), author(by), ...(detail === '' ? [] : [words(`: ${detail}`)])];
    case 'reopened':
      return somebody
        ? [words('🔔 '), bold('Reopened'), words(' by '), author(by)]
        : [words('🔔 '), bold('Firing again')];
    case 'shown':
      return [words('📢 '), bold('Posted'), words(': what held it back is over')];
    case 'flapping':
      return [words('🔀 '), bold('Flapping'), words(': it keeps changing. Updates appear in the message above only')];
    case 'joined':
      return [words('🔗 '), bold(`Joined incident ${detail}`), ...(somebody ? [words(' by '), author(by)] : [])];
    case 'merged':
      return [words('🔗 '), bold(`Became part of incident ${detail}`)];
    case 'split':
      return [words('✂️ '), bold(`Taken out of incident ${detail}`), words(' by '), author(by)];
  }
}

const author = (by: Author): RichTextElement =>
  by.type === 'user' ? person(by.id) : words({ aws: 'AWS', timer: 'the timer', trailwatch: 'Trailwatch' }[by.type]);

const level = (detail: string): string => (/^[1-9]\d*$/.test(detail) ? ` to level ${detail}` : '');

function until(iso: string): RichTextElement[] {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? [] : [words(' until '), richDate(date)];
}

const quoted = (text: string | undefined): RichTextElement[] =>
  text === undefined || text.trim() === '' ? [] : [lineBreak, ...written(text)];

/** Who is called: ids of config, of the on-call schedules or of Slack itself. */
export interface Call extends Reason {
  users: string[];
  usergroups: string[];
  /** Channels and pagers that are called too, as targets. */
  others?: string[];
}

/** What a call is about: an alert, or all of the storm that it leads. */
interface CallSubject {
  title: string;
  said: string;
  phone: (end: Mrkdwn) => string;
  /** What the button that leads there says, and says to a screen reader. */
  open: { text: string; spoken: string };
}

const ofAlert = (alert: Alert): CallSubject => ({
  title: headline(alert),
  said: alertSentence(alert),
  phone: (end) => phoneText(alert, end),
  open: { text: 'Open the alert', spoken: `Open alert ${alert.id} in its channel` },
});

const ofStorm = (storm: StormShown): CallSubject => ({
  title: stormHeadline(storm),
  said: '',
  phone: (end) => stormText(storm, end),
  open: { text: 'Open the storm', spoken: `Open storm ${storm.id} in its channel` },
});

/**
 * The call in the alert's thread, or in that of the storm that it leads. Groups are mentioned; people are named and not mentioned, since each is called by a
 * direct message: one ring for one call. `nameOf` is a person's name in the workspace.
 */
export function escalationNotice(
  alert: Alert,
  call: Call,
  { levels, nameOf, storm }: { levels?: number; nameOf: (user: string) => string; storm?: StormShown | undefined },
): Message {
  const subject = storm === undefined ? ofAlert(alert) : ofStorm(storm);
  const mentions = call.usergroups.slice(0, 20).map(usergroupMention);
  const others = (call.others ?? []).slice(0, 20).map(targetWords);
  const users = call.users.slice(0, 50).map((user) => md`${oneLine(nameOf(user), 80)}`);
  const called = [...mentions, ...users, ...others];
  const said =
    called.length === 0
      ? md`No one is on call for level ${call.level}.`
      : md`${called.length === mentions.length ? md`` : md`Called: `}${joined(called, md`, `)}`;
  return {
    text: subject.phone(md` ${spoken(calling(call, levels))}.`),
    blocks: [
      section(md`*${subject.title}*\n📣 ${spoken(calling(call, levels))}. ${said}`),
      ...(call.text === undefined || call.text.trim() === '' ? [] : [richText(...written(call.text))]),
    ],
  };
}

function calling({ level: reached, by, text }: Reason, levels: number | undefined): RichTextElement[] {
  const of = levels === undefined || levels < reached ? '' : ` of ${levels}`;
  if (by === undefined && text === undefined) return [words(`Not acknowledged: calling level ${reached}${of}`)];
  return [words(reached > 0 ? `Escalated to level ${reached}${of}` : 'Escalated'), ...byUser(by)];
}

const byUser = (by: string | undefined): RichTextElement[] => (by === undefined ? [] : [words(' by '), person(by)]);

/** Why a person has the alert in a direct message. */
export type DirectWhy = Reason & { reason: DirectReason; until?: string };

/**
 * A direct message to one person: the alert with its buttons as it stands now, why it is sent, and the way to its thread.
 * It is edited as the alert changes.
 */
export function directMessage(alert: Alert, why: DirectWhy, permalink: string, extra: AlertContext = {}): Message {
  const { blocks, attachments } = alertMessage({ ...alert, mention: [] }, extra);
  const [title, ...rest] = blocks;
  const current =
    (alert.state === 'firing' && why.reason !== 'reminded' && !isOfEarlierSpell(alert, why)) ||
    (why.reason === 'assigned' && alert.state !== 'resolved') ||
    (why.reason === 'reminded' && alert.state === 'acknowledged') ||
    (why.reason === 'offered' && alert.state !== 'resolved' && isHolder(alert, why.by)) ||
    (why.reason === 'not-taken' && alert.state !== 'resolved');
  return {
    text: current ? phoneText(alert, directEnd(why, extra.levels)) : alertMessage(alert, extra).text,
    blocks: [
      ...(title === undefined ? [] : [title]),
      ...(current ? [richText(...directLine(why, extra.levels), ...quoted(why.text))] : []),
      ...rest,
      ...linkRow(ofAlert(alert).open, permalink, current ? answersTo(alert, why) : []),
    ],
    ...(attachments === undefined ? {} : { attachments }),
  };
}

/** What is left of a direct message once a newer one about the same alert is below it. */
export const directAgain = (alert: Alert): Message => ({
  text: fallback(md`${headline(alert)}: see the newer message below.`),
  blocks: [context(md`#${alert.id} ${headline(alert)}: see the newer message below.`)],
});

/** The calls began anew since: somebody took an acknowledgement back, say. */
const isOfEarlierSpell = (alert: Alert, { reason, level: called }: DirectWhy): boolean =>
  reason === 'escalated' && alert.round === 0 && alert.level < called;

/** A direct message to somebody who is called for all of a storm: what acts on one alert of it would leave the others calling. */
export function stormCallMessage(storm: StormShown, why: DirectWhy, permalink: string): Message {
  const { levels } = storm.extra;
  const call =
    storm.waiting === 0
      ? { line: [words('You were called.')], end: md`` }
      : { line: [...directLine(why, levels), ...quoted(why.text)], end: directEnd(why, levels) };
  const { text, blocks } = stormMessage(storm, undefined, call);
  return { text, blocks: [...blocks, ...linkRow(ofStorm(storm).open, permalink)] };
}

const isHolder = ({ acknowledgedBy, assignee }: Alert, user: string | undefined): boolean =>
  (acknowledgedBy ?? assignee) === user;

/** Why the person has it, as the first line under the headline. */
function directLine(why: DirectWhy, levels: number | undefined): RichTextElement[] {
  const by = why.by === undefined ? words('Somebody') : person(why.by);
  switch (why.reason) {
    case 'assigned':
      return [by, words(' assigned this alert to you. Acknowledge it or pass it on.')];
    case 'offered': {
      const until = new Date(why.until ?? '');
      const at = Number.isNaN(until.getTime()) ? [] : [words(' until '), richDate(until)];
      return [
        by,
        words(' asks you to take this alert over. Answer'),
        ...at,
        words('; without an answer it stays with them.'),
      ];
    }
    case 'not-taken':
      return [by, words(' did not take this alert over: it is still yours.')];
    case 'unacknowledged':
      return [by, words(' took your acknowledgement back: it is not yours any more, and escalation starts again.')];
    case 'reminded':
      return [bold('Are you still on this alert?'), words(' Without an answer within 15 minutes it fires again.')];
    case 'escalated':
      return [...calling(why, levels), words('. You are called.')];
  }
}

const directEnd = ({ reason, level }: DirectWhy, levels: number | undefined): Mrkdwn =>
  ({
    assigned: md` Assigned to you.`,
    reminded: md` Are you still on it?`,
    offered: md` You are asked to take it over.`,
    'not-taken': md` It was not taken over: still yours.`,
    unacknowledged: md` Your acknowledgement was taken back.`,
    escalated: md` You are called, level ${level}${of(levels)}.`,
  })[reason];

const of = (levels: number | undefined): string => (levels === undefined ? '' : ` of ${levels}`);

/** One direct message for several calls of a minute: the worst alerts, each with the way to act on it, how many there are, and one press for all. */
export function bundledCalls(worst: readonly Alert[], count: number, bundle: number): Message {
  const more = count - worst.length;
  const [first] = worst;
  return {
    text:
      first === undefined
        ? fallback(md`You are called for ${count} alerts.`)
        : phoneText(first, md` You are called for ${count} alerts.`),
    blocks: [
      header(`You are called for ${count} alerts`),
      ...worst.map((alert) => alertRow(alert)),
      ...(more > 0 ? [context(md`${more} more: type /audit alerts`)] : []),
      actions(`bundle:${bundle}`, [
        button(
          actionIds.bundleAcknowledge,
          `Acknowledge all ${count}`,
          String(bundle),
          `Acknowledge all ${count} alerts`,
        ),
      ]),
    ],
  };
}

/**
 * A call in another channel than the alert's own: what it is about in short, why it is seen, and the way to it: acting is done there,
 * where all see it. The last call can be acknowledged where it is seen: it is not edited afterwards, but a late press is told who
 * was first. Not so that of a storm: what acts on one alert of it would leave the others calling.
 */
export function channelNotice(
  alert: Alert,
  why: Reason & { here?: true },
  permalink: string,
  { levels, storm }: { levels?: number; storm?: StormShown | undefined } = {},
): Message {
  const { title, said, phone, open } = storm === undefined ? ofAlert(alert) : ofStorm(storm);
  const line = why.here === true ? [bold('Not acknowledged, and no one else is left to call')] : calling(why, levels);
  return {
    text: phone(md` ${why.here === true ? md`<!here> ` : md``}${spoken(line)}.`),
    blocks: [
      header(title),
      ...(why.here === true ? [section(md`<!here>`)] : []),
      richText(...line, words('.'), ...quoted(why.text), ...(said === '' ? [] : [lineBreak, words(said, 700)])),
      ...linkRow(open, permalink, why.here === true && storm === undefined ? [acknowledging(alert)] : []),
    ],
  };
}

const acknowledging = ({ id }: Alert): ActionsBlock['elements'][number] =>
  button(actionIds.acknowledge, 'Acknowledge', String(id), `Acknowledge alert ${id}`, 'primary');

/** The way to what a call is about, behind the answers that this itself does not offer. */
function linkRow(open: CallSubject['open'], permalink: string, offered: ActionsBlock['elements'] = []): ActionsBlock[] {
  const url = safeUrl(permalink);
  const buttons = [
    ...offered,
    ...(url === undefined ? [] : [{ ...button(actionIds.link, open.text, 'open', open.spoken), url: url.href }]),
  ];
  return buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons }];
}

const answersTo = (alert: Alert, why: DirectWhy): ActionsBlock['elements'] => [
  ...(why.reason === 'reminded'
    ? [button(actionIds.hold, 'Still on it', String(alert.id), `Still on it: alert ${alert.id}`, 'primary')]
    : []),
  ...(why.reason === 'offered' ? answers(alert, why) : []),
];

/** The answers of who is asked to take an alert over; the value says to whom it was offered by whom, and until when. */
function answers(alert: Alert, why: DirectWhy): ActionsBlock['elements'] {
  const value = JSON.stringify({ alert: alert.id, from: why.by ?? '', until: why.until ?? '' });
  return [
    button(actionIds.offerAccept, 'Take it over', value, `Take alert ${alert.id} over`, 'primary'),
    button(actionIds.offerDecline, 'Not now', value, `Do not take alert ${alert.id} over`),
  ];
}
