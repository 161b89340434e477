import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { test as base } from 'vitest';
import { parse } from 'yaml';
import { alarm } from '../../sandbox/scenario.ts';
import { Channel, Person } from '../../sandbox/slack/people.ts';
import type { StoredMessage } from '../../sandbox/slack/state.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import type { App } from '../../src/app.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migratedDatabase } from '../store/fresh-database.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

export interface Evening {
  world: World;
  app: App;
  dataDir: string;
  /** Null: embedded, in `dataDir`. */
  databaseUrl: string | null;
  /** Publishes a message through SNS, signed. */
  publish: (message: unknown) => void;
  alarm: (name: string, state?: 'ALARM' | 'OK') => void;
  channel: (id: string) => Channel;
  person: (name: string) => Person;
  /** Stops the app and starts it again on the same data. */
  restart: (meanwhile?: () => Promise<void>) => Promise<void>;
  /** The same, and every job is gone. */
  loseQueue: () => Promise<void>;
  /** Starts a second app on the same data; SNS tells both of everything. */
  addReplica: () => Promise<void>;
}

/** Where the app keeps its data: embedded, or the servers of TEST_DATABASE_URL and TEST_REDIS_URL, new for each test. */
export async function openStorage(dataDir: string): Promise<{
  databaseUrl: string | null;
  redisUrl: string | null;
  drop: () => Promise<void>;
}> {
  const server = process.env['TEST_DATABASE_URL'];
  const redis = process.env['TEST_REDIS_URL'];
  if (!server) {
    await prepareDataDir(dataDir);
    return { databaseUrl: null, redisUrl: null, drop: async () => {} };
  }
  const { databaseUrl, drop } = await migratedDatabase(server);
  // Tests that run side by side share a Redis server, not a database of it.
  const redisUrl = redis ? new URL(`/${process.env['VITEST_POOL_ID'] ?? 1}`, redis).href : null;
  if (redisUrl !== null) await emptyRedis(redisUrl);
  return { databaseUrl, redisUrl, drop };
}

async function emptyRedis(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushdb();
  client.disconnect();
}

async function emptyQueue(
  dataDir: string,
  { databaseUrl, redisUrl }: { databaseUrl: string | null; redisUrl: string | null },
): Promise<void> {
  if (redisUrl !== null) return emptyRedis(redisUrl);
  const database = await openDatabase({ databaseUrl, dataDir });
  await database.pool.query('drop schema bullmq cascade');
  await database.close();
}

/**
 * Writes the sandbox's configuration with some of its keys set again, and answers the file's path. Where a test does not ask
 * for digests there are none: on a Monday they would come into any evening whose clock is moved. News of who is on call goes
 * where no test looks for anything else.
 */
export function sandboxConfig({
  regions,
  ...changes
}: {
  routes?: readonly object[];
  digests?: object;
  sqs?: object;
  auditLog?: object;
  grouping?: object;
  schedules?: object;
  regions?: readonly string[];
}): string {
  const path = join(mkdtempSync(join(tmpdir(), 'trailwatch-config-')), 'trailwatch.yaml');
  const demo = readFileSync('sandbox/config.yaml', 'utf8');
  const usual: object & { accounts: object; schedules: { security: object } } = parse(demo);
  const schedules = { security: { ...usual.schedules.security, channel: 'C0PROD', mirror: undefined } };
  const accounts = { ...usual.accounts, ...(regions && { regions }) };
  writeFileSync(path, JSON.stringify({ ...usual, schedules, digests: {}, accounts, ...changes }));
  return path;
}

/** App, Slack and AWS share this process: on a busy machine an answer takes longer than where each has its own. */
export const slackPatienceMs = 10_000;

async function live(use: (evening: Evening) => Promise<void>, configFile = sandboxConfig({})): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-test-'));
  const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const world = await openWorld({ port: 0, log, configFile, slackPatienceMs });
  const { drop, ...storage } = await openStorage(dataDir);
  const start = async () => {
    const app = await world.startApp({ dataDir, ...storage });
    await world.sns.idle();
    return app;
  };
  const evening: Evening = {
    world,
    dataDir,
    databaseUrl: storage.databaseUrl,
    app: await start(),
    publish: (message) => void world.sns.publish(world.topicArn, { message: JSON.stringify(message) }),
    alarm: (name, state = 'ALARM') => evening.publish(alarm(name, state, world.now())),
    channel: (id) => new Channel(world.slack, id),
    person: (name) => new Person(world.slack, name),
    restart: async (meanwhile) => {
      await world.stopApp(evening.app);
      await meanwhile?.();
      evening.app = await start();
    },
    loseQueue: () => evening.restart(() => emptyQueue(dataDir, storage)),
    addReplica: async () => void (await start()),
  };
  await use(evening);
  await world.close();
  await drop();
  for (const folder of [dataDir, dirname(configFile)]) rmSync(folder, { recursive: true, force: true });
}

/** The real app in a sandbox of its own, for one test. */
export const test = base.extend<{ evening: Evening }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants a destructured argument
  evening: async ({}, use) => live(use),
});

/** One app in one sandbox for all tests of a file, which follow one another as the weeks do. */
export const testInTurn = (configFile?: string) =>
  base.extend<{ evening: Evening }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest wants a destructured argument
    evening: [async ({}, use) => live(use, configFile), { scope: 'file' }],
  });

/** The messages at the top of a channel that are about an alarm of this name. */
export const about = (evening: Evening, channel: string, name: string): StoredMessage[] =>
  evening
    .channel(channel)
    .messages()
    .filter(({ threadTs, text }) => threadTs === undefined && text.includes(name));
