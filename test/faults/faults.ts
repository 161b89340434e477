import { setTimeout as sleep } from 'node:timers/promises';
import type { Sent } from './oracle.ts';
import { type Stage, theBot } from './stage.ts';

export interface Outcome {
  /** How often the fault was brought about. */
  tried: number;
  /** At how many different steps of the code, and how many the story has, where they are counted. */
  places?: number;
  steps?: number;
  /** What went through SNS meanwhile. */
  sent: readonly Sent[];
  /** What was not as it must be afterwards, in words. */
  wrong: string[];
}

/** One fault: it is brought about while there is work, it ends, and then all must be as if it had not been. */
export interface Fault {
  name: string;
  run: (stage: Stage, options: { short: boolean; points: number }) => Promise<Outcome>;
}

/**
 * A fault that lasts: alarms come in before, while it lasts and after it, and people press. `bring` brings it about and
 * returns what ends it.
 */
export const lasting = (
  name: string,
  lastsMs: number,
  bring: (stage: Stage) => Promise<() => Promise<void>>,
): Fault => ({
  name,
  run: async (stage, { short }) => {
    await theBot(stage);
    // Short: a message that is acknowledged cuts long titles.
    const tag = name.replaceAll(/\W+/g, '-').slice(0, 24);
    const send = (at: string): Sent => stage.send(`${tag}-${at}`);
    const sent = [send('before-1'), send('before-2')];
    const presses = [stage.acknowledge(sent[0] ?? send('never'))];
    await sleep(500);
    const end = await bring(stage);
    sent.push(send('while-1'), send('while-2'));
    presses.push(...sent.slice(1, 3).map(stage.acknowledge));
    await sleep(short ? Math.min(lastsMs, 3000) : lastsMs);
    sent.push(send('while-3'));
    await end();
    sent.push(send('after-1'));
    await Promise.all(presses);
    return { tried: 1, sent, wrong: await stage.settled(sent, 180_000) };
  },
});
