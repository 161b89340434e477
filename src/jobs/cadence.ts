import type { Logger } from 'pino';
import { cadenceOf, onlyGrows, samplesToGrow, widest } from '../alerts/cadence.ts';
import type { OwnFinding } from '../alerts/sources/trailwatch.ts';
import { queueLength, queueName } from '../aws/queue-lengths.ts';
import type { Config } from '../config/config.ts';
import { awakeHours, heardAgain, hourOf, noteAwake, queuesTold, quietStreams, topicStreams } from '../store/cadence.ts';
import type { Database } from '../store/database.ts';
import { messagesWaiting, openInbox } from '../store/inbox.ts';
import { messageOf } from '../words/text.ts';
import { hourMs, minuteMs } from '../words/time.ts';
import type { Wakes } from './wakes.ts';

export interface CadenceParts {
  database: Database;
  config: Pick<Config, 'cadence' | 'sqs'>;
  wakes: Pick<Wakes, 'intake'>;
  now: () => Date;
  log: Logger;
}

const queuesEveryMs = 5 * minuteMs;

/**
 * Once a minute: whether what used to come still comes, and whether what comes is taken out. What is found goes into the inbox as
 * messages of our own, which are grouped and routed like any other; the open alert is what remembers that it was told.
 */
export function cadenceWatch(parts: CadenceParts): () => Promise<void> {
  let judgedHour: number | undefined;
  let queuesAt = Number.NEGATIVE_INFINITY;
  const lengths = new Map<string, number[]>();
  return async () => {
    const now = parts.now();
    await noteAwake(parts.database, now);
    await tellHeardAgain(parts, now);
    const hour = hourOf(now);
    if (judgedHour !== hour) {
      await tellSilent(parts, now);
      judgedHour = hour;
    }
    if (now.getTime() < queuesAt) return;
    queuesAt = now.getTime() + queuesEveryMs;
    await watchQueues(parts, lengths, now);
  };
}

/** Streams that fell silent, once for each silence. Hours are what is counted, so once an hour is enough. */
async function tellSilent(parts: CadenceParts, now: Date): Promise<void> {
  const { db } = parts.database;
  const hour = hourOf(now);
  const floor = Math.ceil(parts.config.cadence.floorMs / hourMs);
  const awake = await awakeHours(db);
  const silent = new Map<string, Extract<OwnFinding, { about: 'silence' }>>();
  for await (const { stream, hours } of quietStreams(db, hour - floor)) {
    const cadence = cadenceOf(hours, awake, { now: hour, floor });
    if (cadence.state !== 'silent') continue;
    const { every, overdue } = cadence;
    silent.set(stream, { about: 'silence', state: 'firing', stream, last: hours.at(-1) ?? hour, every, overdue });
  }
  const told = silent.size === 0 ? [] : widest([...silent.keys()], await topicStreams(db));
  for (const stream of told) {
    const finding = silent.get(stream);
    if (finding !== undefined) await tell(parts, `silence-${stream}-${finding.last}`, finding, now);
  }
}

async function tellHeardAgain(parts: CadenceParts, now: Date): Promise<void> {
  const { streams, topics } = await heardAgain(parts.database.db);
  for (const { stream, last } of streams) {
    const finding = { about: 'silence' as const, state: 'resolved' as const, stream, last, every: 0, overdue: 0 };
    await tell(parts, `heard-${stream}-${last}`, finding, now);
  }
  for (const { topic, at } of topics)
    await tell(
      parts,
      `subscribed-${topic}-${at.toISOString()}`,
      { about: 'subscription', state: 'resolved', topic },
      now,
    );
}

/** Queues that only grow: those of SQS, and the inbox. `lengths`: the newest samples of each. */
async function watchQueues(parts: CadenceParts, lengths: Map<string, number[]>, now: Date): Promise<void> {
  const measured = new Map([['the inbox', await messagesWaiting(parts.database.db)]]);
  for (const queue of parts.config.sqs.queues)
    try {
      measured.set(`the queue ${queueName(queue)}`, await queueLength(queue));
    } catch (error) {
      parts.log.warn(
        `How many messages wait in the queue ${queueName(queue)} is not known: ${messageOf(error)}. It takes sqs:GetQueueAttributes.`,
      );
    }
  const told = await queuesTold(parts.database.db);
  for (const [queue, waiting] of measured) {
    const samples = [...(lengths.get(queue) ?? []), waiting].slice(-samplesToGrow);
    lengths.set(queue, samples);
    const before = told.get(queue);
    const state = before === undefined ? onlyGrows(samples) && 'firing' : 2 * waiting <= before && 'resolved';
    if (state)
      await tell(parts, `queue-${queue}-${state}-${hourOf(now)}`, { about: 'queue', state, queue, waiting }, now);
  }
}

/** Puts a finding into the inbox, which takes each key once. */
async function tell(
  { database, wakes, log }: CadenceParts,
  key: string,
  finding: OwnFinding,
  now: Date,
): Promise<void> {
  const message = {
    type: 'Finding' as const,
    id: `trailwatch-${key}`,
    topicArn: 'trailwatch',
    timestamp: now.toISOString(),
    message: JSON.stringify(finding),
    stale: false,
  };
  if (!(await openInbox(database).put(message, now))) return;
  log.warn({ finding }, 'Trailwatch found out something about what it hears.');
  wakes.intake();
}
