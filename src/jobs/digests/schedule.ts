import type { Transaction } from 'kysely';
import type { DigestNews } from '../../alerts/notices.ts';
import { type DigestName, digestChannel } from '../../config/digests/index.ts';
import { putOut } from '../../store/deliveries.ts';
import { type DigestTask, exceptionsEnding, takeTasksToChase } from '../../store/digests/people.ts';
import { noteOpened, noteSchedule, openRun } from '../../store/digests/runs.ts';
import type { Tables } from '../../store/tables.ts';
import { dayMs, weekMs } from '../../words/time.ts';
import { followReports } from './assessment-reports.ts';
import type { RunParts } from './digest.ts';
import { lastDue, nextRunAt } from './due.ts';
import { keepInsights } from './evidence/daily.ts';
import { digests } from './index.ts';

/**
 * Does what is due about digests: opens the run of a period that has none yet, reminds of a task that nobody has done. A
 * time at which the process was down is caught up, once.
 */
export async function sweepDigests(parts: RunParts): Promise<void> {
  await openDueRuns(parts);
  await chase(parts);
  await tellOfEndings(parts);
  if (parts.config.digests.evidence !== undefined) {
    await keepInsights(parts);
    await followReports(parts).catch((error: unknown) =>
      parts.log.warn({ err: error }, 'Audit Manager did not say how far its reports are; it is asked again.'),
    );
  }
}

async function openDueRuns({ database, config, now, wakes }: RunParts): Promise<void> {
  for (const { name } of digests) {
    const schedule = config.digests[name];
    if (schedule === undefined) continue;
    await database.transaction(async (trx) => {
      const since = await noteSchedule(trx, name, schedule, now());
      const due = lastDue(schedule, since, now());
      if (due === undefined) return;
      await openRun(trx, {
        digest: name,
        period: due.name,
        askedBy: null,
        channel: digestChannel(config, name),
        now: now(),
      });
      await noteOpened(trx, name, due.at);
    });
    wakes.digests(nextRunAt(schedule, now()));
  }
}

/** Opens a run that somebody asked for; its period is the moment. Undefined when there is one of that moment. */
export function openRunNow(
  trx: Transaction<Tables>,
  { config, now }: Pick<RunParts, 'config' | 'now'>,
  digest: DigestName,
  askedBy: string,
): Promise<number | undefined> {
  return openRun(trx, {
    digest,
    period: `asked ${now().toISOString()}`,
    askedBy,
    channel: digestChannel(config, digest),
    now: now(),
  });
}

/** Reminds whoever has an open task, once a week and on the day on which it is due. */
async function chase({ database, now, wakes }: RunParts): Promise<void> {
  const targets = await database.transaction(async (trx) => {
    const tasks = await takeTasksToChase(trx, now());
    const rows = tasks.map((task) => ({
      key: `digest-task-${task.id}-${task.chased}`,
      alertId: null,
      notice: { kind: 'digest' as const, target: task.assignee, news: taskNews(task, now()) },
    }));
    await putOut(trx, rows, now());
    return rows.map(({ notice }) => notice.target);
  });
  for (const target of targets) wakes.deliver(target);
}

/** How long before its end the owner of an accepted risk hears of it, and how long after it the end is still news. */
const warnedMs = 14 * dayMs;
const newsMs = weekMs;
/** Ends are days away: they are not looked for with every sweep. */
const lookEveryMs = 10 * 60_000;
const lastLooks = new WeakMap<object, number>();

/** Tells owner and channel that an accepted risk ends in two weeks, and that it has ended: each once. */
async function tellOfEndings({ database, now, wakes }: RunParts): Promise<void> {
  const at = now();
  if (at.getTime() - (lastLooks.get(database) ?? 0) < lookEveryMs) return;
  lastLooks.set(database, at.getTime());
  const near = await exceptionsEnding(database.db, new Date(at.getTime() - newsMs), new Date(at.getTime() + warnedMs));
  if (near.length === 0) return;
  const rows = near.flatMap(({ id, title, owner, channel, expires_at: until }) => {
    const ended = until <= at;
    const news = { about: 'exception-end' as const, title, until: until.toISOString(), ended };
    return [owner, channel].map((target) => ({
      key: `digest-exception-${id}-${ended ? 'ended' : 'ends'}-${target}`,
      alertId: null,
      notice: { kind: 'digest' as const, target, news },
    }));
  });
  await database.transaction((trx) => putOut(trx, rows, at));
  for (const { notice } of rows) wakes.deliver(notice.target);
}

/** A task as its assignee hears of it. */
export const taskNews = (task: DigestTask, now: Date): DigestNews => ({
  about: 'task',
  id: task.id,
  title: task.title,
  askedBy: task.asked_by,
  note: task.note,
  since: task.created_at.toISOString(),
  chased: task.chased,
  due: task.due_at?.toISOString() ?? null,
  overdue: task.due_at !== null && task.due_at <= now,
  ticket: task.ticket,
});
