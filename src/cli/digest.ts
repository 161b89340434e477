import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openAws } from '../aws/open.ts';
import { memoryPace } from '../aws/pace.ts';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { coverageSentence, type DigestResult } from '../framework/digest-result.ts';
import { digests } from '../jobs/digests/index.ts';
import { makeRun } from '../jobs/digests/run.ts';
import { openDatabase } from '../store/database.ts';
import { sharedPace } from '../store/pace.ts';
import { didYouMean } from '../words/nearest.ts';
import { oneLine } from '../words/text.ts';
import { mustVouch } from './database-of.ts';
import type { Io } from './io.ts';
import { createLog } from './start.ts';

const names = digests.map(({ command }) => command);
const usage = `Usage: trailwatch digest ${names.join('|')} [--out DIR] [--dry-run] [--json]
       trailwatch digest verify DIR [--sha256 HASH | --audit-log] [--public-key FILE] [--reperform] [--json]
       trailwatch digest calendar [--weeks N] [--json]`;

/**
 * `trailwatch digest NAME [--out DIR] [--dry-run] [--json]`: collects a digest and writes its files and their manifest
 * into an empty folder (default: NAME-DATE). It is compared with the last run in the database, and kept there for the next
 * one; nothing is posted. An interrupted run is resumed by the same command. `--dry-run` keeps nothing and writes
 * nothing: it says what it finds.
 * Exit code 0: every account answered, and everything was looked at; 3: not, and what is missing is named; 1: it could not be made.
 */
export async function digest(args: string[], io: Io): Promise<number> {
  if (args[0] === 'calendar') return (await import('./digest-calendar.ts')).digestCalendar(args, io);
  if (args[0] === 'verify') return (await import('./digest-verify.ts')).digestVerify(args, io);
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { out: { type: 'string' }, 'dry-run': { type: 'boolean' }, json: { type: 'boolean' } },
  });
  const [name = ''] = positionals;
  const wanted = digests.find(({ command }) => command === name);
  if (wanted === undefined)
    throw new Error(name === '' ? usage : `There is no digest "${name}"${didYouMean(name, names) || '.'}\n${usage}`);
  if (positionals.length > 1)
    throw new Error(`One digest at a time: "${positionals[1]}" is one word too many.\n${usage}`);
  const dry = values['dry-run'] === true;
  if (dry && values.out !== undefined) throw new Error('--dry-run writes nothing: leave --out away.');
  const now = () => new Date();
  const folder = dry ? null : resolve(io.cwd, values.out ?? `${name}-${now().toISOString().slice(0, 10)}`);
  if (folder !== null) await emptyFolder(folder);

  const loaded = loadConfig(resolve(io.cwd, configPath(io.env)), io.env);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const { config, environment } = loaded;
  const temporary = dry ? await mkdtemp(join(tmpdir(), 'trailwatch-dry-run-')) : null;
  const database = await openDatabase(
    temporary === null
      ? { ...environment, dataDir: resolve(io.cwd, environment.dataDir) }
      : { databaseUrl: null, dataDir: temporary },
  );
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error('Stopped.'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const log = createLog(environment.logLevel === 'info' ? 'error' : environment.logLevel);
    await mustVouch(database, environment, now());
    const pace = database.kind === 'embedded' ? memoryPace() : sharedPace(database);
    const aws = openAws({ accounts: config.accounts, history: config.history, pace, now, log });
    // A terminal has no Slack to ask for names.
    const parts = {
      database,
      aws,
      config,
      nameOf: async (user: string) => user,
      zoneOf: async () => 'UTC',
      now,
      log,
      stopping: stop.signal,
    };
    const found = await makeRun(parts, wanted, folder);
    say(found, { ...(folder === null ? {} : { folder }), json: values.json === true }, io);
    const { missing, gaps, trouble } = found.result.coverage;
    return missing.length + gaps.length === 0 && trouble === null ? 0 : 3;
  } catch (error) {
    if (folder !== null) for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    throw error;
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    await database.close();
    if (temporary !== null) await rm(temporary, { recursive: true, force: true });
  }
}

/** A folder for files that are to be vouched for holds nothing else. */
async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new Error(
      `${folder} is not empty: name a new folder with --out, so that the manifest speaks of this digest alone.`,
    );
}

function say(
  { result, manifestSha256, resumed }: { result: DigestResult; manifestSha256: string; resumed: Date | null },
  { folder, json }: { folder?: string; json: boolean },
  io: Io,
): void {
  if (json) {
    io.stdout.write(`${JSON.stringify({ ...result, manifestSha256, ...(folder === undefined ? {} : { folder }) })}\n`);
    return;
  }
  const { coverage, numbers, headline, notes } = result;
  const lines = [
    headline,
    ...(coverage.asked === 0 ? [] : [`${coverageSentence(coverage)}.`]),
    ...(coverage.trouble === null ? [] : [coverage.trouble]),
    ...coverage.missing.map(({ account, reason }) => `  no answer from ${account}: ${reason}`),
    ...numbers.map(
      ({ label, value, unit, before }) =>
        `${label}: ${value === null ? '–' : `${value}${unit}`}${before === null ? '' : ` (${before}${unit} the last time)`}`,
    ),
    ...notes,
    ...(resumed === null
      ? []
      : [`Accounts that had answered the run that was begun at ${resumed.toISOString()} were not asked again.`]),
    ...(folder === undefined ? [] : [`Files: ${folder}`, `SHA-256 of the manifest: ${manifestSha256}`]),
  ];
  io.stdout.write(lines.map((line) => `${oneLine(line, 1000)}\n`).join(''));
}
