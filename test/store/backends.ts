import { Redis } from 'ioredis';
import { describe } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migratedDatabase } from './fresh-database.ts';
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
  name: 'embedded' | 'PostgreSQL' | 'PostgreSQL and Redis';
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

const postgres = (name: Backend['name'], url: string, redisUrl: string | null): Backend => ({
  name,
  open: async () => {
    const { name: unique, databaseUrl, drop } = await migratedDatabase(url);
    const database = await openDatabase({ databaseUrl, dataDir: '' });
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

/** The kinds of storage, and what this machine has of them: the embedded one, or servers where TEST_DATABASE_URL names one. */
const backends: readonly { name: Backend['name']; backend: Backend | undefined }[] = [
  { name: 'embedded', backend: server ? undefined : embedded },
  { name: 'PostgreSQL', backend: server ? postgres('PostgreSQL', server, null) : undefined },
  {
    name: 'PostgreSQL and Redis',
    backend: server && redis ? postgres('PostgreSQL and Redis', server, redis) : undefined,
  },
];

/** The same tests on each backend, or on those named; those that are not to be had in this run are skipped by name. */
export function describeBackends(
  name: string,
  tests: (backend: Backend) => void,
  on: readonly Backend['name'][] = ['embedded', 'PostgreSQL', 'PostgreSQL and Redis'],
): void {
  for (const { name: storage, backend } of backends)
    if (on.includes(storage))
      describe.skipIf(backend === undefined)(`${name} on ${storage}`, () => tests(backend ?? embedded));
}

async function dropKeys(redisUrl: string, queueName: string): Promise<void> {
  const client = new Redis(redisUrl);
  const keys = await client.keys(`trailwatch:${queueName}:*`);
  if (keys.length > 0) await client.del(...keys);
  client.disconnect();
}
