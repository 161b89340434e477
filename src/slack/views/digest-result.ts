import * as z from 'zod';
import { severities } from '../../alerts/severity.ts';

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
  /** Where to mend it, in the AWS console. */
  link: z.string().nullable(),
});

export type DigestItem = z.infer<typeof DigestItem>;

/**
 * What a run found, as it is kept in the store and drawn in Slack: the same shape for every digest, so that one view,
 * one list and one set of buttons serve them all. All text is plain, and hostile where AWS gave it.
 */
export const DigestResult = z.object({
  /** "Credential report" */
  title: z.string(),
  /** What a manager has to know, in a sentence or two. */
  headline: z.string(),
  coverage: z.object({
    asked: z.number(),
    answered: z.number(),
    missing: z.array(z.object({ account: z.string(), name: z.string().nullable(), reason: z.string() })),
    /** Why there may be more accounts than were asked. */
    trouble: z.string().nullable(),
    /** ISO 8601: times of the oldest and newest report that AWS gave; null without any. */
    oldest: z.string().nullable(),
    newest: z.string().nullable(),
  }),
  /** At most three. `good`: which way is better. */
  numbers: z.array(
    z.object({
      label: z.string(),
      value: z.number(),
      unit: z.string(),
      before: z.number().nullable(),
      good: z.enum(['down', 'up', 'neither']),
    }),
  ),
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

/** How many items of a result are kept for the list; files hold them all. */
export const keptItems = 100;
