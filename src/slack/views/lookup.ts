import type { KnownBlock, RichTextElement, TaskCardBlock } from '@slack/types';
import { DateTime } from 'luxon';
import { serviceName } from '../../aws-names/arn.ts';
import { type ContainmentStep, containmentOf } from '../../cloudtrail/containment.ts';
import type { EventRow } from '../../cloudtrail/row.ts';
import type { Group, Summary } from '../../cloudtrail/tally.ts';
import { capitalized, clip, plural, spaced } from '../../words/text.ts';
import { fallback, type Mrkdwn, md, safeUrl, userMention } from '../escape.ts';
import { characters, limits } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { severitySign, severityWord } from './alert-words.ts';
import { cell, dataTable, linkCell, type TableCell } from './data-table.ts';
import {
  actions,
  bold,
  button,
  code,
  context,
  header,
  lineBreak,
  option,
  plain,
  richText,
  section,
  words,
} from './elements.ts';
import { elsewhereOf } from './elsewhere.ts';
import { questionBlockId, questionIds } from './question-ids.ts';

/** What is known of a question so far: what the store holds, and what the message is drawn from. JSON. */
export interface LookupAnswer {
  /** In words: "user alice, changes only". */
  asked: string;
  /** The same, one by one: what was looked for. */
  subjects: readonly { kind: string; value: string; arn: string | null }[];
  /** What could be typed after /audit to ask this again, with its times. */
  line: string;
  /** ISO 8601, UTC. */
  from: string;
  to: string;
  /** The asker's time zone: IANA name. */
  zone: string;
  state: 'asking' | 'searching' | 'done' | 'cancelled' | 'failed';
  /** Why it failed, or why it asks before it begins; one sentence. */
  problem: string | null;
  summary: Summary;
  /** The newest, at most 100. */
  rows: readonly EventRow[];
  /** "41 of 43 accounts, …": on what the answer rests. */
  coverage: string;
  whole: boolean;
  /** Which accounts were not searched, and why, in a sentence; '': all were. */
  gaps: string;
  /** What CloudTrail (or another source) looked for, and what was looked for here. */
  filters: string;
  /** Where the events come from, with bytes and cost where it costs something. */
  source: string;
  /** Events that were read so far; more than match. */
  read: number;
  /** What is to be known of the answer, one sentence each. */
  notes: readonly string[];
  /** What came of a credential, from the first down; empty where that was not asked. */
  tree: readonly Came[];
}

/** What one credential did that came of another. Times are ISO 8601, UTC. */
export interface Came {
  depth: number;
  name: string;
  key: string | null;
  account: string | null;
  user: string | null;
  proof: string;
  made: { id: string; name: string; time: string } | null;
  events: number;
  failures: number;
  changes: number;
  first: string | null;
  last: string | null;
  from: readonly string[];
  /** Why it was not followed; null: it was. */
  problem: string | null;
}

/** One line for each credential, those that it made below it; `time` writes a time for the reader. */
export const treeLines = (tree: readonly Came[], time: (iso: string) => string): string[] =>
  tree.map((node) => {
    const { depth, name, key, account, proof, made, events, failures, changes, first, last, from, problem } = node;
    const named = [
      name,
      ...(key === null || key === name ? [] : [key]),
      ...(account === null ? [] : [`in ${account}`]),
    ];
    const counts = [
      plural(events, 'event'),
      ...(changes === 0 ? [] : [plural(changes, 'change')]),
      ...(failures === 0 ? [] : [`${failures.toLocaleString('en')} failed`]),
    ].join(', ');
    const when = first === null || last === null ? '' : ` ${time(first)} – ${time(last)}`;
    const where = from.length === 0 ? '' : ` from ${from.join(', ')}`;
    const how = made === null ? '' : ` (${made.name} ${time(made.time)}, ${proof})`;
    return `${depth === 0 ? '' : `${'   '.repeat(depth - 1)}↳ `}${named.join(' ')}${how}: ${problem ?? `${counts}${when}${where}`}`;
  });

/** Lines of a tree that are shown; all are in the files of the terminal. */
const mostTreeLines = 15;

function treeOf({ tree, zone, to }: LookupAnswer): KnownBlock[] {
  if (tree.length === 0) return [];
  const lines = treeLines(tree, (iso) => local(iso, zone));
  const left = lines.length - mostTreeLines;
  const shown = [...lines.slice(0, mostTreeLines), ...(left > 0 ? [`and ${left} more`] : [])];
  return [
    richText(
      ...shown.flatMap((line, place) => [
        ...(place === 0 ? [] : [lineBreak]),
        words(line.replaceAll('   ', '\u2003'), 180),
      ]),
    ),
    ...containmentBlocks(containmentOf(tree, new Date(to))),
  ];
}

/** Steps that are shown: the table below wants room, too. */
const mostSteps = 4;

/** What stops what came of a credential, to be copied. */
function containmentBlocks(steps: readonly ContainmentStep[]): KnownBlock[] {
  if (steps.length === 0) return [];
  const left = steps.length - mostSteps;
  return [
    richText(
      bold('To stop it, in CloudShell; Trailwatch does none of this:'),
      ...steps
        .slice(0, mostSteps)
        .flatMap(({ what, account, command, undo }) => [
          lineBreak,
          words(`${what}${account === null ? '' : `, in ${account}`}: `),
          code(command, 450),
          words(' Undone by '),
          code(undo, 200),
        ]),
      ...(left > 0 ? [lineBreak, words(`and ${left} more: trailwatch ask tells all`)] : []),
    ),
  ];
}

/** The answer to a question as it stands: searching, or done, or why not. */
export function lookupMessage(id: number, answer: LookupAnswer, shared?: { by: string }): Message {
  switch (answer.state) {
    case 'asking':
      return askingMessage(id, answer);
    case 'searching':
      return searchingMessage(id, answer);
    default:
      return finalMessage(id, answer, shared);
  }
}

/** "24 Nov 14:00" in the asker's zone. */
const local = (iso: string, zone: string, format = 'd LLL HH:mm'): string =>
  DateTime.fromISO(iso, { zone }).setLocale('en').toFormat(format);

const spanOf = ({ from, to, zone }: LookupAnswer): string => `${local(from, zone)} – ${local(to, zone)} (${zone})`;

/** What it would cost, before it is begun. */
const askingMessage = (id: number, answer: LookupAnswer): Message => ({
  text: fallback(md`${answer.asked}: ${answer.problem ?? ''}`),
  blocks: [
    header(capitalized(answer.asked)),
    richText(words(answer.problem ?? '', 600)),
    context(md`${spanOf(answer)} · ${answer.source}`),
    actions(questionBlockId('ask', id), [
      button(
        questionIds.go,
        'Search anyway',
        String(id),
        `Search although it costs something: ${answer.asked}`,
        'primary',
      ),
      button(questionIds.cancel, 'Leave it', String(id), `Do not search: ${answer.asked}`),
    ]),
  ],
});

/** How far it is, and the first rows. */
function searchingMessage(id: number, answer: LookupAnswer): Message {
  const { summary, rows } = answer;
  const found = summary.events === 0 ? 'Nothing found so far' : `${plural(summary.events, 'event')} found so far`;
  const tasks: TaskCardBlock[] = [
    task('places', `Searching: ${answer.coverage}`, 'in_progress'),
    task(
      'events',
      `${plural(answer.read, 'event')} read, ${summary.events.toLocaleString('en')} match`,
      summary.events > 0 ? 'in_progress' : 'pending',
    ),
  ];
  return {
    text: fallback(md`Searching ${answer.asked}. ${found}.`),
    blocks: [
      { type: 'plan', title: plain(`${capitalized(answer.asked)}, ${spanOf(answer)}`, limits.header.text).text, tasks },
      ...tableOf(answer, rows.slice(0, 10), 4000),
      // Slack lets an answer to a typed command change nothing that it showed before.
      context(md`This shows the first moments; the answer comes below, in a message of its own.`),
      actions(questionBlockId('searching', id), [
        button(questionIds.update, 'Show progress', String(id), `Show how far this is: ${answer.asked}`),
        button(questionIds.cancel, 'Cancel', String(id), `Stop searching: ${answer.asked}`, 'danger'),
      ]),
    ],
  };
}

const task = (name: string, title: string, status: TaskCardBlock['status']): TaskCardBlock => ({
  type: 'task_card',
  task_id: name,
  title: plain(title, 300).text,
  status,
});

function finalMessage(id: number, answer: LookupAnswer, shared: { by: string } | undefined): Message {
  const { summary } = answer;
  const title = titleOf(answer);
  const top: KnownBlock[] = [
    header(title),
    ...(answer.problem === null ? [] : [section(md`⚠️ ${answer.problem}`)]),
    ...(answer.notes.length === 0
      ? []
      : [context(...answer.notes.slice(0, 3).map((note) => md`ℹ️ ${clip(note, 400)}`))]),
    ...treeOf(answer),
    ...(summary.events === 0 ? [] : [richText(...summaryOf(answer))]),
  ];
  const foot: KnownBlock[] = [
    context(
      coverageOf(answer),
      ...(answer.gaps === '' ? [] : [md`${answer.gaps}`]),
      md`${answer.filters} ${answer.source}`,
    ),
    ...pivotBlocks(id, answer),
    ...(shared === undefined
      ? [ownButtons(id, answer)]
      : [
          context(md`Shared by ${userMention(shared.by)}. The files go to whoever may ask AWS.`),
          filesButton(id, answer),
        ]),
  ];
  // Nearly all room is the table's; a little is left for how a block may be counted otherwise.
  const space = limits.message.characters - characters([...top, ...foot]) - 500;
  return {
    text: fallback(md`${title}. ${answer.coverage}`),
    blocks: [...top, ...tableOf(answer, answer.rows, space), ...foot],
  };
}

export function titleOf({ asked, summary, state, whole }: LookupAnswer): string {
  const found = summary.events === 0 ? 'Nothing found' : plural(summary.events, 'event');
  const how =
    state === 'cancelled'
      ? ' (stopped early)'
      : state === 'failed'
        ? ' (failed)'
        : whole
          ? ''
          : ' (not everything was searched)';
  return `${found}: ${asked}${how}`;
}

/** Never without it: a short list cannot be told from a blind one otherwise. */
const coverageOf = (answer: LookupAnswer): Mrkdwn =>
  md`${answer.whole ? '✅' : '⚠️'} ${spanOf(answer)} · ${answer.coverage}`;

const fact = (label: string, ...value: RichTextElement[]): RichTextElement[] => [
  lineBreak,
  bold(`${label}: `),
  ...value,
];

/** Counts, then what the events have in common, each with when it was first seen where that tells something. */
function summaryOf({ summary, zone }: LookupAnswer): RichTextElement[] {
  const when =
    summary.first === null || summary.last === null
      ? ''
      : `, from ${local(summary.first, zone)} to ${local(summary.last, zone, 'd LLL HH:mm')}`;
  const counts = [
    plural(summary.events, 'event'),
    plural(summary.failures, 'failure'),
    plural(summary.changes, 'change'),
    ...(summary.sensitive === 0 ? [] : [`${summary.sensitive.toLocaleString('en')} rated medium or worse`]),
  ].join(', ');
  const telling = summary.telling.filter(isTelling);
  const untold = summary.sensitive - telling.length;
  return [
    words(`${counts}${when}`),
    ...telling.flatMap((row) => tellingLine(row, zone)),
    ...(untold > 0 ? [lineBreak, words(`and ${untold.toLocaleString('en')} more rated medium or worse`)] : []),
    ...groupOf('Actions', summary.actions, 6),
    ...(summary.resources.different > 1 ? groupOf('Touched', summary.resources, 6) : []),
    ...(summary.actors.different > 1 ? groupOf('Who', summary.actors, 5) : []),
    ...groupOf('Addresses', summary.addresses, 5, zone),
    ...(summary.accounts.different > 1 ? groupOf('Accounts', summary.accounts, 8) : []),
    ...groupOf('Regions', summary.regions, 5, zone),
    ...groupOf('User agents', summary.agents, 3, zone),
    ...groupOf('Errors', summary.errors, 4),
  ];
}

export const isTelling = ({ severity }: EventRow): boolean => severity !== 'info' && severity !== 'low';

/** "🔴 28 Nov 06:26 deploy-bot: Create login profile (IAM) on backup-admin; a password was made" */
const tellingLine = (row: EventRow, zone: string): RichTextElement[] => [
  lineBreak,
  words(
    `${severitySign(row.severity)} ${local(row.time, zone)} ${whoOf(row)}: ${whatOf(row)}${row.on === null ? '' : ` on ${row.on}`}${row.error === null ? '' : `, ${row.error}`}${row.why === '' ? '' : `; ${row.why}`}`,
    240,
  ),
];

const whoOf = ({ who, human }: EventRow): string => (human === null || human === who ? who : `${human} as ${who}`);

/** "Get function (Lambda)": some services put the version of their API into the name. */
const whatOf = ({ event, service }: EventRow): string =>
  `${capitalized(spaced(event.replace(/(?<=[a-z])20\d{6}(?:v\d)?$/, '')))} (${serviceName(service)})`;

/** With a zone, each value with when it was first seen. */
function groupOf(label: string, { different, more, top }: Group, most: number, zone?: string): RichTextElement[] {
  if (top.length === 0) return [];
  const shown = top.slice(0, most);
  const left = different - shown.length;
  return fact(
    label,
    ...shown.flatMap(({ value, count: times, first }, place) => [
      ...(place === 0 ? [] : [words(' · ')]),
      code(value, 80),
      words(` ${times.toLocaleString('en')}×${zone === undefined ? '' : ` since ${local(first, zone)}`}`),
    ]),
    ...(left > 0 ? [words(` and ${more ? 'at least ' : ''}${left.toLocaleString('en')} more`)] : []),
  );
}

/** Links cost room: they lead to the events that are worth a look. */
const mostLinks = 15;

function tableOf(answer: LookupAnswer, rows: readonly EventRow[], space: number): KnownBlock[] {
  let links = 0;
  const cells = rows.map((row): TableCell[] => {
    const telling = isTelling(row);
    const url = telling && links < mostLinks && row.link !== null ? safeUrl(row.link) : undefined;
    if (url !== undefined) links += 1;
    const what = whatOf(row);
    return [
      cell(local(row.time, answer.zone, 'yyyy-MM-dd HH:mm:ss')),
      cell(whoOf(row), 50),
      url === undefined ? cell(what, 50) : linkCell(what, url.href, 50),
      cell(row.on ?? '', 40),
      cell(row.from ?? '', 40),
      cell(`${row.account} ${row.region}`, 32),
      cell(row.error ?? 'ok', 30),
      cell(telling ? `${severityWord(row.severity)}: ${row.why}` : severityWord(row.severity), 50),
    ];
  });
  const total = answer.summary.events;
  const made = dataTable(
    (shown) => (shown < total ? `The newest ${shown} of ${plural(total, 'event')}` : plural(total, 'event')),
    [`Time (${answer.zone})`, 'Who', 'What', 'On', 'From', 'Account and region', 'Outcome', 'Severity'],
    cells,
    space,
  );
  return made === undefined ? [] : [made.table];
}

/** A question that follows from an answer, as it would be typed. */
export interface Pivot {
  label: string;
  line: string;
}

/** What is asked next most often stands as buttons; everything else is in the menu beside them. */
const mostNext = 2;
const mostMore = 60;

/**
 * Where to look next, the same for the same answer: of the most telling row who is behind it, its key, address, session,
 * resource and the 15 minutes around it; then the same caller, address or bucket elsewhere; then what else is frequent. A
 * button carries its place in these lists, one behind the other.
 */
export function pivotsOf(answer: LookupAnswer): { next: Pivot[]; more: Pivot[] } {
  const [telling] = answer.summary.telling;
  const span = `--since ${answer.from} --until ${answer.to}`;
  // What was asked about is answered.
  const isAsked = (kind: string, value: string): boolean =>
    answer.subjects.some((subject) => subject.kind === kind && (subject.arn ?? subject.value) === value);
  const of = (kind: string, value: string | null, label: string): Pivot[] =>
    value === null || /["\n]/.test(value) || isAsked(kind, value)
      ? []
      : [{ label: `${label} ${value}`, line: `lookup ${kind} "${value}" ${span}` }];
  const session = (row: EventRow): string | null => /:assumed-role\/[^/]+\/(.+)$/.exec(row.arn ?? '')?.[1] ?? null;
  const around = (row: EventRow): Pivot => ({
    label: `15 min around ${local(row.time, answer.zone, 'HH:mm')} ${row.event}`,
    line: [
      `lookup around ${row.time}`,
      row.account === '' ? '' : ` --account ${row.account}`,
      row.region === '' ? '' : ` --region ${row.region}`,
    ].join(''),
  });
  const first =
    telling === undefined
      ? []
      : [
          { label: `Who is behind ${telling.event}?`, line: `who ${telling.id}` },
          ...of('key', telling.key, 'Key'),
          ...of('ip', isAddress(telling.from) ? telling.from : null, 'Address'),
          ...of('user', session(telling), 'Session'),
          ...of('resource', telling.resource ?? telling.on, 'Resource'),
          around(telling),
        ];
  const others = answer.rows.flatMap((row) => [
    ...of('key', row.key, 'Key'),
    ...of('ip', isAddress(row.from) ? row.from : null, 'Address'),
    ...of('user', session(row), 'Session'),
    ...of('resource', row.resource, 'Resource'),
    ...of('event', row.event, 'Event'),
  ]);
  const askable = [...first, ...elsewhereOf(answer), ...others].filter(isAskable);
  const all = [...new Map(askable.map((pivot) => [pivot.line, pivot])).values()];
  return { next: all.slice(0, mostNext), more: all.slice(mostNext, mostNext + mostMore) };
}

const isAddress = (from: string | null): from is string =>
  from !== null && /^[\d.]+$|^[0-9a-f:.]+:[0-9a-f:.]*$/i.test(from);

/** A line longer than this is no question that could be typed. */
const isAskable = ({ line }: Pivot): boolean => line.length < 1500;

function pivotBlocks(id: number, answer: LookupAnswer): KnownBlock[] {
  const { next, more } = pivotsOf(answer);
  if (next.length === 0) return [];
  return [
    actions(questionBlockId('pivot', id), [
      ...next.map(({ label }, place) =>
        button(`${questionIds.pivot}:${place}`, label, String(place), `Look up: ${label}`),
      ),
      ...(more.length === 0
        ? []
        : [
            {
              type: 'static_select' as const,
              action_id: questionIds.pivotMore,
              placeholder: plain('Look further…'),
              options: more.map(({ label }, place) => option(String(next.length + place), label)),
            },
          ]),
    ]),
  ];
}

const ownButtons = (id: number, { asked, summary }: LookupAnswer): KnownBlock =>
  actions(questionBlockId('own', id), [
    ...(summary.events === 0
      ? []
      : [button(questionIds.files, 'Send me the files', String(id), `Send all events as CSV and JSON: ${asked}`)]),
    button(
      questionIds.share,
      'Share to channel',
      String(id),
      `Show this answer to everybody in this channel: ${asked}`,
    ),
    {
      type: 'overflow',
      action_id: actionIds.more,
      options: [option(questionIds.addToCase, 'Add to a case…'), option(questionIds.again, 'Search again')],
    },
  ]);

const filesButton = (id: number, { asked }: LookupAnswer): KnownBlock =>
  actions(questionBlockId('shared', id), [
    button(questionIds.files, 'Send me the files', String(id), `Send all events as CSV and JSON: ${asked}`),
  ]);
