/**
 * Slack's date tokens in the zone of whoever looks, in US English as Slack's default.
 * Source: docs.slack.dev/messaging/formatting-message-text, "Date formatting".
 */

const part = (at: Date, timeZone: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('en-US', { timeZone, ...options }).format(at);

/** YYYY-MM-DD in the zone. */
const dayOf = (at: Date, timeZone: string): string => new Intl.DateTimeFormat('en-CA', { timeZone }).format(at);

/** "1st", "2nd", "3rd", "4th", … "11th". */
function ordinal(day: number): string {
  const rule = new Intl.PluralRules('en-US', { type: 'ordinal' }).select(day);
  return `${day}${{ one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[rule]}`;
}

function longDate(at: Date, timeZone: string): string {
  const day = ordinal(Number(part(at, timeZone, { day: 'numeric' })));
  return `${part(at, timeZone, { month: 'long' })} ${day}, ${part(at, timeZone, { year: 'numeric' })}`;
}

const dayMs = 86_400_000;

function relativeDay(at: Date, now: Date, timeZone: string): string | undefined {
  const days = Math.round((Date.parse(dayOf(at, timeZone)) - Date.parse(dayOf(now, timeZone))) / dayMs);
  return { '-1': 'yesterday', '0': 'today', '1': 'tomorrow' }[String(days)];
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function ago(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const units = [
    ['year', 31_536_000],
    ['month', 2_592_000],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  const relative = new Intl.RelativeTimeFormat('en-US');
  for (const [unit, size] of units)
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  return relative.format(seconds, 'second');
}

/** Hours and minutes, "6:39 AM". */
export const clockTime = (at: Date, timeZone: string): string =>
  part(at, timeZone, { hour: 'numeric', minute: '2-digit' });

/** A day as the line between two days of messages names it: Today, Yesterday, or "Monday, November 23rd". */
export function dayName(at: Date, now: Date, timeZone: string): string {
  const day = ordinal(Number(part(at, timeZone, { day: 'numeric' })));
  const name = `${part(at, timeZone, { weekday: 'long' })}, ${part(at, timeZone, { month: 'long' })} ${day}`;
  return capitalized(relativeDay(at, now, timeZone) ?? name);
}

const tokens: Record<string, (at: Date, now: Date, timeZone: string) => string> = {
  date_num: (at, _now, zone) => dayOf(at, zone),
  date_slash: (at, _now, zone) => part(at, zone, { month: '2-digit', day: '2-digit', year: 'numeric' }),
  date: (at, _now, zone) => longDate(at, zone),
  date_short: (at, _now, zone) => part(at, zone, { month: 'short', day: 'numeric', year: 'numeric' }),
  date_long: (at, _now, zone) => `${part(at, zone, { weekday: 'long' })}, ${longDate(at, zone)}`,
  date_long_full: (at, _now, zone) => longDate(at, zone),
  date_pretty: (at, now, zone) => relativeDay(at, now, zone) ?? longDate(at, zone),
  date_short_pretty: (at, now, zone) =>
    relativeDay(at, now, zone) ?? part(at, zone, { month: 'short', day: 'numeric', year: 'numeric' }),
  date_long_pretty: (at, now, zone) =>
    relativeDay(at, now, zone) ?? `${part(at, zone, { weekday: 'long' })}, ${longDate(at, zone)}`,
  day_divider_pretty: dayName,
  time: (at, _now, zone) => clockTime(at, zone),
  time_secs: (at, _now, zone) => part(at, zone, { hour: 'numeric', minute: '2-digit', second: '2-digit' }),
  ago: (at, now) => ago(at, now),
};

/**
 * The text of `<!date^seconds^format|fallback>`; the fallback when the seconds are no time or a token is unknown.
 * Slack writes the first character large, also in the middle of a sentence, unless a zero-width space stands before it.
 * Source: Slack::BlockKit::Block::RichText::Date on metacpan.org.
 */
export function formatSlackDate(
  seconds: string,
  format: string,
  fallback: string,
  now: Date,
  timeZone: string,
): string {
  const at = new Date(Number(seconds) * 1000);
  if (seconds === '' || Number.isNaN(at.getTime())) return fallback;
  let known = true;
  const drawn = format.replace(/\{(\w+)\}/g, (_token, name: string) => {
    const draw = Object.hasOwn(tokens, name) ? tokens[name] : undefined;
    if (!draw) known = false;
    return draw ? draw(at, now, timeZone) : '';
  });
  return known && drawn.trim() !== '' ? capitalized(drawn) : fallback;
}

/** What a clock on the wall in the zone shows at that instant, as milliseconds of the same reading in UTC. */
function wallClock(at: number, timeZone: string): number {
  const read = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    dateStyle: 'short',
    timeStyle: 'medium',
  }).formatToParts(at);
  const field = (name: string) => Number(read.find((one) => one.type === name)?.value ?? 0);
  return Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'));
}

/** Unix seconds of a `datetime-local` value (YYYY-MM-DDTHH:MM) read in the zone; undefined when it is no date. */
export function zonedSeconds(local: string, timeZone: string): number | undefined {
  const wanted = Date.parse(`${local}Z`);
  if (Number.isNaN(wanted)) return undefined;
  // Two steps settle the offset on either side of a change of clocks.
  let at = wanted;
  for (let step = 0; step < 2; step += 1) at += wanted - wallClock(at, timeZone);
  return Math.floor(at / 1000);
}

/** The `datetime-local` value (YYYY-MM-DDTHH:MM) of Unix seconds in the zone. */
export const localDateTime = (seconds: number, timeZone: string): string =>
  new Date(wallClock(seconds * 1000, timeZone)).toISOString().slice(0, 16);
