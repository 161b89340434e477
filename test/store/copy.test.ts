import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backup, migrateTo, restore } from '../../src/cli/backup.ts';
import type { Io } from '../../src/cli/io.ts';
import { appendAudit, verifyAuditLog } from '../../src/store/audit-log.ts';
import { copyOf, putCopy } from '../../src/store/copy.ts';
import { serveCopies } from '../../src/store/copy-socket.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { describeBackends } from './backends.ts';
import { freshDatabase } from './fresh-database.ts';
import { freshStore, prepareDataDir } from './fresh-store.ts';

/** Rows with what may go wrong on the way: bytes, times to the microsecond, tabs and line breaks, large numbers, references. */
async function fill(database: Database): Promise<void> {
  await database.transaction(async (trx) => {
    for (let i = 0; i < 1200; i += 1)
      await appendAudit(trx, {
        at: new Date(Date.UTC(2026, 10, 23) + i),
        actor: { type: 'user', team: 'T0TEAM', user: 'U0ANA' },
        action: 'note',
        subject: `alert ${i}`,
        detail: { text: 'a\tb\nc "d" \\ é 😀', big: 9_007_199_254_740_991 },
      });
    await sql`insert into question (team, asked_by, channel, at, state, seen_at, answer)
      values ('T0TEAM', 'U0ANA', 'C0A', '2026-11-23T08:00:00.123456Z', 'done', now(), '{"a": [1.5, null]}')`.execute(
      trx,
    );
    await sql`insert into question_part select id, 0, '\\x00ff0a0d'::bytea from question`.execute(trx);
    await sql`insert into inbox (id, seq, received_at) select 'm' || n, nextval('inbox_seq'), now() from generate_series(1, 7) n`.execute(
      trx,
    );
  });
}

/** A value of a type, where a column wants one. */
const values: Readonly<Record<string, string>> = {
  text: `'x'`,
  integer: '1',
  bigint: '1',
  boolean: 'true',
  'timestamp with time zone': 'now()',
  date: `'2026-11-23'`,
  json: `'{"a": 1}'`,
  jsonb: `'{"a": 1}'`,
  bytea: `'\\x00ff'`,
  'integer[]': `'{1}'`,
};

/** Puts a row into each table that has none: a table that a migration brings is among them without a word here. */
async function fillTheRest({ pool }: Database): Promise<void> {
  interface Column {
    table: string;
    column: string;
    type: string;
    /** The first word of those that the column takes, where it takes some only. */
    word: string | null;
    needs: string | null;
  }
  const { rows } = await pool.query<Column>(`
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type,
      (select substring(pg_get_constraintdef(k.oid) from '''\\w+''') from pg_constraint k
        where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]) as word,
      (select f.confrelid::regclass::text from pg_constraint f
        where f.conrelid = c.oid and f.contype = 'f' and a.attnum = any(f.conkey) and f.confrelid <> c.oid) as needs
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and a.attidentity = '' and c.relname <> 'schema_migration'
      -- Of the places in Slack each is about one thing.
      and (a.attnotnull and not a.atthasdef or c.relname = 'slack_message' and a.attname = 'alert_id')`);
  const waiting = Map.groupBy(rows, ({ table }) => table);
  while (waiting.size > 0) {
    const next = [...waiting].find(([table, columns]) =>
      columns.every(({ needs }) => needs === null || needs === table || !waiting.has(needs)),
    );
    if (next === undefined) throw new Error('The tables refer to each other in a circle.');
    const [table, columns] = next;
    waiting.delete(table);
    const { rows: some } = await pool.query(`select from ${table} limit 1`);
    if (some.length > 0) continue;
    const made = columns.map(({ type, word, needs }) =>
      needs === null ? (word ?? values[type] ?? `no value of ${type}`) : `(select min(id) from ${needs})`,
    );
    await pool.query(
      `insert into ${table} (${columns.map(({ column }) => `"${column}"`).join()}) values (${made.join()})`,
    );
  }
}

/** The tables without a row. */
async function emptyTables({ pool }: Database): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  const empty: string[] = [];
  for (const { name } of rows)
    if ((await pool.query(`select from "${name}" limit 1`)).rows.length === 0) empty.push(name);
  return empty;
}

const collect = async (lines: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
};

async function* said(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

describeBackends('a copy of the database', (backend) => {
  test('is the same in another one, which goes on where it was; cut short, it is put nowhere', async () => {
    const store = await backend.open();
    const [source, target] = [await freshStore(), store.database];
    try {
      await fill(source);
      await fillTheRest(source);
      expect(await emptyTables(source)).toEqual([]);
      const lines = await collect(copyOf(source));
      for (const wrong of [lines.slice(0, -1), lines.slice(0, 3), [], ['x\t[]'], [lines[0] ?? '', 'pg_class\t[]']])
        await expect(putCopy(target, said(wrong))).rejects.toThrow(/cut short|no backup|does not know/);
      await expect(putCopy(target, said([lines[0] ?? '', ...lines.slice(2)]))).rejects.toThrow();
      const torn = async function* () {
        yield* lines.slice(0, 4);
        throw new Error('the process ends');
      };
      await expect(putCopy(target, torn())).rejects.toThrow('the process ends');

      const rows = await putCopy(target, said(lines));
      expect(rows).toBeGreaterThan(1200);
      expect(await emptyTables(target)).toEqual([]);
      expect((await collect(copyOf(target))).sort()).toEqual(lines.toSorted());
      const { rows: head } = await target.pool.query('select seq, hash from audit_head');
      expect(await verifyAuditLog(target.db)).toEqual({ ok: true, rows: 1200, head: head[0].hash });
      await target.transaction((trx) =>
        appendAudit(trx, { at: new Date(), actor: { type: 'system' }, action: 'a', subject: 'b', detail: {} }),
      );
      expect(await verifyAuditLog(target.db)).toMatchObject({ ok: true, rows: 1201 });
      const { rows: next } = await target.pool.query("select nextval('inbox_seq') as seq");
      expect(Number(next[0].seq)).toBe(8);
      await expect(putCopy(target, said(lines))).rejects.toThrow('The database is not empty');
    } finally {
      await source.close();
      await store.close();
    }
  });
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trailwatch-backup-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('backup and restore by the command line, between two places', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  await prepareDataDir(from);
  await prepareDataDir(to);
  const database = await openDatabase({ databaseUrl: null, dataDir: from });
  await fill(database);
  await database.close();
  let out = '';
  const io = (dataDir: string): Io => ({
    stdout: { write: (text) => (out += text) },
    stderr: { write: () => {} },
    stdin: (async function* () {})(),
    env: { DATA_DIR: dataDir },
    cwd: folder,
  });
  expect(await backup(['all.gz'], io(from))).toBe(0);
  await expect(backup(['all.gz'], io(from))).rejects.toThrow('is there already');
  await expect(backup(['other.gz'], io(join(folder, 'nowhere')))).rejects.toThrow('There is no database');
  expect((await readdir(folder)).filter((name) => name.includes('.gz'))).toEqual(['all.gz']);
  await expect(restore(['nothing.gz'], io(to))).rejects.toThrow('ENOENT');
  await writeFile(join(folder, 'torn.gz'), (await readFile(join(folder, 'all.gz'))).subarray(0, 3000));
  await expect(restore(['torn.gz'], io(to))).rejects.toThrow('unexpected end of file');
  expect(await restore(['all.gz'], io(to))).toBe(0);
  expect(out).toMatch(/holds the whole database.*\nRestored 1,2\d\d rows\./s);
  await expect(restore(['all.gz'], io(to))).rejects.toThrow('is not empty');
});

const server = process.env['TEST_DATABASE_URL'];

test.skipIf(!server)(
  'an embedded database moves to a server with all that is in it, and only where nothing is yet',
  async () => {
    const { databaseUrl, drop } = await freshDatabase(server ?? '');
    const from = join(folder, 'moving');
    await prepareDataDir(from);
    const source = await openDatabase({ databaseUrl: null, dataDir: from });
    await fill(source);
    await fillTheRest(source);
    await source.close();
    let out = '';
    const io: Io = {
      stdout: { write: (text) => (out += text) },
      stderr: { write: () => {} },
      stdin: (async function* () {})(),
      env: { DATA_DIR: from },
      cwd: folder,
    };
    expect(await migrateTo([databaseUrl], io)).toBe(0);
    expect(out).toMatch(/Copied 1,\d\d\d rows/);
    await expect(migrateTo([databaseUrl], io)).rejects.toThrow('is not empty');
    const target = await openDatabase({ databaseUrl, dataDir: '' });
    expect(await emptyTables(target)).toEqual([]);
    await target.close();
    await drop();
  },
);

test('an embedded database that is open is backed up by the process that has it, whole or not at all', async () => {
  const [from, to] = [join(folder, 'running'), join(folder, 'copied')];
  await prepareDataDir(from);
  await prepareDataDir(to);
  const io = (dataDir: string): Io => ({
    stdout: { write: () => {} },
    stderr: { write: () => {} },
    stdin: (async function* () {})(),
    env: { DATA_DIR: dataDir },
    cwd: folder,
  });
  const database = await openDatabase({ databaseUrl: null, dataDir: from });
  try {
    await fill(database);
    await expect(backup(['running.gz'], io(from))).rejects.toThrow('already open');
    const stop = await serveCopies(database, from);
    expect((await stat(join(from, 'copy.sock'))).mode & 0o777).toBe(0o600);
    const writes = Array.from({ length: 20 }, (_, at) =>
      database.transaction((trx) =>
        appendAudit(trx, { at: new Date(), actor: { type: 'system' }, action: 'a', subject: `${at}`, detail: {} }),
      ),
    );
    expect(await backup(['running.gz'], io(from))).toBe(0);
    await Promise.all(writes);
    await stop();
    // It sends its first lines and is gone.
    const torn = createServer((socket) => void socket.end('# trailwatch\t[]\naudit_log\t[]\n'));
    await once(torn.listen(join(from, 'copy.sock')), 'listening');
    await expect(backup(['torn-running.gz'], io(from))).rejects.toThrow('cut short');
    torn.close();
    expect((await readdir(folder)).filter((name) => name.includes('running.gz'))).toEqual(['running.gz']);
  } finally {
    await database.close();
  }
  expect(await restore(['running.gz'], io(to))).toBe(0);
  const copy = await openDatabase({ databaseUrl: null, dataDir: to });
  expect(await verifyAuditLog(copy.db)).toMatchObject({ ok: true });
  await copy.close();
});
