import { weekly } from './credential-report/trend.ts';

/** In how many weeks of a year a step was proven, and since when it is not. */
export interface ProvenWeeks {
  proven: number;
  /** Weeks in which a run looked. */
  looked: number;
  /** Gaps between proven weeks, the newest first: first and last day, ISO 8601 dates. */
  gaps: readonly { from: string; to: string }[];
}

export const yearWeeks = 52;

/**
 * One step over a year. `runs`: its level in each run, null where it does not apply; a week without a run is neither
 * proven nor looked at, and belongs to a gap.
 */
export function provenWeeks(runs: Iterable<{ at: Date; value: number | null }>, at: Date): ProvenWeeks {
  const weeks = weekly(runs, at, yearWeeks);
  const first = weeks.findIndex((level) => level !== null);
  const gaps: { from: string; to: string }[] = [];
  let open: number | null = null;
  const day = (week: number) =>
    new Date(at.getTime() - (yearWeeks - 1 - week) * 7 * 86_400_000).toISOString().slice(0, 10);
  for (const [week, level] of weeks.entries()) {
    if (first === -1 || week < first) continue;
    if (level !== null && level >= 3) {
      if (open !== null) gaps.unshift({ from: day(open), to: day(week) });
      open = null;
    } else open ??= week;
  }
  if (open !== null) gaps.unshift({ from: day(open), to: day(yearWeeks - 1) });
  return {
    proven: weeks.filter((level) => level !== null && level >= 3).length,
    looked: weeks.filter((level) => level !== null).length,
    gaps,
  };
}
