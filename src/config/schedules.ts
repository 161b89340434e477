import { z } from 'zod';
import type { Layer, OnCallSchedule, Restriction, Rotation } from '../alerts/oncall/schedule.ts';
import { targetKinds } from '../alerts/targets/index.ts';
import { dayMs } from '../words/time.ts';
import { weekdayOf } from '../words/wall-clock.ts';
import { quote } from './problem.ts';
import { channelId, day, kept, object, oneOrMore, readDay, readTime, target, text, timezone } from './values.ts';

const dayMinutes = 1440;

const every = z.int().min(1).max(1000);
const units = ['hours', 'days', 'workingDays', 'weeks', 'months'] as const;
type Unit = (typeof units)[number];
const inWords: Record<string, Partial<Record<Unit, number>>> = {
  hourly: { hours: 1 },
  daily: { days: 1 },
  workingDays: { workingDays: 1 },
  weekly: { weeks: 1 },
  monthly: { months: 1 },
};

/** How long a turn is; so many days that they are whole weeks are weeks. */
const rotation = z.preprocess(
  (value) => (typeof value === 'string' ? (inWords[value] ?? value) : value),
  object(
    {
      hours: every.optional(),
      days: every.optional(),
      workingDays: every.optional(),
      weeks: every.optional(),
      months: every.optional(),
    },
    (value) => `${quote(value)} is no rotation; write ${Object.keys(inWords).join(', ')} or { days: 14 }`,
  ).transform((value, context): { unit: Unit; every: number } => {
    const given = units.flatMap((unit) => (value[unit] === undefined ? [] : [{ unit, every: value[unit] }]));
    const [only, ...more] = given;
    if (only === undefined || more.length > 0) {
      context.issues.push({
        code: 'custom',
        input: value,
        message: `says ${only === undefined ? 'nothing' : 'more than one length'}; write one of ${units.map((unit) => `{ ${unit}: 2 }`).join(', ')}`,
      });
      return z.NEVER;
    }
    return only.unit === 'days' && only.every % 7 === 0 ? { unit: 'weeks', every: only.every / 7 } : only;
  }),
);

interface Handoff {
  /** Day of the week or of the month; null: the time alone. */
  weekday: number | null;
  dayOfMonth: number | null;
  minutes: number;
}

/** `Mon 09:00`, `31 09:00` or `09:00`. */
function readHandoff(value: string): Handoff | undefined {
  const [first = '', second] = value.trim().split(/\s+/);
  const minutes = readTime(second ?? first);
  if (minutes === undefined || minutes === dayMinutes) return undefined;
  if (second === undefined) return { weekday: null, dayOfMonth: null, minutes };
  const weekday = readDay(first) ?? null;
  const dayOfMonth = /^\d{1,2}$/.test(first) && Number(first) >= 1 && Number(first) <= 31 ? Number(first) : null;
  return weekday === null && dayOfMonth === null ? undefined : { weekday, dayOfMonth, minutes };
}

const handoff = text(
  readHandoff,
  (value) =>
    `${quote(value)} is no handoff; write one like "Mon 09:00", "09:00" for a rotation by hours or days, or "1 09:00" for one by months`,
);

function readDate(value: string): string | undefined {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(value) : Number.NaN;
  // A 30th of February is parsed as a day in March.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== value ? undefined : value;
}

const date = text(readDate, (value) => `${quote(value)} is no date; write one like 2026-01-05`);

const user = text(
  kept(targetKinds.user.id),
  (value) =>
    `${quote(value)} is no user id; one looks like U0123456789 (in Slack: the person's profile, "Copy member ID")`,
);

/** A time of day, or of a week: `22:00`, `Fri 17:00`. */
const momentOfWeek = text(
  (value) => {
    const [first = '', second] = value.trim().split(/\s+/);
    const minutes = readTime(second ?? first);
    const weekday = second === undefined ? null : readDay(first);
    return minutes === undefined || weekday === undefined ? undefined : { weekday, minutes };
  },
  (value) => `${quote(value)} is no time; write one like 09:00, or "Fri 17:00"`,
);

/** Hours of some days, or one stretch of each week. */
const restriction = object({ from: momentOfWeek, to: momentOfWeek, days: oneOrMore(day).optional() }).transform(
  ({ from, to, days }, context): Restriction[] => {
    const wrong = (message: string): Restriction[] => {
      context.issues.push({ code: 'custom', input: from, message });
      return [];
    };
    const ends = { to: to.minutes % dayMinutes, later: to.minutes === dayMinutes ? 1 : 0 };
    if (from.minutes === dayMinutes) return wrong('begins at 24:00; write 00:00 of the next day');
    if (from.weekday !== null && to.weekday !== null) {
      if (days !== undefined) return wrong('names days beside a weekday in from and to; leave days out');
      const apart = (to.weekday - from.weekday + 7) % 7;
      const over = apart === 0 && to.minutes <= from.minutes ? 7 : apart;
      return [{ weekday: from.weekday, from: from.minutes, days: over + ends.later, to: ends.to }];
    }
    if (from.weekday !== null || to.weekday !== null)
      return wrong('names a weekday in one of from and to; name it in both, or in neither');
    if (from.minutes === to.minutes) return wrong('from and to are the same; the whole day is from 00:00 to 24:00');
    const over = to.minutes < from.minutes ? 1 : ends.later;
    return (days ?? [1, 2, 3, 4, 5, 6, 7]).map((weekday) => ({ weekday, from: from.minutes, days: over, to: ends.to }));
  },
);

const nobody = 'is empty, so nobody would be on call; name at least one user';

const layerKeys = {
  rotation,
  handoff,
  start: date.nullable().default(null),
  /** Each turn is one person's, or that of several. */
  users: oneOrMore(oneOrMore(user, nobody), nobody),
  restrictions: z
    .preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(restriction))
    .transform((lists) => lists.flat())
    .prefault([]),
  onHolidays: z.boolean().optional(),
};
const layer = object({
  name: z.string().min(1, 'is empty').max(80).optional(),
  timezone: timezone.optional(),
  ...layerKeys,
});

const holidays = z.preprocess(
  (value) => (Array.isArray(value) ? { dates: value } : value),
  object({
    dates: z.array(date).default([]),
    file: z.string().min(1, 'is empty; name an .ics file').nullable().default(null),
    users: z.array(user).default([]),
  }),
);

const common = {
  timezone,
  channel: channelId.nullable().default(null),
  holidays: holidays.prefault([]),
  mayBeEmpty: z.boolean().default(false),
  mirror: oneOrMore(target('usergroup', 'channel')).default([]),
};

/** One layer may stand without the list: `{ timezone, rotation, handoff, users }`. */
export const schedule = z.preprocess(
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || 'layers' in value) return value;
    const inLayer = new Set(Object.keys(layerKeys));
    const entries = Object.entries(value);
    return {
      ...Object.fromEntries(entries.filter(([key]) => !inLayer.has(key))),
      layers: Object.fromEntries(entries.filter(([key]) => inLayer.has(key))),
    };
  },
  object({
    ...common,
    layers: oneOrMore(layer, 'is empty, so nobody would be on call; write at least one layer'),
  }).transform((written, context): OnCallSchedule & { holidayFile: string | null } => {
    const layers = written.layers.map((each, index): Layer => {
      const { rotation, wrong, start } = placed(each);
      if (wrong !== null)
        context.issues.push({
          code: 'custom',
          path: ['layers', index, 'handoff'],
          input: each.handoff,
          message: wrong,
        });
      const weekdays = new Set(each.restrictions.map(({ weekday }) => weekday));
      const everyDay = rotation.unit !== 'workingDays' && (weekdays.size === 0 || weekdays.size === 7);
      return {
        name: each.name ?? `layer ${index + 1}`,
        timezone: each.timezone ?? written.timezone,
        rotation,
        start,
        handoff: each.handoff.minutes,
        users: each.users,
        restrictions: each.restrictions,
        onHolidays: each.onHolidays ?? everyDay,
      };
    });
    const names = layers.map(({ name }) => name);
    for (const [index, name] of names.entries())
      if (names.indexOf(name) < index)
        context.issues.push({
          code: 'custom',
          path: ['layers', index, 'name'],
          input: name,
          message: `${quote(name)} is the name of a layer above`,
        });
    return {
      timezone: written.timezone,
      layers,
      holidays: written.holidays.dates,
      holidayFile: written.holidays.file,
      holidayUsers: written.holidays.users,
      channel: written.channel,
      mayBeEmpty: written.mayBeEmpty,
      mirror: written.mirror,
    };
  }),
);

const wanted = {
  weeks: 'says no day; a rotation by weeks hands over on one, as in "Mon 09:00"',
  months: 'says no day; a rotation by months hands over on one, as in "1 09:00" or "31 09:00"',
};

/** The date of the first handoff, and what is wrong with the day in it. */
function placed({ rotation: { unit, every }, handoff, start }: z.output<typeof layer>): {
  rotation: Rotation;
  start: string;
  wrong: string | null;
} {
  const { weekday, dayOfMonth } = handoff;
  const since = start ?? '2024-01-01';
  if (unit === 'months')
    return {
      rotation: { unit, every, day: dayOfMonth ?? 1 },
      start: firstOfMonths(since, dayOfMonth ?? 1),
      wrong: dayOfMonth === null ? wanted.months : null,
    };
  const wrong =
    unit === 'weeks'
      ? weekday === null
        ? wanted.weeks
        : null
      : weekday === null && dayOfMonth === null
        ? null
        : 'says a day, but the rotation is not by weeks or months; write the time alone, as in "09:00"';
  return { rotation: { unit, every }, start: weekday === null ? since : firstWeekday(since, weekday), wrong };
}

const isoDate = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The first date on or after a date that is this day of the week. */
function firstWeekday(since: string, weekday: number): string {
  const at = Date.parse(since);
  return isoDate(at + ((weekday - weekdayOf(at) + 7) % 7) * dayMs);
}

/** A date of the first month whose day of this number (or last day, where it is shorter) is not before a date. */
function firstOfMonths(since: string, dayOfMonth: number): string {
  const at = new Date(since);
  const lastDay = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  const inThisMonth = Math.min(dayOfMonth, lastDay) >= at.getUTCDate();
  return isoDate(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + (inThisMonth ? 0 : 1), 1));
}
