import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { auditRows, verifyAuditLog } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { describeBackends } from './backends.ts';
import { prepareDataDir } from './fresh-store.ts';

const server = process.env['TEST_DATABASE_URL'];

const failureOf = async (databaseUrl: string): Promise<string> => {
  const error: unknown = await openDatabase({ databaseUrl, dataDir: '' }).then(
    () => 'opened',
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error instanceof Error ? error.message : '';
};

const freePort = async (): Promise<number> => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

describe('a PostgreSQL server that cannot be used is told in one sentence, without the password', () => {
  test('nothing listens', async () => {
    const port = await freePort();
    expect(await failureOf(`postgres://bot:s3cret@127.0.0.1:${port}/trail?sslmode=disable&password=s3cret`)).toBe(
      `No PostgreSQL server answers at this host and port: start it, or correct the address (DATABASE_URL: postgres://bot@127.0.0.1:${port}/trail)`,
    );
  });

  test('no such host', async () => {
    expect(await failureOf('postgres://bot:s3cret@no-such-host.invalid/trail')).toBe(
      'The host name of the PostgreSQL server is not known: correct it, or check the name server (DATABASE_URL: postgres://bot@no-such-host.invalid/trail)',
    );
  });

  test('not an address', async () => {
    const message = await failureOf('postgres://bot:s3cret@host:port/trail');
    expect(message).toContain('write postgres://user:password@host:5432/database');
    expect(message).not.toContain('s3cret');
  });

  test('something else listens there', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await failureOf(`postgres://bot:s3cret@127.0.0.1:${port}/trail`)).toMatch(
      /^The PostgreSQL server cannot be used: .+ \(DATABASE_URL: postgres:\/\/bot@127\.0\.0\.1:\d+\/trail\)$/,
    );
  });

  test.skipIf(!server)('no such database', async () => {
    const url = new URL(server ?? '');
    url.pathname = 'no_such_database';
    expect(await failureOf(url.href)).toMatch(/^This database does not exist on the PostgreSQL server/);
  });

  test.skipIf(!server)('no such user', async () => {
    const url = new URL(server ?? '');
    url.username = 'nobody_of_this_name';
    url.password = 's3cret';
    const message = await failureOf(url.href);
    expect(message).toMatch(/^The PostgreSQL server refuses this user or password/);
    expect(message).not.toContain('s3cret');
  });
});

describe('the embedded database', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'trailwatch-'));
    return () => rm(dataDir, { recursive: true, force: true });
  });

  test('is one process’s alone; a lock that a dead process left is taken over; what was committed is there', async () => {
    const database = await openDatabase({ databaseUrl: null, dataDir });
    expect(database.kind).toBe('embedded');
    await expect(openDatabase({ databaseUrl: null, dataDir })).rejects.toThrow(/already open in this process/);
    await database.close();
    expect(existsSync(join(dataDir, 'pg.lock'))).toBe(false);

    const writer = await startWriter(dataDir);
    const committed = await writer.committed(20);
    await expect(openDatabase({ databaseUrl: null, dataDir })).rejects.toThrow(
      `The embedded database is in use by another process (pid ${writer.process.pid}): ${join(dataDir, 'pg.lock')} says so. Stop that process first, or set DATA_DIR.`,
    );
    writer.process.kill('SIGKILL');
    await once(writer.process, 'exit');
    expect(existsSync(join(dataDir, 'pg.lock'))).toBe(true);

    const again = await openDatabase({ databaseUrl: null, dataDir });
    onTestFinished(() => again.close());
    const verification = await verifyAuditLog(again.db);
    expect(verification.ok && verification.rows).toBeGreaterThanOrEqual(committed);
    for await (const row of auditRows(again.db)) expect(row.subject).toBe(`row ${row.seq}`);
  });

  test('takes over the lock of a dead process whose number another one has now', async () => {
    await prepareDataDir(dataDir);
    await writeFile(join(dataDir, 'pg.lock'), JSON.stringify({ pid: process.ppid, started: 'long ago' }));
    const database = await openDatabase({ databaseUrl: null, dataDir });
    expect((await sql<{ one: number }>`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }]);
    await database.close();
  });

  test('says where it could not be opened', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    await expect(openDatabase({ databaseUrl: null, dataDir: file })).rejects.toThrow(StoreError);
    await expect(openDatabase({ databaseUrl: null, dataDir: file })).rejects.toThrow(
      `The embedded database in ${file} could not be opened: `,
    );
  });
});

const servers = ['PostgreSQL', 'PostgreSQL and Redis'] as const;
describeBackends(
  'two transactions that wait for each other',
  ({ open }) => {
    test('are both carried out: the one that the server gives up is run again', async () => {
      const { database, close } = await open();
      onTestFinished(close);
      const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let runs = 0;
      const locking = (mine: number, theirs: number, have: () => void, other: Promise<void>) =>
        database.transaction(async (trx) => {
          runs += 1;
          await sql`set local deadlock_timeout = '20ms'`.execute(trx);
          await sql`select pg_advisory_xact_lock(${mine}::integer)`.execute(trx);
          have();
          await other;
          await sql`select pg_advisory_xact_lock(${theirs}::integer)`.execute(trx);
          return mine;
        });
      const both = [locking(1, 2, first.resolve, second.promise), locking(2, 1, second.resolve, first.promise)];
      expect(await Promise.all(both)).toEqual([1, 2]);
      expect(runs).toBe(3);
    });
  },
  ['PostgreSQL'],
);

describeBackends(
  'a database whose connections are cut',
  ({ open }) => {
    const cutAll = async (databaseUrl: string | null) => {
      const cutter = await openDatabase({ databaseUrl, dataDir: '' });
      await cutter.pool.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      await cutter.close();
    };

    test('carries out once what was under way, in another connection', async () => {
      const { database, databaseUrl, close } = await open();
      onTestFinished(close);
      let runs = 0;
      const kept = await database.transaction(async (trx) => {
        runs += 1;
        await sql`create table if not exists kept as select ${runs}::integer as run`.execute(trx);
        if (runs === 1) await cutAll(databaseUrl);
        return (await sql<{ run: number }>`select run from kept`.execute(trx)).rows;
      });
      expect(kept).toEqual([{ run: 2 }]);
    });

    test('carries nothing out a second time that was cut while it was committed: it may be done', async () => {
      const { database, close } = await open();
      onTestFinished(close);
      await database.pool.query(`
        create table cut (at integer);
        create function cut_me() returns trigger language plpgsql as 'begin perform pg_terminate_backend(pg_backend_pid()); return new; end';
        create constraint trigger cut_me after insert on cut deferrable initially deferred for each row execute function cut_me()`);
      let runs = 0;
      const cut = database.transaction(async (trx) => {
        runs += 1;
        await sql`insert into cut values (1)`.execute(trx);
      });
      await expect(cut).rejects.toThrow();
      expect(runs).toBe(1);
    });

    test('fails what is cut again and again, and goes on', async () => {
      const { database, databaseUrl, close } = await open();
      onTestFinished(close);
      const cut = database.transaction(async (trx) => {
        await cutAll(databaseUrl);
        await sql`select 1`.execute(trx);
      });
      await expect(cut).rejects.toThrow();
      await expect
        .poll(() =>
          sql`select 1 as one`.execute(database.db).then(
            ({ rows }) => rows,
            () => [],
          ),
        )
        .toEqual([{ one: 1 }]);
    });
  },
  servers,
);

/** A process that appends to the audit log for ever and says each number once it is committed. */
async function startWriter(
  dataDir: string,
): Promise<{ process: ChildProcess; committed: (atLeast: number) => Promise<number> }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer-process.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let last = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = Number(line);
  });
  const committed = async (atLeast: number): Promise<number> => {
    await expect.poll(() => last, { timeout: 20_000 }).toBeGreaterThanOrEqual(atLeast);
    return last;
  };
  return { process: child, committed };
}
