import { z } from 'zod';
import { plural } from '../words/text.ts';

/**
 * One look at one source in one Region of an account. What was not read is not gone: only a look that was read to its end
 * lets anything of its source and Region be closed, fixed or removed. Plain JSON.
 */
export const Look = z.object({
  region: z.string(),
  source: z.string(),
  /** `read`: to its end. `partly`: not to its end. `off`: the service is not switched on, so nothing looks. `failed`: no answer. */
  state: z.enum(['read', 'partly', 'off', 'failed']),
  /** Why it is not `read`, in a sentence; null: it is. */
  reason: z.string().nullable(),
});

export type Look = z.infer<typeof Look>;

type Where = Pick<Look, 'region' | 'source'>;

/** One source in one Region, as memories note it. */
export const lookName = ({ region, source }: Where): string => `${region} ${source}`;

/** Whether something that is not there any more is gone: its source was read to the end in its Region. */
export function readBy(looks: readonly Look[]): (of: Where) => boolean {
  const read = new Set(looks.filter(({ state }) => state === 'read').map(lookName));
  return (of) => read.has(lookName(of));
}

/** The Regions of some accounts that told everything, and sentences on what the others did not. */
export function coverageOf(accounts: readonly { account: string; looks: readonly Look[] }[]): {
  regions: { asked: number; answered: number };
  gaps: string[];
} {
  let asked = 0;
  let answered = 0;
  const gaps: string[] = [];
  for (const { account, looks } of accounts)
    for (const [region, ones] of Map.groupBy(looks, (look) => look.region)) {
      asked += 1;
      const open = ones.filter(({ state }) => state === 'failed' || state === 'partly');
      if (open.length === 0) answered += 1;
      for (const { source, reason } of open) gaps.push(`${account} in ${region}, ${source}: ${reason ?? 'no answer.'}`);
    }
  return { regions: { asked, answered }, gaps };
}

/** A sentence for each source that is switched off somewhere: there nobody looks, which is not the same as nothing found. */
export function offSentences(accounts: readonly { account: string; looks: readonly Look[] }[]): string[] {
  const off = accounts.flatMap(({ account, looks }) =>
    looks.filter(({ state }) => state === 'off').map((look) => ({ ...look, account })),
  );
  return [...Map.groupBy(off, ({ source }) => source)].map(([source, ones]) => {
    const places = [...new Set(ones.map(({ account, region }) => `${account} in ${region}`))];
    const shown = places.slice(0, 3).join(', ');
    const more = places.length > 3 ? ` and ${places.length - 3} more` : '';
    return `${source} is not on in ${plural(places.length, 'Region')} of ${plural(new Set(ones.map(({ account }) => account)).size, 'account')}: nobody looks there (${shown}${more}).`;
  });
}
