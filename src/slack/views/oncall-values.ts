import { z } from 'zod';

/** What the buttons of on-call messages carry, as JSON. The names of schedules come from the configuration. */

const span = { schedule: z.string(), from: z.coerce.date(), until: z.coerce.date() };

export const TakeValue = z.object({ schedule: z.string() });
/** Null: the shifts of whoever presses. */
export const FeedValue = z.object({ schedule: z.string().nullable() });
export const CoverValue = z.object({ ...span, asker: z.string() });
export const SwapValue = z.object({
  ...span,
  asker: z.string(),
  other: z.string(),
  theirs: z.object({ from: z.coerce.date(), until: z.coerce.date() }),
});

/** Reads a button's value; undefined for one of another version. */
export function readValue<T extends z.ZodType>(shape: T, value: string): z.output<T> | undefined {
  try {
    const read = shape.safeParse(JSON.parse(value));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
