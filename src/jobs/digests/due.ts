import { CronExpressionParser } from 'cron-parser';
import { DateTime } from 'luxon';
import { dayMs } from '../../words/time.ts';

/** One time at which a digest is due: the moment, and its name on the wall clock where the schedule is kept. */
export interface Period {
  at: Date;
  /** `2026-11-23T08:00`. The hour that comes twice in autumn has one name, so it is one period. */
  name: string;
}

/** Further back than this nothing is caught up. */
const memoryMs = 400 * dayMs;

/** The schedule of a digest: five fields, and the IANA time zone on whose wall clock they are read. */
export interface Schedule {
  cron: string;
  timezone: string;
}

/**
 * The last time that a schedule was due after `since` and not after `now`; undefined when it was not. However many were
 * missed, one is caught up. A time that the clock skips in spring is due when the clock goes on, at midnight as at any hour.
 */
export function lastDue(schedule: Schedule, since: Date, now: Date): Period | undefined {
  const from = new Date(Math.max(since.getTime(), now.getTime() - memoryMs));
  let last: Date | undefined;
  for (const at of dueAfter(schedule, from)) {
    if (at > now) break;
    last = at;
  }
  return last === undefined ? undefined : { at: last, name: wallName(last, schedule.timezone) };
}

/** Every time at which a schedule was due after one moment and not after another. */
export function periodsBetween(schedule: Schedule, from: Date, to: Date): Period[] {
  const periods: Period[] = [];
  for (const at of dueAfter(schedule, from)) {
    if (at > to) break;
    periods.push({ at, name: wallName(at, schedule.timezone) });
  }
  return periods;
}

/** The next time that a schedule is due after `now`. */
export function nextRunAt(schedule: Schedule, now: Date): Date {
  for (const at of dueAfter(schedule, now)) return at;
  throw new Error(`The schedule "${schedule.cron}" is never due.`);
}

/**
 * The times of a schedule after a moment, in order. The fields are read on a wall clock that skips and repeats nothing, and
 * each time on it is then found in the zone, so that no day is lost whose hour does not exist.
 */
function* dueAfter({ cron, timezone }: Schedule, from: Date): Generator<Date, void> {
  const wall = DateTime.fromJSDate(from, { zone: timezone }).minus({ days: 1 }).setZone('utc', { keepLocalTime: true });
  const times = CronExpressionParser.parse(cron, { currentDate: wall.toJSDate(), tz: 'UTC' });
  let last = from;
  while (times.hasNext()) {
    const at = DateTime.fromJSDate(times.next().toDate(), { zone: 'utc' })
      .setZone(timezone, { keepLocalTime: true })
      .toJSDate();
    // Two times on the wall are one moment where the first of them is skipped.
    if (at > last) {
      yield at;
      last = at;
    }
  }
}

/** When the period of this name was due; undefined for a run that somebody asked for. */
export function dueAt(name: string, timezone: string): Date | undefined {
  const at = DateTime.fromFormat(name, format, { zone: timezone });
  return at.isValid ? at.toJSDate() : undefined;
}

const format = "yyyy-LL-dd'T'HH:mm";

const wallName = (at: Date, timezone: string): string => DateTime.fromJSDate(at, { zone: timezone }).toFormat(format);
