import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { CloudTrailClient, Event, LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import { mask } from '../alerts/mask.ts';
import { atMost } from '../words/at-most.ts';
import { isRecord, type Json, parseJson, textAt } from '../words/json.ts';
import type { Asker, Aws, Place } from './aws.ts';
import { type Coverage, placeCoverage } from './coverage.ts';
import { accountsMeant, inTurn, type PlacesAsked, type Target, targetsIn } from './everywhere.ts';
import { perSecond } from './pace.ts';
import { pages } from './pages.ts';
import { troubleOf } from './trouble.ts';

/** What is looked for in CloudTrail's event history. */
export interface TrailQuery {
  /**
   * The one attribute that CloudTrail looks for itself: of two it would take the first and say nothing. Its value may be
   * another in each account (12 digits), where a name is a part of an ARN. Null: every event.
   */
  attribute: { key: LookupAttributeKey; value: string | ((account: string) => string) } | null;
  from: Date;
  to: Date;
  where: PlacesAsked;
  /** Which of the events that CloudTrail gives are wanted; they are masked of secrets already. */
  wanted: (record: Json) => boolean;
  /** Pages of 50 after which a place is left, newest first; null: to the end. */
  mostPages: number | null;
  /** Accounts ("111122223333") and places ("111122223333:eu-west-1") that are left out: they gave no answer just now. */
  silent?: ReadonlySet<string>;
}

/** What came in since the last time, and how far the search is. */
export interface Found {
  /** CloudTrail records, masked of secrets. Newest first within an account and region, not over all. */
  events: readonly Json[];
  /** Events that CloudTrail gave so far, wanted or not. */
  read: number;
  coverage: Coverage;
}

/**
 * Places searched at once. Each has a pace of its own (two pages a second), so the whole takes as long as the busiest
 * place as long as none waits for another.
 */
const placesAtOnce = 256;
/** Pages that are under way or wait to be read: some hundred KB each while they are unpacked. */
const pagesAtOnce = 32;
const paceMs = 1000 / (perSecond['LookupEventsCommand'] ?? 2);
/** Accounts asked for their regions at once. */
const accountsAtOnce = 64;
/** Copies of one call in two accounts that are remembered, to tell it once. */
const mostShared = 50_000;
/** The coverage of a search that goes on is made again after so many milliseconds: it counts thousands of places. */
const coverageMs = 250;

/** Where each partition records its global services. Source: CloudTrail user guide, "Global service events". */
const globalRegions: Readonly<Record<string, string>> = { 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' };
export const globalRegionOf = (partition: string): string => globalRegions[partition] ?? 'us-east-1';
/** Where sign-ins by the global address are recorded. Source: CloudTrail user guide, "Console sign-in events". */
const signInRegions = ['us-east-2', 'eu-north-1', 'ap-southeast-2'];

/** The regions that hold what is looked for, whichever ones are read otherwise. */
function regionsBeside(partition: string, attribute: TrailQuery['attribute']): string[] {
  const value = typeof attribute?.value === 'string' ? attribute.value : '';
  const signIns = /^(?:ConsoleLogin|SwitchRole|signin\.amazonaws\.com)$/.test(value);
  return [globalRegionOf(partition), ...(signIns && partition === 'aws' ? signInRegions : [])];
}

/**
 * Searches every account and region side by side and gives what it finds as it comes. At most one page of each place
 * waits in memory, as text. Stops when `signal` is aborted; then, and after `mostPages`, the coverage says how far it came.
 * @throws AwsTrouble when the bot has no way to AWS at all
 */
export async function* lookupEvents(
  aws: Aws,
  query: TrailQuery,
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Found, void> {
  const { partition, region: homeRegion } = await aws.home();
  const where = { ...query.where, besides: regionsBeside(partition, query.attribute) };
  const known = await aws.accounts(asker);
  const { silent = new Set() } = query;
  const accounts = accountsMeant(known, where.accounts).filter(({ id }) => !silent.has(id));
  const targets: Target[] = [];
  const missing: Coverage['missing'][number][] = [];
  const reached = new Map<Target, Date>();
  const open = new Set<Place>(accounts.map(({ id }) => ({ account: id, region: homeRegion })));
  const copies = new Copies();
  let read = 0;
  const coverage = (): Coverage => {
    const waiting = [...open].map(({ account, region }) => ({
      place: { account, region },
      kind: 'waiting',
      reason: 'It is still being searched.',
    }));
    const closed = [...reached].flatMap(([place, time]) => (open.has(place) ? [] : [time]));
    return placeCoverage(targets, [...missing, ...waiting], { trouble: known.trouble, searchedBackTo: latest(closed) });
  };

  const found = mostUrgentFirst<readonly string[]>();
  const left = new AbortController();
  const stop = AbortSignal.any([signal, left.signal]);
  const leave = ({ account, region }: Place, kind: string, reason: string): void => {
    missing.push({ place: { account, region }, kind, reason });
  };
  const room = urgentRoom(pagesAtOnce);
  const searchPlace = async (place: Target): Promise<void> => {
    let urgency = Number.POSITIVE_INFINITY;
    let inRoom = false;
    let mayAskAt = 0;
    const andBefore = (reason: string): string => {
      const back = reached.get(place);
      return back === undefined
        ? reason
        : `${reason.replace(/\.$/, '')}. Events before ${back.toISOString()} were not searched.`;
    };
    const turn = async (): Promise<void> => {
      // What waits for AWS's pace takes no room.
      const waitMs = mayAskAt - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: stop });
      await room.enter(urgency);
      inRoom = true;
      mayAskAt = performance.now() + paceMs;
    };
    try {
      stop.throwIfAborted();
      const client = await aws.client('cloudTrail', place, asker);
      let pages = 0;
      for await (const page of pagesOf(client, place, query, stop, turn)) {
        pages += 1;
        read += page.length;
        const back = oldest(page) ?? reached.get(place) ?? query.to;
        reached.set(place, back);
        const texts = page.flatMap(({ CloudTrailEvent: text }) => text ?? []);
        urgency = pagesToCome(query, back, pages);
        if (texts.length > 0) await found.put(texts, urgency);
        room.leave();
        inRoom = false;
        if (pages === query.mostPages)
          return leave(
            place,
            'stopped',
            `It has more than ${pages * 50} events: those before ${back.toISOString()} were not searched.`,
          );
      }
      reached.set(place, query.from);
    } catch (error) {
      if (stop.aborted) return leave(place, 'cancelled', andBefore('The search was cancelled.'));
      const { kind, message } = troubleOf(error, `search account ${place.account} in ${place.region}`);
      leave(place, kind, andBefore(message));
    } finally {
      if (inRoom) room.leave();
      open.delete(place);
    }
  };
  const searching = searchAll().finally(found.close);

  /** A place is searched as soon as it is known that its account has it: the first rows wait for no other account. */
  async function searchAll(): Promise<void> {
    const inOrder = atMost(placesAtOnce);
    const searches: Promise<void>[] = [];
    const listing = [...open];
    await inTurn(accounts, accountsAtOnce, async (account, index) => {
      const listedPlaces = stop.aborted ? [] : await targetsIn(aws, account, where, asker, missing);
      const meant = listedPlaces.filter((place) => !silent.has(`${place.account}:${place.region}`));
      if (stop.aborted) leave({ account: account.id, region: homeRegion }, 'cancelled', 'The search was cancelled.');
      targets.push(...meant);
      for (const place of meant) open.add(place);
      const listed = listing[index];
      if (listed !== undefined) open.delete(listed);
      searches.push(...meant.map((place) => inOrder(() => searchPlace(place))));
    });
    await Promise.all(searches);
  }

  try {
    let counted = { at: performance.now(), coverage: coverage() };
    for await (const texts of found.items()) {
      const at = performance.now();
      if (at - counted.at > coverageMs) counted = { at, coverage: coverage() };
      yield { events: copies.once(recordsOf(texts).filter(query.wanted)), read, coverage: counted.coverage };
    }
    await searching;
    yield { events: copies.rest(), read, coverage: coverage() };
  } finally {
    // The reader may leave before the end: then nobody searches on, and no writer waits for ever.
    left.abort();
    found.close();
    await searching;
  }
}

/** All pages of a place, newest first; `turn` is taken before each. */
async function* pagesOf(
  client: CloudTrailClient,
  { account }: Place,
  query: TrailQuery,
  signal: AbortSignal,
  turn: () => Promise<void>,
): AsyncGenerator<readonly Event[], void> {
  const { LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
  const { attribute } = query;
  const asked = {
    StartTime: query.from,
    EndTime: query.to,
    MaxResults: 50,
    ...(attribute === null
      ? {}
      : {
          LookupAttributes: [
            {
              AttributeKey: attribute.key,
              AttributeValue: typeof attribute.value === 'string' ? attribute.value : attribute.value(account),
            },
          ],
        }),
  };
  yield* pages(async (NextToken) => {
    await turn();
    const page = await client.send(new LookupEventsCommand({ ...asked, NextToken }), { abortSignal: signal });
    return { items: page.Events ?? [], next: page.NextToken };
  });
}

/** How many pages a place has still, if it goes on as it did so far. */
const pagesToCome = ({ from, to }: TrailQuery, back: Date, pages: number): number =>
  (pages * (back.getTime() - from.getTime())) / Math.max(1, to.getTime() - back.getTime());

/** The records, masked of secrets. */
const recordsOf = (texts: readonly string[]): Json[] =>
  texts.flatMap((text) => {
    const record = mask(parseJson(text));
    return isRecord(record) ? [record] : [];
  });

/**
 * Tells a call once that two accounts recorded. The caller's own copy says who it was; the other one knows the account
 * alone, so it is held back until the end. Source: CloudTrail user guide, "sharedEventID".
 */
export class Copies {
  readonly #told = new Set<string>();
  readonly #held = new Map<string, Json>();

  once(events: readonly Json[]): Json[] {
    return events.filter((event) => {
      const id = event['sharedEventID'];
      if (typeof id !== 'string') return true;
      if (this.#told.has(id)) return false;
      if (textAt(event, 'userIdentity', 'type') === 'AWSAccount' && this.#held.size < mostShared) {
        this.#held.set(id, event);
        return false;
      }
      this.#held.delete(id);
      if (this.#told.size < mostShared) this.#told.add(id);
      return true;
    });
  }

  /** The copies whose callers' own were not found. */
  rest(): Json[] {
    return [...this.#held.values()];
  }
}

/** Pages come newest first. */
const oldest = (page: readonly Event[]): Date | undefined => page.at(-1)?.EventTime;

const latest = (times: Iterable<Date>): Date | null => {
  const all = [...times].map(Number);
  return all.length === 0 ? null : new Date(all.reduce((a, b) => Math.max(a, b)));
};

/** Lets in so many at once, and of those who wait the most urgent first. */
function urgentRoom(most: number) {
  let free = most;
  const waiting: { urgency: number; enter: () => void }[] = [];
  return {
    enter: async (urgency: number): Promise<void> => {
      if (free > 0) free -= 1;
      else await new Promise<void>((enter) => waiting.push({ urgency, enter }));
    },
    leave: (): void => {
      const next = takeMostUrgent(waiting);
      if (next === undefined) free += 1;
      else next.enter();
    },
  };
}

function takeMostUrgent<Item extends { urgency: number }>(items: Item[]): Item | undefined {
  const most = items.reduce((best, { urgency }, at) => (urgency > (items[best]?.urgency ?? 0) ? at : best), 0);
  return items.splice(most, 1)[0];
}

/**
 * Hands items from many writers to one reader, the most urgent first; a writer waits until its item was taken. So the
 * place with the most pages to come, on which the whole search waits, never waits for another.
 */
function mostUrgentFirst<Item>() {
  const waiting: { item: Item; urgency: number; taken: () => void }[] = [];
  let closed = false;
  let wake = () => {};
  return {
    put: async (item: Item, urgency: number): Promise<void> => {
      if (closed) return;
      await new Promise<void>((taken) => {
        waiting.push({ item, urgency, taken });
        wake();
      });
    },
    /** Writers go on; what they wrote can still be read. */
    close: (): void => {
      closed = true;
      for (const { taken } of waiting) taken();
      wake();
    },
    async *items(): AsyncGenerator<Item, void> {
      for (;;) {
        const one = takeMostUrgent(waiting);
        if (one !== undefined) {
          // The writer asks for its next page while this one is read.
          one.taken();
          yield one.item;
          // Answers come in and turns come up while there is a lot to read.
          await setImmediate();
        } else if (closed) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
}
