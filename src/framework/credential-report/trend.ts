import { weekMs } from '../../words/time.ts';

/**
 * One value for each week, oldest first, the last for the week of `at`; null: no run that week, which is not zero. The
 * run nearest to seven days' steps back from `at` counts, the later one of two; so an hour of daylight saving moves none.
 */
export function weekly<T>(runs: Iterable<{ at: Date; value: T }>, at: Date, weeks = 12): (T | null)[] {
  const latest = new Map<number, { at: Date; value: T }>();
  for (const run of runs) {
    const week = Math.round((at.getTime() - run.at.getTime()) / weekMs);
    const other = latest.get(week);
    if (run.at <= at && (other === undefined || other.at < run.at)) latest.set(week, run);
  }
  return Array.from({ length: weeks }, (_, i) => latest.get(weeks - 1 - i)?.value ?? null);
}
