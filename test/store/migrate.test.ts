import { beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { type Migration, migrate } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { describeBackends } from './backends.ts';

describeBackends('migrations', (backend) => {
  let pool: Database['pool'];
  beforeEach(async () => {
    const store = await backend.open();
    ({ pool } = store.database);
    return () => store.close();
  });

  const names = async (): Promise<string[]> =>
    (await pool.query('select name from schema_migration order by name')).rows.map(({ name }) => name);
  const one: Migration = { name: '998-one', sql: 'create table one (id integer); insert into one values (1)' };
  const two: Migration = { name: '999-two', sql: 'alter table one add column more text' };

  test('have run, are recorded with their time, and stand in the order of their names', async () => {
    expect(await names()).toEqual(migrations.map(({ name }) => name));
    expect(await names()).toEqual((await names()).toSorted());
    const before = await pool.query('select clock_timestamp() as at');
    await migrate(pool, [...migrations, one]);
    const { rows } = await pool.query(
      'select at >= $1 and at <= clock_timestamp() as now from schema_migration where name = $2',
      [before.rows[0].at, one.name],
    );
    expect(rows).toEqual([{ now: true }]);
  });

  test('run once, also when many processes start at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => migrate(pool, [...migrations, one])));
    await Promise.all(Array.from({ length: 5 }, () => migrate(pool, [...migrations, one, two])));
    expect((await pool.query('select * from one')).rows).toEqual([{ id: 1, more: null }]);
    expect(await names()).toEqual([...migrations.map(({ name }) => name), one.name, two.name]);
  });

  test('run all or none', async () => {
    const broken: Migration = { name: '999-broken', sql: 'create table half (id integer); create tabel typo ()' };
    await expect(migrate(pool, [...migrations, one, broken])).rejects.toThrow('syntax error');
    expect(await names()).toEqual(migrations.map(({ name }) => name));
    expect((await pool.query(`select to_regclass('one') as one, to_regclass('half') as half`)).rows).toEqual([
      { one: null, half: null },
    ]);
    await migrate(pool, [...migrations, one]);
  });

  test('leave a database that is newer than the code alone', async () => {
    await migrate(pool, [...migrations, one]);
    const older = migrate(pool, [...migrations, { name: '997-other', sql: 'create table other ()' }]);
    await expect(older).rejects.toThrow(StoreError);
    await expect(older).rejects.toThrow(
      'The database is newer than this version of Trailwatch: it has the migration 998-one, which this version does not know. Run the newer version.',
    );
    expect((await pool.query(`select to_regclass('other') as other`)).rows).toEqual([{ other: null }]);
  });

  test('name no table that the queue has too: they are looked up by the same names', async () => {
    const { rows } = await pool.query(
      `select relname from pg_class where relnamespace = 'public'::regnamespace
         and relname in (select relname from pg_class where relnamespace = 'bullmq'::regnamespace)`,
    );
    expect(rows).toEqual([]);
  });
});
