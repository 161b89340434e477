import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ICAL from 'ical.js';
import { IANAZone } from 'luxon';
import { messageOf, plural } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import { dateOf, instantOfWallTime, wallTimeAt } from '../words/wall-clock.ts';
import { quote } from './problem.ts';
import type { Remark } from './yaml.ts';

/** How far ahead what recurs is followed. Turns are counted from the past on, so later holidays move none of today's. */
const aheadMs = 5 * 366 * dayMs;
/** More is no calendar of holidays, and turns that are counted in days ask for every one. */
const mostDays = 2_000;

/** What is wrong with a file, in words that go on after its name. */
class Unfit extends Error {}

/** The days of the .ics files of schedules by the schedule's name, and what is wrong with a file or doubtful in it. */
export function readHolidays(
  configFile: string,
  schedules: Readonly<Record<string, { timezone: string; holidayFile: string | null }>>,
  now: Date,
) {
  const days = new Map<string, string[]>();
  const problems: Remark[] = [];
  const warnings: Remark[] = [];
  for (const [name, { timezone, holidayFile }] of Object.entries(schedules)) {
    if (holidayFile === null) continue;
    const remark = (message: string): Remark => ({
      path: ['schedules', name, 'holidays', 'file'],
      message: `${quote(holidayFile)} ${message}`,
    });
    try {
      const found = holidaysIn(readFileSync(resolve(dirname(configFile), holidayFile), 'utf8'), timezone, now);
      days.set(name, found.days);
      warnings.push(...found.doubts.map(remark));
    } catch (error) {
      if (error instanceof Unfit) problems.push(remark(error.message));
      else if (error instanceof Error && 'code' in error) problems.push(remark(`cannot be read (${error.code})`));
      else problems.push(remark(`cannot be read as iCalendar: ${messageOf(error)}`));
    }
  }
  return { days, problems, warnings };
}

/**
 * The whole days of an iCalendar file as ISO dates, those of events with times by the clock of a zone.
 * @throws Unfit, and what the library throws of what it cannot read
 */
function holidaysIn(source: string, timezone: string, now: Date): { days: string[]; doubts: string[] } {
  const calendars = source.match(/^\s*BEGIN:VCALENDAR\s*$/gim)?.length ?? 0;
  if (calendars !== 1)
    throw new Unfit(
      calendars === 0 ? 'is no iCalendar file: BEGIN:VCALENDAR is missing' : 'holds more than one calendar',
    );
  const days = new Set<string>();
  const partial: string[] = [];
  for (const event of eventsIn(source)) {
    let whole = false;
    for (const { startDate, endDate } of occurrences(event, now)) {
      const [from, to] = [instantOf(startDate, event, timezone), instantOf(endDate, event, timezone)];
      for (let date = dateOf(wallTimeAt(from, timezone)); date < wallTimeAt(to, timezone); date += dayMs) {
        if (instantOfWallTime(date, timezone) < from || instantOfWallTime(date + dayMs, timezone) > to) continue;
        whole = true;
        days.add(new Date(date).toISOString().slice(0, 10));
        if (days.size > mostDays) throw new Unfit(`holds more than ${mostDays} days: is it a calendar of holidays?`);
      }
    }
    if (!whole) partial.push(event.summary ?? event.uid);
  }
  const last = [...days].sort().at(-1);
  if (last === undefined) throw new Unfit('holds no event of a whole day, so it has no holidays');
  return {
    days: [...days].sort(),
    doubts: [
      ...(partial.length === 0
        ? []
        : [`holds ${plural(partial.length, 'event')} without a whole day, left out: ${quote(partial[0])}`]),
      ...(last < now.toISOString().slice(0, 10) ? [`ends on ${last}: get one with the holidays to come`] : []),
    ],
  };
}

/** The events that are not cancelled; changes to single days of one that recurs are in it. */
function eventsIn(source: string): ICAL.Event[] {
  const components = ICAL.Component.fromString(source.replace(/^\uFEFF/, '')).getAllSubcomponents('vevent');
  for (const component of components) {
    mustHaveDates(component);
    mustCome(component);
  }
  const all = components.map((component) => new ICAL.Event(component));
  return all.filter((event) => !isCancelled(event) && !(event.isRecurrenceException() && hasMaster(event, all)));
}

const isCancelled = ({ component }: ICAL.Event): boolean =>
  String(component.getFirstPropertyValue('status')).toUpperCase() === 'CANCELLED';

const hasMaster = ({ uid }: ICAL.Event, all: readonly ICAL.Event[]): boolean =>
  all.some((other) => other.uid === uid && other.isRecurring());

/** The library takes a 99th of a month for a day of another month. */
function mustHaveDates(component: ICAL.Component): void {
  const start = component.getFirstProperty('dtstart');
  const [written] = start?.jCal.slice(3) ?? [];
  if (String(start?.getFirstValue()) !== written)
    throw new Unfit(`an event begins at ${start === null ? 'no time' : quote(written)}`);
}

/** What asks which day of a month, a year or its weeks: perhaps none. */
const dayParts = ['BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO'];

/** For what recurs by the day or faster the library looks for such days one after the other, to the end of time. */
function mustCome(component: ICAL.Component): void {
  for (const rule of component.getAllProperties('rrule').map((property) => property.getFirstValue())) {
    if (!(rule instanceof ICAL.Recur) || rule.freq === 'YEARLY' || rule.freq === 'MONTHLY') continue;
    const slow = /^(?:DAILY|WEEKLY)$/.test(rule.freq) ? dayParts : [...dayParts, 'BYMONTH', 'BYDAY'];
    const part = slow.find((name) => Object.hasOwn(rule.parts, name));
    if (part !== undefined)
      throw new Unfit(`has an event that recurs by FREQ=${rule.freq} with ${part}: write it with FREQ=YEARLY`);
  }
}

function* occurrences(event: ICAL.Event, now: Date): Generator<{ startDate: ICAL.Time; endDate: ICAL.Time }> {
  if (!event.isRecurring()) {
    yield event;
    return;
  }
  const dates = event.iterator();
  for (let count = 0; count < mostDays; count++) {
    const next: ICAL.Time | undefined = dates.next();
    if (next === undefined || wallOf(next) > now.getTime() + aheadMs) return;
    const occurrence = event.getOccurrenceDetails(next);
    if (!isCancelled(occurrence.item)) yield occurrence;
  }
  throw new Unfit(`has an event that recurs more than ${mostDays} times: is it a calendar of holidays?`);
}

const wallOf = ({ year, month, day, hour, minute, second }: ICAL.Time): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

/** Days, and times without a zone, are by the schedule's clock; a zone that the file does not describe is known by its name. */
function instantOf(time: ICAL.Time, { component }: ICAL.Event, timezone: string): number {
  if (time.zone.tzid !== 'floating') return time.toJSDate().getTime();
  const named = component.getFirstProperty('dtstart')?.getFirstParameter('tzid');
  const known = named !== undefined && IANAZone.isValidZone(named);
  return instantOfWallTime(wallOf(time), known ? named : timezone);
}
