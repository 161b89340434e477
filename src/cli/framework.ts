import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AwsTrouble } from '../aws/aws.ts';
import { openAws } from '../aws/open.ts';
import { memoryPace } from '../aws/pace.ts';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import type { Check } from '../framework/check.ts';
import { fixOf } from '../framework/fix.ts';
import { rootCauses, scoreOf } from '../framework/score.ts';
import type { Row } from '../framework/verdict.ts';
import { noSuchStep, steps } from '../questions/framework/checks.ts';
import { runFramework } from '../questions/framework/run.ts';
import { noStore } from '../questions/framework/store.ts';
import { messageOf, oneLine } from '../words/text.ts';
import type { Io } from './io.ts';
import { createLog } from './start.ts';
import { table } from './table.ts';

const usage = 'Usage: trailwatch framework [STEP|CHECK] [--account GLOB] [--region NAME] [--json] [--out DIR]';

/** What came of a run, as an exit code. */
export const exitCodes = { pass: 0, fail: 1, trouble: 2, unknown: 3 } as const;

const progressEveryMs = 2000;
/** Rows that are listed of a step: more are for --json. */
const mostRows = 200;

/**
 * `trailwatch framework`: checks the sixteen steps against AWS and says how they stand; `--json` prints a line a result and
 * then one with the summary. It needs the configuration and AWS; what the bot's own store holds is not asked.
 * Exit code 0: all pass, 1: something fails, 2: bad input or AWS cannot be asked, 3: something is unknown and nothing fails.
 */
export async function framework(args: string[], io: Io): Promise<number> {
  const refuse = (sentence: string): number => {
    io.stderr.write(`${sentence}\n${usage}\n`);
    return exitCodes.trouble;
  };
  let parsed: ReturnType<typeof optionsIn>;
  try {
    parsed = optionsIn(args);
  } catch (error) {
    return refuse(messageOf(error));
  }
  const { values, positionals } = parsed;
  const wrong = await wrongIn(positionals);
  if (wrong !== undefined) return refuse(wrong);
  const loaded = loadConfig(resolve(io.cwd, configPath(io.env)), io.env);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return exitCodes.trouble;
  }
  const { config, environment } = loaded;
  const now = () => new Date();
  const log = createLog(environment.logLevel === 'info' ? 'error' : environment.logLevel);
  const aws = openAws({ accounts: config.accounts, history: config.history, pace: memoryPace(), now, log });
  const parts = { aws, asker: { name: 'framework' }, settings: config.framework, store: noStore(now), now, log };
  const wanted = { of: positionals, accounts: values.account ?? [], regions: values.region ?? [] };
  try {
    const found = await collect(parts, wanted, { io, json: values.json === true });
    if (values.out !== undefined) await writeRows(resolve(io.cwd, values.out), found);
    if (values.json === true) io.stdout.write(`${JSON.stringify({ summary: summaryOf(found) })}\n`);
    else io.stdout.write(await inWords(found, positionals.length > 0));
    return exitCodeOf(found);
  } catch (error) {
    if (!(error instanceof AwsTrouble)) throw error;
    io.stderr.write(`${error.message}\n`);
    return exitCodes.trouble;
  }
}

const optionsIn = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      account: { type: 'string', multiple: true },
      region: { type: 'string', multiple: true },
      json: { type: 'boolean' },
      out: { type: 'string' },
    },
  });

async function wrongIn([of, more]: readonly string[]): Promise<string | undefined> {
  if (more !== undefined) return `One step or check at a time: "${more}" is one word too many.`;
  return of === undefined ? undefined : noSuchStep(of);
}

interface Found {
  rows: Row[];
  accounts: number;
  calls: number;
  trouble: string | null;
}

async function collect(
  parts: Parameters<typeof runFramework>[0],
  wanted: Parameters<typeof runFramework>[1],
  { io, json }: { io: Io; json: boolean },
): Promise<Found> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal);
  const found: Found = { rows: [], accounts: 0, calls: 0, trouble: null };
  let saidAt = Date.now();
  try {
    for await (const told of runFramework(parts, wanted, stop.signal)) {
      if (told.kind === 'estate') [found.accounts, found.trouble] = [told.estate.accounts.length, told.estate.trouble];
      if (told.kind === 'rows') {
        found.rows.push(...told.rows);
        if (json) for (const row of told.rows) io.stdout.write(`${JSON.stringify(lineOf(row))}\n`);
      }
      if (told.kind !== 'progress') continue;
      found.calls = told.calls;
      if (Date.now() - saidAt < progressEveryMs) continue;
      saidAt = Date.now();
      io.stderr.write(`${told.done} of ${told.of} accounts, ${told.calls} calls so far …\n`);
    }
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
  return found;
}

/** A result as the files and `--json` have it. */
const lineOf = ({ step, check, account, region, resource, verdict, proof, reason, severity, ...row }: Row) => ({
  step,
  check,
  account,
  region,
  resource,
  verdict,
  proof,
  reason,
  severity,
  unknown: row.unknown,
  inheritedFrom: row.inheritedFrom,
  cause: row.cause,
  askedAt: row.askedAt,
});

const scoresOf = ({ rows }: Found) =>
  [...Map.groupBy(rows, ({ step }) => step)].toSorted(([a], [b]) => a - b).map(([step, of]) => scoreOf(step, of));

function summaryOf(found: Found) {
  const unknown = found.rows.filter((row) => row.verdict === 'unknown');
  const reasons = [...Map.groupBy(unknown, (row) => row.unknown ?? 'not asked')].map(([why, of]) => [why, of.length]);
  return {
    steps: scoresOf(found).map(({ worst, ...score }) => ({ ...score, worst: worst?.check ?? null })),
    coverage: {
      accounts: found.accounts,
      results: found.rows.length,
      unknown: unknown.length,
      reasons: Object.fromEntries(reasons),
      trouble: found.trouble,
    },
    calls: found.calls,
  };
}

/** Where the list of accounts may not be whole, what it lacks is unknown too. */
const exitCodeOf = ({ rows, trouble }: Found): number =>
  rows.some(({ verdict }) => verdict === 'fail')
    ? exitCodes.fail
    : trouble !== null || rows.some(({ verdict }) => verdict === 'unknown')
      ? exitCodes.unknown
      : exitCodes.pass;

async function inWords(found: Found, detailed: boolean): Promise<string> {
  const known = await steps();
  const names = new Map(known.map(({ step }) => [step.number, step.name]));
  const checks = new Map(known.flatMap(({ checks }) => checks.map((check) => [check.about.id, check])));
  const overview = table(
    ['Step', '', 'Level', 'Accounts', 'Proven', 'Configured', 'Failed', 'Unknown', 'Worst open'],
    scoresOf(found).map(({ step, level, accounts, counts, worst }) => [
      String(step),
      names.get(step) ?? '',
      level === null ? '–' : `${level} of 4`,
      `${accounts.ok} of ${accounts.total}`,
      ...[counts.proven, counts.configured, counts.failed, counts.unknown].map(String),
      worst === null ? '' : `${worst.severity}: ${worst.check}`,
    ]),
    process.stdout.columns ?? 140,
  );
  const { coverage, calls } = summaryOf(found);
  const reasons = Object.entries(coverage.reasons).map(([why, count]) => `${count} ${why}`);
  const said = [
    `${coverage.results} results in ${coverage.accounts} accounts, ${coverage.unknown} unknown${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}; ${calls} calls.`,
    ...(coverage.trouble === null ? [] : [coverage.trouble]),
  ];
  const open = detailed ? openInWords(found.rows, checks) : '';
  return `${overview}\n${open}${said.join('\n')}\n`;
}

/** What is open of a step, each with what turns it green. */
function openInWords(rows: readonly Row[], checks: ReadonlyMap<string, Check>): string {
  const listed = [...rootCauses(rows), ...rows.filter(({ verdict }) => verdict === 'unknown')];
  const lines = listed.slice(0, mostRows).flatMap((row) => {
    const about = checks.get(row.check)?.about;
    const fix = about === undefined || row.verdict !== 'fail' ? [] : [fixOf(about.fix, row).replaceAll(/^/gm, '    ')];
    const where = `${row.account} ${row.region}${row.resource === null ? '' : ` ${row.resource}`}`;
    return [`${row.verdict.toUpperCase()} ${row.severity} ${row.check} ${where}: ${oneLine(row.reason, 500)}`, ...fix];
  });
  const more = listed.length > mostRows ? [`… and ${listed.length - mostRows} more: use --json.`] : [];
  return lines.length === 0 ? '' : `${[...lines, ...more].join('\n')}\n\n`;
}

async function writeRows(folder: string, found: Found): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lines = found.rows.map((row) => `${JSON.stringify(lineOf(row))}\n`);
  await writeFile(join(folder, 'results.jsonl'), lines.join(''));
  await writeFile(join(folder, 'summary.json'), `${JSON.stringify(summaryOf(found), null, 2)}\n`);
}
