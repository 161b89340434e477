import type { CloudTrailClient, LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import { isRecord, type Json, parseJson } from '../alerts/json.ts';
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
  const { targets, missing: unasked, trouble } = await targetsOf(aws, query.where, asker);
  const missing = [...unasked];
  const reached = new Map<Target, Date>();
  const shared = new Set<string>();
  let read = 0;
  const coverage = (): Coverage => coverageOf(targets, missing, { trouble, searchedBackTo: latest(reached.values()) });

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
        const events = page.filter((event) => query.wanted(event) && firstCopy(event, shared));
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
      if (stop.aborted) return leave('stopped', 'The search was cancelled.');
      const { kind, message } = troubleOf(error, `search account ${place.account} in ${place.region}`);
      leave(kind, message);
    }
  }).finally(found.close);

  try {
    for await (const events of found.items()) yield { events, read, coverage: coverage() };
    await searching;
    yield { events: [], read, coverage: coverage() };
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

/** Of a call that two accounts recorded the copy that came first. */
function firstCopy(event: Json, shared: Set<string>): boolean {
  const id = event['sharedEventID'];
  if (typeof id !== 'string') return true;
  if (shared.has(id)) return false;
  if (shared.size < mostShared) shared.add(id);
  return true;
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
