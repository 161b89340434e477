import { messageOf } from '../../src/words/text.ts';
import type { Evening } from './world.ts';

/** Everything that a message says, as one text. */
export const said = (evening: Evening, message: { ts: string }): string =>
  JSON.stringify(evening.world.slack.state.message('C0AUDIT', message.ts)?.blocks);

/** Waits until something holds in the workspace; drawing a report takes a busy machine its time. */
export function until<T>({ world }: Evening, look: () => T | undefined, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const found = look();
    if (found !== undefined) return resolve(found);
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`Not within three minutes: ${what}`));
    }, 180_000);
    const stop = world.slack.state.watch(() => {
      const now = look();
      if (now === undefined) return;
      clearTimeout(timer);
      stop();
      resolve(now);
    });
  });
}

export const shows = (evening: Evening, message: { ts: string }, pattern: RegExp): Promise<true> =>
  until(evening, () => pattern.test(said(evening, message)) || undefined, String(pattern)).catch((error: unknown) => {
    throw new Error(`${messageOf(error)}; it says ${said(evening, message)}`);
  });
