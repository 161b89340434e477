import type { ActionsBlock } from '@slack/types';
import type { Severity } from '../../alerts/severity.ts';
import { clip, oneLine, plural } from '../../words/text.ts';
import { slackClock } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, userMention } from '../escape.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { headlineMax, severitySign, severityWord } from './alert-words.ts';
import { actions, button, context, header } from './elements.ts';

interface StormTally {
  name: string;
  count: number;
}

/** Many alerts of one kind in a short time, as they stand now. */
export interface StormShown {
  id: number;
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
  /** Levels of escalation that were called. */
  level: number;
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

/** One message in place of many: how many, since when, where, and what to do with all of them at once. */
export function stormMessage(storm: StormShown, underway?: Underway): Message {
  const title = stormHeadline(storm);
  const open = storm.openCount === 0 ? 'all resolved' : `${number(storm.openCount)} open`;
  const pace = storm.active ? 'still arriving' : 'nothing new for a minute';
  const state = [md`*${open}*`, md`${pace}`, md`since ${slackClock(storm.firstSeen, storm.lastSeen)}`];
  return {
    text: fallback(md`${clip(title, 80)}. ${open}, ${pace}.`),
    blocks: [
      header(title),
      context(joined(state, md` · `), ...(isOver(storm) ? [] : tallies(storm)), ...history(storm)),
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

/** Nothing more comes and nothing is left to do: where it came from is history, under "Open list". */
const isOver = ({ openCount, active }: StormShown): boolean => openCount === 0 && !active;

/** What was done about it so far, and what is not in it. */
function history({ acts, level, apart }: StormShown): Mrkdwn[] {
  const done = acts.slice(0, 8).map(({ state, by, count }) => {
    const who = by === null ? md`AWS` : userMention(by);
    return state === 'acknowledged'
      ? md`👀 ${who} acknowledged ${number(count)}`
      : md`✅ ${who} resolved ${number(count)}`;
  });
  return [
    ...(done.length === 0 ? [] : [joined(done, md` · `)]),
    ...(level === 0 ? [] : [md`📣 Escalated to level ${level}`]),
    ...(apart === 0 ? [] : [md`${number(apart)} more of this kind stood out and have messages of their own`]),
  ];
}

/** "🟠 Medium · 490 alerts like cpu high web is in alarm" */
function stormHeadline(storm: StormShown): string {
  const { severity, count } = storm;
  const subject = [storm.title ?? '', storm.kind, storm.source]
    .map((text) => oneLine(text, 150))
    .find((text) => text !== '');
  const start = `${isOver(storm) ? '✅ Resolved' : `${severitySign(severity)} ${severityWord(severity)}`} · ${number(count)} alerts like `;
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
    const named = rows
      .filter((row) => Number.isFinite(row.count) && row.count > 0)
      .map((row) => md`${oneLine(row.name, 80) || '–'} (${row.count === count ? 'all' : number(row.count)})`);
    const rest = named.length > namesMax ? [md`…`] : [];
    return named.length === 0 ? [] : [md`${what}: ${joined([...named.slice(0, namesMax), ...rest], md`, `)}`];
  });
}

function buttons({ id, version, openCount }: StormShown): ActionsBlock {
  const value = String(id);
  const list = button(actionIds.stormOpenList, 'Open list', value, `Open the list of alerts of storm ${id}`);
  if (openCount === 0) return actions(`storm:${id}:${version}`, [list]);
  return actions(`storm:${id}:${version}`, [
    { ...list, style: 'primary' },
    all(
      button(actionIds.stormAcknowledge, 'Acknowledge all', value, `Acknowledge all open alerts of storm ${id}`),
      openCount,
    ),
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
