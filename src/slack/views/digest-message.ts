import type { Button, KnownBlock, Overflow, SectionBlock } from '@slack/types';
import {
  coverageSentence,
  type DigestItem,
  type DigestResult,
  grouped,
  type ItemGroup,
  type SignOffOutcome,
  shortReason,
} from '../../framework/digest-result.ts';
import { clip, listed, oneLine } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, link, type Mrkdwn, md, mention, safeUrl, userMention } from '../escape.ts';
import { fitBlocks, limits } from '../limits.ts';
import type { DataVisualizationBlock, Message, MessageBlock } from '../types.ts';
import { severitySign, severityWord } from './alert-words.ts';
import { cell, dataTable } from './data-table.ts';
import { digestIds } from './digest-ids.ts';
import { actions, button, context, header, option, section } from './elements.ts';

/** An item that somebody has to fix. */
export interface GivenTask {
  assignee: string;
  /** What is to be fixed, in words. */
  title: string;
  /** Until when; null: a task of before there were due dates. */
  due: Date | null;
  /** Where it is followed: a key or an address, as somebody typed it. */
  ticket: string | null;
}

/** How a run stands, beside what it found. */
export interface DigestStanding {
  run: number;
  /** Raised when failed accounts were asked again. */
  edition: number;
  /** They are being asked again now. */
  asking: boolean;
  startedAt: Date;
  /** Null: the clock. */
  askedBy: string | null;
  /** `copyError`: why it is neither in the archive nor uploaded where it should be; null: it is, or need not be. */
  files: readonly { title: string; sent: boolean; error: string | null; copyError: string | null }[];
  /** What was given to somebody to fix, by the key of its item. */
  tasks: ReadonlyMap<string, GivenTask>;
  manifestSha256: string | null;
  reviewed: { by: string; at: Date; outcome: SignOffOutcome; comment: string | null } | null;
  /** Null where Slack could not draw it: then a picture is among the files. */
  chart: DataVisualizationBlock | null;
  /** Whether people may have Audit Manager make a report. */
  mayCreateReport: boolean;
}

/** What became of a sign-off, in words. */
export const outcomeWords: Readonly<Record<SignOffOutcome, string>> = {
  accepted: 'Reviewed',
  remarks: 'Reviewed with remarks',
  refused: 'Refused',
};
const outcomeSigns: Readonly<Record<SignOffOutcome, string>> = { accepted: '✅', remarks: '📝', refused: '⛔' };

const pageSize = 10;
/** The message is to be read in a minute: longer lists are behind Open list and in the files. */
const listedLines = 4;
const shownGroups = 5;
const shownNotes = 5;

/** A digest as everybody reads it in a minute: better or worse, what is new, what is overdue and whose, what nobody looked at. */
export function digestMessage(result: DigestResult, standing: DigestStanding): Message {
  const title = `${result.title} · ${result.date ?? standing.startedAt.toISOString().slice(0, 10)}`;
  const pressable = buttons(result, standing);
  const behind = result.lists.flatMap((list) =>
    list.lines.length === 0 ? [] : [`${list.title} (${list.lines.length})`],
  );
  // What was not looked at has a place of its own.
  const notes = result.notes.filter((note) => !result.coverage.gaps.includes(note));
  const blocks: MessageBlock[] = [
    header(title),
    section(md`*${result.headline}*`),
    context(
      coverageLine(result),
      ...(standing.edition > 1 ? [md`Edition ${standing.edition}: accounts that failed were asked again.`] : []),
    ),
    numbersBlock(result, standing),
    ...tableBlock(result),
    ...(standing.chart === null ? [] : [standing.chart]),
    ...newBlocks(result, standing),
    ...overdueBlocks(standing),
    ...notLookedBlocks(result, standing),
    ...(notes.length + behind.length === 0
      ? []
      : [
          context(
            ...notes.slice(0, shownNotes).map((note) => md`${oneLine(note, 400)}`),
            ...(notes.length > shownNotes ? [md`and ${count(notes.length - shownNotes)} more, in the report`] : []),
            ...(behind.length === 0 ? [] : [md`Behind *Open list*: ${oneLine(behind.join(' · '), 400)}`]),
          ),
        ]),
    ...(pressable.length === 0 ? [] : [actions(`digest:${standing.run}:${standing.edition}`, pressable)]),
    context(...footLines(standing)),
  ];
  return { text: fallback(md`${title}: ${result.headline}`), blocks };
}

const count = (value: number): string => value.toLocaleString('en');

function coverageLine({ coverage }: DigestResult): Mrkdwn {
  const { asked, answered, regions, oldest, newest, trouble } = coverage;
  const times =
    oldest === null || newest === null
      ? md``
      : oldest.slice(0, 16) === newest.slice(0, 16)
        ? md` · as of ${slackDate(new Date(newest))}`
        : md` · reports made between ${slackDate(new Date(oldest))} and ${slackDate(new Date(newest))}`;
  if (asked === 0) return md`From Trailwatch's own records.`;
  const whole = trouble === null ? md`` : md` · ❗ ${oneLine(trouble, 300)}`;
  const all = answered === asked && (regions === null || regions.answered === regions.asked);
  return md`${all ? '' : '❗ '}${coverageSentence(coverage)}${times}${whole}`;
}

/** "124 ▼ 6 since last time": the arrow says which way, the word whether that is good. The fourth is what people owe. */
function numbersBlock({ numbers }: DigestResult, standing: DigestStanding): SectionBlock {
  const fields = numbers.slice(0, 3).map(({ label, value, unit, before, good }) => {
    const change = before === null || value === null ? null : value - before;
    const arrow =
      value === null
        ? md``
        : change === null
          ? md`first time`
          : change === 0
            ? md`▬ no change`
            : md`${change > 0 ? '▲' : '▼'} ${count(Math.abs(change))}${good === 'neither' ? '' : change > 0 === (good === 'up') ? ' better' : ' worse'}`;
    return md`${label}\n*${value === null ? '–' : `${count(value)}${unit}`}*  ${arrow}`;
  });
  const owed = md`Overdue\n*${count(overdue(standing).length)}*  of ${count(standing.tasks.size)} assigned`;
  return {
    type: 'section',
    fields: [...fields, owed].map((field) => ({
      type: 'mrkdwn',
      text: clip(field.toString(), limits.section.field),
    })),
  };
}

/** The new ones; where there are none, the worst. Each group is one line: "ben: no MFA in 9 accounts". */
function newBlocks({ items, itemsTotal, totals }: DigestResult, standing: DigestStanding): SectionBlock[] {
  const fresh = items.filter(({ isNew }) => isNew);
  const groups = grouped(fresh.length > 0 ? fresh : items);
  if (groups.length === 0) return [];
  const whole = fresh.length > 0 ? fresh.length >= (totals['new'] ?? 0) : items.length >= itemsTotal;
  const title =
    fresh.length > 0
      ? md`*New this week (${count(Math.max(fresh.length, totals['new'] ?? 0))})*`
      : md`*The worst of ${count(itemsTotal)}*`;
  const shown = groups.slice(0, shownGroups).map((group) => md`• ${groupText(group, standing, whole)}`);
  const more = groups.length > shown.length ? [md`and more: press Open list`] : [];
  return [section(joined([title, ...shown, ...more], md`\n`))];
}

/** `whole`: no item is missing, else there may be more places than are known here. */
function groupText({ item, items, where }: ItemGroup, standing: DigestStanding, whole: boolean): Mrkdwn {
  const what = item.brief === undefined ? md`` : md`: ${oneLine(item.brief, 80)}`;
  const place =
    where.length === 1
      ? oneLine(where[0] ?? '', 120)
      : `${where.length}${whole ? '' : ' or more'} ${item.brief === undefined ? 'places' : 'accounts'}`;
  const owners = new Set(items.map(({ key, owner }) => standing.tasks.get(key)?.assignee ?? owner ?? ''));
  const [owner = ''] = owners;
  const whose = owners.size > 1 ? md` · ${owners.size} owners` : owner === '' ? md`` : md` · ${ownerText(owner)}`;
  return md`${severitySign(item.severity)} *${oneLine(item.title, 120)}*${what} in ${place}${whose}`;
}

/** What somebody was given and had not done on the day of the digest. */
const overdue = ({ tasks, startedAt }: DigestStanding): GivenTask[] =>
  [...tasks.values()].filter(({ due }) => due !== null && due <= startedAt);

function overdueBlocks(standing: DigestStanding): SectionBlock[] {
  const late = overdue(standing);
  if (late.length === 0) return [];
  const owners = [...Map.groupBy(late, ({ assignee }) => assignee)].sort(([, a], [, b]) => b.length - a.length);
  const lines = owners.slice(0, shownGroups).map(([assignee, tasks]) => {
    const [oldest, ...others] = tasks.toSorted((a, b) => Number(a.due) - Number(b.due));
    const more = others.length === 0 ? '' : `, and ${count(others.length)} more`;
    return md`• ${userMention(assignee)}: ${oneLine(oldest?.title ?? '', 120)}, due ${slackDate(oldest?.due ?? standing.startedAt)}${ticketText(oldest?.ticket ?? null)}${more}`;
  });
  const left = owners.length - lines.length;
  const more = left > 0 ? [md`and ${count(left)} more people`] : [];
  return [section(joined([md`*Overdue by owner (${count(late.length)})*`, ...lines, ...more], md`\n`))];
}

function tableBlock({ table }: DigestResult): MessageBlock[] {
  if (table === undefined) return [];
  const drawn = dataTable(
    () => table.title,
    table.header,
    table.rows.map((row) => row.map((text) => cell(text, 90))),
  );
  return drawn === undefined ? [] : [{ ...drawn.table, page_size: Math.min(20, drawn.shown) }];
}

/** What one item says, in two lines: where and whose it is, then what was found. */
function itemText(item: DigestItem, task: GivenTask | undefined): Mrkdwn {
  const url = item.link === null ? undefined : safeUrl(item.link);
  const title = oneLine(item.title, 120);
  const owner = task?.assignee ?? item.owner;
  const facts = [
    md`${severitySign(item.severity)} ${severityWord(item.severity)}`,
    url === undefined ? md`*${title}*` : link(url, title),
    md`${oneLine(item.where, 120)}`,
    ...(item.isNew ? [md`*new*`] : []),
    ...(item.ageDays === null ? [] : [md`${count(item.ageDays)} ${item.ageDays === 1 ? 'day' : 'days'}`]),
    owner === null || owner === '' ? md`no owner` : ownerText(owner),
    ...(task?.due == null ? [] : [md`due ${slackDate(task.due)}${ticketText(task.ticket)}`]),
  ];
  return md`${joined(facts, md` · `)}\n${oneLine(item.sentence, 220)}`;
}

const ownerText = (owner: string): Mrkdwn => mention(owner) ?? mention(`user:${owner}`) ?? md`${oneLine(owner, 80)}`;

function itemBlock(item: DigestItem, place: number, standing: DigestStanding): SectionBlock {
  const task = standing.tasks.get(item.key);
  const menu: Overflow = {
    type: 'overflow',
    action_id: digestIds.item,
    options: [
      option(
        `assign:${standing.run}:${standing.edition}:${place}`,
        task === undefined ? 'Assign…' : 'Assign to another…',
      ),
      option(`accept:${standing.run}:${standing.edition}:${place}`, 'Accept the risk…'),
    ],
  };
  return {
    ...section(itemText(item, task), menu),
    block_id: `digest-item:${standing.run}:${standing.edition}:${place}`,
  };
}

const listBlock = ({ title, lines }: DigestResult['lists'][number]): SectionBlock => {
  const shown = lines.slice(0, listedLines).map((line) => md`• ${oneLine(line, 140)}`);
  const more = lines.length > shown.length ? [md`and ${count(lines.length - shown.length)} more, in the files`] : [];
  return section(joined([md`*${title}*`, ...shown, ...more], md`\n`));
};

/** What nobody looked at, which is not the same as nothing found: accounts without an answer, then parts of the others. */
function notLookedBlocks({ coverage }: DigestResult, { run, asking }: DigestStanding): KnownBlock[] {
  const { missing, gaps } = coverage;
  if (missing.length + gaps.length === 0) return [];
  const shown = missing
    .slice(0, listedLines)
    .map(
      ({ account, name, reason }) =>
        md`• ${name === null ? account : `${oneLine(name, 60)} (${account})`}: ${oneLine(shortReason(reason), 320)}`,
    );
  const parts = gaps.slice(0, listedLines).map((gap) => md`• ${oneLine(gap, 200)}`);
  const left = missing.length - shown.length + gaps.length - parts.length;
  const said =
    missing.length === 0
      ? md`parts of accounts that answered are not counted as clean`
      : md`Nothing is known about ${count(missing.length)} ${missing.length === 1 ? 'account' : 'accounts'}, which ${missing.length === 1 ? 'is' : 'are'} not counted as clean`;
  return [
    section(
      joined(
        [
          md`❗ *Not looked at:* ${said}`,
          ...shown,
          ...parts,
          ...(left > 0 ? [md`and ${count(left)} more, in the report`] : []),
          ...(asking ? [md`⏳ They are being asked again.`] : []),
        ],
        md`\n`,
      ),
      asking || missing.length === 0
        ? undefined
        : button(digestIds.again, 'Ask them again', String(run), 'Ask the accounts that failed again'),
    ),
  ];
}

/** ", ticket SEC-12", as a link where it is an address. */
export const ticketText = (ticket: string | null): Mrkdwn => {
  if (ticket === null) return md``;
  const url = safeUrl(ticket);
  return url === undefined ? md`, ticket ${oneLine(ticket, 80)}` : md`, ${link(url, 'ticket')}`;
};

const buttons = (
  result: DigestResult,
  { run, edition, manifestSha256, reviewed, mayCreateReport }: DigestStanding,
): Button[] => [
  ...(result.items.length === 0 && result.lists.every(({ lines }) => lines.length === 0)
    ? []
    : [button(digestIds.list, 'Open list', `${run}:1`, 'Open the list of findings')]),
  ...(manifestSha256 === null || reviewed !== null
    ? []
    : [button(digestIds.review, 'Sign off…', `${run}:${edition}`, 'Sign this digest off, or refuse to')]),
  ...(mayCreateReport
    ? [button(digestIds.createReport, 'Make assessment reports', String(run), 'Have Audit Manager make its reports')]
    : []),
];

function footLines({ files, manifestSha256, reviewed, askedBy }: DigestStanding): Mrkdwn[] {
  const refused = files.filter(({ error, sent }) => !sent && error !== null);
  const waiting = files.filter(({ error, sent }) => !sent && error === null);
  const sent = files.filter((file) => file.sent);
  return [
    ...(askedBy === null ? [] : [md`Asked for by ${userMention(askedBy)}`]),
    ...(sent.length === 0
      ? []
      : [
          // An edition before this one sent files of the same kinds.
          md`📎 In the thread: ${listed([...new Set(sent.map(({ title }) => title))], 6)}`,
        ]),
    ...(waiting.length === 0
      ? []
      : [
          md`⏳ Still to come: ${listed(
            waiting.map(({ title }) => title),
            6,
          )}`,
        ]),
    ...refused
      .slice(0, 3)
      .map(({ title, error }) => md`❗ ${title} could not be sent (${oneLine(error ?? '', 120)}); it is tried again.`),
    ...copyLine(files),
    ...(manifestSha256 === null ? [] : [md`SHA-256 of the manifest: ${manifestSha256}`]),
    reviewed === null
      ? md`Not reviewed yet.`
      : md`${outcomeSigns[reviewed.outcome]} ${outcomeWords[reviewed.outcome]} by ${userMention(reviewed.by)}, ${slackDate(reviewed.at)}.${reviewed.comment === null ? '' : ` “${oneLine(reviewed.comment, 300)}”`}`,
  ];
}

/** Files that are not where copies of them should be: the first reason speaks for all. */
function copyLine(files: DigestStanding['files']): Mrkdwn[] {
  const failed = files.filter(({ copyError }) => copyError !== null);
  const reason = failed[0]?.copyError ?? null;
  if (reason === null) return [];
  return [
    md`❗ ${count(failed.length)} ${failed.length === 1 ? 'file is' : 'files are'} not archived or uploaded yet (${oneLine(reason, 200)}); that is tried again.`,
  ];
}

/** How far a run has come, in the message that will show the result. */
export function digestProgress(
  title: string,
  progress: { asked: number; answered: number; failed: number; askedBy: string | null; writing: boolean },
): Message {
  const { asked, answered, failed, askedBy, writing } = progress;
  const done = answered + failed;
  const bar = asked === 0 ? 0 : Math.round((10 * done) / asked);
  const line = writing
    ? md`Every account was asked; the files are being written.`
    : asked === 0
      ? md`Asking which accounts there are …`
      : md`${'▰'.repeat(bar)}${'▱'.repeat(10 - bar)}  ${count(done)} of ${count(asked)} accounts${failed === 0 ? '' : `, ${count(failed)} of them without an answer`}`;
  const by = askedBy === null ? [] : [context(md`Asked for by ${userMention(askedBy)}`)];
  return {
    text: fallback(md`${title}, under way: ${line}`),
    blocks: [section(md`⏳ *${title}*, under way\n${line}`), ...by],
  };
}

/** One page of a digest's items, for the one who asked. */
export function digestList(result: DigestResult, standing: DigestStanding, page: number): Message {
  const pages = Math.max(1, Math.ceil(result.items.length / pageSize));
  const at = Math.min(Math.max(page, 1), pages);
  const from = (at - 1) * pageSize;
  const shown = result.items.slice(from, from + pageSize);
  const title =
    shown.length === 0
      ? `${result.title}: nothing is open`
      : `${result.title}: ${count(from + 1)}–${count(from + shown.length)} of ${count(result.itemsTotal)}`;
  const turns = [
    ...(at > 1 ? [button(digestIds.turnBack, '◀ Back', `${standing.run}:${at - 1}`, 'Turn back')] : []),
    ...(at < pages ? [button(digestIds.turn, 'Next ▶', `${standing.run}:${at + 1}`, 'Turn to the next page')] : []),
  ];
  const rest = result.itemsTotal - result.items.length;
  return {
    text: fallback(md`${title}`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(title)],
        rows: shown.map((item, place) => itemBlock(item, from + place, standing)),
        foot: [
          ...(at === 1 ? result.lists.filter(({ lines }) => lines.length > 0).map(listBlock) : []),
          ...(turns.length === 0 ? [] : [actions(`digest-list:${standing.run}:${at}`, turns)]),
          ...(rest > 0 && at === pages ? [context(md`${count(rest)} more are in the files of the thread.`)] : []),
        ],
      },
      (left) => context(md`${left} more on this page do not fit.`),
    ),
  };
}
