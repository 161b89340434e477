import { AwsTrouble } from '../../aws/aws.ts';
import { reasonLines } from '../../aws/coverage.ts';
import { type ContainmentStep, containmentOf } from '../../cloudtrail/containment.ts';
import { type EventRow, eventRow } from '../../cloudtrail/row.ts';
import type { Group, Summary } from '../../cloudtrail/tally.ts';
import { Tally } from '../../cloudtrail/tally.ts';
import { askedIn, lineOf, subjectsOf } from '../../questions/answer.ts';
import { askedOf } from '../../questions/lookup.ts';
import { lookupGrammar, type Question } from '../../questions/lookup-query.ts';
import { said } from '../../questions/moments.ts';
import { costOf, coverageWords, search } from '../../questions/search.ts';
import type { Search } from '../../questions/search-history.ts';
import { elsewhereOf } from '../../slack/views/elsewhere.ts';
import { isTelling, treeLines } from '../../slack/views/lookup.ts';
import { isRecord, parseJson } from '../../words/json.ts';
import { messageOf, oneLine, plural } from '../../words/text.ts';
import { table } from '../table.ts';
import { asker, cannotAsk, exitCodes, onRecord, type Terminal, type TerminalQuestion, widthOf } from './terminal.ts';

/** Rows of a table: more are for --json. */
const mostRows = 1000;
const progressEveryMs = 2000;

export const lookupQuestion: TerminalQuestion = {
  name: 'lookup',
  grammar: lookupGrammar,
  ask: async (terminal, typed) => {
    const reading = await askedOf(terminal, typed, { zone: terminal.zone, asker });
    if ('wrong' in reading) return cannotAsk(terminal, reading.wrong.sentence);
    const { question } = reading;
    const cost = costOf(terminal, question);
    if (cost !== undefined && !terminal.yes) return cannotAsk(terminal, `${cost.sentence} Add --yes to search.`);
    const found = await searched(terminal, question);
    await noteAnswer(terminal, question, found);
    printAnswer(terminal, question, found);
    if (!found.last.whole) return exitCodes.notWhole;
    return found.tally.events === 0 ? exitCodes.nothing : exitCodes.found;
  },
};

/** What a search found, and how far it came. `problem`: why it ended early; null: it did not. */
interface Searched {
  tally: Tally;
  last: Search;
  coverage: string;
  problem: string | null;
}

/** Searches, tells how far it is, and with --json writes each event as it comes. */
async function searched(terminal: Terminal, question: Question): Promise<Searched> {
  const { io, json, signal, zone } = terminal;
  const tally = new Tally(mostRows);
  let last: Search | undefined;
  let told = Date.now();
  let problem: string | null = null;
  try {
    for await (const found of search(terminal, question, asker, signal)) {
      last = found;
      tally.add(found.rows);
      if (json) for (const line of found.lines) io.stdout.write(`${eventLine(line)}\n`);
      if (Date.now() - told < progressEveryMs) continue;
      told = Date.now();
      io.stderr.write(`${plural(found.read, 'event')} read, ${tally.events.toLocaleString('en')} match …\n`);
    }
  } catch (error) {
    if (last === undefined) throw error;
    // What was found by then is shown and recorded as what it is.
    problem = signal.aborted ? 'It was stopped before it was through.' : messageOf(error);
    last = { ...last, whole: false };
  }
  if (last === undefined) throw new AwsTrouble('other', 'Nothing could be searched.');
  return { tally, last, coverage: coverageWords(last, question, (at) => said(at, { zone })), problem };
}

const noteAnswer = (terminal: Terminal, question: Question, { tally, last, coverage, problem }: Searched) =>
  onRecord(terminal, 'answer', 'ask lookup', {
    question: lineOf(question),
    events: tally.events,
    shown: terminal.json ? tally.events : tally.newest.length,
    coverage,
    whole: last.whole,
    source: last.source,
    ...(problem === null ? {} : { problem }),
  });

function eventLine(line: string): string {
  const record = parseJson(line);
  return JSON.stringify({ type: 'event', ...(isRecord(record) ? { ...eventRow(record), record } : {}) });
}

const answerLine = (question: Question, { tally, last, coverage: sentence, problem }: Searched) => {
  const { coverage, whole, gaps, filters, source, read, notes, tree } = last;
  return {
    type: 'answer',
    asked: askedIn(question),
    line: lineOf(question),
    from: question.span.from,
    to: question.span.to,
    summary: tally.summary(),
    read,
    coverage: { ...coverage, whole, sentence, gaps },
    filters,
    source,
    notes,
    tree,
    containment: containmentOf(tree, question.span.to),
    elsewhere: elsewhereIn(question, tally),
    problem,
  };
};

/** The same caller, address or bucket in what CloudTrail does not hold, and what comes next, as lines to ask. */
const elsewhereIn = (question: Question, tally: Tally): string[] =>
  elsewhereOf({
    subjects: subjectsOf(question),
    summary: tally.summary(),
    rows: tally.newest,
    from: question.span.from.toISOString(),
    to: question.span.to.toISOString(),
  }).map(({ line }) => line);

const columns = {
  'TIME (UTC)': (row: EventRow) => row.time.slice(0, 19).replace('T', ' '),
  WHO: (row: EventRow) => (row.human === null || row.human === row.who ? row.who : `${row.human} as ${row.who}`),
  ACTION: (row: EventRow) => row.event,
  ON: (row: EventRow) => row.on ?? '',
  FROM: (row: EventRow) => row.from ?? '',
  ACCOUNT: (row: EventRow) => row.account,
  REGION: (row: EventRow) => row.region,
  OUTCOME: (row: EventRow) => row.error ?? 'ok',
  SEVERITY: (row: EventRow) => row.severity,
  'EVENT ID': (row: EventRow) => row.id,
} as const;

/** Half a time or half an id says nothing: a time is whole, and ids are left out where there is no room for them. */
const firm = ['TIME (UTC)', 'EVENT ID'];
const widthWithIds = 180;

function printAnswer(terminal: Terminal, question: Question, found: Searched): void {
  const { io, json } = terminal;
  if (json) io.stdout.write(`${JSON.stringify(answerLine(question, found))}\n`);
  else
    io.stdout.write(
      [
        ...tableOf(terminal, found),
        ...summaryOf(found, question.span.to),
        ...belowTable(terminal, question, found),
        '',
      ].join('\n'),
    );
}

/** The columns for which there is room. */
function columnsIn(width: number) {
  return Object.entries(columns).filter(([name]) => name !== 'EVENT ID' || width >= widthWithIds);
}

function tableOf(terminal: Terminal, { tally: { newest } }: Searched): string[] {
  if (newest.length === 0) return [];
  const width = widthOf(terminal);
  const shown = columnsIn(width);
  const header = shown.map(([name]) => name);
  const rows = newest.map((row) => shown.map(([, read]) => read(row)));
  return [table(header, rows, width, firm)];
}

const utc = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

/** What came of a credential, the worst calls with their reasons, and what the events have in common. */
function summaryOf({ tally, last: { tree } }: Searched, until: Date): string[] {
  const steps = containmentOf(tree, until);
  const summary = tally.summary();
  const worst = summary.telling.filter(isTelling);
  const untold = summary.sensitive - worst.length;
  const lines = [
    ...(tree.length === 0 ? [] : ['What came of it:', ...treeLines(tree, utc).map((line) => `  ${line}`)]),
    ...(steps.length === 0 ? [] : ['To stop it (Trailwatch does none of this):', ...steps.flatMap(stepLines)]),
    ...(worst.length === 0
      ? []
      : [
          'Worst calls:',
          ...worst.map((row) => `  ${worstLine(row)}`),
          ...(untold > 0 ? [`  and ${untold.toLocaleString('en')} more rated medium or worse: --severity medium`] : []),
        ]),
    ...Object.entries(groupLabels).flatMap(([label, read]) => groupLine(label, read(summary))),
  ];
  return lines.length === 0 ? [] : [...lines.map((line) => oneLineKeptIn(line)), ''];
}

const stepLines = ({ what, account, command, undo }: ContainmentStep): string[] => [
  `  ${what}${account === null ? '' : `, in ${account}`}:`,
  `    ${command}`,
  `    undo: ${undo}`,
];

/** One line that keeps the spaces it begins with. */
const oneLineKeptIn = (line: string): string => `${/^ */.exec(line)?.[0] ?? ''}${oneLine(line, 1000)}`;

const worstLine = ({ severity, time, who, human, event, on, error, why, link }: EventRow): string =>
  [
    `${severity} ${utc(time)} ${human === null || human === who ? who : `${human} as ${who}`}: ${event}${on === null ? '' : ` on ${on}`}`,
    ...(error === null ? [] : [error]),
    ...(why === '' ? [] : [why]),
    ...(link === null ? [] : [link]),
  ].join('; ');

const groupLabels: Readonly<Record<string, (summary: Summary) => Group>> = {
  Actions: ({ actions }) => actions,
  Touched: ({ resources }) => resources,
  Who: ({ actors }) => actors,
  Addresses: ({ addresses }) => addresses,
  'User agents': ({ agents }) => agents,
  Accounts: ({ accounts }) => accounts,
  Regions: ({ regions }) => regions,
  Errors: ({ errors }) => errors,
};

/** Of these it tells something when they were first seen. */
const dated: ReadonlySet<string> = new Set(['Addresses', 'User agents', 'Regions']);

/** "Addresses: 198.51.100.23 60× since 2026-11-28 05:13:48 · … and 3 more"; what all events share is in the table already. */
function groupLine(label: string, { different, more, top }: Group): string[] {
  if (different < 2 && label !== 'Errors') return [];
  const shown = top.slice(0, 6);
  const left = different - shown.length;
  return shown.length === 0
    ? []
    : [
        `${label}: ${shown.map(({ value, count, first }) => `${oneLine(value, 80)} ${count.toLocaleString('en')}×${dated.has(label) ? ` since ${utc(first)}` : ''}`).join(' · ')}${left > 0 ? ` and ${more ? 'at least ' : ''}${left.toLocaleString('en')} more` : ''}`,
      ];
}

/** How much was found, and on what the answer rests. */
function belowTable(terminal: Terminal, question: Question, { tally, last, coverage, problem }: Searched): string[] {
  const { zone } = terminal;
  const { newest, events } = tally;
  const { failures, changes, sensitive } = tally.summary();
  const left = events - newest.length;
  const withoutIds = newest.length > 0 && columnsIn(widthOf(terminal)).length < Object.keys(columns).length;
  return [
    [
      `${plural(events, 'event')}: ${askedIn(question)}`,
      ...(left > 0 ? [`the newest ${newest.length.toLocaleString('en')} are shown, all with --json`] : []),
      ...(withoutIds ? ['event ids with --json'] : []),
    ].join('; '),
    `${failures} failed, ${changes} changed something, ${sensitive} rated medium or worse`,
    ...last.notes.map((note) => oneLine(note)),
    `${said(question.span.from, { zone })} – ${said(question.span.to, { zone })} (${zone})`,
    `${last.whole ? '' : 'Not whole: '}${coverage}`,
    ...(problem === null ? [] : [oneLine(problem)]),
    ...(last.gaps === '' ? [] : [last.gaps]),
    ...(last.coverage === null ? [] : reasonLines(last.coverage)).map((line) => `  ${oneLine(line)}`),
    `${last.filters} ${last.source}`,
    ...elsewhereIn(question, tally).map((line) => `Elsewhere: ${oneLine(line, 400)}`),
  ];
}
