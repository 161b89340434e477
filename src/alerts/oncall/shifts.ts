import { dayMs, weekMs } from '../../words/time.ts';
import { dateOf, instantOfWallTime, minuteMs, wallTimeAt, weekdayOf } from '../../words/wall-clock.ts';
import type { Layer, OnCallSchedule, Override } from './schedule.ts';
import { rest, type Span, union, within } from './spans.ts';
import { turnsWithin } from './turns.ts';

/** A stretch of time, half open, in which the same people are on call for the same reason. */
export interface Shift {
  from: Date;
  to: Date;
  /** Never empty; who comes first is called first. */
  users: readonly string[];
  /** The layer whose turn it is; null: an override of everybody or a holiday, which stand above the layers. */
  layer: string | null;
  because: 'rotation' | 'override' | 'swap' | 'holiday';
}

type Part = Span & Omit<Shift, 'from' | 'to'>;

/**
 * Who is on call from a time until before another: the one answer that calls, lists, feeds and forecasts share. Overrides are in
 * the order in which they were made, and the later wins; then holidays, then the layers from the top. Shifts are cut to the span,
 * in order, without overlaps; neighbours that say the same are one. Where nobody is on call there is none.
 */
export function shifts(schedule: OnCallSchedule, from: Date, to: Date, overrides: readonly Override[] = []): Shift[] {
  const span = { from: from.getTime(), to: to.getTime() };
  if (!(span.from < span.to)) return [];
  let parts: Part[] = [];
  for (const more of [
    holidayParts(schedule, span),
    ...schedule.layers.map((layer) => layerParts(layer, schedule, span)),
  ])
    parts = below(parts, more);
  for (const override of overrides) parts = withOverride(parts, override, span);
  return merged(parts).map((part) => ({ ...part, from: new Date(part.from), to: new Date(part.to) }));
}

/** Parts with what others add where they leave time free. */
const below = (parts: readonly Part[], more: readonly Part[]): Part[] =>
  [...parts, ...within(more, freeOf(parts))].sort((a, b) => a.from - b.from);

const freeOf = (parts: readonly Part[]): Span[] =>
  rest({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, parts);

function holidayParts({ holidays, holidayUsers, timezone }: OnCallSchedule, span: Span): Part[] {
  if (holidayUsers.length === 0) return [];
  const days = holidays.map((date) => dayOf(Date.parse(date), timezone));
  return within(union(days), [span]).map((part) => ({ ...part, users: holidayUsers, layer: null, because: 'holiday' }));
}

const dayOf = (date: number, timezone: string): Span => ({
  from: instantOfWallTime(date, timezone),
  to: instantOfWallTime(date + dayMs, timezone),
});

function layerParts(layer: Layer, { holidays }: OnCallSchedule, span: Span): Part[] {
  const turns = turnsWithin(layer, holidays, span);
  const parts = turns.map(({ from, to, number }): Part => {
    const place = ((number % layer.users.length) + layer.users.length) % layer.users.length;
    return { from, to, users: layer.users[place] ?? [], layer: layer.name, because: 'rotation' };
  });
  return within(parts, hoursOf(layer, holidays, span));
}

/** When a layer is on call, whoever has the turn. What begins on a holiday that it keeps is left out, the night after it too. */
function hoursOf({ restrictions, onHolidays, timezone }: Layer, holidays: readonly string[], span: Span): Span[] {
  const off = new Set(onHolidays ? [] : holidays.map((date) => Date.parse(date)));
  if (restrictions.length === 0 && off.size === 0) return [span];
  const hours: Span[] = [];
  const last = wallTimeAt(span.to, timezone);
  for (let date = dateOf(wallTimeAt(span.from, timezone)) - weekMs - dayMs; date <= last; date += dayMs) {
    if (off.has(date)) continue;
    if (restrictions.length === 0) hours.push(dayOf(date, timezone));
    for (const { weekday, from, days, to } of restrictions) {
      if (weekday !== weekdayOf(date)) continue;
      const begin = instantOfWallTime(date + from * minuteMs, timezone);
      const end = instantOfWallTime(date + days * dayMs + to * minuteMs, timezone);
      if (begin < end) hours.push({ from: begin, to: end });
    }
  }
  return union(hours);
}

function withOverride(parts: readonly Part[], override: Override, span: Span): Part[] {
  const [held] = within([{ from: override.from.getTime(), to: override.until.getTime() }], [span]);
  if (held === undefined || held.from >= held.to) return [...parts];
  const { user, instead, because } = override;
  const around = parts.flatMap((part) => rest(part, [held]).map((left) => ({ ...part, ...left })));
  const standing =
    instead === null
      ? [{ ...held, users: [user], layer: null, because }]
      : within(parts, [held]).map((part) =>
          part.users.includes(instead)
            ? { ...part, users: [...new Set(part.users.map((each) => (each === instead ? user : each)))], because }
            : part,
        );
  return [...around, ...standing].sort((a, b) => a.from - b.from);
}

function merged(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last !== undefined && last.to === part.from && saysTheSame(last, part)) last.to = part.to;
    else joined.push({ ...part });
  }
  return joined;
}

const saysTheSame = (a: Omit<Part, 'from' | 'to'>, b: Omit<Part, 'from' | 'to'>): boolean =>
  a.layer === b.layer && a.because === b.because && sameUsers(a.users, b.users);

export const sameUsers = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((user, place) => user === b[place]);

/** When nobody is on call within a span: what the shifts leave free. */
export function gaps(
  schedule: OnCallSchedule,
  from: Date,
  to: Date,
  overrides: readonly Override[] = [],
): { from: Date; to: Date }[] {
  if (!(from < to)) return [];
  const covered = shifts(schedule, from, to, overrides).map((shift) => ({
    from: shift.from.getTime(),
    to: shift.to.getTime(),
  }));
  return rest({ from: from.getTime(), to: to.getTime() }, covered).map((gap) => ({
    from: new Date(gap.from),
    to: new Date(gap.to),
  }));
}

/** Who is on call at a time, until when that holds for sure, and whether it ends there. */
export interface Now {
  /** Empty: nobody. */
  users: readonly string[];
  until: Date;
  /** False: it was looked no further, and nothing changes until then. */
  ends: boolean;
}

/** Who is on call at a time. `aheadMs` is how far to look for the end of it. */
export function onCallAt(
  schedule: OnCallSchedule,
  at: Date,
  overrides: readonly Override[] = [],
  aheadMs: number = weekMs,
): Now {
  const horizon = new Date(at.getTime() + aheadMs);
  let users: readonly string[] | undefined;
  let until = at;
  // A change of layer alone is no handoff.
  for (const shift of shifts(schedule, at, horizon, overrides)) {
    if (users === undefined) users = shift.from > at ? [] : shift.users;
    const goesOn = users.length > 0 && shift.from.getTime() === until.getTime() && sameUsers(users, shift.users);
    if (!goesOn) return { users, until: users.length === 0 ? shift.from : until, ends: true };
    until = shift.to;
  }
  if (users === undefined) return { users: [], until: horizon, ends: false };
  return { users, until, ends: until < horizon };
}

/** The next time somebody else is on call, and who (empty: nobody); undefined when nothing changes within three years. */
export function nextHandoff(
  schedule: OnCallSchedule,
  at: Date,
  overrides: readonly Override[] = [],
): { at: Date; users: readonly string[] } | undefined {
  for (const days of [8, 100, 1100]) {
    const now = onCallAt(schedule, at, overrides, days * dayMs);
    if (now.ends) return { at: now.until, users: onCallAt(schedule, now.until, overrides, 1).users };
  }
  return undefined;
}
