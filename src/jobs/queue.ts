import { randomUUID } from 'node:crypto';
import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type JobsOptions,
  runMigrations,
  withBackend,
} from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import type { Database } from '../store/database.ts';
import { messageOf } from '../words/text.ts';
import { within } from '../words/within.ts';

/**
 * A bell between processes: what is rung in one that does not work is heard in one that does. It carries the name of a loop
 * and no facts. Losing it loses nothing: every process that works sweeps.
 */
export interface Queue {
  /** Rings; what was not heard yet is not rung twice. Rejects within two seconds when the queue cannot be reached. */
  ring(bell: string): Promise<void>;
  /** Milliseconds since a bell last went all the way round through the queue and a worker. */
  canaryAgeMs(): number;
  /** How many bells are waiting, active, delayed, failed. */
  counts(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export interface QueueOptions {
  /** Redis or Valkey; null: the queue is in the database. */
  redisUrl: string | null;
  database: Pick<Database, 'pool'>;
  log: Logger;
  /** Called with each bell in a process that works; null in one that only rings. */
  hear: ((bell: string) => void) | null;
  /** Queues of different names share nothing. */
  name?: string;
  canaryEveryMs?: number;
}

/** What keeps the queue from being used; the message says what to do about it. */
export class QueueError extends Error {
  override name = 'QueueError';
}

/** Of the keys in Redis. */
const prefix = 'trailwatch';
const canary = 'canary';
const patienceMs = 2000;
/** A worker with nothing to do looks up this often, in seconds. The backends wake it at once when there is something. */
const drainDelayS = 60;

/** A bell that is not heard is made up for by the sweep. */
const unkept = { attempts: 1, removeOnComplete: true, removeOnFail: true } satisfies JobsOptions;
/** Whether it came through is looked up afterwards. */
const keptAWhile = { ...unkept, removeOnComplete: { age: 600 } } satisfies JobsOptions;

/** Opens the queue, in Redis or in the database. Throws a QueueError when Redis cannot be reached or would lose jobs. */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { redisUrl, database, log } = options;
  if (redisUrl === null) {
    await migrateQueue(database);
    return runQueue(createPostgresBackend, { ringing: database.pool, hearing: database.pool }, options);
  }
  await checkRedis(redisUrl);
  // Ringing fails at once while Redis is away; a worker waits until it is back.
  const ringing = new Redis(redisUrl, { ...failover, enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  const hearing = new Redis(redisUrl, { ...failover, maxRetriesPerRequest: null });
  for (const redis of [ringing, hearing]) redis.on('error', (error) => warn(log, error));
  const queue = await runQueue(createRedisBackend, { ringing, hearing }, options);
  return {
    ...queue,
    close: async () => {
      // With Redis gone there is nobody to say goodbye to: that neither fails nor holds up the end.
      await within(
        1000,
        queue.close().catch((error: unknown) => warn(log, error)),
      );
      ringing.disconnect();
      hearing.disconnect();
    },
  };
}

/**
 * After a failover the old connection may stay open to a node that is no longer the one to write to: it says so, and the
 * next connection leads to the one that is. The command is sent again there (2).
 */
const failover = {
  reconnectOnError: (error) => (/^(READONLY|UNBLOCKED|LOADING|MASTERDOWN)/.test(error.message) ? 2 : false),
} satisfies RedisOptions;

async function runQueue<Backend extends IQueueBackend, Connection>(
  backend: BackendFactory<Backend, Connection>,
  connections: { ringing: Connection; hearing: Connection },
  { log, hear, name = 'wake', canaryEveryMs = 30_000 }: QueueOptions,
): Promise<Queue> {
  const { Queue, Worker } = withBackend(backend);
  const queue = new Queue(name, { connection: connections.ringing, prefix });
  queue.on('error', (error) => warn(log, error));
  await queue.waitUntilReady();
  const worker =
    hear === null
      ? undefined
      : new Worker(name, async (job) => (job.name === canary ? undefined : hear(job.name)), {
          connection: connections.hearing,
          prefix,
          concurrency: 20,
          drainDelay: drainDelayS,
          stalledInterval: 60_000,
          // The default of one fails a job for good when its worker is killed twice.
          maxStalledCount: 1000,
        });
  worker?.on('error', (error) => warn(log, error));
  await worker?.waitUntilReady();

  let lastRound = performance.now();
  let underWay: string | undefined;
  const sendCanary = async (): Promise<void> => {
    if (underWay !== undefined) {
      const job = await queue.getJob(underWay);
      if (job !== undefined && job.finishedOn === undefined) return;
      // Undefined: the queue was lost, and the canary with it.
      if (job !== undefined) lastRound = performance.now();
    }
    const jobId = `${canary}-${randomUUID()}`;
    await queue.add(canary, {}, { ...keptAWhile, jobId });
    underWay = jobId;
  };
  const stopCanary = everySoOften(canaryEveryMs, sendCanary, log);
  await sendCanary();

  return {
    ring: async (bell) => {
      const deduplication = { id: bell.replaceAll(':', '-'), keepLastIfActive: true };
      const rung = await within(patienceMs, queue.add(bell, {}, { ...unkept, deduplication }));
      if (!rung) throw new QueueError(`The queue did not answer within ${patienceMs / 1000} s.`);
    },
    canaryAgeMs: () => performance.now() - lastRound,
    counts: () => queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
    close: async () => {
      stopCanary();
      await worker?.close();
      await queue.close();
    },
  };
}

/** Runs `act` every so often, never twice at a time; what it throws is logged. Returns what stops it. */
function everySoOften(everyMs: number, act: () => Promise<void>, log: Logger): () => void {
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    await act().catch((error: unknown) => warn(log, error));
    busy = false;
  }, everyMs).unref();
  return () => clearInterval(timer);
}

const warn = (log: Logger, error: unknown): void =>
  log.warn({ err: error }, 'The queue cannot be reached, or answers with an error.');

/** BullMQ's tables, in the schema bullmq. It takes a lock while it makes them. */
export async function migrateQueue({ pool }: Pick<Database, 'pool'>): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client);
  } finally {
    client.release();
  }
}

/** Connects once, to say in one sentence what is wrong, and checks that Redis would not throw jobs away. */
async function checkRedis(redisUrl: string): Promise<void> {
  const url = URL.parse(redisUrl);
  if (url === null) throw new QueueError('REDIS_URL is not an address: write redis://user:password@host:6379.');
  const where = `REDIS_URL: ${url.protocol}//${url.host}`;
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 10_000 });
  let cause: unknown;
  redis.on('error', (error) => {
    cause = error;
  });
  try {
    await redis.connect();
    const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
    if (policy !== undefined && policy !== 'noeviction')
      throw new QueueError(
        `Redis would drop jobs when its memory is full: set its maxmemory-policy from ${policy} to noeviction (${where}).`,
      );
  } catch (error) {
    if (error instanceof QueueError) throw error;
    const reason = cause ?? error;
    throw new QueueError(`Redis cannot be used: ${messageOf(reason)} (${where}).`, { cause: reason });
  } finally {
    redis.disconnect();
  }
}
