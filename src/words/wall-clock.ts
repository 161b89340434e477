import { IANAZone } from 'luxon';
import { dayMs } from './time.ts';

/**
 * Times of a clock on the wall are numbers here: milliseconds as if the wall's date and time were UTC, so that days are always
 * 24 hours and can be counted. These two lead from an instant to the wall and back.
 */
export const minuteMs = 60_000;

const offsetMs = (timezone: string, at: number): number => IANAZone.create(timezone).offset(at) * minuteMs;

/** What the clock on the wall shows at an instant. */
export const wallTimeAt = (at: number, timezone: string): number => at + offsetMs(timezone, at);

/**
 * The instant at which the clock on the wall shows a time. One that the clocks skip is moved later by as much as they skip; of two
 * equal ones the first counts. This is "compatible" of the Temporal proposal and what RFC 5545 section 3.3.5 says of local times.
 */
export function instantOfWallTime(wall: number, timezone: string): number {
  const before = offsetMs(timezone, wall - dayMs);
  const after = offsetMs(timezone, wall + dayMs);
  // No zone changes its clocks twice within these two days: the nearest two changes since 2000 are a week apart.
  if (before === after) return wall - before;
  const shown = [wall - before, wall - after].filter((at) => wallTimeAt(at, timezone) === wall);
  return shown.length === 0 ? wall - before : Math.min(...shown);
}

/** Midnight of the date of a time on the wall. */
export const dateOf = (wall: number): number => Math.floor(wall / dayMs) * dayMs;

/** The day of the week of a time on the wall: 1 is Monday … 7 is Sunday. */
export const weekdayOf = (wall: number): number => {
  const day = new Date(wall).getUTCDay();
  return day === 0 ? 7 : day;
};
