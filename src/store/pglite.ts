import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';

/** A laptop's memory: PostgreSQL's default of 128 MB of buffers makes the process that much larger. */
export const pgliteSettings = {
  startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'],
} satisfies PGliteOptions;

/**
 * Opens the PostgreSQL of this process whose files are in `directory`. A new one is made beside its place and then moved
 * there: a start that was cut short leaves no half of one.
 */
export async function openPglite(directory: string): Promise<PGlite> {
  if (!existsSync(directory)) {
    const unfinished = `${directory}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await (await PGlite.create(unfinished, pgliteSettings)).close();
    await rename(unfinished, directory);
  }
  return PGlite.create(directory, pgliteSettings);
}
