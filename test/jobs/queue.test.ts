import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type JobData, openQueue, type Queue, QueueError, type QueueOptions } from '../../src/jobs/queue.ts';
import { openDatabase } from '../../src/store/database.ts';
import { describeBackends, type Store } from '../store/backends.ts';
import { freshStore } from '../store/fresh-store.ts';

const silent = pino({ level: 'silent' });

describeBackends('the queue', (backend) => {
  let store: Store;
  const opened: Queue[] = [];
  beforeEach(async () => {
    store = await backend.open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close(1000)));
    await store.close();
  });

  const open = async (handlers: QueueOptions['handlers'], options: Partial<QueueOptions> = {}): Promise<Queue> => {
    const { database, redisUrl, queueName: name } = store;
    const queue = await openQueue({ redisUrl, database, name, log: silent, work: true, handlers, ...options });
    opened.push(queue);
    return queue;
  };

  test('runs each job once with its ids, by its name', async () => {
    const deliver = vi.fn(async (_data: JobData) => {});
    const escalate = vi.fn(async (_data: JobData) => {});
    const queue = await open({ deliver, escalate });
    await queue.add('deliver', { target: 'C0ALERTS' });
    await queue.add('escalate', { alert: 1042 });
    await queue.add('deliver', { target: 'C0ALERTS' });
    await vi.waitFor(() => expect(deliver.mock.calls.length + escalate.mock.calls.length).toBe(3));
    expect(deliver.mock.calls).toEqual([[{ target: 'C0ALERTS' }], [{ target: 'C0ALERTS' }]]);
    expect(escalate.mock.calls).toEqual([[{ alert: 1042 }]]);
  });

  test('drops a second job of one id, before and after the first has run', async () => {
    const ran: JobData[] = [];
    const adding = await open({}, { work: false });
    await Promise.all([1, 2, 3].map((n) => adding.add('wake', { n }, { jobId: 'wake-7' })));
    expect(await adding.counts()).toMatchObject({ waiting: 2 }); // and the canary
    const queue = await open({ wake: async (data) => void ran.push(data) });
    await vi.waitFor(() => expect(ran).toHaveLength(1));
    await queue.add('wake', { n: 4 }, { jobId: 'wake-7' });
    await queue.add('wake', { n: 5 }, { jobId: 'wake-8' });
    await vi.waitFor(() => expect(ran).toHaveLength(2));
    expect(ran[1]).toEqual({ n: 5 });
  });

  test('runs a delayed job when it is due, not before, and the earliest first', async () => {
    const ran: [unknown, number][] = [];
    const start = Date.now();
    const queue = await open({ wake: async ({ n }) => void ran.push([n, Date.now() - start]) });
    // Far apart: on a busy machine adding a job takes long.
    await queue.add('wake', { n: 'second' }, { delayMs: 3000 });
    await queue.add('wake', { n: 'first' }, { delayMs: 300 });
    await queue.add('wake', { n: 'later' }, { delayMs: 3_600_000 });
    await vi.waitFor(() => expect(ran).toHaveLength(2), 10_000);
    expect(ran.map(([n]) => n)).toEqual(['first', 'second']);
    expect(ran[0]?.[1]).toBeGreaterThanOrEqual(300);
    expect(ran[1]?.[1]).toBeGreaterThanOrEqual(3000);
    expect(await queue.counts()).toMatchObject({ delayed: 1 });
  });

  test('gives a job to one of several workers only', async () => {
    const ran: unknown[] = [];
    const queues = await Promise.all([1, 2, 3].map(() => open({ wake: async ({ n }) => void ran.push(n) })));
    await Promise.all(Array.from({ length: 150 }, (_, n) => queues[n % 3]?.add('wake', { n })));
    await vi.waitFor(() => expect(new Set(ran).size).toBe(150), 10_000);
    await vi.waitFor(async () => expect(await queues[0]?.counts()).toMatchObject({ waiting: 0, active: 0 }));
    expect(ran).toHaveLength(150);
  });

  test('tries a failed job again after a while, and logs it', async () => {
    const lines: string[] = [];
    const tries: number[] = [];
    const queue = await open(
      {
        wake: async () => {
          tries.push(Date.now());
          if (tries.length < 3) throw new Error('Slack is away');
        },
      },
      { log: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }) },
    );
    await queue.add('wake', { alert: 7 });
    await vi.waitFor(() => expect(tries).toHaveLength(3), 15_000);
    expect((tries[1] ?? 0) - (tries[0] ?? 0)).toBeGreaterThanOrEqual(450);
    expect((tries[2] ?? 0) - (tries[1] ?? 0)).toBeGreaterThanOrEqual(950);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        job: 'wake',
        data: { alert: 7 },
        attempt: 1,
        err: { message: 'Slack is away' },
        msg: 'A job failed and is tried again.',
      },
      { attempt: 2 },
    ]);
  });

  test('leaves a job that this version does not know to one that does', async () => {
    const lines: string[] = [];
    const old = await open({}, { log: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }) });
    await old.add('newer', { alert: 7 });
    await vi.waitFor(() => expect(lines.join('')).toContain('This version of Trailwatch knows no job \\"newer\\".'));
    await old.close(1000);
    opened.length = 0;
    const newer = vi.fn(async () => {});
    await open({ newer });
    await vi.waitFor(() => expect(newer).toHaveBeenCalledWith({ alert: 7 }), 10_000);
  });

  test('keeps one schedule of a name, the last that was asked for, over restarts', async () => {
    const sweep = vi.fn(async () => {});
    const first = await open({ sweep });
    await first.schedule('sweep', { everyMs: 200 });
    await vi.waitFor(() => expect(sweep.mock.calls.length).toBeGreaterThanOrEqual(3), 5000);
    await first.close(1000);
    const second = await open({ sweep });
    await second.schedule('sweep', { cron: '0 8 * * 1', timezone: 'Europe/Prague' });
    await second.schedule('sweep', { cron: '0 8 * * 1', timezone: 'Europe/Prague' });
    await vi.waitFor(async () => expect(await second.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 1 }));
    const soFar = sweep.mock.calls.length;
    await second.schedule('sweep', { everyMs: 100 });
    await vi.waitFor(() => expect(sweep.mock.calls.length).toBeGreaterThanOrEqual(soFar + 3), 5000);
    opened.splice(0, 1);
  });

  test('knows by a canary whether jobs still come through', async () => {
    const adding = await open({}, { work: false, canaryEveryMs: 50 });
    const opened = adding.canaryAgeMs();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(adding.canaryAgeMs()).toBeGreaterThanOrEqual(opened + 290);
    await open({});
    await vi.waitFor(() => expect(adding.canaryAgeMs()).toBeLessThan(200), 5000);
  });

  test('does not wait longer for a job at its end than it was told', async () => {
    let started = false;
    const queue = await open({
      wake: () => {
        started = true;
        return new Promise(() => {});
      },
    });
    await queue.add('wake', { alert: 7 });
    await vi.waitFor(() => expect(started).toBe(true));
    const start = performance.now();
    await queue.close(300);
    expect(performance.now() - start).toBeGreaterThanOrEqual(290);
    expect(performance.now() - start).toBeLessThan(3000);
    opened.length = 0;
  });

  test('finishes at its end what is under way', async () => {
    let finish: (() => void) | undefined;
    let finished = false;
    const queue = await open({
      wake: async () => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        finished = true;
      },
    });
    await queue.add('wake', { alert: 7 });
    await vi.waitFor(() => expect(finish).toBeDefined());
    const closing = queue.close(5000);
    finish?.();
    await closing;
    expect(finished).toBe(true);
    opened.length = 0;
  });
});

describeBackends('the queue in a database whose connections are cut', (backend) => {
  test.skipIf(backend.name !== 'PostgreSQL')('wakes up again', { timeout: 60_000 }, async () => {
    const store = await backend.open();
    const wake = vi.fn(async () => {});
    const { database, queueName: name } = store;
    const queue = await openQueue({ redisUrl: null, database, name, log: silent, work: true, handlers: { wake } });
    onTestFinished(async () => {
      await queue.close(1000);
      await store.close();
    });
    await queue.add('wake', { n: 1 });
    await vi.waitFor(() => expect(wake).toHaveBeenCalledTimes(1));
    await database.pool
      .query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()')
      .catch(() => {});
    await vi.waitFor(() => queue.add('wake', { n: 2 }, { jobId: 'wake-2' }), 10_000);
    await vi.waitFor(() => expect(wake).toHaveBeenCalledTimes(2), 20_000);
  });
});

describeBackends('a worker that is killed in the middle of a job', (backend) => {
  test('leaves it to another one', { timeout: 60_000 }, async () => {
    const store = await backend.open();
    const dataDir = await mkdtemp(join(tmpdir(), 'trailwatch-'));
    onTestFinished(async () => {
      await rm(dataDir, { recursive: true, force: true });
      await store.close();
    });
    // Twice: BullMQ's own default gives a job up at the second time.
    for (let time = 0; time < 2; time++) {
      const worker = startProcess(process.execPath, [
        join(import.meta.dirname, 'queue-process.ts'),
        store.databaseUrl ?? '',
        dataDir,
        store.redisUrl ?? '',
        store.queueName,
      ]);
      await said(worker, 'took');
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
    const database = await openDatabase({ databaseUrl: store.databaseUrl, dataDir });
    const long = vi.fn(async () => {});
    const { redisUrl, queueName: name } = store;
    const queue = await openQueue({
      redisUrl,
      database,
      name,
      log: silent,
      work: true,
      lockMs: 1000,
      handlers: { long },
    });
    await vi.waitFor(() => expect(long).toHaveBeenCalledWith({ alert: 7 }), 20_000);
    await queue.close(1000);
    await database.close();
  });
});

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

describe.skipIf(!hasRedis)('Redis (needs redis-server on the machine)', () => {
  test('that is not there, or refuses, is told in one sentence without the password', async () => {
    const port = await freePort();
    const opening = openOn(`redis://bot:s3cret@127.0.0.1:${port}`);
    await expect(opening).rejects.toThrow(QueueError);
    await expect(opening).rejects.toThrow(
      `Redis cannot be used: connect ECONNREFUSED 127.0.0.1:${port} (REDIS_URL: redis://127.0.0.1:${port}).`,
    );
    await expect(openOn('no address')).rejects.toThrow(
      'REDIS_URL is not an address: write redis://user:password@host:6379.',
    );
  });

  test('that would drop jobs when its memory is full is refused', async () => {
    const { url } = await startRedis(['--maxmemory-policy', 'allkeys-lru']);
    await expect(openOn(url)).rejects.toThrow(
      /^Redis would drop jobs when its memory is full: set its maxmemory-policy from allkeys-lru to noeviction \(REDIS_URL: /,
    );
  });

  test('that dies: adding fails at once; when it is back, jobs are added and run again', {
    timeout: 60_000,
    // Seen once to end in "Connection is closed" on a busy machine while the queue was being closed; closing was mended since.
    retry: 1,
  }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trailwatch-redis-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--dir', directory];
    const { url, port, server } = await startRedis(durable);
    const ran: unknown[] = [];
    const queue = await openOn(url, { wake: async ({ n }) => void ran.push(n) });
    onTestFinished(() => queue.close(1000));
    await queue.add('wake', { n: 'before' });
    await queue.add('wake', { n: 'delayed' }, { delayMs: 2000 });
    await vi.waitFor(() => expect(ran).toEqual(['before']));
    server.kill('SIGKILL');
    await once(server, 'exit');
    const start = performance.now();
    await expect(queue.add('wake', { n: 'lost' })).rejects.toThrow();
    expect(performance.now() - start).toBeLessThan(1000);
    await startRedis(durable, port);
    await vi.waitFor(() => queue.add('wake', { n: 'after' }, { jobId: 'after-1' }), { timeout: 20_000, interval: 200 });
    await vi.waitFor(() => expect(ran).toHaveLength(3), 20_000);
  });

  const openOn = async (redisUrl: string, handlers: QueueOptions['handlers'] = {}): Promise<Queue> => {
    const database = await freshStore();
    onTestFinished(() => database.close());
    return openQueue({ redisUrl, database, log: silent, work: true, handlers });
  };
});

function startProcess(command: string, args: string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Waits until the process has written this. */
async function said(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  await vi.waitFor(() => expect(output).toContain(text), 30_000);
}

async function startRedis(args: string[], port?: number): Promise<{ url: string; port: number; server: ChildProcess }> {
  const chosen = port ?? (await freePort());
  const server = startProcess('redis-server', ['--port', String(chosen), '--save', '', ...args]);
  await said(server, 'Ready to accept connections');
  return { url: `redis://127.0.0.1:${chosen}`, port: chosen, server };
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
