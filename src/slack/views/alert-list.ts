import type { ActionsBlock, KnownBlock, SectionBlock, StaticSelect } from '@slack/types';
import type { Alert, AlertState } from '../../alerts/alert.ts';
import { type Severity, severities } from '../../alerts/severity.ts';
import { oneLine } from '../../alerts/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, userMention } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { severityWord, sign, stateWord, times, where } from './alert-words.ts';
import { actions, button, context, header, option, plain, section } from './elements.ts';

/** Which alerts are listed. `open`: all that are not resolved. */
export interface AlertFilter {
  severity: Severity | 'any';
  state: AlertState | 'open';
  /** Only the alerts of this storm. */
  storm?: number;
}

export interface AlertList {
  /** The alerts of this page, at most 20: worst and newest first. */
  alerts: Alert[];
  /** Alerts that the filter lets through, over all pages. */
  total: number;
  /** From 1. */
  page: number;
  pages: number;
  filter: AlertFilter;
}

/** `/audit alerts`: the open alerts, filtered and paged. */
export function alertList(list: AlertList): Message {
  const title = listTitle(list);
  const empty = section(
    isPlainFilter(list.filter)
      ? md`✅ No open alerts. All is quiet.`
      : md`No alert passes this filter. Choose another severity or state above.`,
  );
  const rows = list.alerts.map((alert) => alertRow(alert));
  return {
    text: fallback(
      md`${title}${list.alerts.length === 0 ? '' : ': '}${joined(list.alerts.slice(0, 3).map(spokenRow), md`; `)}`,
    ),
    blocks: fitBlocks<KnownBlock>(
      { head: [header(title), filters(list)], rows: rows.length === 0 ? [empty] : rows, foot: pager(list) },
      (left) => context(md`${left} more on this page are not shown: choose a narrower filter.`),
    ),
  };
}

const isPlainFilter = ({ severity, state, storm }: AlertFilter): boolean =>
  severity === 'any' && state === 'open' && storm === undefined;

function listTitle({ total, filter, page, pages }: AlertList): string {
  const kind = [filter.severity === 'any' ? '' : filter.severity, filter.state, total === 1 ? 'alert' : 'alerts'];
  const of = filter.storm === undefined ? '' : ` of storm ${filter.storm}`;
  const at = pages > 1 ? `, page ${page} of ${pages}` : '';
  return `${total.toLocaleString('en')} ${kind.filter((word) => word !== '').join(' ')}${of}${at}`;
}

const spokenRow = (alert: Alert): Mrkdwn => md`#${alert.id} ${severityWord(alert.severity)} ${alert.signal.title}`;

/** One alert of a list in two lines: what it is and how it stands, with a button that opens it. */
export function alertRow(alert: Alert): SectionBlock {
  const { signal } = alert;
  const place = [
    where(alert, 60),
    signal.accountName === undefined && signal.account === undefined ? '' : oneLine(signal.region ?? '', 40),
  ];
  const second = [
    ...place.filter((part) => part !== '').map((part) => md`${part}`),
    alert.state === 'acknowledged' && alert.acknowledgedBy !== null
      ? md`acknowledged by ${userMention(alert.acknowledgedBy)}`
      : alert.state === 'snoozed' && alert.snoozedUntil !== null
        ? md`snoozed until ${slackDate(alert.snoozedUntil)}`
        : md`${alert.state}`,
    ...(alert.count === 1 ? [] : [md`${times(alert.count)}`]),
    md`last ${slackDate(alert.lastSeen)}`,
  ];
  return section(
    md`${sign(alert)} *${severityWord(alert.severity)}* · ${oneLine(signal.title, 150) || 'Alert without a title'}\n#${alert.id} · ${joined(second, md` · `)}`,
    button(actionIds.open, 'Open', String(alert.id), `Open alert ${alert.id}`),
  );
}

function filters(list: AlertList): ActionsBlock {
  return actions(listBlockId('filter', list), [
    menu(actionIds.listSeverity, list.filter.severity, [
      ['any', 'Any severity'],
      ...severities.map((severity) => [severity, severityWord(severity)] as const),
    ]),
    menu(actionIds.listState, list.filter.state, [
      ['open', 'All open'],
      ...(['firing', 'acknowledged', 'snoozed', 'resolved'] as const).map(
        (state) => [state, stateWord[state]] as const,
      ),
    ]),
  ]);
}

function menu(actionId: string, chosen: string, choices: (readonly [value: string, text: string])[]): StaticSelect {
  const options = choices.map(([value, text]) => option(value, text));
  const initial = options.find(({ value }) => value === chosen);
  return {
    type: 'static_select',
    action_id: actionId,
    placeholder: plain('Filter'),
    options,
    ...(initial === undefined ? {} : { initial_option: initial }),
  };
}

/** Previous and Next, as far as there are such pages; a button's value is the page it leads to. */
function pager(list: AlertList): KnownBlock[] {
  const { page, pages } = list;
  const elements = [
    ...(page > 1
      ? [button(actionIds.listPrevious, 'Previous', String(page - 1), `Previous page, ${page - 1} of ${pages}`)]
      : []),
    ...(page < pages
      ? [button(actionIds.listNext, 'Next', String(page + 1), `Next page, ${page + 1} of ${pages}`)]
      : []),
  ];
  return elements.length === 0 ? [] : [actions(listBlockId('page', list), elements)];
}

interface Listed {
  page: number;
  filter: { severity: string; state: string; storm?: number };
}

/** The filter and the page travel in the block_id, so that nothing has to be remembered of who looks at what. */
const listBlockId = (part: 'filter' | 'page', { filter, page }: Listed): string =>
  `alerts-${part}:${page}:${filter.severity}:${filter.state}:${filter.storm ?? ''}`;

/** Reads the filter and page of the list a press came from; undefined when the block is no part of a list. */
export function readListBlockId(blockId: string): { page: number; filter: AlertFilter } | undefined {
  const match = /^alerts-(?:filter|page):(\d{1,9}):(\w+):(\w+):(\d{0,15})$/.exec(blockId);
  const [, page, severityText, stateText, storm] = match ?? [];
  const severity = (['any', ...severities] as const).find((known) => known === severityText);
  const state = listStates.find((known) => known === stateText);
  if (severity === undefined || state === undefined) return undefined;
  return { page: Number(page), filter: { severity, state, ...(storm ? { storm: Number(storm) } : {}) } };
}

/** What a press in a list asks for: the page and the filter to show next; undefined when the press makes no sense. */
export function turnList(
  blockId: string,
  actionId: string,
  value: string,
): { page: number; filter: AlertFilter } | undefined {
  const shown = readListBlockId(blockId);
  if (shown === undefined) return undefined;
  const { page, filter } = shown;
  if (actionId === actionIds.listSeverity)
    return readListBlockId(listBlockId('filter', { page: 1, filter: { ...filter, severity: value } }));
  if (actionId === actionIds.listState)
    return readListBlockId(listBlockId('filter', { page: 1, filter: { ...filter, state: value } }));
  return { page: /^\d{1,9}$/.test(value) ? Number(value) : page, filter };
}

/** What the state menu offers. */
export const listStates = ['open', 'firing', 'acknowledged', 'snoozed', 'resolved'] as const;
