import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks at a running query. */
const everyMs = 700;

/**
 * Looks at a running query until it is done. When `signal` is aborted the query is stopped: it costs by what it reads.
 * @throws whatever `look` throws; the signal's reason
 */
export async function wait<Done>(
  stop: () => Promise<unknown>,
  signal: AbortSignal,
  look: () => Promise<Done | undefined>,
): Promise<Done> {
  try {
    for (;;) {
      signal.throwIfAborted();
      const done = await look();
      if (done !== undefined) return done;
      await sleep(everyMs, undefined, { signal });
    }
  } catch (error) {
    // One that is over by now cannot be stopped, which is as well.
    if (signal.aborted) await stop().catch(() => {});
    throw error;
  }
}
