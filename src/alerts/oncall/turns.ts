import { dayMs, hourMs, weekMs } from '../../words/time.ts';
import { dateOf, instantOfWallTime, minuteMs, wallTimeAt, weekdayOf } from '../../words/wall-clock.ts';
import type { Layer } from './schedule.ts';
import type { Span } from './spans.ts';

/** One turn of a layer: turn 0 is the first user's, on the layer's `start`. */
export interface Turn extends Span {
  number: number;
}

/** The days by which a layer that hands over by days counts. */
interface CountedDays {
  /** Days of the week, 1 to 7. */
  weekdays: ReadonlySet<number>;
  /** Midnights on the wall of such days that do not count all the same. */
  holidays: ReadonlySet<number>;
}

/** When turns begin, by number. */
interface Rota {
  /** A turn that has begun by a time, at the latest the one before; exact counting starts from here. */
  near: (wall: number) => number;
  /** When a turn begins, by the clock on the wall. */
  beginOf: (number: number) => number;
}

/**
 * The turns that cover a span, cut to it. Each begins at its handoff on the wall, counted from the layer's start, so a change of the
 * clocks moves nothing. Of handoffs that a change of the clocks puts into one order wrong (turns of hours) the later turn holds.
 */
export function turnsWithin(layer: Layer, holidays: readonly string[], { from, to }: Span): Turn[] {
  const rota = rotaOf(layer, holidays);
  const beginOf = (number: number): number => instantOfWallTime(rota.beginOf(number), layer.timezone);
  // No clock skips more than a day; four turns of an hour are more than any skips today.
  let number = rota.near(wallTimeAt(from, layer.timezone)) + 4;
  while (beginOf(number) > from) number--;
  const begun: { number: number; from: number }[] = [];
  for (let late = 0; late < 4; number++) {
    const begin = beginOf(number);
    if (begin >= to) late++;
    begun.push({ number, from: begin });
  }
  const turns: Turn[] = [];
  let end = to;
  for (const turn of begun.reverse()) {
    const begin = Math.max(turn.from, from);
    if (begin >= end) continue;
    turns.push({ number: turn.number, from: begin, to: end });
    end = begin;
  }
  return turns.reverse();
}

function rotaOf(layer: Layer, holidays: readonly string[]): Rota {
  const { rotation, handoff } = layer;
  const start = Date.parse(layer.start);
  const first = start + handoff * minuteMs;
  switch (rotation.unit) {
    case 'hours':
    case 'weeks': {
      const period = rotation.every * (rotation.unit === 'hours' ? hourMs : weekMs);
      return { near: (wall) => Math.floor((wall - first) / period), beginOf: (number) => first + number * period };
    }
    case 'months': {
      const month = monthOf(start);
      return {
        near: (wall) => Math.floor((monthOf(wall) - month) / rotation.every),
        beginOf: (number) => dayOfMonth(month + number * rotation.every, rotation.day) + handoff * minuteMs,
      };
    }
    default: {
      const days = countedDays(layer, holidays);
      return {
        near: (wall) => Math.floor(daysBefore(dateOf(wall), start, days) / rotation.every),
        beginOf: (number) => dayNumber(number * rotation.every, start, days) + handoff * minuteMs,
      };
    }
  }
}

/** Months since January 2000. */
const monthOf = (wall: number): number => {
  const date = new Date(wall);
  return (date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth();
};

/** Midnight of a day of a month, or of its last day where it is shorter. */
const dayOfMonth = (month: number, day: number): number =>
  Date.UTC(2000, month, Math.min(day, new Date(Date.UTC(2000, month + 1, 0)).getUTCDate()));

function countedDays({ rotation, restrictions, onHolidays }: Layer, holidays: readonly string[]): CountedDays {
  const working = rotation.unit === 'workingDays';
  const weekdays = new Set(
    working
      ? [1, 2, 3, 4, 5]
      : restrictions.length === 0
        ? [1, 2, 3, 4, 5, 6, 7]
        : restrictions.map(({ weekday }) => weekday),
  );
  const off = working || !onHolidays ? holidays.map((date) => Date.parse(date)) : [];
  return { weekdays, holidays: new Set(off.filter((date) => weekdays.has(weekdayOf(date)))) };
}

/** How many days count from `start` until before a date; below 0 before the start. */
function daysBefore(date: number, start: number, { weekdays, holidays }: CountedDays): number {
  const weeks = Math.floor((date - start) / weekMs);
  let count = weeks * weekdays.size;
  for (let day = start + weeks * weekMs; day < date; day += dayMs) if (weekdays.has(weekdayOf(day))) count++;
  const [from, to] = date >= start ? [start, date] : [date, start];
  const between = [...holidays].filter((day) => day >= from && day < to).length;
  return date >= start ? count - between : count + between;
}

/** The date of the day that counts as this number: 0 is the first from `start` on. */
function dayNumber(number: number, start: number, days: CountedDays): number {
  const counts = (date: number): boolean => days.weekdays.has(weekdayOf(date)) && !days.holidays.has(date);
  let date = start + Math.floor(number / days.weekdays.size) * weekMs;
  let count = daysBefore(date, start, days);
  while (count > number) {
    date -= dayMs;
    if (counts(date)) count--;
  }
  while (count < number || !counts(date)) {
    if (counts(date)) count++;
    date += dayMs;
  }
  return date;
}
