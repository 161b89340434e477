import { dayMs } from '../words/time.ts';
import { dateOf, instantOfWallTime, minuteMs, wallTimeAt, weekdayOf } from '../words/wall-clock.ts';
import { type Severity, severityRank } from './severity.ts';

/** Hours in which a route leaves people in peace. */
export interface QuietHours {
  /** Minutes after local midnight, 0 to 1440; `to` before `from` means over midnight. Never equal. */
  from: number;
  to: number;
  /** IANA name. */
  timezone: string;
  /** Days of the week on which they begin, 1 is Monday … 7 is Sunday. */
  days: number[];
  /** Only alerts less severe than this are quiet. */
  below: Severity;
}

/** Whether an alert of this severity is quiet at this time. Hours are those of the clock on the wall, `to` excluded. */
export function isQuiet(quiet: QuietHours, severity: Severity, at: Date): boolean {
  if (severityRank(severity) <= severityRank(quiet.below)) return false;
  const wall = wallTimeAt(at.getTime(), quiet.timezone);
  const minute = (wall - dateOf(wall)) / minuteMs;
  const today = quiet.days.includes(weekdayOf(wall));
  if (quiet.from < quiet.to) return today && minute >= quiet.from && minute < quiet.to;
  const yesterday = quiet.days.includes(weekdayOf(wall - dayMs));
  return (today && minute >= quiet.from) || (yesterday && minute < quiet.to);
}

/**
 * The first time from `at` on at which an alert of this severity may call people: `at` itself outside quiet hours, else their end.
 * Undefined: they never end (from 00:00 to 24:00 on every day).
 */
export function afterQuiet(quiet: QuietHours | null, severity: Severity, at: Date): Date | undefined {
  if (quiet === null || !isQuiet(quiet, severity, at)) return at;
  const today = dateOf(wallTimeAt(at.getTime(), quiet.timezone));
  // Hours of neighbouring days may join; within a week there is an end, or there is none.
  for (let day = 0; day <= 8; day++) {
    const end = new Date(instantOfWallTime(today + day * dayMs + quiet.to * minuteMs, quiet.timezone));
    if (end > at && !isQuiet(quiet, severity, end)) return end;
  }
  return undefined;
}
