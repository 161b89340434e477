import { randomUUID } from 'node:crypto';
import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type Job,
  type JobsOptions,
  runMigrations,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { messageOf } from '../alerts/text.ts';
import type { Database } from '../store/database.ts';

/** What a job carries: ids. All facts are in the database. */
export type JobData = Readonly<Record<string, string | number>>;

export type Handler = (data: JobData) => Promise<void>;

export type Schedule = { everyMs: number } | { cron: string; timezone: string };

/** The alarm clock: it wakes the handlers. Losing it loses nothing, a sweep over the database finds what is due. */
export interface Queue {
  /**
   * Asks for a run of the handler of that name, now or after `delayMs`. A second job with the same `jobId` (no ":" in
   * it, not digits alone) is dropped, for a day after the first has run. Rejects at once when the queue cannot be reached.
   */
  add(name: string, data: JobData, options?: { delayMs?: number; jobId?: string }): Promise<void>;
  /** Runs the handler of that name again and again. Schedules that were not asked for since the start are removed. */
  schedule(name: string, schedule: Schedule): Promise<void>;
  /** Milliseconds since a job last went all the way round through the queue and a worker. */
  canaryAgeMs(): number;
  /** How many jobs are waiting, active, delayed, failed. */
  counts(): Promise<Record<string, number>>;
  /** Takes no new job and lets those under way finish; after `deadlineMs` they are left, and another worker runs them again. */
  close(deadlineMs: number): Promise<void>;
}

export interface QueueOptions {
  /** Redis or Valkey; null: the queue is in the database. */
  redisUrl: string | null;
  database: Pick<Database, 'pool'>;
  log: Logger;
  /** Whether this process runs jobs, or only adds them. */
  work: boolean;
  handlers: Readonly<Record<string, Handler>>;
  /** Queues of different names share nothing. */
  name?: string;
  /** Jobs that one process runs at a time. */
  atOnce?: number;
  /** How long a job may be without a sign of life of its worker before another worker takes it. */
  lockMs?: number;
  canaryEveryMs?: number;
}

/** What keeps the queue from being used; the message says what to do about it. */
export class QueueError extends Error {
  override name = 'QueueError';
}

/** Of the keys in Redis. */
const prefix = 'trailwatch';
const canary = 'canary';
const dayS = 24 * 3600;
const reconcileEveryMs = 60_000;

/** Handlers are idempotent, and the sweep comes behind: after these tries, about ten minutes, a job is only a line in the log. */
const retried = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
  // A jobId is known only as long as its job is kept.
  removeOnComplete: { age: dayS },
  removeOnFail: { age: 7 * dayS },
} satisfies JobsOptions;

/** The next round comes anyway. */
const unretried = { attempts: 1, removeOnComplete: { age: 600 }, removeOnFail: { age: dayS } } satisfies JobsOptions;

/** Opens the queue, in Redis or in the database. Throws a QueueError when Redis cannot be reached or would lose jobs. */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { redisUrl, database, log } = options;
  if (redisUrl === null) {
    await migrateQueue(database);
    return runQueue(createPostgresBackend, { adding: database.pool, working: database.pool }, options);
  }
  await checkRedis(redisUrl);
  // Adding fails at once while Redis is away, so that SNS is told to come again; a worker waits until it is back.
  const adding = new Redis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  const working = new Redis(redisUrl, { maxRetriesPerRequest: null });
  for (const redis of [adding, working]) redis.on('error', (error) => warn(log, error));
  const queue = await runQueue(createRedisBackend, { adding, working }, options);
  return {
    ...queue,
    close: async (deadlineMs) => {
      // With Redis gone there is nobody to say goodbye to: that neither fails nor holds up the end.
      await within(
        deadlineMs + 1000,
        queue.close(deadlineMs).catch((error: unknown) => warn(log, error)),
      );
      adding.disconnect();
      working.disconnect();
    },
  };
}

async function runQueue<Backend extends IQueueBackend, Connection>(
  backend: BackendFactory<Backend, Connection>,
  connections: { adding: Connection; working: Connection },
  { log, work, handlers, name = 'wake', atOnce = 20, lockMs = 30_000, canaryEveryMs = 15_000 }: QueueOptions,
): Promise<Queue> {
  const { Queue, Worker } = withBackend(backend);
  const queue = new Queue<JobData>(name, { connection: connections.adding, prefix });
  queue.on('error', (error) => warn(log, error));
  await queue.waitUntilReady();

  const run = async (job: Job<JobData>): Promise<void> => {
    if (job.name === canary) return;
    const handler = Object.hasOwn(handlers, job.name) ? handlers[job.name] : undefined;
    // Not for good: while versions are being changed, another process may know it.
    if (handler === undefined) throw new Error(`This version of Trailwatch knows no job "${job.name}".`);
    await handler(job.data);
  };
  const worker = work
    ? new Worker<JobData, void>(name, run, {
        connection: connections.working,
        prefix,
        concurrency: atOnce,
        lockDuration: lockMs,
        stalledInterval: lockMs,
        // The default of one fails a job for good when its worker is killed twice.
        maxStalledCount: 1000,
      })
    : undefined;
  worker?.on('error', (error) => warn(log, error));
  worker?.on('failed', (job, error) => {
    const about = { err: error, job: job?.name, data: job?.data, attempt: job?.attemptsMade };
    if (job !== undefined && job.attemptsMade < (job.opts.attempts ?? 1))
      log.warn(about, 'A job failed and is tried again.');
    else log.error(about, 'A job failed.');
  });
  await worker?.waitUntilReady();

  const wanted = new Map<string, Schedule>();
  /** BullMQ's schedulers have been seen to stop: what is missing, other than wanted, or late is made anew. */
  const reconcile = async (id: string, schedule: Schedule): Promise<void> => {
    const known = await queue.getJobScheduler(id);
    if (known !== undefined) {
      const same =
        'everyMs' in schedule
          ? Number(known.every) === schedule.everyMs
          : known.pattern === schedule.cron && known.tz === schedule.timezone;
      if (same && (known.next ?? 0) > Date.now() - reconcileEveryMs) return;
      await queue.removeJobScheduler(id);
    }
    const repeat =
      'everyMs' in schedule ? { every: schedule.everyMs } : { pattern: schedule.cron, tz: schedule.timezone };
    await queue.upsertJobScheduler(id, repeat, { name: id, data: {}, opts: unretried });
  };
  const reconcileAll = async (): Promise<void> => {
    for (const { key } of await queue.getJobSchedulers()) if (!wanted.has(key)) await queue.removeJobScheduler(key);
    for (const [id, schedule] of wanted) await reconcile(id, schedule);
  };

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
    await queue.add(canary, {}, { ...unretried, jobId });
    underWay = jobId;
  };
  const stops = [
    everySoOften(canaryEveryMs, sendCanary, log),
    ...(work ? [everySoOften(reconcileEveryMs, reconcileAll, log)] : []),
  ];
  await sendCanary();

  return {
    add: async (job, data, { delayMs = 0, jobId } = {}) => {
      await queue.add(job, data, { ...retried, delay: delayMs, ...(jobId === undefined ? {} : { jobId }) });
    },
    schedule: async (id, schedule) => {
      wanted.set(id, schedule);
      await reconcile(id, schedule);
    },
    canaryAgeMs: () => performance.now() - lastRound,
    counts: () => queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
    close: async (deadlineMs) => {
      for (const stop of stops) stop();
      if (worker !== undefined) {
        // BullMQ waits for its jobs for ever, unless it is forced.
        const finished = await within(deadlineMs, worker.pause());
        if (!finished) log.warn('Some jobs were not finished in time; they are run again by another worker.');
        await worker.close(!finished);
      }
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

/** Whether the promise is fulfilled in that time. */
async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
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
