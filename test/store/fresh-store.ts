import { createHash } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import manifest from '../../package.json' with { type: 'json' };
import { migrateQueue } from '../../src/jobs/queue.ts';
import { type Database, databaseOf, openDatabase, pgliteSettings } from '../../src/store/database.ts';
import { migrations } from '../../src/store/migrations/index.ts';

/** Booting an empty PGlite takes seconds, loading a copy of a migrated one a quarter of a second. */
const cache = join(import.meta.dirname, '..', '..', '.cache');
const key = createHash('sha256')
  .update(JSON.stringify([migrations, manifest.dependencies]))
  .digest('hex')
  .slice(0, 16);
const template = `store-${key}.tar`;

/** An embedded database in memory, migrated, with the queue's tables, of which nobody else knows. Close it. */
export async function freshStore(): Promise<Database> {
  const bytes = await readFile(join(cache, template)).catch(makeTemplate);
  return databaseOf(await PGlite.create({ ...pgliteSettings, loadDataDir: new Blob([Uint8Array.from(bytes)]) }));
}

async function makeTemplate(): Promise<Uint8Array> {
  const pglite = await PGlite.create(pgliteSettings);
  const database = await databaseOf(pglite);
  await migrateQueue(database);
  await database.pool.query('checkpoint');
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
    await migrateQueue(database);
    await database.pool.query('checkpoint');
    await database.close();
    // Several test processes may make it at once: the first whole one stays.
    await rename(unfinished, prepared).catch(() => rm(unfinished, { recursive: true }));
  }
  // A thousand files: the asynchronous copy takes four times as long.
  cpSync(prepared, dataDir, { recursive: true });
}
