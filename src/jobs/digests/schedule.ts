import type { Transaction } from 'kysely';
import type { DigestNews } from '../../alerts/notices.ts';
import type { DigestName } from '../../config/config.ts';
import type { Tables } from '../../store/database.ts';
import { putOut } from '../../store/deliveries.ts';
import { type DigestTask, takeTasksToChase } from '../../store/digest-people.ts';
import { noteOpened, noteSchedule, openRun, pruneDigests, runsDue } from '../../store/digests.ts';
import type { RunParts } from './digest.ts';
import { lastDue } from './due.ts';
import { keepInsights } from './evidence/daily.ts';
import { followReports } from './evidence/opt-in.ts';
import { digests } from './index.ts';

/**
 * Finds everything about digests that is due: a period that has no run yet, a run that was interrupted, a task that
 * nobody has done. The queue's schedules only call it in time; without them it finds the same a few seconds later, so a
 * time at which the process was down is caught up, once.
 */
export async function sweepDigests(
  parts: RunParts & { wakeTarget: (target: string, at: Date) => Promise<void> },
): Promise<void> {
  const { database, now, config } = parts;
  await openDueRuns(parts);
  for (const run of await runsDue(database.db, now())) await parts.wakeRun(run, now());
  await chase(parts);
  if (config.digests.evidence !== undefined) {
    await keepInsights(parts);
    await followReports(parts).catch((error: unknown) =>
      parts.log.warn({ err: error }, 'Audit Manager did not say how far its reports are; it is asked again.'),
    );
  }
  await pruneDigests(database.db, new Date(now().getTime() - config.digests.keepWeeks * 7 * 86_400_000));
}

async function openDueRuns({ database, config, now }: RunParts): Promise<void> {
  for (const { name } of digests) {
    const schedule = config.digests[name];
    if (schedule === undefined) continue;
    await database.transaction(async (trx) => {
      const since = await noteSchedule(trx, name, schedule, now());
      const due = lastDue(schedule, since, now());
      if (due === undefined) return;
      await openRun(trx, { digest: name, period: due.name, askedBy: null, channel: schedule.channel, now: now() });
      await noteOpened(trx, name, due.at);
    });
  }
}

/** Opens a run that somebody asked for; its period is the moment. Undefined when there is one of that moment. */
export function openRunNow(
  trx: Transaction<Tables>,
  { config, now }: Pick<RunParts, 'config' | 'now'>,
  digest: DigestName,
  askedBy: string,
): Promise<number | undefined> {
  const channel = config.digests[digest]?.channel ?? config.channels.digest;
  return openRun(trx, { digest, period: `asked ${now().toISOString()}`, askedBy, channel, now: now() });
}

/** Reminds whoever has an open task, once a week. */
async function chase({ database, now, wakeTarget }: Parameters<typeof sweepDigests>[0]): Promise<void> {
  const targets = await database.transaction(async (trx) => {
    const tasks = await takeTasksToChase(trx, now());
    const rows = tasks.map((task) => ({
      key: `digest-task-${task.id}-${task.chased}`,
      alertId: null,
      notice: { kind: 'digest' as const, target: task.assignee, news: taskNews(task) },
    }));
    await putOut(trx, rows, now());
    return rows.map(({ notice }) => notice.target);
  });
  for (const target of new Set(targets)) await wakeTarget(target, now());
}

/** A task as its assignee hears of it. */
export const taskNews = (task: DigestTask): DigestNews => ({
  about: 'task',
  id: task.id,
  title: task.title,
  askedBy: task.asked_by,
  note: task.note,
  since: task.created_at.toISOString(),
  chased: task.chased,
});
