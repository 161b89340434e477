import type pg from 'pg';
import { StoreError } from './store-error.ts';

/** One step forward of the schema. `sql` may hold several statements; it runs in the transaction of all that are due. */
export interface Migration {
  name: string;
  sql: string;
}

/** "trailwat" in ASCII: the advisory lock of all processes that migrate. */
const lockKey = '0x747261696c776174';

/**
 * Runs the migrations that this database has not seen, in order, and records each with its name and time. One process
 * at a time; all or none. Throws a StoreError when the database is of a newer version than the code.
 */
export async function migrate(pool: pg.Pool, migrations: readonly Migration[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    // Another process may take long over its migrations.
    await client.query('set local lock_timeout to 0');
    await client.query('select pg_advisory_xact_lock($1::bigint)', [BigInt(lockKey).toString()]);
    await client.query(
      'create table if not exists schema_migration (name text primary key, at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ name: string }>('select name from schema_migration order by name');
    const done = new Set(rows.map(({ name }) => name));
    const unknown = rows.find(({ name }) => !migrations.some((migration) => migration.name === name));
    if (unknown) {
      throw new StoreError(
        `The database is newer than this version of Trailwatch: it has the migration ${unknown.name}, which this version does not know. Run the newer version.`,
      );
    }
    for (const { name, sql } of migrations) {
      if (done.has(name)) continue;
      await client.query(sql);
      await client.query('insert into schema_migration (name) values ($1)', [name]);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
