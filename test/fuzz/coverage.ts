import { Session } from 'node:inspector/promises';

/**
 * Which blocks of our own sources ran, as V8 counts them. Source: Chrome DevTools Protocol, Profiler.startPreciseCoverage.
 */
export async function openCoverage(): Promise<{ take: () => Promise<string[]>; close: () => void }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    /** The blocks that ran since it was asked last, each with how often: once, a few times, many times. */
    take: async () => {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      return result
        .filter(({ url }) => url.includes('/src/'))
        .flatMap(({ scriptId, functions }) =>
          functions.flatMap(({ ranges }) =>
            ranges
              .filter(({ count }) => count > 0)
              .map(
                ({ startOffset, endOffset, count }) => `${scriptId}:${startOffset}-${endOffset}:${magnitude(count)}`,
              ),
          ),
        );
    },
    close: () => session.disconnect(),
  };
}

/** 1, 2, 4, 8 …: that a loop runs longer by one is nothing new. */
const magnitude = (count: number): number => 2 ** Math.min(10, Math.floor(Math.log2(count)));
