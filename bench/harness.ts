import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { pino } from 'pino';
import * as z from 'zod';
import { openWorld, type World } from '../sandbox/world.ts';
import { nodeOptions } from './node-options.ts';

/**
 * What the benchmarks share: places to store in, the bot and the load each in a process of their own, and what is
 * measured of a process from outside. Linux only, for it reads /proc.
 */

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** Asks again and again, every 20 ms at the most, until `holds`. Returns after how many ms it did; undefined: not in time. */
export async function after(mostMs: number, holds: () => Promise<boolean> | boolean): Promise<number | undefined> {
  const start = performance.now();
  while (performance.now() - start < mostMs) {
    if (await holds()) return performance.now() - start;
    await sleep(20);
  }
  return undefined;
}

/** Where a bot keeps its data: made empty for one run, thrown away by `close`. */
export interface Storage {
  name: string;
  databaseUrl: string | null;
  environment: Record<string, string>;
  close: () => Promise<void>;
}

/** Embedded, and PostgreSQL + Redis where DATABASE_URL and REDIS_URL are given; an argument picks one by its name. */
export const storages = (): { name: string; open: () => Promise<Storage> }[] => {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env;
  const servers =
    databaseUrl === undefined || redisUrl === undefined
      ? []
      : [{ name: 'postgres', open: () => openServers(databaseUrl, redisUrl) }];
  const all = [...servers, { name: 'embedded', open: openEmbedded }];
  const named = all.filter(({ name }) => process.argv.includes(name));
  return named.length > 0 ? named : all;
};

async function openEmbedded(): Promise<Storage> {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-bench-'));
  return {
    name: 'embedded',
    databaseUrl: null,
    environment: { DATA_DIR: folder },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The database `trailwatch_bench` on the given server, made again, and the last of Redis' sixteen databases, emptied. */
async function openServers(serverUrl: string, redisServer: string): Promise<Storage> {
  const name = 'trailwatch_bench';
  const [databaseUrl, redisUrl] = [new URL(serverUrl), new URL(redisServer)];
  databaseUrl.pathname = `/${name}`;
  redisUrl.pathname = '/15';
  const redis = new Redis(redisUrl.href);
  await refuseForeign(redis, redisUrl.href);
  await redis.flushdb();
  const administer = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await administer(`drop database if exists ${name} with (force)`);
  await administer(`create database ${name}`);
  return {
    name: 'postgres',
    databaseUrl: databaseUrl.href,
    environment: { DATABASE_URL: databaseUrl.href, REDIS_URL: redisUrl.href },
    close: async () => {
      await administer(`drop database ${name} with (force)`);
      await redis.flushdb();
      redis.disconnect();
    },
  };
}

/** What a benchmark that was cut short has left is the bot's; anything else is somebody's. */
async function refuseForeign(redis: Redis, url: string): Promise<void> {
  const keys = await redis.keys('*');
  const foreign = keys.find((key) => !key.startsWith('trailwatch:') && !key.startsWith('bench:'));
  if (foreign !== undefined) throw new Error(`${url} holds ${foreign}: the benchmark would empty this database.`);
}

/** The sandbox's Slack and AWS in this process, for bots in others. */
export interface Surroundings {
  world: World;
  /** Starts the bot with the demo's configuration; it believes what the load process signs. */
  startBot: (storage: Pick<Storage, 'environment'>, certificate: string) => Promise<Running>;
  close: () => Promise<void>;
}

export async function openSurroundings(): Promise<Surroundings> {
  const world = await openWorld({ port: 0, log: pino({ level: 'silent' }) });
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-bench-'));
  const configFile = join(folder, 'trailwatch.yaml');
  const demo = readFileSync(join(import.meta.dirname, '../sandbox/config.yaml'), 'utf8');
  writeFileSync(configFile, demo.replace(/^sns:$/m, 'sns:\n  trustedCertificates: [sns.pem]'));
  const { slack } = world.environment;
  if (slack?.mode !== 'http') throw new Error('The benchmarks speak to Slack by HTTP.');
  return {
    world,
    startBot: async (storage, certificate) => {
      writeFileSync(join(folder, 'sns.pem'), certificate);
      const bot = await startServer([join(import.meta.dirname, '../src/main.ts'), 'start'], {
        TRAILWATCH_CONFIG: configFile,
        SLACK_API_URL: slack.apiUrl,
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_SIGNING_SECRET: slack.signingSecret,
        ...world.awsEnvironment,
        ...storage.environment,
      });
      world.slack.connect(`${bot.url}/slack/events`);
      return bot;
    },
    close: async () => {
      await world.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Servers under way: they end with the benchmark, however it ends. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** A server in a process of its own. */
export interface Running {
  pid: number;
  url: string;
  /** From the start of the process until /readyz said yes. */
  readyMs: number;
  stop: () => Promise<void>;
}

/** Starts a script, with the bot's Node options and a free PORT in its environment, and waits for its /readyz. */
export async function startServer(script: readonly string[], environment: Record<string, string>): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-bench-'));
  const logFile = join(folder, 'log');
  const log = openSync(logFile, 'w');
  const port = await freePort();
  const child = spawn(process.execPath, [...nodeOptions, ...script], {
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'], ...environment, PORT: String(port) },
  });
  closeSync(log);
  children.add(child);
  const exited = once(child, 'exit').finally(() => children.delete(child));
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => child.exitCode !== null,
    );
  const readyMs = await after(120_000, isReady);
  if (child.pid === undefined || child.exitCode !== null || readyMs === undefined)
    throw new Error(readFileSync(logFile, 'utf8').slice(-2000));
  return {
    pid: child.pid,
    url,
    readyMs,
    stop: async () => {
      child.kill('SIGTERM');
      await Promise.race([exited, sleep(15_000, undefined, { ref: false })]);
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const Result = z.object({
  /** By HTTP status; `timeout` and `error` where there was none. */
  answers: z.record(z.string(), z.number()),
  /** From when a request was due until its answer. */
  p50Ms: z.number(),
  p99Ms: z.number(),
  seconds: z.number(),
});
export type Result = z.output<typeof Result>;

export type Alarms = { kind: 'repeats' | 'few' | 'distinct'; count: number };
/** `connections`: each sends one message after the other; `perSecond`: they are sent at this pace, whatever is answered. */
export type Pace = { connections: number; mostMs: number } | { perSecond: number };

/** The load generator: signs messages ahead, then sends them. */
export interface Load {
  /** PEM: what the receiver must believe. */
  certificate: string;
  prepare: (alarms: Alarms) => Promise<void>;
  send: (urls: readonly string[], pace: Pace) => Promise<Result>;
  stop: () => void;
}

export async function startLoad(): Promise<Load> {
  const child = fork(join(import.meta.dirname, 'load.ts'));
  const { certificate } = z.object({ certificate: z.string() }).parse(await heard(child));
  const ask = async (question: object): Promise<unknown> => {
    child.send(question);
    return heard(child);
  };
  return {
    certificate,
    prepare: async (alarms) => {
      await ask({ prepare: alarms });
    },
    send: async (urls, pace) => Result.parse(await ask({ urls, pace })),
    stop: () => child.disconnect(),
  };
}

/** What a child says next. */
async function heard(child: ChildProcess): Promise<unknown> {
  const done = new AbortController();
  const gone = once(child, 'exit', { signal: done.signal }).then(([code]) => {
    throw new Error(`A process of the benchmark ended with ${code}.`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: done.signal }), gone]);
    return message;
  } finally {
    gone.catch(() => {});
    done.abort();
  }
}

export const rssBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Samples the memory of a process ten times a second until it is asked for the highest. */
export function watchRss(pid: number): () => number {
  let peak = rssBytes(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, rssBytes(pid));
  }, 100);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** Milliseconds of CPU that a process has used: the 14th and 15th field of its stat, in hundredths of a second. */
export const cpuMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/** Waits until a process uses less than a tenth of a core for a second. Returns after how many ms that began. */
export async function untilQuiet(pid: number, mostMs = 20_000): Promise<number | undefined> {
  const start = performance.now();
  while (performance.now() - start < mostMs) {
    const before = cpuMs(pid);
    await sleep(1000);
    if (cpuMs(pid) - before < 100) return performance.now() - start - 1000;
  }
  return undefined;
}
