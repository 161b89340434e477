import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { openAws } from '../aws/open.ts';
import { memoryPace } from '../aws/pace.ts';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { accessQuestion } from '../questions/access.ts';
import { accountsQuestion } from '../questions/accounts.ts';
import { dnsQuestion } from '../questions/dns.ts';
import { findingsQuestion } from '../questions/findings.ts';
import { flowsQuestion } from '../questions/flows.ts';
import { historyQuestion } from '../questions/history.ts';
import { s3Question } from '../questions/s3.ts';
import { sessionsQuestion } from '../questions/sessions.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../store/database.ts';
import { sharedPace } from '../store/pace.ts';
import { StoreInUse } from '../store/store-error.ts';
import { didYouMean } from '../words/nearest.ts';
import { messageOf } from '../words/text.ts';
import { readTokens, tokensOf, tokensOfArguments } from '../words/typed.ts';
import { mustVouch } from './database-of.ts';
import type { Io } from './io.ts';
import { investigateQuestion } from './questions/investigate.ts';
import { lookupQuestion } from './questions/lookup.ts';
import { tableInTerminal } from './questions/table-answer.ts';
import { cannotAsk, type ExitCode, onRecord, type TerminalQuestion } from './questions/terminal.ts';
import { watchInTerminal } from './questions/watch.ts';
import { whoQuestion } from './questions/who.ts';

/** How long is waited for another process that has the embedded database in use, in milliseconds. */
const turnMs = 30_000;

/** Opens the database; two questions that are asked at once take turns. @throws StoreError when it cannot be opened */
async function openInTurn(where: DatabaseOptions, io: Io, signal: AbortSignal): Promise<Database> {
  const begun = Date.now();
  for (let told = false; ; told = true)
    try {
      return await openDatabase(where);
    } catch (error) {
      if (!(error instanceof StoreInUse) || Date.now() - begun > turnMs || signal.aborted) throw error;
      if (!told) io.stderr.write('The embedded database is in use by another process; waiting for it …\n');
      await sleep(250);
    }
}

/** What can be asked. A new question is its file and a line here. */
const questions: readonly TerminalQuestion[] = [
  lookupQuestion,
  whoQuestion,
  watchInTerminal,
  investigateQuestion,
  ...[
    sessionsQuestion,
    flowsQuestion,
    dnsQuestion,
    s3Question,
    accessQuestion,
    accountsQuestion,
    findingsQuestion,
    historyQuestion,
  ].map(tableInTerminal),
];

/** Switches that stand anywhere, within the quotes of the question too. */
const switches: ReadonlySet<string> = new Set(['json', 'yes']);

/**
 * `trailwatch ask "lookup user alice" [--json] [--yes]`: the questions of /audit about AWS, in a terminal. It needs the
 * configuration and AWS, not Slack; the database is for the audit log. Exit code 0: found, 1: nothing found, 2: the
 * question makes no sense or AWS cannot be asked, 3: not everything was searched, whatever was found. The same for all.
 */
export async function ask(args: string[], io: Io): Promise<ExitCode> {
  const said = args.filter((arg) => !['--json', '--yes'].includes(arg));
  // A question in quotes is one argument, whatever options stand behind it; without them each word is.
  const [line = '', ...behind] = said;
  const tokens =
    /\s/.test(line) || behind.length === 0
      ? [...tokensOf(line), ...tokensOfArguments(behind)]
      : tokensOfArguments(said);
  const [name = ''] = readTokens(tokens, { flags: switches }).words;
  const question = questions.find((known) => known.name === name);
  if (question === undefined) {
    const names = questions.map((known) => known.name);
    const sentence =
      name === '' ? 'Say what to ask.' : `There is no question "${name}"${didYouMean(name, names) || '.'}`;
    return cannotAsk({ io }, `${sentence} Ask like: trailwatch ask "lookup user alice --since 24h"`);
  }
  const { flags = [] } = question.grammar ?? {};
  const typed = readTokens(tokens, { ...question.grammar, flags: new Set([...flags, ...switches]) });
  typed.words.shift();
  const switched = (option: string): boolean => typed.options.delete(option) || args.includes(`--${option}`);
  const [json, yes] = [switched('json'), switched('yes')];

  const loaded = loadConfig(resolve(io.cwd, configPath(io.env)), io.env);
  if ('problems' in loaded) return cannotAsk({ io }, loaded.problems.map(formatProblem).join('\n'));
  const { config, environment } = loaded;
  const now = () => new Date();
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  process.once('SIGINT', stop);
  let database: Database | undefined;
  try {
    const where = { ...environment, dataDir: resolve(io.cwd, environment.dataDir) };
    database = await openInTurn(where, io, interrupted.signal);
    await mustVouch(database, environment, now());
    const pace = database.kind === 'embedded' ? memoryPace() : sharedPace(database);
    const log = pino({ level: 'silent' });
    const aws = openAws({ accounts: config.accounts, history: config.history, pace, now, log });
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    await onRecord({ database, now }, 'command', `ask ${name}`, { text: said.join(' ').slice(0, 1000) });
    return await question.ask({ config, database, aws, io, json, yes, zone, now, signal: interrupted.signal }, typed);
  } catch (error) {
    // Sentences for people: of AWS, and of the database.
    return cannotAsk({ io }, messageOf(error));
  } finally {
    process.removeListener('SIGINT', stop);
    await database?.close();
  }
}
