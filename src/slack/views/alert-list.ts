import type { ActionsBlock, KnownBlock, SectionBlock, StaticSelect } from '@slack/types';
import type { Alert, AlertState } from '../../alerts/alert.ts';
import type { Matcher } from '../../alerts/matcher.ts';
import { type Severity, severities } from '../../alerts/severity.ts';
import { globLiteral } from '../../words/glob.ts';
import { oneLine, plural } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, userMention } from '../escape.ts';
import { fitBlocks, limits } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { consequence, severityWord, sign, stateWord, times, where } from './alert-words.ts';
import { actions, button, context, header, option, plain, section } from './elements.ts';

/** Which alerts are listed. `open`: all that are not resolved. */
export interface AlertFilter {
  severity: Severity | 'any';
  state: AlertState | 'open';
  /** Only the alerts of this storm. */
  storm?: number;
  more?: Narrowing;
}

/** What `/audit alerts` narrows a list down to beyond that. */
export interface Narrowing {
  account?: string;
  source?: string;
  text?: string;
  /** A user: only alerts that are theirs. */
  mine?: string;
  /** Only what was seen since then, in seconds since 1970. */
  since?: number;
  /** Only the alerts of this incident. */
  incident?: number;
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
  /** Some such alerts are in private channels that the person is not in: they are neither shown nor counted. */
  partly?: boolean;
}

/** `/audit alerts`: the open alerts, filtered and paged. */
export function alertList(list: AlertList): Message {
  const title = listTitle(list);
  const empty = section(
    isPlainFilter(list.filter) && list.partly !== true
      ? md`✅ No open alerts. All is quiet.`
      : md`No alert passes this filter. Choose another severity or state above.`,
  );
  const rows = list.alerts.map((alert) => alertRow(alert));
  return {
    text: fallback(
      md`${title}${list.alerts.length === 0 ? '' : ': '}${joined(list.alerts.slice(0, 3).map(spokenRow), md`; `)}`,
    ),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(title), filters(list)],
        rows: rows.length === 0 ? [empty] : rows,
        foot: [...pager(list), ...bulk(list), ...withheld(list)],
      },
      (left) => context(md`${left} more on this page are not shown: choose a narrower filter.`),
    ),
  };
}

const withheld = ({ partly }: AlertList): KnownBlock[] =>
  partly === true ? [context(md`Alerts of private channels that you are not in are left out.`)] : [];

const isPlainFilter = ({ severity, state, storm, more }: AlertFilter): boolean =>
  severity === 'any' && state === 'open' && storm === undefined && more === undefined;

/** One press for all that the filter lets through, over all pages; it asks first. */
function bulk({ total, filter, page }: AlertList): KnownBlock[] {
  if (total < 2 || filter.state === 'resolved') return [];
  const value = listBlockId('bulk', { filter, page });
  // Some of what is listed as open is acknowledged already: how many, the list does not know.
  const counted = filter.state === 'firing' ? ` ${total}` : '';
  const press = (id: string, word: string, { count, which }: { count: string; which: string }) => ({
    ...button(id, `${word} all${count}`, value, `${word} all${count} alerts of this list`),
    confirm: {
      title: plain(`${word} all${count}?`, limits.confirm.title),
      text: plain(`All that pass this filter now${which}, on every page. Each is on the record.`, limits.confirm.text),
      confirm: plain(word, limits.confirm.confirm),
      deny: plain('Cancel', limits.confirm.deny),
    },
  });
  return [
    actions(`alerts-all:${page}`, [
      ...(filter.state === 'acknowledged'
        ? []
        : [
            press(actionIds.listAcknowledge, 'Acknowledge', {
              count: counted,
              which: counted === '' ? ' and are not acknowledged' : '',
            }),
          ]),
      press(actionIds.listResolve, 'Resolve', { count: ` ${total}`, which: '' }),
      button(
        actionIds.listAssign,
        `Assign all ${total}…`,
        value,
        `Assign all ${total} alerts of this list to somebody`,
      ),
      ...(Object.keys(matcherOfList(filter)).length === 0
        ? []
        : [button(actionIds.listSilence, 'Silence…', value, 'Silence what this list is narrowed down to')]),
    ]),
  ];
}

/** What a list is narrowed down to, as far as a silence can say it. The words are taken literally. */
export const matcherOfList = ({ more: { account, source, text } = {} }: Pick<AlertFilter, 'more'>): Matcher => ({
  ...(account === undefined ? {} : { account: [globLiteral(account)] }),
  ...(source === undefined ? {} : { source: [globLiteral(source)] }),
  ...(text === undefined ? {} : { text: [globLiteral(text)] }),
});

/** For whoever was given many alerts by one press. */
export function givenMessage({ by, count }: { by: string; count: number }): Message {
  const line = md`👤 ${userMention(by)} assigned ${plural(count, 'alert')} to you: type /audit alerts --mine`;
  return { text: fallback(line), blocks: [section(line)] };
}

function listTitle({ total, filter, page, pages }: AlertList): string {
  const kind = [filter.severity === 'any' ? '' : filter.severity, filter.state, total === 1 ? 'alert' : 'alerts'];
  const of = `${filter.storm === undefined ? '' : ` of storm ${filter.storm}`}${narrowingWords(filter.more)}`;
  const at = pages > 1 ? `, page ${page} of ${pages}` : '';
  return `${total.toLocaleString('en')} ${kind.filter((word) => word !== '').join(' ')}${of}${at}`;
}

function narrowingWords(more: Narrowing = {}): string {
  const words = [
    ...(more.incident === undefined ? [] : [`incident ${more.incident}`]),
    ...(more.account === undefined ? [] : [`account ${more.account}`]),
    ...(more.source === undefined ? [] : [`source ${more.source}`]),
    ...(more.text === undefined ? [] : [`with "${more.text}"`]),
    ...(more.mine === undefined ? [] : ['that are yours']),
    ...(more.since === undefined
      ? []
      : [`seen since ${new Date(more.since * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`]),
  ];
  return words.length === 0 ? '' : `: ${words.join(', ')}`;
}

const spokenRow = (alert: Alert): Mrkdwn =>
  md`#${alert.id} ${severityWord(alert.severity)} ${consequence(alert.signal)}`;

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
    ...(alert.mode === 'digest' ? [md`🔕 not posted`] : []),
    ...(alert.incidentId === null ? [] : [md`incident ${alert.incidentId}`]),
    ...(alert.count === 1 ? [] : [md`${times(alert.count)}`]),
    md`last seen ${slackDate(alert.lastSeen)}`,
  ];
  return section(
    md`${sign(alert)} *${severityWord(alert.severity)}* · ${consequence(signal)}\n#${alert.id} · ${joined(second, md` · `)}`,
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
  filter: { severity: string; state: string; storm?: number; more?: Narrowing };
}

/** As little as carries it: a block_id has 255 characters. */
const packed = ({ account, source, text, mine, since, incident }: Narrowing = {}): string =>
  [account, source, text, mine, since?.toString(), incident?.toString()]
    .map((part) => encodeURIComponent(part ?? ''))
    .join(',')
    .replace(/,*$/, '');

/** @throws for what no list of ours says */
function unpacked(text: string): Narrowing | undefined {
  if (text === '') return undefined;
  const [account, source, words, mine, since, incident] = text
    .split(',')
    .map((part) => decodeURIComponent(part) || undefined);
  return {
    ...(account === undefined ? {} : { account }),
    ...(source === undefined ? {} : { source }),
    ...(words === undefined ? {} : { text: words }),
    ...(mine === undefined ? {} : { mine }),
    ...(since === undefined ? {} : { since: digits(since, 12) }),
    ...(incident === undefined ? {} : { incident: digits(incident, 9) }),
  };
}

function digits(text: string, most: number): number {
  if (!/^\d+$/.test(text) || text.length > most) throw new Error('This is no number of a list.');
  return Number(text);
}

/** Whether a list can carry this filter from page to page. */
export const fitsList = (filter: AlertFilter): boolean =>
  listBlockId('filter', { filter, page: 999_999_999 }).length <= limits.blockId;

/** The filter and the page travel in the block_id, so that nothing has to be remembered of who looks at what. */
const listBlockId = (part: 'filter' | 'page' | 'bulk', { filter, page }: Listed): string =>
  `alerts-${part}:${page}:${filter.severity}:${filter.state}:${filter.storm ?? ''}:${packed(filter.more)}`.replace(
    /:$/,
    '',
  );

/** Reads the filter and page of the list a press came from; undefined when the block is no part of a list. */
export function readListBlockId(blockId: string): { page: number; filter: AlertFilter } | undefined {
  const match = /^alerts-(?:filter|page|bulk):(\d{1,9}):(\w+):(\w+):?(\d{0,9})(?::([^:]*))?$/.exec(blockId);
  const [, page, severityText, stateText, storm, narrowing = ''] = match ?? [];
  const more = readPacked(narrowing);
  const severity = (['any', ...severities] as const).find((known) => known === severityText);
  const state = listStates.find((known) => known === stateText);
  if (severity === undefined || state === undefined || more === null) return undefined;
  return {
    page: Number(page),
    filter: { severity, state, ...(storm ? { storm: Number(storm) } : {}), ...(more === undefined ? {} : { more }) },
  };
}

/** Null: Slack sends what we wrote, so this is no list of ours. */
function readPacked(text: string): Narrowing | undefined | null {
  try {
    return unpacked(text);
  } catch {
    return null;
  }
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
