import { listed } from '../words/text.ts';
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
  /**
   * The oldest time back to which every place was searched that gave an answer, if only a part of it; null: nothing was
   * searched by time.
   */
  searchedBackTo: Date | null;
  /** False when anything that was asked for was not searched. */
  whole: boolean;
}

/** What was asked of which places, and what came of it. `trouble`: the list of accounts may not be whole. */
export function placeCoverage(
  asked: readonly Place[],
  missing: Coverage['missing'],
  { searchedBackTo = null, trouble = null }: { searchedBackTo?: Date | null; trouble?: string | null } = {},
): Coverage {
  const named = ({ account, region }: Place): string => `${account}:${region}`;
  // A place that was left early did answer: `searchedBackTo` says how far.
  const silent = new Set(missing.filter(({ kind }) => kind !== 'stopped').map(({ place }) => named(place)));
  const heard = asked.filter((place) => !silent.has(named(place)));
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

/** A search of all places and others of some of them: what those did not see is missing too. */
export function withMissing(first: Coverage, more: Coverage['missing']): Coverage {
  const missing = new Map(
    [...first.missing, ...more].map((each) => [`${each.place.account}:${each.place.region}:${each.kind}`, each]),
  );
  return { ...first, missing: [...missing.values()], whole: first.whole && more.length === 0 };
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
  return `Could not search to the end: ${listed(named)}${left > 0 ? ` and ${left} more of ${accounts.asked} accounts` : ''}.`;
}

/** Reasons that are told, each once with the places that it holds for; the rest are counted. */
const mostReasons = 10;

/** Why places gave no answer or not the whole one, a line for each reason: "denied in 111122223333, 444455556666: …". */
export function reasonLines({ missing }: Pick<Coverage, 'missing'>): string[] {
  const gone = missing.filter(({ kind }) => kind !== 'waiting');
  const alike = Map.groupBy(gone, ({ place: { account, region }, reason }) =>
    // The same sentence about another place is the same reason.
    reason
      .replaceAll(account, '…')
      .replaceAll(region, '…')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…'),
  );
  const lines = [...alike.values()].flatMap((places) => {
    const [first] = places;
    if (first === undefined) return [];
    const where = [
      ...new Set(
        places.map(({ place, everywhere }) =>
          everywhere === undefined ? `${place.account} ${place.region}` : place.account,
        ),
      ),
    ];
    return [`${listed(where, 4)}: ${first.reason}`];
  });
  const left = lines.length - mostReasons;
  return left > 0 ? [...lines.slice(0, mostReasons), `and ${left} more reasons`] : lines;
}
