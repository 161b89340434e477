import { CronExpressionParser } from 'cron-parser';
import { IANAZone } from 'luxon';
import { z } from 'zod';
import { type TargetKindName, targetKinds } from '../alerts/targets/index.ts';
import { didYouMean } from '../words/nearest.ts';
import { quote } from './problem.ts';

/** The kinds of values that stand in more than one part of `trailwatch.yaml`. */

/** An object that knows its keys. For an unknown one the message is the list of them, which the loader turns into words. */
export const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape, wrong?: (value: unknown) => string) =>
  z.strictObject(shape, {
    error: ({ code, input }) =>
      code === 'unrecognized_keys'
        ? Object.keys(shape).join(' ')
        : code === 'invalid_type' && input !== undefined
          ? wrong?.(input)
          : undefined,
  });

/** Text that a function turns into a value; `undefined` from it is a problem, in the words of `wrong`. */
export const text = <T>(read: (value: string) => T | undefined, wrong: (value: string) => string) =>
  z.string().transform((value, context) => {
    const result = read(value);
    if (result !== undefined) return result;
    context.issues.push({ code: 'custom', message: wrong(value), input: value });
    return z.NEVER;
  });

export const kept = (pattern: RegExp) => (value: string) => (pattern.test(value) ? value : undefined);

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, {
    error: ({ input }) =>
      typeof input === 'string'
        ? `${quote(input)} is none of ${values.join(', ')}${didYouMean(input, values)}`
        : undefined,
  });

export const channelId = text(kept(/^[CG][A-Z0-9]{1,20}$/), (value) =>
  /^#|^[a-z0-9_-]+$/.test(value)
    ? `${quote(value)} is a channel's name; write its id, like C0123456789 (in Slack: the channel's details, at the end of "About")`
    : `${quote(value)} is no channel id; one looks like C0123456789`,
);

export const accountId = text(kept(/^\d{12}$/), (value) => `${quote(value)} is no account id; one has 12 digits`);

const zones = Intl.supportedValuesOf('timeZone');
export const timezone = text(
  (value) => (IANAZone.isValidZone(value) ? value : undefined),
  (value) => `${quote(value)} is no time zone; write one like Europe/Prague or UTC${didYouMean(value, zones)}`,
);

export const cron = text(readCron, (value) => {
  const fields = value.trim().split(/\s+/).length;
  const why = fields === 5 ? '' : ` (${fields} field${fields === 1 ? '' : 's'})`;
  return `${quote(value)} is no cron expression${why}; five fields are wanted: minute, hour, day of month, month, day of week, as in "0 8 * * 1"`;
});

function readCron(value: string): string | undefined {
  if (value.trim().split(/\s+/).length !== 5) return undefined;
  try {
    CronExpressionParser.parse(value).next();
    return value.trim();
  } catch {
    return undefined;
  }
}

/** A list of at least one; a single value stands for a list of one. */
export const oneOrMore = <T extends z.ZodType>(item: T, empty = 'the list is empty, so nothing can match') =>
  z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item).min(1, empty));

/** Minutes after midnight of `09:00`. */
export function readTime(value: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(value);
  const [hour, minute] = [Number(match?.[1]), Number(match?.[2])];
  return match !== null && minute < 60 && hour * 60 + minute <= 1440 ? hour * 60 + minute : undefined;
}

export const timeOfDay = text(readTime, (value) => `${quote(value)} is no time of day; write one like 09:00 or 18:30`);

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const longDayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** 1 for Monday … 7 for Sunday. */
export function readDay(value: string): number | undefined {
  const written = value.toLowerCase();
  const index = longDayNames.findIndex((name) => written === name || written === name.slice(0, 3));
  return index < 0 ? undefined : index + 1;
}

export const day = text(readDay, (value) => `${quote(value)} is no day; write one of ${dayNames.join(', ')}`);

/** `user:U…` and the like, of the kinds that make sense in this place. */
export const target = (...kinds: TargetKindName[]) => {
  const examples = kinds.map((kind) => targetKinds[kind].example).join(' or ');
  return text(
    (value) => (kinds.some((kind) => value.startsWith(`${kind}:`) && isTarget(value, kind)) ? value : undefined),
    (value) => {
      const bare = kinds.find((kind) => targetKinds[kind].words === null && targetKinds[kind].id.test(value));
      if (bare !== undefined) return `${quote(value)} does not say what it is; write "${bare}:${value}"`;
      const [kind = ''] = value.split(':');
      const known = kinds.find((other) => other === kind);
      if (known !== undefined) return `${quote(value)} has no ${known} id; write ${targetKinds[known].example}`;
      return `${quote(value)} is not understood here; write ${examples}${didYouMean(kind, kinds)}`;
    },
  );
};

const isTarget = (value: string, kind: TargetKindName): boolean =>
  targetKinds[kind].id.test(value.slice(kind.length + 1));
