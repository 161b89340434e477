import type { Logger } from 'pino';

/**
 * A loop over work that takes long: takes as much of what is due as there is room for, and works on it aside, so that a wake
 * in the middle of it finds what came since. Whoever has finished looks for more.
 */
export interface Aside {
  loop: () => Promise<void>;
  /** Fulfilled when nothing is under way any more. */
  ended: () => Promise<void>;
}

export function aside<Item>(parts: {
  /** How many are worked on at a time in this process. */
  atOnce: number;
  /** What is due and nobody works on, so many at most. */
  take: (atMost: number) => Promise<readonly Item[]>;
  work: (item: Item) => Promise<void>;
  /** Wakes this loop. */
  wake: () => void;
  log: Logger;
}): Aside {
  const underWay = new Set<Promise<void>>();
  const start = (item: Item): void => {
    const done: Promise<void> = parts
      .work(item)
      .finally(() => underWay.delete(done))
      .then(parts.wake, (error: unknown) =>
        parts.log.error({ err: error, item }, 'A piece of work failed; it is taken up again.'),
      );
    underWay.add(done);
  };
  return {
    loop: async () => {
      const room = parts.atOnce - underWay.size;
      if (room > 0) for (const item of await parts.take(room)) start(item);
    },
    ended: async () => void (await Promise.all(underWay)),
  };
}
