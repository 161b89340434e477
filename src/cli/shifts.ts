import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DateTime } from 'luxon';
import type { OnCallSchedule, Override } from '../alerts/oncall/schedule.ts';
import { gaps, type Shift, shifts as shiftsOf } from '../alerts/oncall/shifts.ts';
import type { Environment } from '../config/config.ts';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { overridesFrom } from '../store/overrides.ts';
import { settledSchedule } from '../store/rotas.ts';
import { StoreError } from '../store/store-error.ts';
import { didYouMean } from '../words/nearest.ts';
import { weekMs } from '../words/time.ts';
import type { Io } from './io.ts';
import { table } from './table.ts';

const usage = 'Usage: trailwatch shifts SCHEDULE [--from TIME] [--to TIME] [--json]';

/**
 * `trailwatch shifts SCHEDULE [--from TIME] [--to TIME] [--json]`: who is on call, shift by shift, from now on for four weeks. With
 * --json one shift a line: `{ schedule, from, to, users, layer, because }`, times in UTC, cut to the span, `to` excluded; hours in
 * which nobody is on call have no line. Times without an offset are UTC. Exit code 3: the overrides could not be read.
 * @throws Error for a time or a schedule that is none
 */
export async function shifts(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { from: { type: 'string' }, to: { type: 'string' }, json: { type: 'boolean' } },
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new Error(usage);
  const loaded = loadConfig(resolve(io.cwd, configPath(io.env)), io.env);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const { config, environment } = loaded;
  const schedule = config.schedules.get(name);
  if (schedule === undefined) {
    const known = [...config.schedules.keys()];
    const choice = known.length === 0 ? ': there is none under schedules.' : `; known: ${known.join(', ')}.`;
    throw new Error(`There is no schedule "${name}"${didYouMean(name, known) || choice}`);
  }
  const from = values.from === undefined ? new Date() : timeOf(values.from);
  const to = values.to === undefined ? new Date(from.getTime() + 4 * weekMs) : timeOf(values.to);
  if (from >= to) throw new Error('The end must be after the beginning: --to is excluded, --from is not.');
  const known = await fromDatabase(name, schedule, from, environment, io);
  const { overrides, turns } = known ?? { overrides: [], turns: schedule };
  const all = shiftsOf(turns, from, to, overrides);
  if (values.json) for (const shift of all) io.stdout.write(`${lineOf(name, shift)}\n`);
  else io.stdout.write(inWords(schedule, all, gaps(turns, from, to, overrides)));
  return known === undefined ? 3 : 0;
}

const lineOf = (schedule: string, { from, to, users, layer, because }: Shift): string =>
  JSON.stringify({ schedule, from, to, users, layer, because });

function timeOf(text: string): Date {
  const at = DateTime.fromISO(text, { zone: 'utc' });
  if (!at.isValid) throw new Error(`"${text}" is no time: write it as 2027-03-28 or 2027-03-28T02:30Z.`);
  return at.toJSDate();
}

/**
 * The schedule's overrides from a time on, and its turns where an edited list left them; undefined when they could not be read, which
 * is said. A bot that never ran has none.
 */
async function fromDatabase(
  name: string,
  schedule: OnCallSchedule,
  from: Date,
  { databaseUrl, dataDir }: Pick<Environment, 'databaseUrl' | 'dataDir'>,
  io: Io,
): Promise<{ overrides: Override[]; turns: OnCallSchedule } | undefined> {
  const folder = resolve(io.cwd, dataDir);
  if (databaseUrl === null && !existsSync(join(folder, 'pg'))) return { overrides: [], turns: schedule };
  let database: Database | undefined;
  try {
    database = await openDatabase({ databaseUrl, dataDir: folder });
    return {
      overrides: (await overridesFrom(database.db, from)).get(name) ?? [],
      turns: await settledSchedule(database.db, name, schedule, new Date()),
    };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    io.stderr.write(`Without overrides, which are in the database: ${error.message}\n`);
    return undefined;
  } finally {
    await database?.close();
  }
}

/** A table by the clock of the schedule, hours without anybody in it. */
function inWords(
  { timezone }: OnCallSchedule,
  all: readonly Shift[],
  empty: readonly { from: Date; to: Date }[],
): string {
  const clock = (at: Date): string =>
    DateTime.fromJSDate(at, { zone: timezone }).setLocale('en').toFormat('ccc d LLL yyyy HH:mm ZZZZ');
  const rows = [
    ...all.map(({ from, to, users, layer, because }) => ({
      from,
      to,
      who: users.join(' and '),
      why: because === 'rotation' ? (layer ?? '') : because,
    })),
    ...empty.map((gap) => ({ ...gap, who: 'nobody', why: '' })),
  ].sort((a, b) => a.from.getTime() - b.from.getTime());
  return table(
    ['FROM', 'TO', 'ON CALL', 'WHY'],
    rows.map(({ from, to, who, why }) => [clock(from), clock(to), who, why]),
    120,
  );
}
