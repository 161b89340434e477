import { DateTime } from 'luxon';
import { parseDuration } from '../words/durations.ts';
import { dayMs, hourMs, weekMs } from '../words/time.ts';
import { type Wrong, wrong } from './wrong.ts';

/** What a time is told against: the clock, and the time zone of whoever wrote it (IANA name). */
export interface Clock {
  now: Date;
  zone: string;
}

/** A time as it was written: a moment, or a whole day where no time of day was given. */
export interface Moment {
  /** Of a time that the clock showed twice, the first. */
  at: Date;
  /** The second, where the clock showed it twice. */
  again: Date | null;
  /** The end of the day or of its part, where the text names that and no time of day. */
  dayEnds: Date | null;
  /** The text is a time of day and no more: which day is meant depends on what stands beside it. */
  timeOnly: boolean;
  /** It was told from now back: `30d`. */
  ago: boolean;
  /** The time zone that it was told in: its own, else the clock's. */
  zone: string;
  /** What the clock did at this time, in one sentence; null: nothing. */
  note: string | null;
}

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const months = 'january february march april may june july august september october november december'.split(' ');

/**
 * A time as people and machines write it: `24h`, `1.5h`, `2 hours ago`, `14:00`, `14:00Z`, `11:50 UTC`, `2:30pm`,
 * `yesterday 14:00`, `yesterday evening`, `last night`, `monday`, `2026-11-23 14:00`, `Sat 28 Nov 2026 11:50`, `28.11.2026`, `23 Nov`, ISO 8601, the times of
 * mails and of access logs, `now-24h`, `PT24H`, seconds or milliseconds since 1970. A time of day alone is the last time that the clock showed
 * it, a weekday the last such day. Undefined where the text is none of these.
 */
export function readMoment(text: string, { now, zone: usual }: Clock): Moment | undefined {
  const whole = text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/ at /, ' ')
    // `date` and ctime write the year last: "sat nov 28 11:50:00 utc 2026".
    .replace(/^(\D.* )(\d{1,2}:\d\d(?::\d\d)?(?: [a-z]{3,4})?) (\d{4})$/, '$1$3 $2');
  if (whole === '' || whole.length > 60) return undefined;
  const exact = (at: Date, more: Partial<Moment> = {}): Moment | undefined =>
    Number.isNaN(at.getTime())
      ? undefined
      : { at, again: null, dayEnds: null, timeOnly: false, ago: false, zone: usual, note: null, ...more };

  if (whole === 'now') return exact(now);
  const agoMs = readAgo(whole);
  if (agoMs !== undefined) return exact(new Date(now.getTime() - agoMs), { ago: true });
  if (/^1\d{9}(?:\.\d{1,6})?$/.test(whole)) return exact(new Date(Number(whole) * 1000));
  if (/^1\d{12}$/.test(whole)) return exact(new Date(Number(whole)));
  if (/^\d{4}-?\d{2}-?\d{2}t[\d:.,]+(?:z|[+-][\d:]+)$/.test(whole))
    return exact(DateTime.fromISO(whole.toUpperCase()).toJSDate());

  const { written, zone } = withoutZone(whole, usual);
  // So long ago it is in every zone.
  const agoThereMs = readAgo(written);
  if (agoThereMs !== undefined) return exact(new Date(now.getTime() - agoThereMs), { ago: true });
  const here = DateTime.fromJSDate(now, { zone });
  const [dayText, timeText] = dayAndTime(written);
  const time = timeText === '' ? undefined : readTimeOfDay(timeText);
  if (time !== undefined) {
    const onDay = dayText === '' ? here.startOf('day') : readDay(dayText, here);
    if (onDay === undefined) return undefined;
    const shown = onClock(onDay, time);
    if (dayText !== '' || shown.at <= now) return exact(shown.at, { ...shown, zone, timeOnly: dayText === '' });
    return exact(shown.at, { ...onClock(onDay.minus({ days: 1 }), time), zone, timeOnly: true });
  }
  const part = readPart(written, here);
  if (part !== undefined) return exact(part.at, { ...part, zone });
  const day = readDay(written, here);
  return day && exact(day.toJSDate(), { dayEnds: day.endOf('day').toJSDate(), zone });
}

/** A time without the zone that it names, and that zone; of a time that names none, the usual one. */
function withoutZone(text: string, usual: string): { written: string; zone: string } {
  const [, before = '', named = ''] =
    /^(.*(?:\d|noon|midnight|morning|afternoon|evening|night).*?) ?\(?([a-z]+(?:_[a-z]+)*(?:\/[a-z_+-]+\d*)+|utc|gmt|z|[ecmp][sd]t|cest|cet)\)?$/.exec(
      text,
    ) ??
    // An offset stands behind a time of day: elsewhere it would be a part of a date.
    /^(.*\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?) ?(?:utc|gmt)?([+-]\d{2}:?\d{2}|[+-]\d{1,2})$/.exec(text) ??
    [];
  const zone =
    offsets[named] ??
    (named === 'z' ? 'utc' : /^[+-]/.test(named) ? `utc${named.replace(/(?<=\d\d)(?=\d\d$)/, ':')}` : named);
  return named === '' || !DateTime.utc().setZone(zone).isValid
    ? { written: text, zone: usual }
    : { written: before, zone };
}

/** Zones that mails name. Source: RFC 5322, section 4.3; the two of Central Europe are as unmistakable. */
const offsets: Readonly<Record<string, string>> = {
  est: 'utc-5',
  edt: 'utc-4',
  cst: 'utc-6',
  cdt: 'utc-5',
  mst: 'utc-7',
  mdt: 'utc-6',
  pst: 'utc-8',
  pdt: 'utc-7',
  cet: 'utc+1',
  cest: 'utc+2',
};

/** The part of a time that names the day and the one that names the time of day; '' where there is none. */
function dayAndTime(written: string): [day: string, time: string] {
  const text = written
    .replace(/^(\d{1,2})[/-]([a-z]{3,9})[/-](\d{4}):?/, '$1 $2 $3 ')
    .replace(/^(\d{4}-\d{2}-\d{2})t/, '$1 ')
    .replace(/,/g, ' ')
    .replace(/ +/g, ' ')
    .trim();
  const [, first, rest] = /^(\d{1,2}[:h]\d{2}(?::\d{2})?(?: ?[ap]m)?) (?![ap]m\b)(?:on )?(\S.*)$/.exec(text) ?? [];
  if (first !== undefined && rest !== undefined) return [rest, first];
  const [, day = '', time = ''] =
    /^(.*?)(?:(?:^| )(\d{1,2} [ap]m|\S*\d\S*(?: ?[ap]m)?|noon|midnight))?$/.exec(text) ?? [];
  return time === '' || readTimeOfDay(time) === undefined ? [text, ''] : [day, time];
}

interface TimeOfDay {
  hour: number;
  minute: number;
  second: number;
}

/**
 * When the clock of a place showed a time on a day. Where it went on, that time was not there: the moment in which it went
 * on is meant. Where it went back, the time was there twice.
 */
function onClock(day: DateTime, time: TimeOfDay): Pick<Moment, 'at' | 'again' | 'note'> {
  const wall = Date.UTC(day.year, day.month - 1, day.day, time.hour, time.minute, time.second);
  const offsetAt = (ms: number): number => DateTime.fromMillis(ms, { zone: day.zone }).offset * 60_000;
  const guesses = [offsetAt(wall - dayMs), offsetAt(wall + dayMs)].map((offset) => wall - offset).sort((a, b) => a - b);
  const [first, second] = [...new Set(guesses.filter((ms) => wall - offsetAt(ms) === ms))];
  const clock = `${day.setLocale('en').toFormat('d LLL yyyy')} (${day.zoneName})`;
  const shown = [time.hour, time.minute].map((part) => String(part).padStart(2, '0')).join(':');
  if (first === undefined) {
    let [before = wall, after = wall] = guesses;
    const old = offsetAt(before);
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle) === old) before = middle;
      else after = middle;
    }
    const went = DateTime.fromMillis(after, { zone: day.zone });
    return {
      at: went.toJSDate(),
      again: null,
      note: `The clock went on over ${shown} on ${clock}: ${went.toFormat('HH:mm')} is meant, when it did.`,
    };
  }
  return {
    at: new Date(first),
    again: second === undefined ? null : new Date(second),
    note:
      second === undefined
        ? null
        : `The clock showed ${shown} twice on ${clock}: the first is taken for a beginning, the second for an end. Write UTC behind a time to say which one you mean.`,
  };
}

const unitsMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: hourMs,
  d: dayMs,
  w: weekMs,
};

/** Milliseconds of `24h`, `1.5h`, `90 minutes`, `2 hours ago`, `last 3 days`; a month has 30 days. */
function readAgo(written: string): number | undefined {
  const short = written
    .replace(/ ago$/, '')
    // Dashboards write `now-24h` and `-24h`, ISO 8601 `P1DT12H`.
    .replace(/^(?:now ?)?- ?(?=\d)/, '')
    .replace(/^p(\d+[dw])?(?:t((?:\d+[hms])+))?$/, (_, days = '', hours = '') => `${days}${hours}`)
    .replace(/^(?:the )?(?:last|past) (?=\d)/, '')
    .replace(/^(?:the )?(?:last|past) (?=(?:minute|hour|day|week|month)$)|^an? (?=[a-z]+$)/, '1 ')
    .replace(/^half an hour$/, '30m')
    .replace(/^(\d{1,3}) ?mo(?:nths?)?$/, (_, count: string) => `${Number(count) * 30}d`)
    .replace(units, (_, count, ...letters) => `${count}${letters.slice(0, 5).join('')}`);
  const [, count, part, unit = ''] = /^(\d{1,6})[.,](\d{1,4})([wdhms])$/.exec(short) ?? [];
  return count === undefined
    ? parseDuration(short)
    : Math.round(Number(`${count}.${part}`) * (unitsMs[unit] ?? Number.NaN));
}

const units =
  /(\d) ?(?:(w)(?:eeks?)?|(d)(?:ays?)?|(h)(?:ours?|rs?)?|(m)(?:in(?:ute)?s?)?|(s)(?:ec(?:ond)?s?)?)(?![a-z])/g;

function readTimeOfDay(text: string): TimeOfDay | undefined {
  if (text === 'midnight') return { hour: 0, minute: 0, second: 0 };
  if (text === 'noon') return { hour: 12, minute: 0, second: 0 };
  const match = /^(\d{1,2})(?:[:.h](\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)? ?([ap]m)?$/.exec(text);
  if (match === null || (match[2] === undefined && match[4] === undefined)) return undefined;
  const [hours, minute, second] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
  if (match[4] !== undefined && (hours < 1 || hours > 12)) return undefined;
  const hour = match[4] === undefined ? hours : (hours % 12) + (match[4] === 'pm' ? 12 : 0);
  return hour < 24 && minute < 60 && second < 60 ? { hour, minute, second } : undefined;
}

/** From which hour of its day to which, midnight being 24, each part of a day is taken to be. */
const partsOfDay: Readonly<Record<string, readonly [from: number, to: number]>> = {
  morning: [6, 12],
  afternoon: [12, 18],
  evening: [18, 24],
  night: [22, 30],
};

/** `yesterday evening`, `monday morning`, `last night` (of yesterday); without a day the last one that has begun. */
function readPart(text: string, here: DateTime): Pick<Moment, 'at' | 'dayEnds' | 'note'> | undefined {
  const [, dayText = '', name = ''] = /^(?:(.+) )?(morning|afternoon|evening|night)$/.exec(text) ?? [];
  const [from = 0, to = 0] = partsOfDay[name] ?? [];
  const today = here.startOf('day');
  const begins = (day: DateTime): Date => onClock(day, { hour: from, minute: 0, second: 0 }).at;
  const isLast = /^(?:this|the)?$/.test(dayText);
  const day = isLast
    ? today.minus({ days: begins(today) <= here.toJSDate() ? 0 : 1 })
    : dayText === 'last'
      ? today.minus({ days: 1 })
      : readDay(dayText, here);
  if (name === '' || day === undefined) return undefined;
  const end = onClock(day.plus({ days: Math.floor(to / 24) }), { hour: to % 24, minute: 0, second: 0 }).at;
  const shown = [from, to].map((hour) => `${String(hour % 24).padStart(2, '0')}:00`).join(' to ');
  return {
    at: begins(day),
    dayEnds: new Date(end.getTime() - 1),
    note: `The ${name} is taken to be from ${shown}.`,
  };
}

/** The start of a day; of a weekday or a date without a year the last one that has begun. */
function readDay(text: string, here: DateTime): DateTime | undefined {
  const today = here.startOf('day');
  if (text === 'today') return today;
  if (text === 'yesterday') return today.minus({ days: 1 });
  if (text === 'day before yesterday') return today.minus({ days: 2 });
  const ago = /\d ?(?:d|days?|w|weeks?) ago$/.test(text) ? readAgo(text) : undefined;
  if (ago !== undefined) return here.minus(ago).startOf('day');
  const [, last, name = ''] = /^(last )?([a-z]{3,9})$/.exec(text) ?? [];
  const weekday = weekdays.findIndex((day) => name !== '' && day.startsWith(name)) + 1;
  if (weekday > 0) {
    const back = (today.weekday - weekday + 7) % 7;
    return today.minus({ days: back === 0 && last !== undefined ? 7 : back });
  }
  // A weekday before a date says nothing more.
  const [, prefix = '', dated] = /^([a-z]{3,9})\.? (.*\d.*)$/.exec(text) ?? [];
  if (dated !== undefined && weekdays.some((day) => day.startsWith(prefix))) return readDay(dated, here);
  const numbers = readNumbers(text, today);
  if (numbers !== undefined) return numbers.isValid ? numbers : undefined;
  const [, before, month = '', after, year] =
    /^(?:(\d{1,2})(?:\.|st|nd|rd|th)? )?([a-z]{3,9})\.?(?: (\d{1,2})(?:st|nd|rd|th)?)?(?: (\d{4}))?$/.exec(text) ?? [];
  const dayOfMonth = before ?? after;
  const number = months.findIndex((each) => month !== '' && each.startsWith(month)) + 1;
  if (number === 0 || dayOfMonth === undefined || (before !== undefined && after !== undefined)) return undefined;
  return ofYear(today, { year, month: number, day: Number(dayOfMonth) });
}

/** `2026-11-28`, `2026/11/28`, `20261128`, `28.11.2026`, `28.11.`; never `11/12/2026`, whose month nobody knows. */
function readNumbers(text: string, today: DateTime): DateTime | undefined {
  const iso = /^(\d{4})([-/.]?)(\d{2})\2(\d{2})$/.exec(text);
  if (iso !== null)
    return DateTime.fromObject(
      { year: Number(iso[1]), month: Number(iso[3]), day: Number(iso[4]) },
      { zone: today.zone },
    );
  const [, day, month, year] = /^(\d{1,2})\. ?(\d{1,2})(?:\. ?(\d{4})|\.)?$/.exec(text) ?? [];
  return day === undefined ? undefined : ofYear(today, { year, month: Number(month), day: Number(day) });
}

/** A day of a year; where none was written, the last one that has begun. */
function ofYear(
  today: DateTime,
  { year, month, day }: { year: string | undefined; month: number; day: number },
): DateTime | undefined {
  const date = DateTime.fromObject({ year: Number(year ?? today.year), month, day }, { zone: today.zone });
  if (!date.isValid) return undefined;
  return year === undefined && date > today ? date.minus({ years: 1 }) : date;
}

/** A time to come: how long from now (`2h`), or a date and a time. */
export const momentAhead = (text: string, clock: Clock): Pick<Moment, 'at' | 'note'> | undefined => {
  const ms = parseDuration(text);
  if (ms !== undefined) return { at: new Date(clock.now.getTime() + ms), note: null };
  return /^\d{4}-/.test(text) ? readMoment(text, clock) : undefined;
};

/** From when to when, both with the clock's time at most. */
export interface Span {
  from: Date;
  to: Date;
}

/** A span as it was read, with what the clock did at its ends: one sentence each. */
type SpanReading = { span: Span; notes: readonly string[] };

const examples = '24h, 7d, 14:00 UTC, yesterday 14:00, monday, 2026-11-23 or 2026-11-23T14:00:00Z';

/**
 * The span of `--since` and `--until`, either of which may be left out. `until` as a day means to its end, as `+30m` so long
 * after `since`, as a time of day the first one after `since`; after a `since` that is told from now back, the last one.
 * What makes no sense is answered in one sentence.
 */
export function readSpan(
  since: string | undefined,
  until: string | undefined,
  usualMs: number,
  clock: Clock,
): SpanReading | { wrong: Wrong } {
  const start = since === undefined ? undefined : readMoment(since, clock);
  if (since !== undefined && start === undefined)
    return wrong(`I do not understand the time --since ${quoted(since)}: write it like ${examples}.`, 'since');
  if (start !== undefined && start.at > clock.now)
    return wrong(
      `--since ${quoted(since)} is in the future (${said(start.at, clock)}): nothing can have happened yet.`,
      'since',
    );

  const length = /^\+\s?(.+)$/.exec(until?.trim() ?? '')?.[1];
  const lengthMs = length === undefined ? undefined : readAgo(length.toLowerCase());
  if (lengthMs !== undefined && start !== undefined)
    return {
      span: { from: start.at, to: earlier(new Date(start.at.getTime() + lengthMs), clock.now) },
      notes: notesOf(start),
    };
  const end = until === undefined ? undefined : readMoment(until, clock);
  if (until !== undefined && end === undefined)
    return wrong(`I do not understand the time --until ${quoted(until)}: write it like ${examples}.`, 'until');
  const to = end === undefined ? clock.now : endOf(end, start, clock);
  if (end !== undefined && end.at > clock.now)
    return wrong(
      `--until ${quoted(until)} is in the future (${said(end.at, clock)}): leave it out to search up to now.`,
      'until',
    );
  const from = start?.at ?? new Date(to.getTime() - usualMs);
  if (from >= to)
    return wrong(
      `The end (${said(to, clock)}) is not after the beginning (${said(from, clock)}): give --since the earlier time.`,
      'since',
    );
  return { span: { from, to }, notes: notesOf(start, end) };
}

const notesOf = (...moments: (Moment | undefined)[]): string[] => [
  ...new Set(moments.flatMap((moment) => moment?.note ?? [])),
];

function endOf(end: Moment, start: Moment | undefined, { now }: Clock): Date {
  if (end.dayEnds !== null) return earlier(end.dayEnds, now);
  const last = earlier(end.again ?? end.at, now);
  if (!end.timeOnly || start === undefined || (start.ago && now.getTime() - start.at.getTime() > dayMs)) return last;
  const time = DateTime.fromJSDate(end.at, { zone: end.zone });
  const day = DateTime.fromJSDate(start.at, { zone: end.zone }).startOf('day');
  const [same, next] = [day, day.plus({ days: 1 })].map((each) => {
    const { at, again } = onClock(each, time);
    return again ?? at;
  });
  return earlier(same !== undefined && same > start.at ? same : (next ?? last), now);
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

const quoted = (text: string | undefined): string => `"${(text ?? '').slice(0, 60)}"`;

/** A moment in the asker's own time, for sentences: "Mon 23 Nov 2026 14:00". */
export const said = (at: Date, { zone }: Pick<Clock, 'zone'>): string =>
  DateTime.fromJSDate(at, { zone }).setLocale('en').toFormat('ccc d LLL yyyy HH:mm');

/** How many of these words, from the first, make up one time: 0 when the first does not begin one. */
export function momentWords(words: readonly string[]): number {
  const clock = { now: new Date(), zone: 'utc' };
  for (let count = Math.min(words.length, 8); count > 0; count--)
    if (readMoment(words.slice(0, count).join(' ').replace(/^\+/, ''), clock) !== undefined) return count;
  return 0;
}
