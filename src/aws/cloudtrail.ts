import type { CloudTrailClient, LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import { isRecord, type Json, parseJson, textAt } from '../alerts/json.ts';
import { mask } from '../alerts/mask.ts';
import type { Asker, Aws } from './aws.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { inTurn, type Target, targetsOf, type Where } from './everywhere.ts';
import { pages } from './pages.ts';
import { troubleOf } from './trouble.ts';

/** What is looked for in CloudTrail's event history. */
export interface TrailQuery {
  /** The one attribute that CloudTrail looks for itself: of two it would take the first and say nothing. Null: every event. */
  attribute: { key: LookupAttributeKey; value: string } | null;
  from: Date;
  to: Date;
  where: Where;
  /** Which of the events that CloudTrail gives are wanted; they are masked of secrets already. */
  wanted: (record: Json) => boolean;
  /** Pages of 50 after which a place is left, newest first; null: to the end. */
  mostPages: number | null;
}

/** What came in since the last time, and how far the search is. */
export interface Found {
  /** CloudTrail records, masked of secrets. Newest first within an account and region, not over all. */
  events: readonly Json[];
  /** Events that CloudTrail gave so far, wanted or not. */
  read: number;
  coverage: Coverage;
}

/** Events take up to 15 minutes to be found. Source: CloudTrail user guide, "How CloudTrail works". */
export const lateMs = 15 * 60_000;

/**
 * Places searched at once. Each has a pace of its own (two pages a second), so the whole takes as long as the busiest
 * place as long as none waits for another.
 */
const atOnce = 256;
/** Copies of one call in two accounts that are remembered, to tell it once. */
const mostShared = 50_000;
/** The coverage of a search that goes on is made anew after so many milliseconds: it counts thousands of places. */
const coverageMs = 250;

/** Where each partition records its global services. Source: CloudTrail user guide, "Global service events". */
const globalRegions: Readonly<Record<string, string>> = { 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' };
/** Where sign-ins by the global address are recorded. Source: CloudTrail user guide, "Console sign-in events". */
const signInRegions = ['us-east-2', 'eu-north-1', 'ap-southeast-2'];

/** The regions that hold what is looked for, whichever ones are read otherwise. */
function regionsBeside(partition: string, attribute: TrailQuery['attribute']): string[] {
  const signIns = /^(?:ConsoleLogin|SwitchRole|signin\.amazonaws\.com)$/.test(attribute?.value ?? '');
  return [globalRegions[partition] ?? 'us-east-1', ...(signIns && partition === 'aws' ? signInRegions : [])];
}

/**
 * Searches every account and region side by side and gives what it finds as it comes. At most one page of each place is
 * in memory. Stops when `signal` is aborted; then, and after `mostPages`, the coverage says how far it came.
 * @throws AwsTrouble when the bot has no way to AWS at all
 */
export async function* lookupEvents(
  aws: Aws,
  query: TrailQuery,
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Found, void> {
  const { partition } = await aws.home();
  const where = { ...query.where, besides: regionsBeside(partition, query.attribute) };
  const { targets, missing: unasked, trouble } = await targetsOf(aws, where, asker);
  const missing = [...unasked];
  const reached = new Map<Target, Date>();
  const open = new Set(targets);
  const copies = new Copies();
  let read = 0;
  const coverage = (): Coverage => {
    const waiting = [...open].map(({ account, region }) => ({
      place: { account, region },
      kind: 'waiting',
      reason: 'It is still being searched.',
    }));
    const closed = [...reached].flatMap(([place, time]) => (open.has(place) ? [] : [time]));
    return coverageOf(targets, [...missing, ...waiting], { trouble, searchedBackTo: latest(closed) });
  };

  const found = channel<readonly Json[]>();
  const left = new AbortController();
  const stop = AbortSignal.any([signal, left.signal]);
  const searching = inTurn(targets, atOnce, async (place) => {
    const leave = (kind: string, reason: string): void => {
      missing.push({ place: { account: place.account, region: place.region }, kind, reason });
    };
    try {
      const client = await aws.client('cloudTrail', place, asker);
      let pages = 0;
      for await (const page of pagesOf(client, query, stop)) {
        pages += 1;
        read += page.length;
        const events = copies.once(page.filter(query.wanted));
        reached.set(place, oldest(page) ?? query.to);
        if (events.length > 0) await found.put(events);
        if (pages === query.mostPages) {
          leave(
            'stopped',
            `It has more than ${pages * 50} events: those before ${reached.get(place)?.toISOString()} were not searched.`,
          );
          return;
        }
      }
      reached.set(place, query.from);
    } catch (error) {
      reached.delete(place);
      if (stop.aborted) return leave('cancelled', 'The search was cancelled.');
      const { kind, message } = troubleOf(error, `search account ${place.account} in ${place.region}`);
      leave(kind, message);
    } finally {
      open.delete(place);
    }
  }).finally(found.close);

  try {
    let counted = { at: performance.now(), coverage: coverage() };
    for await (const events of found.items()) {
      const at = performance.now();
      if (at - counted.at > coverageMs) counted = { at, coverage: coverage() };
      yield { events, read, coverage: counted.coverage };
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

/** All pages of a place, newest first, the records masked of secrets. */
async function* pagesOf(
  client: CloudTrailClient,
  query: TrailQuery,
  signal: AbortSignal,
): AsyncGenerator<Json[], void> {
  const { LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
  const { attribute } = query;
  const asked = {
    StartTime: query.from,
    EndTime: query.to,
    MaxResults: 50,
    ...(attribute === null
      ? {}
      : { LookupAttributes: [{ AttributeKey: attribute.key, AttributeValue: attribute.value }] }),
  };
  for await (const events of pages(async (NextToken) => {
    const page = await client.send(new LookupEventsCommand({ ...asked, NextToken }), { abortSignal: signal });
    return { items: page.Events ?? [], next: page.NextToken };
  }))
    yield events.flatMap(({ CloudTrailEvent }) => {
      const record = mask(parseJson(CloudTrailEvent ?? ''));
      return isRecord(record) ? [record] : [];
    });
}

/**
 * Tells a call once that two accounts recorded. The caller's own copy says who it was; the other one knows the account
 * alone, so it is held back until the end. Source: CloudTrail user guide, "sharedEventID".
 */
class Copies {
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

function oldest(page: readonly Json[]): Date | undefined {
  const time = new Date(String(page.at(-1)?.['eventTime']));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

const latest = (times: Iterable<Date>): Date | null => {
  const all = [...times].map(Number);
  return all.length === 0 ? null : new Date(all.reduce((a, b) => Math.max(a, b)));
};

/** Hands items from many writers to one reader; a writer waits until its item was taken. */
function channel<Item>() {
  const waiting: { item: Item; taken: () => void }[] = [];
  let closed = false;
  let wake = () => {};
  return {
    put: async (item: Item): Promise<void> => {
      if (closed) return;
      await new Promise<void>((taken) => {
        waiting.push({ item, taken });
        wake();
      });
    },
    /** What still waits to be written is taken from the reader's hands: writers go on. */
    close: (): void => {
      closed = true;
      for (const { taken } of waiting) taken();
      wake();
    },
    async *items(): AsyncGenerator<Item, void> {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined)
          try {
            yield next.item;
          } finally {
            next.taken();
          }
        else if (closed) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
}
