import { DateTime } from 'luxon';
import { parseDuration } from '../alerts/durations.ts';

/** What a time is told against: the clock, and the time zone of whoever wrote it (IANA name). */
export interface Clock {
  now: Date;
  zone: string;
}

/** A time as it was written: a moment, or a whole day where no time of day was given. */
export interface Moment {
  at: Date;
  /** The end of the day, where the text names a day and no more. */
  dayEnds: Date | null;
  /** The text is a time of day and no more: which day is meant depends on what stands beside it. */
  timeOnly: boolean;
}

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const months = 'january february march april may june july august september october november december'.split(' ');

/**
 * A time as people write it: `24h`, `2 hours ago`, `14:00`, `2:30pm`, `yesterday 14:00`, `monday`, `2026-11-23 14:00`,
 * `23 Nov`, or ISO 8601 with its own offset. A time of day alone is the last time that the clock showed it, a weekday the
 * last such day. Undefined where the text is none of these.
 */
export function readMoment(text: string, { now, zone }: Clock): Moment | undefined {
  const written = text.trim().toLowerCase().replace(/\s+/g, ' ').replace(/ at /, ' ');
  if (written === '' || written.length > 60) return undefined;
  const here = DateTime.fromJSDate(now, { zone });
  const exactly = (time: DateTime): Moment | undefined =>
    time.isValid ? { at: time.toJSDate(), dayEnds: null, timeOnly: false } : undefined;

  if (written === 'now') return exactly(here);
  const ago = readAgo(written);
  if (ago !== undefined) return exactly(here.minus(ago));
  if (/^\d{4}-\d{2}-\d{2}[t ]\d{2}:/.test(written))
    return exactly(DateTime.fromISO(written.toUpperCase().replace(' ', 'T'), { zone }));

  const [, dayText = '', timeText] = /^(.*?)(?:(?:^| )(\S*\d\S*(?: ?[ap]m)?|noon|midnight))?$/.exec(written) ?? [];
  const time = timeText === undefined ? undefined : readTimeOfDay(timeText);
  if (time !== undefined) {
    const onDay = dayText === '' ? here.startOf('day') : readDay(dayText, here);
    if (onDay === undefined) return undefined;
    const at = onDay.set(time);
    if (dayText !== '') return exactly(at);
    return { at: (at > here ? at.minus({ days: 1 }) : at).toJSDate(), dayEnds: null, timeOnly: true };
  }
  const day = readDay(written, here);
  return day && { at: day.toJSDate(), dayEnds: day.endOf('day').toJSDate(), timeOnly: false };
}

/** Milliseconds of `24h`, `90 minutes`, `2 hours ago`. */
function readAgo(written: string): number | undefined {
  const short = written.replace(/ ago$/, '');
  return parseDuration(short.replace(units, (_, count, ...letters) => `${count}${letters.slice(0, 5).join('')}`));
}

const units =
  /(\d) ?(?:(w)(?:eeks?)?|(d)(?:ays?)?|(h)(?:ours?|rs?)?|(m)(?:in(?:ute)?s?)?|(s)(?:ec(?:ond)?s?)?)(?![a-z])/g;

function readTimeOfDay(text: string): { hour: number; minute: number; second: number } | undefined {
  if (text === 'midnight') return { hour: 0, minute: 0, second: 0 };
  if (text === 'noon') return { hour: 12, minute: 0, second: 0 };
  const match = /^(\d{1,2})(?:[:.h](\d{2})(?::(\d{2}))?)? ?([ap]m)?$/.exec(text);
  if (match === null || (match[2] === undefined && match[4] === undefined)) return undefined;
  const [hours, minute, second] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
  if (match[4] !== undefined && (hours < 1 || hours > 12)) return undefined;
  const hour = match[4] === undefined ? hours : (hours % 12) + (match[4] === 'pm' ? 12 : 0);
  return hour < 24 && minute < 60 && second < 60 ? { hour, minute, second } : undefined;
}

/** The start of a day; of a weekday or a date without a year the last one that has begun. */
function readDay(text: string, here: DateTime): DateTime | undefined {
  const today = here.startOf('day');
  if (text === 'today') return today;
  if (text === 'yesterday') return today.minus({ days: 1 });
  const [, last, name = ''] = /^(last )?([a-z]{3,9})$/.exec(text) ?? [];
  const weekday = weekdays.findIndex((day) => name !== '' && day.startsWith(name)) + 1;
  if (weekday > 0) {
    const back = (today.weekday - weekday + 7) % 7;
    return today.minus({ days: back === 0 && last !== undefined ? 7 : back });
  }
  const iso = /^\d{4}-\d{2}-\d{2}$/.test(text) ? DateTime.fromISO(text, { zone: here.zone }) : undefined;
  if (iso !== undefined) return iso.isValid ? iso : undefined;
  const [, before, month = '', after, year] =
    /^(?:(\d{1,2})\.? )?([a-z]{3,9})(?: (\d{1,2})(?:st|nd|rd|th)?,?)?(?: (\d{4}))?$/.exec(text) ?? [];
  const dayOfMonth = before ?? after;
  const number = months.findIndex((name) => month !== '' && name.startsWith(month)) + 1;
  if (number === 0 || dayOfMonth === undefined || (before !== undefined && after !== undefined)) return undefined;
  const date = today.set({ month: number, day: 1 }).set({ year: Number(year ?? today.year) });
  const day = date.set({ day: Number(dayOfMonth) });
  if (day.month !== number) return undefined;
  return year === undefined && day > today ? day.minus({ years: 1 }) : day;
}

/** From when to when, both with the clock's time at most. */
export interface Span {
  from: Date;
  to: Date;
}

const examples = '24h, 7d, yesterday 14:00, monday, 2026-11-23 or 2026-11-23T14:00:00Z';

/**
 * The span of `--since` and `--until`, either of which may be left out. `until` as a day means to its end, as a time of
 * day the first one after `since`, as `+30m` so long after `since`. What makes no sense is answered in one sentence.
 */
export function readSpan(
  since: string | undefined,
  until: string | undefined,
  usualMs: number,
  clock: Clock,
): Span | { wrong: string } {
  const start = since === undefined ? undefined : readMoment(since, clock);
  if (since !== undefined && start === undefined)
    return { wrong: `--since ${quoted(since)} is no time that I understand: write it like ${examples}.` };
  if (start !== undefined && start.at > clock.now)
    return {
      wrong: `--since ${quoted(since)} is in the future (${said(start.at, clock)}): nothing can have happened yet.`,
    };

  const length = /^\+\s?(.+)$/.exec(until?.trim() ?? '')?.[1];
  const lengthMs = length === undefined ? undefined : readAgo(length.toLowerCase());
  if (lengthMs !== undefined && start !== undefined)
    return { from: start.at, to: earlier(new Date(start.at.getTime() + lengthMs), clock.now) };
  const end = until === undefined ? undefined : readMoment(until, clock);
  if (until !== undefined && end === undefined)
    return { wrong: `--until ${quoted(until)} is no time that I understand: write it like ${examples}.` };
  const to = end === undefined ? clock.now : endOf(end, start, clock);
  if (end !== undefined && end.at > clock.now)
    return {
      wrong: `--until ${quoted(until)} is in the future (${said(end.at, clock)}): leave it out to search up to now.`,
    };
  const from = start?.at ?? new Date(to.getTime() - usualMs);
  if (from >= to)
    return {
      wrong: `The end (${said(to, clock)}) is not after the beginning (${said(from, clock)}): give --since the earlier time.`,
    };
  return { from, to };
}

function endOf(end: Moment, start: Moment | undefined, { now, zone }: Clock): Date {
  if (end.dayEnds !== null) return earlier(end.dayEnds, now);
  if (!end.timeOnly || start === undefined) return end.at;
  const { hour, minute, second } = DateTime.fromJSDate(end.at, { zone });
  const same = DateTime.fromJSDate(start.at, { zone }).set({ hour, minute, second, millisecond: 0 });
  return earlier((same.toMillis() <= start.at.getTime() ? same.plus({ days: 1 }) : same).toJSDate(), now);
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

const quoted = (text: string | undefined): string => `"${(text ?? '').slice(0, 60)}"`;

/** A moment in the asker's own time, for sentences: "Mon 23 Nov 2026 14:00". */
export const said = (at: Date, { zone }: Pick<Clock, 'zone'>): string =>
  DateTime.fromJSDate(at, { zone }).setLocale('en').toFormat('ccc d LLL yyyy HH:mm');

/** How many of these words, from the first, make up one time: 0 when the first does not begin one. */
export function momentWords(words: readonly string[]): number {
  const clock = { now: new Date(), zone: 'utc' };
  for (let count = Math.min(words.length, 5); count > 0; count--)
    if (readMoment(words.slice(0, count).join(' ').replace(/^\+/, ''), clock) !== undefined) return count;
  return 0;
}
