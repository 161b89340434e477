import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrateQueue } from '../../src/jobs/queue.ts';
import { openDatabase } from '../../src/store/database.ts';
import { storeKey } from './fresh-store.ts';

interface FreshDatabase {
  name: string;
  databaseUrl: string;
  drop: () => Promise<void>;
}

/** A database of the test's own on a server: empty, or a copy of another. */
export async function freshDatabase(url: string, template = 'template1'): Promise<FreshDatabase> {
  const name = `trailwatch_${randomBytes(6).toString('hex')}`;
  await onServer(url, (client) => client.query(`create database ${name} template ${template}`));
  return {
    name,
    databaseUrl: at(url, name),
    drop: () => onServer(url, (client) => client.query(`drop database ${name} with (force)`)),
  };
}

/** The same, migrated, with the queue's tables: a copy of one that is made when the tests first need it, and stays. */
export async function migratedDatabase(url: string): Promise<FreshDatabase> {
  const template = `trailwatch_template_${storeKey}`;
  await onServer(url, async (client) => {
    // Test processes that run side by side make one.
    await client.query("select pg_advisory_lock(hashtext('trailwatch template'))");
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template]);
    if (rowCount !== 0) return;
    const unfinished = await freshDatabase(url);
    const database = await openDatabase({ databaseUrl: unfinished.databaseUrl, dataDir: '' });
    await migrateQueue(database);
    await database.close();
    await client.query(`alter database ${unfinished.name} rename to ${template}`);
  });
  return freshDatabase(url, template);
}

function at(url: string, name: string): string {
  const there = new URL(url);
  there.pathname = name;
  return there.href;
}

async function onServer(url: string, act: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}
