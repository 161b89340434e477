import type { Config } from '../../config/config.ts';
import { type DigestName, digestNames } from '../../config/digests/index.ts';
import { AccountState } from '../../framework/credential-report/compare.ts';
import { DigestResult } from '../../framework/digest-result.ts';
import { type Mended, mending, type OperatedRun, type Operation, operation } from '../../framework/operation.ts';
import type { Database } from '../../store/database.ts';
import { filesOf } from '../../store/digests/files.ts';
import { runsSince } from '../../store/digests/runs.ts';
import { memoriesOf } from '../../store/digests/snapshots.ts';
import { weekMs } from '../../words/time.ts';
import { periodsBetween } from './due.ts';

/** A quarter. */
export const operationWeeks = 13;

/** How the scheduled digests operated over some weeks, and how findings of the credential report were mended. */
export interface OperatingReport {
  from: Date;
  to: Date;
  digests: { name: DigestName; operation: Operation }[];
  mending: ReturnType<typeof mending> | null;
}

/** Looks back over some weeks. Before its first run nothing was due; a period without a run was missed. */
export async function operatingReport(
  { database, config, now }: { database: Database; config: Config; now: () => Date },
  weeks: number,
): Promise<OperatingReport> {
  const { db } = database;
  const to = now();
  const from = new Date(to.getTime() - weeks * weekMs);
  const digests: OperatingReport['digests'] = [];
  let mended: OperatingReport['mending'] = null;
  for (const name of digestNames) {
    const schedule = config.digests[name];
    if (schedule === undefined) continue;
    const runs = await runsSince(db, name, from);
    const [first] = runs;
    const since =
      first === undefined ? to : new Date(Math.max(from.getTime(), first.started_at.getTime() - weekMs / 7));
    const facts: OperatedRun[] = [];
    for (const run of runs) {
      const files = await filesOf(db, run.id);
      const coverage = DigestResult.safeParse(run.result).data?.coverage;
      facts.push({
        run: run.id,
        period: run.period,
        startedAt: run.started_at,
        doneAt: run.done_at,
        asked: coverage?.asked ?? 0,
        answered: coverage?.answered ?? 0,
        reviewedAt: run.reviewed_at,
        reviewedBy: run.reviewed_by,
        outcome: run.review_outcome,
        files: files.length,
        unsent: files.filter(({ sent_at }) => sent_at === null).length,
      });
    }
    digests.push({ name, operation: operation(periodsBetween(schedule, since, to), facts) });
    const newest = runs.findLast(({ collected_at }) => collected_at !== null);
    if (name === 'credentialReport' && newest !== undefined) {
      const tracked: Mended[] = [];
      for await (const memory of memoriesOf(db, newest.id))
        tracked.push(...(AccountState.safeParse(memory).data?.tracked ?? []));
      mended = mending(tracked, from, to);
    }
  }
  return { from, to, digests, mending: mended };
}
