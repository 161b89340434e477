import type { Asker, Aws } from '../aws/aws.ts';
import { accountsMeant, targetsOf } from '../aws/everywhere.ts';
import { isKnownRegion, regionNames } from '../aws/regions.ts';
import type { Parts } from '../parts.ts';
import { didYouMean } from '../words/nearest.ts';
import { clip } from '../words/text.ts';
import type { Typed } from '../words/typed.ts';
import { type LookupReading, type Question, readLookup } from './lookup-query.ts';
import { hasHistory, noSuchAccount } from './search.ts';
import { accountsOf } from './search-history.ts';
import { type Wrong, wrong } from './wrong.ts';

/**
 * Reads a question to CloudTrail for whoever typed it or filled in the form, and finds out whether the places that it names
 * exist: a mistyped account would otherwise read as an all-clear.
 * @throws AwsTrouble when AWS cannot be asked at all
 */
export async function askedOf(
  { aws, config, now }: Pick<Parts, 'aws' | 'config' | 'now'>,
  typed: Typed,
  { zone, asker }: { zone: string; asker: Asker },
): Promise<LookupReading> {
  const context = { now: now(), zone, history: hasHistory(config), networks: config.networks };
  // What is mistyped is told whether or not AWS can be reached.
  const first = readLookup(typed, { ...context, partition: null });
  if ('wrong' in first) return first;
  const { partition } = await aws.home();
  const reading = readLookup(typed, { ...context, partition });
  if ('wrong' in reading) return reading;
  const strange = await strangePlace(aws, reading.question, asker);
  return strange === undefined ? reading : { wrong: strange };
}

/** What is wrong with the accounts and regions that a question names; undefined: nothing. */
const strangePlace = (aws: Aws, question: Question, asker: Asker): Promise<Wrong | undefined> =>
  // An ARN names an account, too.
  strangePlaces(
    aws,
    { accounts: accountsOf(question), regions: question.regions },
    question.accounts.length > 0 ? 'account' : 'value',
    asker,
  );

/** What is wrong with accounts and regions that somebody named, `field` being where; undefined: nothing. */
export async function strangePlaces(
  aws: Aws,
  { accounts, regions }: { accounts: readonly string[]; regions: readonly string[] },
  field: Wrong['field'],
  asker: Asker,
): Promise<Wrong | undefined> {
  const known = await aws.accounts(asker);
  const strange = accounts.filter((each) => accountsMeant(known, [each]).length === 0);
  if (strange.length > 0 || known.accounts.length === 0) return wrong(noSuchAccount(strange, known), field).wrong;
  for (const region of regions) {
    if (/[*?]/.test(region) || (await isKnownRegion(region))) continue;
    // One that is newer than the SDK is known where it is enabled.
    const { targets } = await targetsOf(aws, { accounts, regions: [] }, asker);
    const enabled = new Set(targets.map((target) => target.region));
    if (!enabled.has(region))
      return wrong(
        `There is no region ${clip(region, 60)}${didYouMean(region, [...enabled, ...regionNames]) || '.'}`,
        'region',
      ).wrong;
  }
  return undefined;
}
