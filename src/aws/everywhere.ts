import { globMatches } from '../words/glob.ts';
import type { Accounts, Asker, Aws, AwsAccount, Place } from './aws.ts';
import { AwsTrouble } from './aws.ts';
import type { Coverage } from './coverage.ts';
import { troubleOf } from './trouble.ts';

/** Which accounts (ids or names, `*` stands for any text) and regions are asked; empty: all. */
export interface PlacesAsked {
  accounts: readonly string[];
  regions: readonly string[];
  /** Regions that are asked beside those that are read, where `regions` does not leave them out. */
  besides?: readonly string[];
}

/** One place that is asked, with the account it is in. */
export interface Target extends Place {
  known: AwsAccount;
}

/** Where a question goes, before anything of it is answered. */
export interface Targets {
  targets: readonly Target[];
  /** Accounts that could not even be asked for their regions. */
  missing: Coverage['missing'];
  /** Why the list of accounts may not be whole; null: it is. */
  trouble: string | null;
}

/** Places that are asked at once. LookupEvents takes two requests a second in each, so more at once is faster. */
const atOnce = 64;

/** The accounts that a question means. */
export const accountsMeant = ({ accounts }: Accounts, patterns: readonly string[]): AwsAccount[] =>
  accounts.filter(
    ({ id, name }) =>
      patterns.length === 0 ||
      patterns.some(
        (pattern) =>
          globMatches(pattern, id) ||
          // As the console shows it.
          pattern === id.replace(/^(\d{4})(\d{4})/, '$1-$2-') ||
          (name !== null && globMatches(pattern, name)),
      ),
  );

/** Every account and region that a question means. @throws AwsTrouble when the bot has no way to AWS at all */
export async function targetsOf(aws: Aws, where: PlacesAsked, asker: Asker): Promise<Targets> {
  const known = await aws.accounts(asker);
  const missing: Coverage['missing'][number][] = [];
  const found = await inTurn(accountsMeant(known, where.accounts), atOnce, (account) =>
    targetsIn(aws, account, where, asker, missing),
  );
  return { targets: found.flat(), missing, trouble: known.trouble };
}

/** The regions of an account that a question means; one that cannot be asked for them is added to `missing`. */
export async function targetsIn(
  aws: Aws,
  account: AwsAccount,
  where: PlacesAsked,
  asker: Asker,
  missing: Coverage['missing'][number][],
): Promise<Target[]> {
  try {
    const regions = [...new Set([...(await aws.regions(account.id, asker)), ...(where.besides ?? [])])];
    return regions
      .filter((region) => where.regions.length === 0 || where.regions.some((pattern) => globMatches(pattern, region)))
      .map((region) => ({ account: account.id, region, known: account }));
  } catch (error) {
    const { kind, message } = troubleOf(error, `list the regions of account ${account.id}`);
    const { region } = await aws.home();
    missing.push({ place: { account: account.id, region }, everywhere: true, kind, reason: message });
    return [];
  }
}

/** Runs `act` for each item, at most `most` at once; returns in the order of the items. */
export async function inTurn<Item, Answer>(
  items: readonly Item[],
  most: number,
  act: (item: Item, index: number) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const place = next++;
      const item = items[place];
      if (place >= items.length || item === undefined) return;
      answers[place] = await act(item, place);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
  return answers;
}

/** What one place said, or why it did not. */
export type Said<Answer> = { place: Target; answer: Answer } | { place: Target; trouble: AwsTrouble };

/** Asks every place, side by side, and gives each answer as it comes. Stops asking when `signal` is aborted. */
export async function* everywhere<Answer>(
  targets: readonly Target[],
  ask: (place: Target) => Promise<Answer>,
  { doing, signal, most = atOnce }: { doing: string; signal?: AbortSignal; most?: number },
): AsyncGenerator<Said<Answer>> {
  const waiting: Said<Answer>[] = [];
  let wake = () => {};
  let left = targets.length;
  const asked = inTurn(targets, most, async (place) => {
    try {
      if (signal?.aborted === true) throw new AwsTrouble('other', `It was cancelled before Trailwatch could ${doing}.`);
      waiting.push({ place, answer: await ask(place) });
    } catch (error) {
      waiting.push({ place, trouble: troubleOf(error, doing) });
    }
    wake();
  });
  while (left > 0) {
    const said = waiting.shift();
    if (said === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (waiting.length > 0) resolve();
      });
      continue;
    }
    left -= 1;
    yield said;
  }
  await asked;
}
