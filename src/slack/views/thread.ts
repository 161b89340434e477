import type { HeaderBlock, RichTextElement } from '@slack/types';
import type { Alert, Author, TimelineEvent } from '../../alerts/alert.ts';
import { richDate } from '../dates.ts';
import { fallback, joined, md, safeUrl, usergroupMention, userMention } from '../escape.ts';
import { limits } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { headline, sentence, spokenAlert } from './alert-words.ts';
import { bold, header, lineBreak, person, plain, richText, section, spoken, words, written } from './elements.ts';

/** One line of an alert's timeline, as a reply in its thread. */
export function timelineReply(alert: Alert, event: TimelineEvent): Message {
  const line = [...told(event), words(' · '), richDate(event.at)];
  return {
    text: fallback(md`#${alert.id} ${spoken(told(event))}`),
    blocks: [richText(...line, ...quoted(event.text))],
  };
}

/** What happened, in words. */
function told({ kind, by, detail = '' }: TimelineEvent): RichTextElement[] {
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
    case 'unacknowledged':
      return [words('🔙 '), bold('Given back'), words(' by '), author(by), words(': nobody has it in hand now')];
    case 'escalated':
      return somebody
        ? [words('📣 '), bold(`Escalated${level(detail)}`), words(' by '), author(by)]
        : [words('📣 '), bold(`Escalated${level(detail)}`), words(': nobody acknowledged in time')];
    case 'assigned':
      return by.type === 'user' && by.id === detail
        ? [words('👤 '), bold('Taken'), words(' by '), author(by)]
        : [words('👤 '), bold('Assigned'), words(' to '), person(detail), words(' by '), author(by)];
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
        ? [words('✅ '), bold('Resolved'), words(': AWS says it is over')]
        : [words('✅ '), bold('Resolved'), words(' by '), author(by)];
    case 'reopened':
      return somebody
        ? [words('🔔 '), bold('Reopened'), words(' by '), author(by)]
        : [words('🔔 '), bold('Fires again')];
    case 'flapping':
      return [
        words('🔀 '),
        bold('Flapping'),
        words(': AWS keeps changing its mind. Further changes show in the message above only'),
      ];
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

/** Who is called at a level of escalation: ids of config, of the on-call schedules or of Slack itself. */
export interface Call {
  level: number;
  users: string[];
  usergroups: string[];
  /** What the person wrote who escalated; absent when it was the timer. */
  text?: string;
}

/** The call in the alert's thread: it mentions, so it reaches their phones. */
export function escalationNotice(alert: Alert, call: Call): Message {
  const called = [...call.users.map(userMention), ...call.usergroups.map(usergroupMention)].slice(0, 50);
  const heading = calling(call);
  const names = called.length === 0 ? md`Nobody is on call for this level.` : joined(called, md` `);
  return {
    text: fallback(md`${names} ${heading}: ${spokenAlert(alert)}`),
    blocks: [section(names), richText(words('📣 '), bold(heading), ...quoted(call.text))],
  };
}

const calling = ({ level: reached, text }: { level: number; text?: string }): string =>
  text === undefined
    ? `Escalation level ${reached}: nobody has acknowledged yet`
    : reached > 0
      ? `Escalated to level ${reached}`
      : 'Escalated';

/** Why somebody hears of an alert apart from its own message. */
export interface Reason {
  reason: 'escalated' | 'assigned';
  level: number;
  text?: string;
}

/** A direct message to one person, with the way to the alert. */
export const directMessage = (alert: Alert, why: Reason, permalink: string): Message =>
  pointer(alert, why.reason === 'assigned' ? 'This alert is assigned to you' : calling(why), why.text, permalink);

/** A call in another channel than the alert's own. */
export const channelNotice = (alert: Alert, why: Omit<Reason, 'reason'>, permalink: string): Message =>
  pointer(alert, calling(why), why.text, permalink);

/** The alert in short, why you see it, and one button that leads to it: acting is done there, where all see it. */
function pointer(alert: Alert, why: string, text: string | undefined, permalink: string): Message {
  const link = safeUrl(permalink);
  const said = sentence(alert);
  const title: HeaderBlock = header(headline(alert));
  return {
    text: fallback(md`${why}: ${spokenAlert(alert)}`),
    blocks: [
      title,
      richText(bold(why), ...quoted(text), ...(said === '' ? [] : [lineBreak, words(said, 700)])),
      ...(link === undefined
        ? []
        : [
            {
              type: 'actions' as const,
              elements: [
                {
                  type: 'button' as const,
                  action_id: actionIds.link,
                  text: plain('Open the alert', limits.button.text),
                  url: link.href,
                  style: 'primary' as const,
                  accessibility_label: `Open alert ${alert.id} in its channel`,
                },
              ],
            },
          ]),
    ],
  };
}
