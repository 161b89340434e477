import type { Transaction } from 'kysely';
import type { WatchedCall, WatchNews } from '../alerts/notices.ts';
import type { Signal } from '../alerts/signal.ts';
import { type Aws, AwsTrouble } from '../aws/aws.ts';
import { type Coverage, coverageSentence, gapsSentence } from '../aws/coverage.ts';
import type { Config } from '../config/config.ts';
import { search } from '../questions/search.ts';
import { callOf, hearing, watchQuestion, watchWords } from '../questions/watch.ts';
import { recordOf } from '../store/audit-log.ts';
import type { Database } from '../store/database.ts';
import { putOut } from '../store/deliveries.ts';
import type { Tables } from '../store/tables.ts';
import { closeWatch, type Look, noteTold, openWatches, type StoredWatch, watchById } from '../store/watches.ts';
import type { Wakes } from './wakes.ts';

export interface WatchedParts {
  database: Database;
  aws: Aws;
  config: Config;
  /** Whether a person may ask CloudTrail. */
  mayInvestigate: (user: string) => Promise<boolean>;
  now: () => Date;
  wakes: Pick<Wakes, 'deliver'>;
  /** Aborted when the process stops. */
  stopping: AbortSignal;
}

/** CloudTrail is asked this often for each watch. */
export const watchEveryMs = 15 * 60_000;
/** CloudTrail's event history has a call within 15 minutes. Source: CloudTrail user guide, "How CloudTrail works". */
const lateMs = 15 * 60_000;
/** Between two messages about calls that come as alerts: what comes meanwhile is in the next look at CloudTrail. */
const restMs = 5 * 60_000;
const mostShown = 5;
/** Calls of one look that are kept apart by their ids. */
const mostKept = 500;

/**
 * Tells whoever watches a caller of its calls among what came from AWS. Returns whom. One statement where nobody watches.
 */
export async function tellWatchers(trx: Transaction<Tables>, signals: readonly Signal[], now: Date): Promise<string[]> {
  if (signals.length === 0) return [];
  const told: string[] = [];
  for (const watch of await openWatches(trx)) {
    if (watch.told_at !== null && now.getTime() - watch.told_at.getTime() < restMs) continue;
    const heardIn = hearing(watch.subject);
    const calls = signals.flatMap((signal) => heardIn(signal) ?? []);
    const news = fresh(calls, watch).filter(({ time }) => new Date(time) >= beginOf(watch));
    if (news.length === 0) continue;
    await tell(trx, watch, news, news.length, null, now);
    told.push(watch.watcher);
  }
  return told;
}

/** CloudTrail's times are whole seconds: a call of the second in which a watch began may be after it. */
const beginOf = ({ created_at }: StoredWatch): Date => new Date(Math.floor(created_at.getTime() / 1000) * 1000);

const rests = (coverage: Coverage): string => {
  const until = coverageSentence({ ...coverage, searchedBackTo: null }, (at) => at.toISOString());
  return `${until}. ${gapsSentence(coverage)}`.trim();
};

/** Those that were not told yet, each once, the newest first. */
function fresh(calls: readonly WatchedCall[], { told }: StoredWatch): WatchedCall[] {
  const known = new Set(told);
  const once = new Map(calls.filter(({ id }) => !known.has(id)).map((call) => [call.id, call]));
  return [...once.values()].sort((a, b) => (a.time < b.time ? 1 : -1));
}

async function tell(
  trx: Transaction<Tables>,
  watch: StoredWatch,
  calls: readonly WatchedCall[],
  count: number,
  look: Look | null,
  now: Date,
): Promise<void> {
  const { id, team, watcher, subject, expires_at } = watch;
  await noteTold(trx, { id, told: calls.map((call) => call.id), count, now, look });
  const [first] = calls;
  if (first === undefined) return;
  const news: WatchNews = {
    about: 'calls',
    id,
    subject,
    until: expires_at.toISOString(),
    calls: calls.slice(0, mostShown),
    count,
    coverage: look?.coverage ?? null,
  };
  await putOut(
    trx,
    [{ key: `watch-${id}-${first.id}`, alertId: null, notice: { kind: 'watch', target: watcher, news } }],
    now,
  );
  await recordOf({ team, user: watcher }, now)(trx, 'answer', `watch ${watchWords(subject)}`, {
    watch: id,
    events: calls.slice(0, mostShown).map((call) => call.id),
    shown: Math.min(count, mostShown),
    count,
    ...(look === null ? {} : { coverage: look.coverage }),
  });
}

/**
 * Looks in CloudTrail for calls of what is watched since the last look, tells of those that are new, and ends the watch when
 * its time is over: at its end once more, when CloudTrail has caught up. AWS sees the question as one of whoever watches.
 */
export async function lookAgain(parts: WatchedParts, id: number): Promise<void> {
  const { database, now, wakes, stopping } = parts;
  const watch = await watchById(database.db, id);
  if (watch === undefined || watch.ended_at !== null) return;
  if (!(await parts.mayInvestigate(watch.watcher))) return over(parts, watch, 'right');
  const at = now();
  const to = new Date(Math.min(at.getTime(), watch.expires_at.getTime()));
  const from = new Date(Math.max(beginOf(watch).getTime(), watch.read_until.getTime() - lateMs));
  const kept: WatchedCall[] = [];
  const seen = new Set(watch.told);
  let count = 0;
  let look: Look = { coverage: 'AWS was not asked.', readUntil: null };
  try {
    const question = watchQuestion(watch.subject, { from, to });
    for await (const { rows, coverage, source, gaps } of search(parts, question, { name: watch.watcher }, stopping)) {
      for (const row of rows) {
        if (seen.has(row.id)) continue;
        seen.add(row.id);
        count += 1;
        if (kept.length < mostKept) kept.push(callOf(row));
      }
      look = { coverage: coverage === null ? `${source} ${gaps}`.trim() : rests(coverage), readUntil: to };
    }
  } catch (error) {
    if (!(error instanceof AwsTrouble)) throw error;
    look = { coverage: error.message, readUntil: null };
  }
  if (stopping.aborted) return;
  await database.transaction(async (trx) => {
    // Alerts may have told of some meanwhile.
    const calls = fresh(kept, (await watchById(trx, id)) ?? watch);
    await tell(trx, watch, calls, calls.length === kept.length ? count : calls.length, look, at);
  });
  wakes.deliver(watch.watcher);
  if (at.getTime() >= watch.expires_at.getTime() + lateMs)
    await over(parts, { ...watch, found: watch.found + count, coverage: look.coverage }, 'time');
}

async function over({ database, now, wakes }: WatchedParts, watch: StoredWatch, why: 'time' | 'right'): Promise<void> {
  const { id, team, watcher, subject, found, coverage, expires_at } = watch;
  const news: WatchNews = { about: 'over', id, subject, until: expires_at.toISOString(), why, found, coverage };
  await database.transaction(async (trx) => {
    if (!(await closeWatch(trx, id, now()))) return;
    await putOut(
      trx,
      [{ key: `watch-${id}-over`, alertId: null, notice: { kind: 'watch', target: watcher, news } }],
      now(),
    );
    await recordOf({ team, user: watcher }, now())(trx, 'end-watch', `watch ${id}`, { why, found });
  });
  wakes.deliver(watcher);
}
