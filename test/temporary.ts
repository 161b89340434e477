import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** Linux's file system in memory. That of a container may have 64 MB. */
const memory = '/dev/shm';
/** Several times what the tests need at once. */
const enoughBytes = 2 ** 30;
const prefix = 'trailwatch-tests-';

/**
 * Lets this process and those that it starts keep their temporary files in memory, where it has room for them: an embedded
 * database is a thousand files, and making them on a disk is an eighth of the tests' CPU time. They go when this process
 * does; what a killed one left goes now.
 */
export function keepTemporaryFilesInMemory(): void {
  if (process.env['TMPDIR'] !== undefined || !existsSync(memory)) return;
  for (const name of readdirSync(memory))
    if (name.startsWith(prefix) && !existsSync(`/proc/${name.slice(prefix.length)}`)) remove(join(memory, name));
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize < enoughBytes) return;
  const folder = join(memory, `${prefix}${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.env['TMPDIR'] = folder;
  process.on('exit', () => remove(folder));
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });
