import type { ActionsBlock, RichTextElement } from '@slack/types';
import type { Alert } from '../../alerts/alert.ts';
import type { Severity } from '../../alerts/severity.ts';
import { shortDuration } from '../../words/durations.ts';
import { clip, clipWords, oneLine, plural } from '../../words/text.ts';
import { slackClock } from '../dates.ts';
import { fallback, joined, link, type Mrkdwn, md, safeUrl, userMention } from '../escape.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { type AlertContext, ladder } from './alert-message.ts';
import { consequence, headlineMax, phoneMax, severitySign, severityWord, sign } from './alert-words.ts';
import { actions, button, context, header, richText } from './elements.ts';

interface StormTally {
  name: string;
  count: number;
}

/** Many alerts of one kind in a short time, as they stand now. */
export interface StormShown {
  id: number;
  channel: string;
  kind: string;
  source: string;
  /** What most of its alerts say, digits left out; null: they say different things. */
  title: string | null;
  /** Alerts in it so far. */
  count: number;
  /** Of these, not resolved. */
  openCount: number;
  /** Alerts that came during it and have a message of their own. */
  apart: number;
  /** Alerts in it that people are called for until somebody has them in hand. */
  waiting: number;
  /** Levels of escalation that were called, since when they count, and when the next one is; null: never. */
  level: number;
  firingSince: Date;
  dueAt: Date | null;
  /** Who was called, and who is next. */
  extra: AlertContext;
  /** The worst alerts that came with it, and the way to the message of each; '': it has none of its own. */
  worst: { alert: Alert; permalink: string }[];
  /** Who acknowledged and resolved how many of its alerts; null: AWS itself. */
  acts: { state: 'acknowledged' | 'resolved'; by: string | null; count: number }[];
  severity: Severity;
  firstSeen: Date;
  lastSeen: Date;
  /** Largest first. */
  topAccounts: StormTally[];
  topResources: StormTally[];
  /** False once nothing more comes. */
  active: boolean;
  version: number;
}

/** Somebody acts on all of a storm right now: said at once, since many alerts take a moment. */
export interface Underway {
  by: string;
  act: 'acknowledge' | 'resolve';
}

/** Why somebody has a storm by direct message, and how the text for their phone ends. */
interface StormCall {
  line: RichTextElement[];
  end: Mrkdwn;
}

/**
 * One message in place of many: how many, since when, where, and what to do with all of them at once. `call`: for somebody who is
 * called; that message changes with the alerts, not with each minute, so that it says nothing of the pace.
 */
export function stormMessage(storm: StormShown, underway?: Underway, call?: StormCall): Message {
  const title = stormHeadline(storm);
  const left = untaken(storm);
  const open =
    storm.openCount === 0 ? 'all resolved' : `${number(storm.openCount)} open${left === 0 ? ', all acknowledged' : ''}`;
  const pace = storm.active ? 'still arriving' : 'nothing new for a minute';
  const state = [
    md`Storm ${storm.id}`,
    md`*${open}*`,
    ...hands(storm),
    ...(call === undefined ? [md`${pace}`] : []),
    md`since ${slackClock(storm.firstSeen, storm.lastSeen)}`,
  ];
  return {
    text: call === undefined ? stormText(storm, md` ${open}, ${pace}.`) : stormText(storm, call.end),
    blocks: [
      header(title),
      ...(call === undefined ? [] : [richText(...call.line)]),
      context(joined(state, md` · `), ...history(storm), ...(isOver(storm) ? [] : tallies(storm))),
      ...(underway === undefined
        ? [buttons(storm)]
        : [
            context(
              md`⏳ ${userMention(underway.by)} ${underway.act === 'acknowledge' ? 'acknowledges' : 'resolves'} all ${number(storm.openCount)} …`,
            ),
          ]),
    ],
  };
}

/** What a phone shows of a storm: how grave, how many and of what, then `end`. */
export const stormText = (storm: StormShown, end: Mrkdwn): string =>
  fallback(md`${clip(stormHeadline(storm), phoneMax - end.toString().length - 1)}.${end}`);

/** Nothing more comes and nothing is left to do: where it came from is history, under "Open list". */
const isOver = ({ openCount, active }: StormShown): boolean => openCount === 0 && !active;

/** Who was called, and who is next while somebody is still waited for. */
function hands(storm: StormShown): Mrkdwn[] {
  if (isOver(storm)) return [];
  const calls = ladder({ ...storm, dueAt: storm.waiting === 0 ? null : storm.dueAt }, storm.extra);
  return calls.length === 0 && storm.waiting > 0 ? [md`no one is called`] : calls;
}

/** Open alerts in it that nobody has acknowledged. */
const untaken = ({ openCount, acts }: StormShown): number =>
  acts.reduce((left, { state, count }) => (state === 'acknowledged' ? left - count : left), openCount);

/** What was done about it so far, and what stands out of it. */
function history({ acts, apart, worst }: StormShown): Mrkdwn[] {
  const done = acts.slice(0, 8).map(({ state, by, count }) => {
    const who = by === null ? md`AWS` : userMention(by);
    return state === 'acknowledged'
      ? md`👀 ${who} acknowledged ${number(count)}`
      : md`✅ ${who} resolved ${number(count)}`;
  });
  const others =
    apart === 0
      ? []
      : [md`${number(apart)} stood out, with ${apart === 1 ? 'a message of its own' : 'messages of their own'}`];
  return [
    ...(worst.length === 0 ? [] : [worstLine(worst)]),
    ...others,
    ...(done.length === 0 ? [] : [joined(done, md` · `)]),
  ];
}

/** "🚨 #12 Payments are down · 🔴 #3 web-1 is in alarm": each leads to its message where it has one. */
function worstLine(worst: StormShown['worst']): Mrkdwn {
  const named = worst.map(({ alert, permalink }) => {
    const url = safeUrl(permalink);
    const name = clipWords(`#${alert.id} ${consequence(alert.signal)}`, worst.length === 1 ? 90 : 50);
    return md`${sign(alert)} ${url === undefined ? md`${name}` : link(url, name)}`;
  });
  return joined(named, md` · `);
}

/** "🟠 Medium · 490 alerts in 2 min: cpu-high-web-… is in alarm" */
export function stormHeadline(storm: StormShown): string {
  const { severity, count, firstSeen, lastSeen } = storm;
  const subject = [storm.title ?? '', storm.kind, storm.source]
    .map((text) => oneLine(text, 150))
    .find((text) => text !== '');
  const within = shortDuration(Math.max(60_000, lastSeen.getTime() - firstSeen.getTime()));
  const start = `${isOver(storm) ? '✅ Resolved' : `${severitySign(severity)} ${severityWord(severity)}`} · ${number(count)} alerts in ${within}: `;
  return `${start}${clip(subject ?? 'unknown kind', headlineMax - start.length)}`;
}

const number = (count: number): string => count.toLocaleString('en');

/** Names a line holds before it says how many more there are. */
const namesMax = 4;

/** Where the alerts come from, the largest first: one line for accounts, one for resources. */
function tallies({ topAccounts, topResources, count }: StormShown): Mrkdwn[] {
  return [
    { what: 'Accounts', rows: topAccounts },
    { what: 'Resources', rows: topResources },
  ].flatMap(({ what, rows }) => {
    // Where each has a name of its own, four of them say nothing of the others.
    const named = rows
      .filter((row) => Number.isFinite(row.count) && row.count > 1)
      .map((row) => md`${oneLine(row.name, 80) || '–'} (${row.count === count ? 'all' : number(row.count)})`);
    const rest = named.length > namesMax ? [md`…`] : [];
    return named.length === 0 ? [] : [md`${what}: ${joined([...named.slice(0, namesMax), ...rest], md`, `)}`];
  });
}

function buttons(storm: StormShown): ActionsBlock {
  const { id, version, openCount } = storm;
  const value = String(id);
  const list = button(actionIds.stormOpenList, 'Open list', value, `Open the list of alerts of storm ${id}`);
  if (openCount === 0) return actions(`storm:${id}:${version}`, [list]);
  return actions(`storm:${id}:${version}`, [
    { ...list, style: 'primary' },
    ...(untaken(storm) === 0
      ? []
      : [
          all(
            button(actionIds.stormAcknowledge, 'Acknowledge all', value, `Acknowledge all open alerts of storm ${id}`),
            untaken(storm),
          ),
        ]),
    all(button(actionIds.stormResolve, 'Resolve all', value, `Resolve all open alerts of storm ${id}`), openCount),
  ]);
}

/** Asks once more: unlike a single alert's button, this one cannot be taken back with one press. */
const all = (pressed: ReturnType<typeof button>, openCount: number): ReturnType<typeof button> => ({
  ...pressed,
  confirm: {
    title: { ...pressed.text, text: `${pressed.text.text}?` },
    text: {
      ...pressed.text,
      text: `This ${pressed.text.text === 'Resolve all' ? 'resolves' : 'acknowledges'} ${plural(openCount, 'open alert')} in your name.`,
    },
    confirm: pressed.text,
    deny: { ...pressed.text, text: 'Cancel' },
  },
});
