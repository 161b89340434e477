import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Redis } from 'ioredis';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openQueue, type Queue, QueueError, type QueueOptions } from '../../src/jobs/queue.ts';
import { describeBackends, type Store } from '../store/backends.ts';

const silent = pino({ level: 'silent' });

/** Waits until something holds: a busy machine takes its time. */
const soon = <T>(look: () => T | Promise<T>): Promise<T> => vi.waitFor(look, 20_000);

describeBackends('the queue', (backend) => {
  let store: Store;
  const opened: Queue[] = [];
  beforeEach(async () => {
    store = await backend.open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
    await store.close();
  });

  const open = async (hear: QueueOptions['hear'], options: Partial<QueueOptions> = {}): Promise<Queue> => {
    const { database, redisUrl, queueName: name } = store;
    const queue = await openQueue({ redisUrl, database, name, log: silent, hear, ...options });
    opened.push(queue);
    return queue;
  };

  test('what is rung in one process is heard in one that works', async () => {
    const heard: string[] = [];
    const ringing = await open(null);
    await open((bell) => void heard.push(bell));
    await ringing.ring('escalate');
    await ringing.ring('deliver pagerduty:security');
    await soon(() => expect(heard.toSorted()).toEqual(['deliver pagerduty:security', 'escalate']));
  });

  test('what nobody has heard yet waits, and is not rung twice', async () => {
    const ringing = await open(null);
    for (let time = 0; time < 20; time++) await ringing.ring('deliver C0SEC');
    expect(await ringing.counts()).toMatchObject({ waiting: 2 }); // and the canary
    const heard: string[] = [];
    await open((bell) => void heard.push(bell));
    await soon(() => expect(heard).toEqual(['deliver C0SEC']));
    await ringing.ring('deliver C0SEC');
    await soon(() => expect(heard).toEqual(['deliver C0SEC', 'deliver C0SEC']));
  });

  test('is heard by one of several processes only, and leaves nothing behind', async () => {
    const heard: string[] = [];
    const queues = await Promise.all([1, 2, 3].map(() => open((bell) => void heard.push(bell))));
    const bells = Array.from({ length: 60 }, (_, n) => `deliver C${n}`);
    for (const [n, bell] of bells.entries()) await queues[n % 3]?.ring(bell);
    await soon(() => expect(new Set(heard)).toEqual(new Set(bells)));
    await soon(async () => expect(await queues[0]?.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 }));
    expect(heard).toHaveLength(60);
  });

  test('knows by a canary whether bells still come through', async () => {
    const ringing = await open(null, { canaryEveryMs: 50 });
    const opened = ringing.canaryAgeMs();
    // Nobody hears the canary: its age only grows.
    await soon(() => expect(ringing.canaryAgeMs()).toBeGreaterThan(opened + 300));
    const asleep = ringing.canaryAgeMs();
    await open(() => {});
    await soon(() => expect(ringing.canaryAgeMs()).toBeLessThan(asleep));
  });
});

describeBackends(
  'the queue in a database whose connections are cut',
  (backend) => {
    test('wakes up again', { timeout: 60_000 }, async () => {
      const store = await backend.open();
      const hear = vi.fn();
      const { database, queueName: name } = store;
      const queue = await openQueue({ redisUrl: null, database, name, log: silent, hear });
      onTestFinished(async () => {
        await queue.close();
        await store.close();
      });
      await queue.ring('escalate');
      await soon(() => expect(hear).toHaveBeenCalledTimes(1));
      await database.pool
        .query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()')
        .catch(() => {});
      await soon(() => queue.ring('triage'));
      await soon(() => expect(hear).toHaveBeenCalledTimes(2));
    });
  },
  ['PostgreSQL'],
);

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

  test('that dies: ringing fails at once; when it is back, bells are heard again', { timeout: 60_000 }, async () => {
    const { url, port, server } = await startRedis([]);
    const heard: string[] = [];
    const queue = await openOn(url, (bell) => void heard.push(bell));
    onTestFinished(() => queue.close());
    await queue.ring('before');
    await soon(() => expect(heard).toEqual(['before']));
    server.kill('SIGKILL');
    await once(server, 'exit');
    const start = performance.now();
    await expect(queue.ring('lost')).rejects.toThrow();
    // At once: before the two seconds after which it gives up on what does not answer.
    expect(performance.now() - start).toBeLessThan(1900);
    await startRedis([], port);
    await vi.waitFor(() => queue.ring('after'), { timeout: 20_000, interval: 200 });
    await soon(() => expect(heard.at(-1)).toBe('after'));
  });

  test('that swallows everything: ringing gives up after two seconds', { timeout: 30_000 }, async () => {
    const { url, server } = await startRedis([]);
    const queue = await openOn(url, () => {});
    server.kill('SIGSTOP');
    const start = performance.now();
    await expect(queue.ring('escalate')).rejects.toThrow();
    expect(performance.now() - start).toBeLessThan(10_000);
    server.kill('SIGCONT');
    await queue.close();
  });

  test('that fails over to another node behind the same address, the old connections left open', {
    timeout: 60_000,
  }, async () => {
    const [first, second] = [await startRedis([]), await startRedis([])];
    let leader = first.port;
    const proxy = createServer((socket) => {
      const onward = connect(leader, '127.0.0.1');
      for (const end of [socket, onward]) end.on('error', () => {});
      socket.pipe(onward).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onTestFinished(() => void proxy.close());
    const address = proxy.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const heard: string[] = [];
    const queue = await openOn(`redis://127.0.0.1:${port}`, (bell) => void heard.push(bell));
    onTestFinished(() => queue.close());
    await queue.ring('before');
    await soon(() => expect(heard).toEqual(['before']));

    leader = second.port;
    const demoted = new Redis(first.url);
    await demoted.call('REPLICAOF', '127.0.0.1', String(second.port));
    demoted.disconnect();
    await vi.waitFor(() => queue.ring('after'), { timeout: 30_000, interval: 200 });
    await soon(() => expect(heard.at(-1)).toBe('after'));
  });

  /** In Redis alone: the pool is never connected. */
  const openOn = (redisUrl: string, hear: QueueOptions['hear'] = null): Promise<Queue> =>
    openQueue({ redisUrl, database: { pool: new pg.Pool() }, log: silent, hear });
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
  await soon(() => expect(output).toContain(text));
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
