import { once } from 'node:events';
import pg from 'pg';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { describeBackends } from './backends.ts';
import { freshStore } from './fresh-store.ts';

/** What Kysely and BullMQ rely on: embedded and PostgreSQL do not differ in any of it. */
describeBackends('a pool', (backend) => {
  let pool: Database['pool'];
  beforeEach(async () => {
    const store = await backend.open();
    ({ pool } = store.database);
    await pool.query('create table thing (id integer primary key, text text)');
    return () => store.close();
  });

  test('gives types as pg does', async () => {
    const { rows, rowCount, command, fields } = await pool.query(
      `select 9007199254740993::bigint as big, 7::integer as small, 1.50::numeric as exact, 0.5::float8 as float,
         true as yes, null as nothing, '2026-11-23 08:00:00.123+01'::timestamptz as at,
         $1::jsonb as json, array['a', 'b'] as list, $2::bytea as bytes, $3::text as text`,
      [{ a: [1, 'é€😀'] }, Buffer.from([0, 255]), 'é€😀'],
    );
    expect(rows).toEqual([
      {
        big: '9007199254740993',
        small: 7,
        exact: '1.50',
        float: 0.5,
        yes: true,
        nothing: null,
        at: new Date('2026-11-23T07:00:00.123Z'),
        json: { a: [1, 'é€😀'] },
        list: ['a', 'b'],
        bytes: Buffer.from([0, 255]),
        text: 'é€😀',
      },
    ]);
    expect({ rowCount, command, first: fields[0]?.name }).toEqual({ rowCount: 1, command: 'SELECT', first: 'big' });
  });

  test('takes a text, values, a query object and several statements', async () => {
    expect((await pool.query('insert into thing values (1, $1), (2, $2)', ['a', 'b'])).rowCount).toBe(2);
    expect((await pool.query({ text: 'select text from thing where id = $1', values: [2] })).rows).toEqual([
      { text: 'b' },
    ]);
    expect((await pool.query({ text: 'select text from thing order by id', rowMode: 'array' })).rows).toEqual([
      ['a'],
      ['b'],
    ]);
    const several: unknown = await pool.query(
      'delete from thing where id = 1; select count(*)::integer as left from thing',
    );
    expect(several).toMatchObject([{ command: 'DELETE', rowCount: 1 }, { rows: [{ left: 1 }] }]);
  });

  test('carries texts larger than any buffer', async () => {
    const text = 'é'.repeat(3_000_000);
    const { rows } = await pool.query('select $1::text as text, repeat($1, 2) as twice', [text]);
    expect(rows[0].text === text && rows[0].twice === text + text).toBe(true);
  });

  test('tells errors with their code, and goes on', async () => {
    await expect(pool.query('selec 1')).rejects.toMatchObject({ code: '42601' });
    await expect(pool.query('select $1::integer', ['x'])).rejects.toMatchObject({ code: '22P02' });
    await pool.query('insert into thing values (1)');
    const twice = pool.query('insert into thing values (1)');
    await expect(twice).rejects.toBeInstanceOf(pg.DatabaseError);
    await expect(twice).rejects.toMatchObject({ code: '23505', constraint: 'thing_pkey' });
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('shows nobody else what is not committed', async () => {
    const [writer, other] = [await pool.connect(), await pool.connect()];
    await writer.query('begin');
    await writer.query(`insert into thing values (1, 'draft')`);
    const reading = other.query('select text from thing');
    await writer.query(`update thing set text = 'final'`);
    await writer.query('rollback');
    expect((await reading).rows).toEqual([]);
    await writer.query('begin');
    await writer.query(`insert into thing values (1, 'draft')`);
    await writer.query(`update thing set text = 'final'`);
    await writer.query('commit');
    expect((await other.query('select text from thing')).rows).toEqual([{ text: 'final' }]);
    writer.release();
    other.release();
  });

  test('runs many transactions at once, each whole', async () => {
    await pool.query('insert into thing values (1, 0)');
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        const client = await pool.connect();
        await client.query('begin');
        const { rows } = await client.query('select text::integer as count from thing where id = 1 for update');
        await client.query('update thing set text = $1 where id = 1', [rows[0].count + 1]);
        await client.query('commit');
        client.release();
      }),
    );
    expect((await pool.query('select text from thing')).rows).toEqual([{ text: '30' }]);
  });

  test('rolls back after an error in a transaction, and says so to whoever commits', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query('insert into thing values (1)');
    await expect(client.query('select no_such_column from thing')).rejects.toMatchObject({ code: '42703' });
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    expect((await client.query('commit')).command).toBe('ROLLBACK');
    client.release();
    expect((await pool.query('select * from thing')).rows).toEqual([]);
  });

  test('rolls back what a client that is thrown away left open', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query('insert into thing values (1)');
    client.release(true);
    await expect.poll(async () => (await pool.query('select * from thing')).rows).toEqual([]);
  });

  test('passes notifications on at commit, to whoever listens', async () => {
    const [ear, mouth] = [await pool.connect(), await pool.connect()];
    await ear.query('listen news');
    const heard: string[] = [];
    ear.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await mouth.query('begin');
    await mouth.query(`notify news, 'never'`);
    await mouth.query('rollback');
    await mouth.query('begin');
    await mouth.query(`select pg_notify('news', 'first')`);
    expect(heard).toEqual([]);
    const first = once(ear, 'notification');
    await mouth.query('commit');
    expect(await first).toMatchObject([{ channel: 'news', payload: 'first' }]);
    const own = once(ear, 'notification');
    await ear.query(`notify news, 'own'`);
    await own;
    expect(heard).toEqual(['first', 'own']);
    ear.release(true);
    mouth.release();
  });

  test('refuses queries after its end', async () => {
    const { Pool } = pg;
    expect(pool).toBeInstanceOf(Pool);
    await pool.end();
    await expect(pool.query('select 1')).rejects.toThrow('after calling end on the pool');
    // The store closes the pool itself.
    pool.end = async () => {};
  });
});

test('an embedded pool rolls back for a client that is given back in a transaction: it has the only session', async () => {
  const { pool, close } = await freshStore();
  onTestFinished(close);
  const client = await pool.connect();
  await client.query('begin');
  await client.query('update audit_head set seq = 7');
  client.release();
  expect((await pool.query('select seq from audit_head')).rows).toEqual([{ seq: '0' }]);
});
