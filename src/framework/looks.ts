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
  /** What looks there (detectors, analyzers), as the keys of its findings begin; absent: the source as a whole. */
  readers: z.array(z.string()).optional(),
  /** Whether it looks at every account of the organization there. */
  organization: z.boolean().optional(),
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

/** Where anybody has looked, for the next run: what is off now counts as not looked at when it is on again. */
export const seenNext = (before: readonly string[], looks: readonly Look[]): string[] => {
  const off = new Set(looks.filter(({ state }) => state === 'off').map(lookName));
  const looked = looks.filter(({ state }) => state === 'read' || state === 'partly').map(lookName);
  return [...new Set([...before.filter((name) => !off.has(name)), ...looked])].toSorted();
};

/** Sentences on sources that somebody looked with the last time and that are off now: switching one off hides what it sees. */
export const switchedOff = (account: string, looks: readonly Look[], seen: readonly string[]): string[] =>
  looks.flatMap((look) =>
    look.state === 'off' && seen.includes(lookName(look))
      ? [`${account} in ${look.region}: ${look.source} was switched off since the last time, so nothing looks there.`]
      : [],
  );

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

/**
 * A sentence for each source that is switched off somewhere: there nobody looks, which is not the same as nothing found. Where
 * one looks at the whole organization, it looks at every account.
 */
export function offSentences(accounts: readonly { account: string; looks: readonly Look[] }[]): string[] {
  const covered = new Set(
    accounts.flatMap(({ looks }) => looks.filter(({ organization }) => organization === true).map(lookName)),
  );
  const off = accounts.flatMap(({ account, looks }) =>
    looks.filter((look) => look.state === 'off' && !covered.has(lookName(look))).map((look) => ({ ...look, account })),
  );
  return [...Map.groupBy(off, ({ source }) => source)].map(([source, ones]) => {
    const places = [...new Set(ones.map(({ account, region }) => `${account} in ${region}`))];
    const shown = places.slice(0, 3).join(', ');
    const more = places.length > 3 ? ` and ${places.length - 3} more` : '';
    return `${source} is not on in ${plural(places.length, 'Region')} of ${plural(new Set(ones.map(({ account }) => account)).size, 'account')}: nobody looks there (${shown}${more}).`;
  });
}
