import { setTimeout as sleep } from 'node:timers/promises';

/** Takes a turn for a lane in which `perSecond` requests a second are allowed; resolves when the turn has come. */
export type Pace = (lane: string, perSecond: number, signal?: AbortSignal) => Promise<void>;

/**
 * Requests a second and region that AWS allows for a call, where the SDK's own retries are not enough to find it.
 * Source: CloudTrail API reference, LookupEvents: "limited to two requests per second, per account, per Region".
 */
export const perSecond: Readonly<Record<string, number>> = {
  LookupEventsCommand: 2,
  // Not published: kept low, for a pattern is tried with a hundred samples.
  TestEventPatternCommand: 5,
  TestMetricFilterCommand: 5,
};

/** A pace that is kept in this process alone. */
export function memoryPace(): Pace {
  /** Milliseconds of the process's clock from which a lane is free. */
  const free = new Map<string, number>();
  return async (lane, perSecond, signal) => {
    const now = performance.now();
    const turn = Math.max(now, free.get(lane) ?? 0);
    free.delete(lane);
    free.set(lane, turn + 1000 / perSecond);
    // Lanes whose time is over are of no use; the oldest come first.
    for (const [old, until] of free) {
      if (until > now) break;
      free.delete(old);
    }
    if (turn > now) await sleep(turn - now, undefined, signal === undefined ? {} : { signal });
  };
}
