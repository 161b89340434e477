import type { WebClient } from '@slack/web-api';
import { stormWindowMs } from '../alerts/grouping.ts';
import type { Config } from '../config/config.ts';
import { loopsDue } from '../store/due.ts';
import { forget, type Keeping } from '../store/forget.ts';
import { beginPlannedSilences, endOverdueSilences } from '../store/silences.ts';
import { endCalmStorms } from '../store/storms.ts';
import { expireQuestions } from './ask-actor.ts';
import { type CadenceParts, cadenceWatch } from './cadence.ts';
import { lookEveryMs } from './investigation.ts';
import { mirrorWatch } from './mirror.ts';
import { askReceipts, type ReceiptParts } from './receipts.ts';
import type { Wakes } from './wakes.ts';
import { tellGaps, tellHandoffs, tellReadiness, type WatchParts, watchEscalation } from './watch.ts';

export interface SweepParts extends WatchParts, Pick<ReceiptParts, 'environment' | 'mayRespond'> {
  slack: WebClient;
  config: WatchParts['config'] & CadenceParts['config'] & Pick<Config, 'routes' | 'escalation' | 'access'> & Keeping;
  wakes: Wakes;
}

const everyMs = 5000;
/** Digests have things to do that no row is due for: a schedule, a copy of each day's insights. */
const digestsEveryMs = 60_000;
const hourlyMs = 3_600_000;
const watchEveryMs = 60_000;

/**
 * Finds everything that is due and wakes it: at once, and then every few seconds by a timer of its own, whatever the queue
 * does. With nothing to do it is one statement.
 */
export function startSweep(parts: SweepParts): { sweep: () => Promise<void>; ageMs: () => number; stop: () => void } {
  let last = performance.now();
  let underWay: Promise<void> | undefined;
  const look = sweeper(parts);
  const sweep = async (): Promise<void> => {
    // One that began before the caller came may have missed what the caller knows of.
    while (underWay !== undefined) await underWay;
    underWay = look().finally(() => {
      underWay = undefined;
    });
    await underWay;
    last = performance.now();
  };
  const tick = (): void => {
    if (underWay !== undefined) return;
    sweep().catch((error: unknown) => parts.log.warn({ err: error }, 'What is due could not be looked for.'));
  };
  const timer = setInterval(tick, everyMs).unref();
  tick();
  return { sweep, ageMs: () => performance.now() - last, stop: () => clearInterval(timer) };
}

function sweeper(parts: SweepParts): () => Promise<void> {
  const { database, config, wakes, now } = parts;
  const mirrorSchedules = mirrorWatch(parts);
  const watchCadence = cadenceWatch(parts);
  const never = Number.NEGATIVE_INFINITY;
  const next = { digests: never, hourly: never, watch: never, forgetting: never };
  return async () => {
    const time = now();
    wakes.catchUp();
    const look = () => loopsDue(database.db, time, { lookEveryMs, calmMs: stormWindowMs });
    let due = await look();
    if (due.storms || due.silences) {
      await endCalmStorms(database.db, time);
      for (const target of await beginPlannedSilences(database, time)) wakes.deliver(target);
      await endOverdueSilences(database, time, config);
      due = await look();
    }
    for (const target of due.targets) wakes.deliver(target);
    if (due.intake) wakes.intake();
    if (due.escalate) wakes.escalate();
    if (due.triage) wakes.triage();
    if (due.receipts) await askReceipts(parts);
    if (due.investigations) wakes.investigations();
    if (due.digests || time.getTime() >= next.digests) {
      next.digests = time.getTime() + digestsEveryMs;
      wakes.digests();
      wakes.triage();
    }
    if (time.getTime() >= next.watch) {
      next.watch = time.getTime() + watchEveryMs;
      await watchEscalation(parts);
      await tellHandoffs(parts);
      await mirrorSchedules();
      await watchCadence();
      await expireQuestions(parts);
    }
    if (time.getTime() >= next.forgetting) {
      // A batch each time, so that nothing that is due waits for it.
      const more = await forget(database.db, config, time);
      next.forgetting = time.getTime() + (more ? everyMs : hourlyMs);
    }
    if (time.getTime() >= next.hourly) {
      next.hourly = time.getTime() + hourlyMs;
      await tellGaps(parts);
      await tellReadiness(parts);
    }
  };
}
