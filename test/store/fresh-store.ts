import { createHash } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import manifest from '../../package.json' with { type: 'json' };
import { migrateQueue } from '../../src/jobs/queue.ts';
import { type Database, databaseOf, openDatabase } from '../../src/store/database.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { pgliteSettings } from '../../src/store/pglite.ts';

/** Booting an empty PGlite takes seconds, loading a copy of a migrated one less than one. */
const cache = join(import.meta.dirname, '..', '..', '.cache');
const key = createHash('sha256')
  .update(JSON.stringify([migrations, manifest.dependencies, await readFile(import.meta.filename, 'utf8')]))
  .digest('hex')
  .slice(0, 16);
const template = `store-${key}.tar`;

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

/** An embedded database in memory, migrated, with the queue's tables, of which nobody else knows. Close it. */
export async function freshStore(): Promise<Database> {
  loaded ??= readFile(join(cache, template))
    .catch(makeTemplate)
    .then((bytes) => new Loaded(bytes));
  return databaseOf(await PGlite.create({ ...pgliteSettings, loadDataDir: await loaded }));
}

/** Puts in what an app would, and takes out two of three databases: there is less to copy for each test. */
async function prepare(database: Database): Promise<void> {
  const { pool } = database;
  await migrateQueue(database);
  await pool.query('update pg_database set datistemplate = false');
  for (const unused of ['template0', 'template1']) await pool.query(`drop database ${unused}`);
  await pool.query('checkpoint');
}

async function makeTemplate(): Promise<Uint8Array> {
  const pglite = await PGlite.create(pgliteSettings);
  const database = await databaseOf(pglite);
  await prepare(database);
  const bytes = new Uint8Array(await (await pglite.dumpDataDir('none')).arrayBuffer());
  await database.close();
  await mkdir(cache, { recursive: true });
  for (const file of await readdir(cache))
    if (/^(?:store|data)-/.test(file) && !file.includes(key))
      await rm(join(cache, file), { force: true, recursive: true });
  // Several test processes may make it at once: each file that is seen under the name is whole.
  const unfinished = join(cache, `${template}.${process.pid}`);
  await writeFile(unfinished, bytes);
  await rename(unfinished, join(cache, template));
  return bytes;
}

/** Puts an embedded database, migrated, with the queue's tables, where an app that starts on `dataDir` will find it. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  const prepared = join(cache, `data-${key}`);
  if (!existsSync(prepared)) {
    await mkdir(cache, { recursive: true });
    const unfinished = await mkdtemp(join(cache, `data-${key}.`));
    const database = await openDatabase({ databaseUrl: null, dataDir: unfinished });
    await prepare(database);
    await database.close();
    // Several test processes may make it at once: the first whole one stays.
    await rename(unfinished, prepared).catch(() => rm(unfinished, { recursive: true }));
  }
  // A thousand files: the asynchronous copy takes four times as long.
  cpSync(prepared, dataDir, { recursive: true });
}
