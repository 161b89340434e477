import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DatabaseOptions } from '../store/database.ts';
import type { Io } from './io.ts';

/**
 * Where the bot keeps its data, for a command that reads it.
 * @throws Error where no embedded database is there: opening it would make an empty one
 */
export function existingDatabase(
  { cwd }: Pick<Io, 'cwd'>,
  { databaseUrl, dataDir }: Pick<DatabaseOptions, 'databaseUrl' | 'dataDir'>,
): Pick<DatabaseOptions, 'databaseUrl' | 'dataDir'> {
  const folder = resolve(cwd, dataDir);
  if (databaseUrl === null && !existsSync(join(folder, 'pg')))
    throw new Error(
      `There is no database in ${folder}: set DATA_DIR, or DATABASE_URL, to where the bot keeps its own.`,
    );
  return { databaseUrl, dataDir: folder };
}
