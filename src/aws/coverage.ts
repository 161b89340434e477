import { listed } from '../alerts/text.ts';
import type { Place } from './aws.ts';

/** What an answer rests on: without it a short list cannot be told from a blind one. */
export interface Coverage {
  accounts: { asked: number; answered: number };
  regions: { asked: number; answered: number };
  /**
   * Places that gave no answer or not the whole one, each with the reason in one sentence. `everywhere`: so it is with the
   * whole account, whose regions are not even known.
   */
  missing: readonly { place: Place; everywhere?: true; kind: string; reason: string }[];
  /** The oldest time up to which every answering place was searched to the end; null: nothing was searched by time. */
  searchedBackTo: Date | null;
  /** False when anything that was asked for was not searched. */
  whole: boolean;
}

/** What was asked of which places, and what came of it. `trouble`: the list of accounts may not be whole. */
export function coverageOf(
  asked: readonly Place[],
  missing: Coverage['missing'],
  { searchedBackTo = null, trouble = null }: { searchedBackTo?: Date | null; trouble?: string | null } = {},
): Coverage {
  // A place that was left early did answer: `searchedBackTo` says how far.
  const silent = new Set(
    missing.filter(({ kind }) => kind !== 'stopped').map(({ place }) => `${place.account}:${place.region}`),
  );
  const heard = asked.filter(({ account, region }) => !silent.has(`${account}:${region}`));
  const all = [...asked, ...missing.map(({ place }) => place)];
  const count = (key: keyof Place) => ({
    asked: new Set(all.map((place) => place[key])).size,
    answered: new Set(heard.map((place) => place[key])).size,
  });
  return {
    accounts: count('account'),
    regions: count('region'),
    missing,
    searchedBackTo,
    whole: missing.length === 0 && trouble === null,
  };
}

const words: Readonly<Record<string, string>> = {
  denied: 'denied',
  throttled: 'throttled',
  expired: 'session expired',
  clock: 'clock refused',
  absent: 'nothing there',
  unreachable: 'not reached',
  stopped: 'stopped early',
  cancelled: 'cancelled',
  waiting: 'still searching',
};

/** "41 of 43 accounts, 17 of 17 regions; denied in 2; searched back to 09:14". `time` writes a time for the reader. */
export function coverageSentence(coverage: Coverage, time: (at: Date) => string): string {
  const { accounts, regions, missing, searchedBackTo } = coverage;
  const counts = Object.entries(Object.groupBy(missing, ({ kind }) => words[kind] ?? 'failed')).map(
    ([word, places = []]) => `${word} in ${new Set(places.map(({ place }) => place.account)).size}`,
  );
  return [
    `${accounts.answered} of ${accounts.asked} ${accounts.asked === 1 ? 'account' : 'accounts'}, ${regions.answered} of ${regions.asked} ${regions.asked === 1 ? 'region' : 'regions'}`,
    ...(counts.length === 0 ? [] : [listed(counts)]),
    ...(searchedBackTo === null ? [] : [`searched back to ${time(searchedBackTo)}`]),
  ].join('; ');
}

/** Accounts that are named of those that were not searched. */
const mostNamed = 5;

/** "Not searched: 111122223333 (denied), 444455556666 eu-west-1 (throttled)."; '' where nothing is missing. */
export function gapsSentence({
  missing,
  regions,
  accounts,
}: Pick<Coverage, 'missing' | 'regions' | 'accounts'>): string {
  const gone = missing.filter(({ kind }) => kind !== 'waiting');
  const byAccount = Map.groupBy(gone, ({ place, kind }) => `${place.account} ${kind}`);
  const named = [...byAccount.values()].slice(0, mostNamed).flatMap((places) => {
    const [first] = places;
    if (first === undefined) return [];
    const some = first.everywhere === undefined && places.length < regions.asked && places.length <= 3;
    const where = some ? ` ${places.map(({ place }) => place.region).join(' ')}` : '';
    return [`${first.place.account}${where} (${words[first.kind] ?? 'failed'})`];
  });
  const left = byAccount.size - named.length;
  if (named.length === 0) return '';
  return `Not searched to the end: ${listed(named)}${left > 0 ? ` and ${left} more of ${accounts.asked} accounts` : ''}.`;
}
