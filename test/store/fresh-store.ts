import { createHash } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import manifest from '../../package.json' with { type: 'json' };
import { migrateQueue } from '../../src/jobs/queue.ts';
import { type Database, databaseOf } from '../../src/store/database.ts';
import { lockDirectory } from '../../src/store/directory-lock.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { pgliteSettings } from '../../src/store/pglite.ts';
import { StoreInUse } from '../../src/store/store-error.ts';

/** Booting an empty PGlite takes seconds, loading a copy of a migrated one less than one. */
const cache = join(import.meta.dirname, '..', '..', '.cache');
/** Names what was made of these migrations and packages. */
export const storeKey = createHash('sha256')
  .update(JSON.stringify([migrations, manifest.dependencies, await readFile(import.meta.filename, 'utf8')]))
  .digest('hex')
  .slice(0, 16);

/** Bytes where a Blob is wanted: Node's own takes a second to give 40 MB back. */
class Loaded extends Blob {
  readonly #bytes: ArrayBuffer;
  constructor(bytes: Uint8Array) {
    super([]);
    this.#bytes = new Uint8Array(bytes).buffer;
  }
  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.resolve(this.#bytes);
  }
}

let loaded: Promise<Loaded> | undefined;

/** A PGlite as it was when it was new: its tables and what is in them. */
interface Spare {
  pglite: PGlite;
  schema: string;
  rows: readonly (readonly [table: string, rows: string])[];
}
/** Those that were closed, and are as new. */
const spares: Spare[] = [];

/** An embedded database in memory, migrated, with the queue's tables, of which nobody else knows. Close it. */
export async function freshStore(): Promise<Database> {
  const spare = spares.pop() ?? (await makeSpare());
  return databaseOf(spare.pglite, async () => {
    if (await renew(spare)) spares.push(spare);
    else await spare.pglite.close();
  });
}

async function makeSpare(): Promise<Spare> {
  loaded ??= templates().then(async ({ tar }) => new Loaded(await readFile(tar)));
  const pglite = await PGlite.create({ ...pgliteSettings, loadDataDir: await loaded });
  const rows: [string, string][] = [];
  for (const table of await filledTables(pglite)) {
    const { rows: found } = await pglite.query<{ all: string }>(`select json_agg(t)::text as all from ${table} t`);
    rows.push([table, found[0]?.all ?? '[]']);
  }
  return { pglite, schema: await schemaOf(pglite), rows };
}

/** Puts back what the last test found, in a tenth of the time that a new one takes. False: its tables are not the same any more. */
async function renew({ pglite, schema, rows }: Spare): Promise<boolean> {
  // Settings, temporary tables, locks, LISTEN, prepared statements.
  await pglite.exec('discard all');
  if ((await schemaOf(pglite)) !== schema) return false;
  // Neither triggers nor foreign keys.
  await pglite.exec('set session_replication_role to replica');
  const filled = await filledTables(pglite);
  await pglite.exec(`truncate ${filled.join(', ')} cascade`);
  await pglite.exec('select setval(seqrelid, seqstart, false) from pg_sequence');
  for (const [table, all] of rows)
    await pglite.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [all]);
  await pglite.exec('discard all');
  return true;
}

const own = "n.nspname in ('public', 'bullmq')";

async function filledTables(pglite: PGlite): Promise<string[]> {
  const { rows: tables } = await pglite.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${own} and c.relkind = 'r'`,
  );
  const { rows: filled } = await pglite.query<{ name: string }>(
    tables.map(({ name }) => `select '${name}' as name where exists (select from ${name})`).join(' union all '),
  );
  return filled.map(({ name }) => name);
}

/** Everything that a migration can make, as one text. */
async function schemaOf(pglite: PGlite): Promise<string> {
  const { rows } = await pglite.query<{ schema: string }>(
    `select md5(string_agg(thing, ' ' order by thing)) as schema from (
       select concat('relation ', c.oid, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${own}
       union all select concat('column ', attrelid, attname, atttypid, attnotnull, attisdropped) from pg_attribute
       union all select concat('constraint ', oid) from pg_constraint
       union all select concat('trigger ', oid, tgenabled) from pg_trigger
       union all select concat('function ', oid, prosrc) from pg_proc
     ) of_all (thing)`,
  );
  return rows[0]?.schema ?? '';
}

/** Puts in what an app would, and takes out two of three databases: there is less to copy for each test. */
async function prepare(database: Database): Promise<void> {
  const { pool } = database;
  await migrateQueue(database);
  await pool.query('update pg_database set datistemplate = false');
  for (const unused of ['template0', 'template1']) await pool.query(`drop database ${unused}`);
  await pool.query('checkpoint');
}

/** Where the two copies are, made when they are first needed. Of test processes that start side by side one makes them. */
async function templates(): Promise<{ tar: string; folder: string }> {
  const made = { tar: join(cache, `store-${storeKey}.tar`), folder: join(cache, `data-${storeKey}`) };
  await mkdir(cache, { recursive: true });
  while (!existsSync(made.tar)) {
    const release = await lockDirectory(join(cache, 'making.lock')).catch((error: unknown) => {
      if (!(error instanceof StoreInUse)) throw error;
    });
    if (release === undefined) await sleep(100);
    else await makeTemplates(made).finally(release);
  }
  return made;
}

async function makeTemplates({ tar, folder }: { tar: string; folder: string }): Promise<void> {
  if (existsSync(tar)) return;
  for (const file of await readdir(cache))
    if (/^(?:store|data)-/.test(file) && !file.includes(storeKey))
      await rm(join(cache, file), { force: true, recursive: true });
  // Each that is seen under its name is whole; the archive comes last.
  const unfinished = await mkdtemp(`${folder}.`);
  const pglite = await PGlite.create(join(unfinished, 'pg'), {
    // Half of what there is to copy would be a log with nothing in it.
    initDbStartParams: ['--wal-segsize=1'],
    startParams: [...pgliteSettings.startParams, '-c', 'wal_recycle=off'],
  });
  const database = await databaseOf(pglite, () => pglite.close());
  await prepare(database);
  await writeFile(`${unfinished}.tar`, new Uint8Array(await (await pglite.dumpDataDir('none')).arrayBuffer()));
  await database.close();
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
  await rename(`${unfinished}.tar`, tar);
}

/** Puts an embedded database, migrated, with the queue's tables, where an app that starts on `dataDir` will find it. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  const { folder } = await templates();
  // A thousand files: the asynchronous copy takes four times as long.
  cpSync(folder, dataDir, { recursive: true });
}
