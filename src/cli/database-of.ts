import { createSecretKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from '../config/config.ts';
import { beginKey } from '../store/audit-log.ts';
import type { Database, DatabaseOptions } from '../store/database.ts';
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

/**
 * What a command asks before it records anything.
 * @throws Error where the log is vouched for with another key: `audit-log verify` would take what the command records for forged
 */
export async function mustVouch(
  { transaction }: Pick<Database, 'transaction'>,
  { auditKeysBefore }: Pick<Environment, 'auditKeysBefore'>,
  now: Date,
): Promise<void> {
  const before = auditKeysBefore.map((key) => createSecretKey(key, 'utf8'));
  if (!(await transaction((trx) => beginKey(trx, now, before))))
    throw new Error(
      'The audit log is written with another AUDIT_LOG_KEY than that of this environment: set the one that the bot has.',
    );
}
