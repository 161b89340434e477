import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe } from 'vitest';
import { migrateQueue } from '../../src/jobs/queue.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { freshStore } from './fresh-store.ts';

/** A database of the test's own, and where its queue is. */
export interface Store {
  database: Database;
  /** Null: embedded, in memory. */
  databaseUrl: string | null;
  redisUrl: string | null;
  /** Shares its keys in Redis with no other test. */
  queueName: string;
  close(): Promise<void>;
}

export interface Backend {
  name: string;
  open(): Promise<Store>;
}

const server = process.env['TEST_DATABASE_URL'];
const redis = process.env['TEST_REDIS_URL'];

const embedded: Backend = {
  name: 'embedded',
  open: async () => {
    const database = await freshStore();
    return { database, databaseUrl: null, redisUrl: null, queueName: 'test', close: () => database.close() };
  },
};

const postgres = (name: string, url: string, redisUrl: string | null): Backend => ({
  name,
  open: async () => {
    const { name: unique, databaseUrl, drop } = await freshDatabase(url);
    const database = await openDatabase({ databaseUrl, dataDir: '' });
    await migrateQueue(database);
    return {
      database,
      databaseUrl,
      redisUrl,
      queueName: unique,
      close: async () => {
        await database.close();
        await drop();
        if (redisUrl !== null) await dropKeys(redisUrl, unique);
      },
    };
  },
});

/** An empty database of the test's own on a server. */
export async function freshDatabase(
  url: string,
): Promise<{ name: string; databaseUrl: string; drop: () => Promise<void> }> {
  const name = `trailwatch_${randomBytes(6).toString('hex')}`;
  await onServer(url, `create database ${name}`);
  const databaseUrl = new URL(url);
  databaseUrl.pathname = name;
  return { name, databaseUrl: databaseUrl.href, drop: () => onServer(url, `drop database ${name} with (force)`) };
}

/** Embedded always; PostgreSQL where TEST_DATABASE_URL is set; with Redis where TEST_REDIS_URL is set too. */
export const backends: readonly Backend[] = [
  embedded,
  ...(server ? [postgres('PostgreSQL', server, null)] : []),
  ...(server && redis ? [postgres('PostgreSQL and Redis', server, redis)] : []),
];

/** The same tests on each backend; those that this machine has not are skipped by name. */
export function describeBackends(name: string, tests: (backend: Backend) => void): void {
  for (const backend of backends) describe(`${name} on ${backend.name}`, () => tests(backend));
  if (!server) describe.skip(`${name} on PostgreSQL: TEST_DATABASE_URL is not set`, () => tests(embedded));
  if (!server || !redis)
    describe.skip(`${name} on PostgreSQL and Redis: TEST_REDIS_URL is not set`, () => tests(embedded));
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function dropKeys(redisUrl: string, queueName: string): Promise<void> {
  const client = new Redis(redisUrl);
  const keys = await client.keys(`trailwatch:${queueName}:*`);
  if (keys.length > 0) await client.del(...keys);
  client.disconnect();
}
