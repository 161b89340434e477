import type { ActionsBlock, DataTableBlock } from '@slack/types';
import type { Severity } from '../../alerts/severity.ts';
import { clip, oneLine } from '../../alerts/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, md } from '../escape.ts';
import { limits } from '../limits.ts';
import type { DataVisualizationBlock, Message, MessageBlock } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { severitySign, severityWord } from './alert-words.ts';
import { actions, button, context, header } from './elements.ts';

export interface Tally {
  name: string;
  count: number;
}

/** Many alerts of one kind in a short time, as they stand now. */
export interface Storm {
  id: number;
  kind: string;
  source: string;
  /** Alerts in it so far. */
  count: number;
  /** Of these, not resolved. */
  openCount: number;
  severity: Severity;
  firstSeen: Date;
  lastSeen: Date;
  /** Largest first. */
  topAccounts: Tally[];
  topResources: Tally[];
  /** False once nothing more comes. */
  active: boolean;
  version: number;
}

/** One message in place of many: how many, since when, where, and what to do with all of them at once. */
export function stormMessage(storm: Storm): Message {
  const title = stormHeadline(storm);
  const open = storm.openCount === 0 ? 'all resolved' : `${number(storm.openCount)} open`;
  const pace = storm.active ? 'more may come, this count is live' : 'nothing new for a minute';
  return {
    text: fallback(md`${title}. ${open}, ${pace}.`),
    blocks: [
      header(title),
      context(md`*${open}* · ${pace} · first ${slackDate(storm.firstSeen)}, last ${slackDate(storm.lastSeen)}`),
      ...(isOver(storm) ? [] : tallies(storm)),
      buttons(storm),
    ],
  };
}

/** Nothing more comes and nothing is left to do: where it came from is history, under "Open list". */
const isOver = ({ openCount, active }: Storm): boolean => openCount === 0 && !active;

function stormHeadline(storm: Storm): string {
  const { severity, count, kind, source } = storm;
  const start = `${isOver(storm) ? '✅ Resolved' : `${severitySign(severity)} ${severityWord(severity)}`} · ${number(count)} alerts of one kind · `;
  return `${start}${clip(oneLine(kind, 150) || oneLine(source, 60) || 'unknown kind', limits.header.text - start.length)}`;
}

const number = (count: number): string => count.toLocaleString('en');

/** Largest first, as many as a chart can hold. */
const largest = (tally: Tally[]): Tally[] =>
  tally
    .filter(({ count }) => Number.isFinite(count) && count > 0)
    .slice(0, limits.dataVisualization.segments)
    .map(({ name, count }) => ({ name: oneLine(name, 200) || '–', count }));

/** Where the alerts come from: native charts where their limits allow, else one table (Slack takes no second one). */
function tallies({ topAccounts, topResources, count }: Storm): MessageBlock[] {
  const groups = [
    { what: 'Account', rows: largest(topAccounts) },
    { what: 'Resource', rows: largest(topResources) },
  ];
  // One bar says nothing: the name and the number do.
  const alone = groups.flatMap(({ what, rows: [first, ...others] }) =>
    first === undefined || others.length > 0
      ? []
      : [md`*${what}*: ${first.name} (${first.count === count ? 'all of them' : number(first.count)})`],
  );
  const several = groups.filter(({ rows }) => rows.length > 1);
  const [charted, tabled] = [
    several.filter(({ rows }) => fitsChart(rows)),
    several.filter(({ rows }) => !fitsChart(rows)),
  ];
  return [
    ...(alone.length === 0 ? [] : [context(...alone)]),
    ...charted.map(({ what, rows }) => chart(`Alerts by ${what.toLowerCase()}`, rows)),
    ...(tabled.length === 0 ? [] : [table(tabled)]),
  ];
}

/** A chart's labels are short, and each is another one. */
const fitsChart = (rows: Tally[]): boolean =>
  rows.every(({ name }) => name.length <= limits.dataVisualization.label) &&
  new Set(rows.map(({ name }) => name)).size === rows.length;

const chart = (title: string, rows: Tally[]): DataVisualizationBlock => ({
  type: 'data_visualization',
  title,
  chart: {
    type: 'bar',
    series: [{ name: 'Alerts', data: rows.map(({ name, count }) => ({ label: name, value: count })) }],
    axis_config: { categories: rows.map(({ name }) => name) },
  },
});

const table = (groups: { what: string; rows: Tally[] }[]): DataTableBlock => ({
  type: 'data_table',
  caption: `Alerts by ${groups.map(({ what }) => what.toLowerCase()).join(' and ')}`,
  page_size: 12,
  row_header_column_index: 0,
  rows: [
    [groups.map(({ what }) => what).join(' or '), 'Alerts'].map((text) => ({ type: 'raw_text', text })),
    ...groups
      .flatMap(({ rows }) => rows)
      .map(({ name, count }): DataTableBlock['rows'][number] => [
        { type: 'raw_text', text: name },
        { type: 'raw_number', value: count, text: number(count) },
      ]),
  ],
});

function buttons({ id, version, openCount }: Storm): ActionsBlock {
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
      text: `This is done to ${number(openCount)} open alerts, each on the record under your name.`,
    },
    confirm: pressed.text,
    deny: { ...pressed.text, text: 'Cancel' },
  },
});
