import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { isRecord, parseJson } from '../alerts/json.ts';
import { nearest } from '../alerts/nearest.ts';
import { type EventRow, eventRow } from '../alerts/sources/cloudtrail/row.ts';
import { Tally } from '../alerts/sources/cloudtrail/tally.ts';
import { messageOf, oneLine } from '../alerts/text.ts';
import { type Aws, AwsTrouble } from '../aws/aws.ts';
import { entityOf, findGraph, investigate, listInvestigations, setInvestigationState } from '../aws/detective.ts';
import { openAws } from '../aws/open.ts';
import { memoryPace } from '../aws/pace.ts';
import { archivingIsOff, graphCoverage, investigationNow, readInvestigate } from '../commands/investigate.ts';
import { askedIn, lineOf } from '../commands/lookup.ts';
import { lookupFlags, lookupValueWords, type Question, readLookup } from '../commands/lookup-query.ts';
import { readSpan, said } from '../commands/moments.ts';
import { costOf, coverageWords, hasHistory, type Search, search } from '../commands/search.ts';
import { findWho, readWho, whoCoverage } from '../commands/who.ts';
import { readTyped, type Typed } from '../commands/words.ts';
import type { Config } from '../config/config.ts';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { behind } from '../slack/views/who.ts';
import { appendAudit } from '../store/audit-log.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { sharedPace } from '../store/pace.ts';
import type { Io } from './io.ts';
import { table } from './table.ts';

/** What came of a question, as an exit code. */
export const exitCodes = { found: 0, nothing: 1, trouble: 2, notWhole: 3 } as const;

type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Whoever asks at a terminal; in AWS the session is `trailwatch-cli`. */
const asker = { name: 'cli' };
/** Rows of a table: more are for --json. */
const mostRows = 1000;
const progressEveryMs = 2000;
const dayMs = 86_400_000;

export interface Terminal {
  config: Config;
  database: Database;
  aws: Aws;
  io: Io;
  json: boolean;
  /** Search although it costs something. */
  yes: boolean;
  zone: string;
  now: () => Date;
  signal: AbortSignal;
}

const questions: Record<string, (terminal: Terminal, rest: string) => Promise<ExitCode>> = {
  lookup,
  who,
  investigate: investigateHere,
};

/**
 * `trailwatch ask "lookup user alice" [--json] [--yes]`: the questions of /audit about AWS, in a terminal. It needs the
 * configuration and AWS, not Slack; the database is for the audit log. Exit code 0: found, 1: nothing found, 2: the
 * question makes no sense or AWS cannot be asked, 3: not everything was searched, whatever was found.
 */
export async function ask(args: string[], io: Io): Promise<ExitCode> {
  const json = args.includes('--json');
  const line = args
    .filter((arg) => !['--json', '--yes'].includes(arg))
    .map((arg, _, all) => (all.length > 1 && /\s/.test(arg) ? `"${arg}"` : arg))
    .join(' ');
  const [name = ''] = readTyped(line).words;
  const question = Object.hasOwn(questions, name) ? questions[name] : undefined;
  if (question === undefined) {
    const close = nearest(name, Object.keys(questions));
    io.stderr.write(
      `${name === '' ? 'Say what to ask' : `There is no question "${name}"`}.${close === undefined ? '' : ` Did you mean "${close}"?`} Ask like: trailwatch ask "lookup user alice --since 24h"\n`,
    );
    return exitCodes.trouble;
  }
  const loaded = loadConfig(resolve(io.cwd, configPath(io.env)), io.env);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return exitCodes.trouble;
  }
  const { config, environment } = loaded;
  const now = () => new Date();
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  process.once('SIGINT', stop);
  let database: Database | undefined;
  try {
    database = await openDatabase({
      databaseUrl: environment.databaseUrl,
      dataDir: resolve(io.cwd, environment.dataDir),
    });
    const pace = database.kind === 'embedded' ? memoryPace() : sharedPace(database);
    const aws = openAws({
      accounts: config.accounts,
      history: config.history,
      pace,
      now,
      log: pino({ level: 'silent' }),
    });
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    await onRecord(database, 'command', `ask ${name}`, { text: line.slice(0, 1000) }, now());
    return await question(
      { config, database, aws, io, json, yes: args.includes('--yes'), zone, now, signal: interrupted.signal },
      line.slice(line.indexOf(name) + name.length),
    );
  } catch (error) {
    // Sentences for people: of AWS, and of the database.
    io.stderr.write(`${messageOf(error)}\n`);
    return exitCodes.trouble;
  } finally {
    process.removeListener('SIGINT', stop);
    await database?.close();
  }
}

const onRecord = (
  database: Database,
  action: string,
  subject: string,
  detail: Record<string, unknown>,
  at: Date,
): Promise<void> =>
  database.transaction((trx) =>
    appendAudit(trx, {
      at,
      actor: { type: 'user', team: 'terminal', user: userInfo().username },
      action,
      subject,
      detail,
    }),
  );

async function lookup(terminal: Terminal, rest: string): Promise<ExitCode> {
  const { aws, config, io, zone, now } = terminal;
  const typed: Typed = readTyped(rest, lookupFlags, lookupValueWords);
  const { partition } = await aws.home();
  const reading = readLookup(typed, { now: now(), zone, partition, history: hasHistory(config) });
  if (!('question' in reading)) {
    io.stderr.write(
      `${'wrong' in reading ? reading.wrong : 'Say what to look up: trailwatch ask "lookup user alice --since 24h"'}\n`,
    );
    return exitCodes.trouble;
  }
  const { question } = reading;
  const cost = costOf({ config, now }, question);
  if (cost !== undefined && !terminal.yes) {
    io.stderr.write(`${cost.sentence} Add --yes to search.\n`);
    return exitCodes.trouble;
  }
  const tally = new Tally(mostRows);
  let last: Search | undefined;
  let told = Date.now();
  for await (const found of search(terminal, question, asker, terminal.signal)) {
    last = found;
    tally.add(found.rows);
    if (terminal.json) for (const line of found.lines) io.stdout.write(`${eventLine(line)}\n`);
    if (Date.now() - told < progressEveryMs) continue;
    told = Date.now();
    io.stderr.write(`${found.read.toLocaleString('en')} events read, ${tally.events.toLocaleString('en')} match …\n`);
  }
  if (last === undefined) throw new AwsTrouble('other', 'Nothing could be searched.');
  const coverage = coverageWords(last, question, (at) => said(at, { zone }));
  const { whole } = last;
  await onRecord(
    terminal.database,
    'answer',
    'ask lookup',
    {
      question: lineOf(question),
      events: tally.events,
      shown: terminal.json ? tally.events : tally.newest.length,
      coverage,
      whole,
      source: last.source,
    },
    now(),
  );
  if (terminal.json) io.stdout.write(`${JSON.stringify(answerLine(question, tally, last, coverage))}\n`);
  else printAnswer(terminal, question, tally, last, coverage);
  if (!whole) return exitCodes.notWhole;
  return tally.events === 0 ? exitCodes.nothing : exitCodes.found;
}

async function who({ aws, io, json, now, zone, signal, database }: Terminal, rest: string): Promise<ExitCode> {
  const subject = readWho(readTyped(rest).words);
  if ('wrong' in subject) {
    io.stderr.write(`${subject.wrong}\n`);
    return exitCodes.trouble;
  }
  const chain = await findWho({ aws, now }, subject, asker, signal);
  const { links: steps, problem } = chain;
  const coverage = whoCoverage(chain);
  const answer = { asked: subject.value, steps, problem, zone, coverage };
  await onRecord(
    database,
    'answer',
    `ask who ${subject.value}`,
    { behind: behind(answer), problem, coverage, shown: steps.length },
    now(),
  );
  if (json) io.stdout.write(`${JSON.stringify({ type: 'chain', ...answer, behind: behind(answer) })}\n`);
  else
    io.stdout.write(
      [
        ...steps.flatMap(({ kind, name, account, key, directory, proof, event }, place) => [
          ...(place === 0 ? [] : [`  ↓ ${proof}`]),
          oneLine([kind, name, account, key, directory].filter((part) => part != null).join('  ')),
          ...(event === null
            ? []
            : [`    ${event.time}  ${event.name}  ${event.account} ${event.region}  ${event.id}`]),
        ]),
        '',
        `Behind it: ${oneLine(behind(answer))}`,
        ...(problem === null ? [] : [oneLine(problem)]),
        coverage,
        '',
      ].join('\n'),
    );
  return problem === null ? exitCodes.found : exitCodes.notWhole;
}

/** How often a running investigation is looked at: Detective takes minutes. */
const lookEveryMs = 15_000;

/** `ask "investigate ARN"` waits until Detective is done; `list`, `show ID` and `archive ID` answer at once. */
async function investigateHere(terminal: Terminal, rest: string): Promise<ExitCode> {
  const { aws, config, io, json, zone, now, signal, database } = terminal;
  const typed = readTyped(rest, new Set(), lookupValueWords);
  const reading = readInvestigate(typed);
  const scope = readSpan(typed.options.get('since'), typed.options.get('until'), dayMs, { now: now(), zone });
  if ('wrong' in reading || 'wrong' in scope) {
    io.stderr.write(`${'wrong' in reading ? reading.wrong : 'wrong' in scope ? scope.wrong : ''}\n`);
    return exitCodes.trouble;
  }
  const graph = await findGraph(aws, asker, typed.options.get('region'));
  const coverage = graphCoverage(graph);
  if (reading.act === 'list') {
    const list = await listInvestigations(aws, graph, asker, { state: 'ACTIVE' });
    await onRecord(database, 'answer', 'ask investigate list', { shown: list.length, coverage }, now());
    for (const one of list)
      io.stdout.write(
        json
          ? `${JSON.stringify({ type: 'investigation', ...one })}\n`
          : `${one.createdAt.toISOString()}  ${one.severity}  ${one.status}  ${one.id}  ${oneLine(one.entity)}\n`,
      );
    if (!json) io.stdout.write(`${list.length} active, 100 at most. ${coverage}\n`);
    return list.length === 0 ? exitCodes.nothing : exitCodes.found;
  }
  let id = reading.value;
  if (reading.act === 'archive') {
    if (!config.detective.start) throw new AwsTrouble('denied', archivingIsOff);
    await setInvestigationState(aws, graph, id, 'ARCHIVED', asker);
  }
  if (reading.act === 'begin') {
    const entity = await entityOf(aws, reading.value, asker);
    const begun = await investigate(aws, graph, entity, asker, { scope, allowed: config.detective.start, now: now() });
    id = begun.id;
    await onRecord(database, begun.reused ? 'answer' : 'investigate', `investigation ${id}`, { entity }, now());
  }
  let shown = await investigationNow({ aws }, graph, id, asker.name);
  while (reading.act === 'begin' && shown.status === 'RUNNING') {
    io.stderr.write(`Detective is at work on ${id} …\n`);
    await sleep(lookEveryMs, undefined, { signal });
    shown = await investigationNow({ aws }, graph, id, asker.name);
  }
  const { status, severity, state, indicators } = shown;
  await onRecord(
    database,
    reading.act === 'archive' ? 'archive' : 'answer',
    `investigation ${id}`,
    { status, shown: indicators.length, coverage },
    now(),
  );
  if (json) io.stdout.write(`${JSON.stringify({ type: 'investigation', ...shown })}\n`);
  else
    io.stdout.write(
      [
        `${severity}  ${status}  ${state}  ${id}  ${oneLine(shown.entity)}`,
        ...indicators.map(({ heading, sentence }) => `  ${heading}: ${oneLine(sentence)}`),
        shown.console,
        coverage,
        '',
      ].join('\n'),
    );
  return status === 'SUCCESSFUL' ? exitCodes.found : exitCodes.notWhole;
}

function eventLine(line: string): string {
  const record = parseJson(line);
  return JSON.stringify({ type: 'event', ...(isRecord(record) ? { ...eventRow(record), record } : {}) });
}

const answerLine = (
  question: Question,
  tally: Tally,
  { coverage, whole, filters, source, read }: Search,
  sentence: string,
) => ({
  type: 'answer',
  asked: askedIn(question),
  line: lineOf(question),
  from: question.span.from,
  to: question.span.to,
  summary: tally.summary(),
  read,
  coverage: { ...coverage, whole, sentence },
  filters,
  source,
});

const columns = {
  TIME: (row: EventRow) => row.time.replace('.000Z', 'Z'),
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

function printAnswer({ io, zone }: Terminal, question: Question, tally: Tally, last: Search, coverage: string): void {
  const { newest } = tally;
  const { failures, changes, sensitive } = tally.summary();
  const width = Number(io.env['COLUMNS'] ?? (io.stdout === process.stdout ? process.stdout.columns : undefined)) || 160;
  if (newest.length > 0)
    io.stdout.write(
      table(
        Object.keys(columns),
        newest.map((row) => Object.values(columns).map((read) => read(row))),
        width,
      ),
    );
  const left = tally.events - newest.length;
  io.stdout.write(
    [
      `${newest.length === 0 ? '' : '\n'}${tally.events.toLocaleString('en')} ${tally.events === 1 ? 'event' : 'events'}: ${askedIn(question)}${left > 0 ? `; the newest ${newest.length.toLocaleString('en')} are shown, all with --json` : ''}`,
      `${failures} failed, ${changes} changed something, ${sensitive} sensitive`,
      `${said(question.span.from, { zone })} – ${said(question.span.to, { zone })} (${zone})`,
      `${last.whole ? '' : 'Not whole: '}${coverage}`,
      ...(last.coverage?.missing ?? [])
        .slice(0, 10)
        .map(({ place, reason }) => `  ${place.account} ${place.region}: ${reason}`),
      `${last.filters} ${last.source}`,
      '',
    ].join('\n'),
  );
}
