import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Alert } from '../alerts/alert.ts';
import { streamKey, streamsOf } from '../alerts/cadence.ts';
import { signalsOf } from '../alerts/message.ts';
import { placeAll, placementOf, type Routed, type SignalOutcome } from '../alerts/placing.ts';
import { route, withAccount } from '../alerts/routing.ts';
import { type VoiceEvent, voiceEventIn } from '../alerts/voice-events.ts';
import type { AccountNames } from '../aws/names.ts';
import type { Config } from '../config/config.ts';
import type { Metrics } from '../metrics.ts';
import { noteHeard, unnoted } from '../store/cadence.ts';
import type { Database } from '../store/database.ts';
import {
  anythingWaits,
  lockIntake,
  markTaken,
  messageIn,
  nextWaiting,
  noteTopics,
  setApart,
  type WaitingMessage,
} from '../store/inbox.ts';
import { knownOf, storePlaced } from '../store/intake.ts';
import type { Tables } from '../store/tables.ts';
import { type Pending, policyOf, type Standing } from '../store/transitions.ts';
import { noteVoiceEvents } from '../store/unreached.ts';
import { beginSpan } from '../tracing.ts';
import { messageOf } from '../words/text.ts';
import type { Wakes } from './wakes.ts';
import { tellWatchers } from './watched.ts';

export interface IntakeParts {
  database: Database;
  config: Pick<Config, 'routes' | 'channels' | 'grouping'>;
  accountNames: AccountNames;
  standing: (now: Date) => Promise<Standing>;
  now: () => Date;
  log: Logger;
  metrics: Metrics;
  /** Aborted when the process stops. */
  stopping: AbortSignal;
  wakes: Pick<Wakes, 'after'>;
}

/** Of one message, from its reading until the batch is committed. */
type Span = NonNullable<ReturnType<typeof beginSpan>>;

/** Messages in one transaction. More would make people's presses wait on the embedded database. */
const mostAtOnce = 200;

/** After a small batch. What comes meanwhile is taken in together, and whoever sends it has the database to themselves. */
const restMs = 100;

/**
 * Takes in everything that waits in the inbox, a batch at a time: one loop over all replicas. Who finds another one at it
 * returns, and the other one looks once more when its batch is committed, so nothing waits for the next wake. After a batch
 * that failed its messages are taken one at a time, and one that fails alone is set apart: it does not hold up the rest.
 */
export async function intake(parts: IntakeParts): Promise<void> {
  let alone = 0;
  while (!parts.stopping.aborted && (await anythingWaits(parts.database.db))) {
    try {
      const limit = alone > 0 ? 1 : mostAtOnce;
      const taken = await takeIn(parts, limit);
      if (taken === undefined) return;
      alone = Math.max(0, alone - 1);
      if (taken < limit) await sleep(restMs, undefined, { signal: parts.stopping }).catch(() => {});
    } catch (error) {
      if (error instanceof BadMessage) await putApart(parts, error);
      else if (isLasting(error) && alone === 0) {
        parts.log.warn({ err: error }, 'Messages could not be taken in together: each is taken alone.');
        alone = mostAtOnce;
      } else throw error;
    }
  }
}

/** The fault is in this message, not in the database or the network: trying again would not help. */
class BadMessage extends Error {
  override name = 'BadMessage';
  readonly bad: WaitingMessage;

  constructor(bad: WaitingMessage, cause: unknown) {
    super(`Message ${bad.seq} of the inbox cannot be taken in: ${messageOf(cause)}`, { cause });
    this.bad = bad;
  }
}

async function putApart({ database, metrics, log }: IntakeParts, { bad, cause }: BadMessage): Promise<void> {
  await setApart(database.db, bad, messageOf(cause));
  metrics.snsMessages.inc({ outcome: 'set-apart' });
  log.error({ err: cause, seq: bad.seq }, 'A message cannot be taken in and makes no alert: see /audit status.');
}

/** Takes in the oldest messages in one transaction. Returns how many they were; undefined: another process is at it. */
async function takeIn(parts: IntakeParts, limit: number): Promise<number | undefined> {
  const now = parts.now();
  const standing = await parts.standing(now);
  const noted = unnoted(parts.database, now);
  const spans: Span[] = [];
  const done = await parts.database
    .transaction(async (trx) => {
      if (!(await lockIntake(trx))) return undefined;
      const waiting = await nextWaiting(trx, limit);
      const { routed, topics, streams, calls } = await readAll(parts, waiting, now, spans);
      return blaming(waiting, async () => {
        const outcomes = await placeIn(trx, parts, routed, standing);
        const watchers = await tellWatchers(
          trx,
          routed.map(({ signal }) => signal),
          now,
        );
        const heard = await noteVoiceEvents(trx, calls, now);
        await noteTopics(trx, topics, now);
        await noteHeard(trx, noted.fresh(streams));
        await markTaken(trx, waiting);
        return { ...outcomes, heard, watchers, taken: waiting.length, streams };
      });
    })
    .finally(() => {
      for (const span of spans) span.end();
    });
  if (done === undefined) return undefined;
  noted.committed(done.streams);
  for (const outcome of done.outcomes) parts.metrics.snsMessages.inc({ outcome });
  parts.wakes.after(done.pending);
  const { targets, dueNow } = done.heard;
  parts.wakes.after({ targets: [...targets, ...done.watchers], dueAt: dueNow ? now : null });
  return done.taken;
}

/** Decides in memory what signals change, and stores it. */
async function placeIn(
  trx: Transaction<Tables>,
  { config: { grouping } }: Pick<IntakeParts, 'config'>,
  routed: readonly Routed[],
  standing: Standing,
): Promise<{ outcomes: SignalOutcome[]; pending: Pending }> {
  const { now } = standing;
  const known = await knownOf(trx, routed, { now, ...grouping });
  const rules = {
    now,
    storm: grouping.storm,
    incidentWindowMs: grouping.incidentWindowMs,
    isOwn: grouping.isOwn,
    policyOf: (alert: Pick<Alert, 'escalation'>) => policyOf(alert, standing),
    onCall: standing.onCall,
  };
  const placed = placeAll(routed, known, rules);
  return { outcomes: placed.outcomes, pending: await storePlaced(trx, routed, placed, standing) };
}

/** Says of a message that was alone in its batch whether the fault is its own. */
async function blaming<Result>(
  [only, ...more]: readonly WaitingMessage[],
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw only !== undefined && more.length === 0 && isLasting(error) ? new BadMessage(only, error) : error;
  }
}

/**
 * Whether an error would come again with the same messages: a fault of ours, or values that the database cannot take.
 * Source: PostgreSQL documentation, appendix A: classes 22 (data), 23 (integrity) and 54 (limits).
 */
const isLasting = (error: unknown): boolean =>
  error instanceof pg.DatabaseError
    ? /^(?:22|23|54)/.test(error.code ?? '')
    : error instanceof TypeError || error instanceof RangeError;

/** What messages say, where it goes, and which topics and streams were heard of by that. Reading is work: between some of them, requests and presses get their turn. */
async function readAll(
  parts: IntakeParts,
  waiting: readonly WaitingMessage[],
  now: Date,
  spans: Span[],
): Promise<{ routed: Routed[]; topics: string[]; streams: string[]; calls: VoiceEvent[] }> {
  const { routes, channels } = parts.config;
  const names = parts.accountNames();
  const onFault = (source: string, error: unknown): void => {
    parts.metrics.readingFaults.inc({ source });
    parts.log.error({ err: error, source }, 'A source failed to read a payload; the alert shows it as it came.');
  };
  const routed: Routed[] = [];
  const topics = new Set<string>();
  const streams = new Set<string>();
  const calls: VoiceEvent[] = [];
  for (const [place, each] of waiting.entries()) {
    if (place % 20 === 19) await nextTurn();
    try {
      const message = messageIn(each);
      const span = beginSpan('place message', { parent: message.traceparent });
      if (span !== undefined) spans.push(span);
      const call = voiceEventIn(message.message);
      if (call !== undefined) {
        topics.add(message.topicArn);
        calls.push(call);
        continue;
      }
      for (const said of signalsOf(message, onFault)) {
        const own = streamsOf(said);
        if (own.length > 0) {
          topics.add(message.topicArn);
          streams.add(streamKey({ kind: 'topic', topic: message.topicArn }));
        }
        for (const stream of own) streams.add(streamKey(stream));
        const signal = { ...withAccount(said, names), ...(span && { traceparent: span.traceparent }) };
        routed.push({ signal, placement: placementOf(route(signal, routes, channels.default, now)) });
      }
    } catch (error) {
      throw new BadMessage(each, error);
    }
  }
  return { routed, topics: [...topics], streams: [...streams], calls };
}
