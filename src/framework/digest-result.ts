import * as z from 'zod';
import { type Severity, severities } from '../alerts/severity.ts';
import { plural } from '../words/text.ts';
import { dayMs } from '../words/time.ts';

/** One line of a digest that somebody may have to do something about. */
export const DigestItem = z.object({
  /** The same thing has the same key in every run. */
  key: z.string(),
  severity: z.enum(severities),
  title: z.string(),
  /** What was found, in a sentence. */
  sentence: z.string(),
  /** Account, region or assessment, in words. */
  where: z.string(),
  /** Who answers for it, as configuration or tags say: a name or `user:U…`; null where nobody is known. */
  owner: z.string().nullable(),
  ageDays: z.number().nullable(),
  /** Not there the last time. */
  isNew: z.boolean(),
  /** Where to fix it, in the AWS console. */
  link: z.string().nullable(),
  /** What is wrong in a few words, by which a summary puts items of one title together: "no MFA". */
  brief: z.string().optional(),
});

export type DigestItem = z.infer<typeof DigestItem>;

/**
 * What a run found, as it is kept in the store and drawn in Slack: the same shape for every digest, so that one view,
 * one list and one set of buttons serve them all. All text is plain, and hostile where AWS gave it.
 */
export const DigestResult = z.object({
  /** "Credential report" */
  title: z.string(),
  /** `2026-11-23`: the day it is of, where that is not the day on which it was asked for. */
  date: z.string().optional(),
  /** What a manager has to know, in a sentence or two. */
  headline: z.string(),
  coverage: z.object({
    asked: z.number(),
    answered: z.number(),
    missing: z.array(z.object({ account: z.string(), name: z.string().nullable(), reason: z.string() })),
    /** Accounts that the organization lists and that are not active: neither asked nor missing. */
    closed: z.array(z.object({ account: z.string(), name: z.string().nullable(), reason: z.string() })).default([]),
    /** Regions of accounts that were asked and that told everything; null: regions have no part in it. */
    regions: z.object({ asked: z.number(), answered: z.number() }).nullable().default(null),
    /** What could not be read within accounts that answered, in sentences. */
    gaps: z.array(z.string()).default([]),
    /** Why there may be more accounts than were asked. */
    trouble: z.string().nullable(),
    /** ISO 8601: times of the oldest and newest report that AWS gave; null without any. */
    oldest: z.string().nullable(),
    newest: z.string().nullable(),
  }),
  /** At most three. `good`: which way is better. A value of null: there is none. */
  numbers: z.array(
    z.object({
      label: z.string(),
      value: z.number().nullable(),
      unit: z.string(),
      before: z.number().nullable(),
      good: z.enum(['down', 'up', 'neither']),
    }),
  ),
  /** What the result comes down to, a line each; all lines have as many cells as the header. */
  table: z.object({ title: z.string(), header: z.array(z.string()), rows: z.array(z.array(z.string())) }).optional(),
  /** Pictures among the files in words, by the files' names. */
  alt: z.record(z.string(), z.string()).optional(),
  /** Stacked bars, oldest first; null: nobody looked, which is not zero. */
  chart: z
    .object({
      title: z.string(),
      unit: z.string(),
      categories: z.array(z.string()),
      series: z.array(z.object({ name: z.string(), values: z.array(z.number().nullable()) })),
    })
    .nullable(),
  /** The worst first, at most a hundred of `itemsTotal`; the message shows ten. */
  items: z.array(DigestItem),
  itemsTotal: z.number(),
  /** Lists under a heading of their own: few lines each. */
  lists: z.array(z.object({ title: z.string(), lines: z.array(z.string()) })),
  /** What a reader has to know about how this was found, in sentences. */
  notes: z.array(z.string()),
  /** Numbers for the comparison with the next run and for the trend. */
  totals: z.record(z.string(), z.number()),
});

export type DigestResult = z.infer<typeof DigestResult>;

/** What may become of a sign-off: accepted, accepted with remarks, refused. */
export const signOffOutcomes = ['accepted', 'remarks', 'refused'] as const;

export type SignOffOutcome = (typeof signOffOutcomes)[number];

/** Within how many days somebody who is given an item has to fix it, where nothing else is said. */
const dueDays: Readonly<Record<Severity, number>> = { critical: 7, high: 30, medium: 90, low: 180, info: 365 };

export const dueOf = ({ severity }: Pick<DigestItem, 'severity'>, from: Date): Date =>
  new Date(from.getTime() + dueDays[severity] * dayMs);

/** Items that are one thing to a reader: the same title and the same words, wherever they are. */
export interface ItemGroup {
  /** The worst of them. */
  item: DigestItem;
  /** All of them. */
  items: readonly DigestItem[];
  where: readonly string[];
}

/** Puts the same together, in the order of the worst of each. */
export function grouped(items: readonly DigestItem[]): ItemGroup[] {
  const groups = Map.groupBy(items, ({ title, brief = '' }) => `${title}\n${brief}`);
  return [...groups.values()].flatMap(([item, ...others]) =>
    item === undefined
      ? []
      : [
          {
            item,
            items: [item, ...others],
            where: [...new Set([item, ...others].map(({ where }) => where))],
          },
        ],
  );
}

/** A reason up to where AWS quotes itself at length: the files and “What could not be checked” have all of it. */
export const shortReason = (reason: string): string => reason.replace(/: User: .*$/s, '.');

/** How many items of a result are kept for the list; files hold them all. */
export const keptItems = 100;

/**
 * What a result rests on, in a sentence: the same in message, PDF and terminal. "2 of 3 accounts answered, 7 of 8 regions;
 * 1 account is closed and was not read."
 */
export function coverageSentence({ asked, answered, closed, regions }: DigestResult['coverage']): string {
  const where =
    regions === null ? '' : `, ${regions.answered.toLocaleString('en')} of ${plural(regions.asked, 'region')}`;
  const shut =
    closed.length === 0
      ? ''
      : `; ${plural(closed.length, 'account')} ${closed.length === 1 ? 'is' : 'are'} closed and not read`;
  return `${answered.toLocaleString('en')} of ${plural(asked, 'account')} answered${where}${shut}`;
}
