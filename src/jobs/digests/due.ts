import { CronExpressionParser } from 'cron-parser';
import { DateTime } from 'luxon';

/** One time at which a digest is due: the moment, and its name on the wall clock where the schedule is kept. */
export interface Period {
  at: Date;
  /** `2026-11-23T08:00`. The hour that comes twice in autumn has one name, so it is one period. */
  name: string;
}

/** Further back than this nothing is caught up. */
const memoryMs = 400 * 86_400_000;

/**
 * The last time that a schedule (five fields, an IANA time zone) was due after `since` and not after `now`; undefined
 * when it was not. However many were missed, one is caught up. A time that the clock skips in spring is due an hour
 * later on the wall. Walks forward: cron-parser's way back forgets the skipped hour.
 */
export function lastDue(
  { cron, timezone }: { cron: string; timezone: string },
  since: Date,
  now: Date,
): Period | undefined {
  const from = new Date(Math.max(since.getTime(), now.getTime() - memoryMs));
  const times = CronExpressionParser.parse(cron, { currentDate: from, tz: timezone });
  let last: Date | undefined;
  for (;;) {
    const next = times.next().toDate();
    if (next > now) break;
    last = next;
  }
  return last === undefined ? undefined : { at: last, name: wallName(last, timezone) };
}

/** The next time that a schedule is due after `now`. */
export const nextDue = ({ cron, timezone }: { cron: string; timezone: string }, now: Date): Date =>
  CronExpressionParser.parse(cron, { currentDate: now, tz: timezone }).next().toDate();

/** When the period of this name was due; undefined for a run that somebody asked for. */
export function dueAt(name: string, timezone: string): Date | undefined {
  const at = DateTime.fromFormat(name, format, { zone: timezone });
  return at.isValid ? at.toJSDate() : undefined;
}

const format = "yyyy-LL-dd'T'HH:mm";

const wallName = (at: Date, timezone: string): string => DateTime.fromJSDate(at, { zone: timezone }).toFormat(format);
