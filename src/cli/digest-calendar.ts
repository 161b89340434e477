import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { mendingSentence, operationSentence } from '../framework/operation.ts';
import { operatingReport, operationWeeks } from '../jobs/digests/operation.ts';
import { openDatabase } from '../store/database.ts';
import { existingDatabase } from './database-of.ts';
import type { Io } from './io.ts';

const usage = 'Usage: trailwatch digest calendar [--weeks N] [--json]';

/**
 * `trailwatch digest calendar [--weeks N]`: how the scheduled digests operated over a quarter, from the database of DATABASE_URL
 * or DATA_DIR: each time at which one was due, its run, whether that was late, complete, sent and signed off, by whom and when.
 * Exit code 3 when one was missed, unfinished or not signed off; else 0.
 */
export async function digestCalendar(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { weeks: { type: 'string' }, json: { type: 'boolean' } },
  });
  const weeks = Number(values.weeks ?? operationWeeks);
  if (positionals.length !== 1 || !Number.isInteger(weeks) || weeks < 1 || weeks > 520) throw new Error(usage);
  const loaded = loadConfig(resolve(io.cwd, configPath(io.env)), io.env);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const database = await openDatabase(existingDatabase(io, loaded.environment));
  try {
    const report = await operatingReport({ database, config: loaded.config, now: () => new Date() }, weeks);
    if (values.json === true) io.stdout.write(`${JSON.stringify(report)}\n`);
    else {
      for (const { name, operation } of report.digests) {
        io.stdout.write(`${name}: ${operationSentence(operation)}\n`);
        for (const { period, state, run } of operation.periods) {
          const review =
            run === null
              ? ''
              : run.reviewedAt === null
                ? ', not signed off'
                : `, ${run.outcome ?? 'accepted'} by ${run.reviewedBy ?? 'somebody'} on ${run.reviewedAt.toISOString().slice(0, 10)}`;
          const accounts = run === null ? '' : `, run ${run.run}, ${run.answered} of ${run.asked} accounts`;
          io.stdout.write(`  ${period} ${state}${accounts}${review}\n`);
        }
      }
      if (report.mending !== null) io.stdout.write(`${mendingSentence(report.mending)}\n`);
    }
    const ill = report.digests.some(({ operation: of }) => of.missed + of.unfinished + of.unreviewed > 0);
    return ill ? 3 : 0;
  } finally {
    await database.close();
  }
}
