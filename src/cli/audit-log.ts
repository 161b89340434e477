import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { readEnvironment } from '../config/environment.ts';
import { formatProblem } from '../config/problem.ts';
import { exportAuditLog, type Verification, verifyAuditLog } from '../store/audit-log.ts';
import { type Database, openDatabase } from '../store/database.ts';
import type { Io } from './io.ts';

const usage = `Usage: trailwatch audit-log verify [--head HASH] [--json]
       trailwatch audit-log export [--since TIME] [--json]`;

/**
 * `trailwatch audit-log verify [--head HASH] [--json]`: checks the chain of hashes; exit code 1, and the first bad row,
 * when it is broken. `trailwatch audit-log export [--since TIME] [--json]`: the log as JSON Lines, which it is with and
 * without --json. Both read the database of DATABASE_URL, or the embedded one in DATA_DIR while no bot is running on it.
 */
export async function auditLog(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { head: { type: 'string' }, since: { type: 'string' }, json: { type: 'boolean' } },
  });
  const [what] = positionals;
  if (positionals.length !== 1 || (what !== 'verify' && what !== 'export')) throw new Error(usage);
  if (what === 'export' ? values.head !== undefined : values.since !== undefined) throw new Error(usage);
  const head = values.head?.toLowerCase();
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
    throw new Error('--head takes the 64 hexadecimal digits that an earlier `audit-log verify` printed.');
  const since = values.since === undefined ? undefined : new Date(values.since);
  if (since !== undefined && Number.isNaN(since.getTime()))
    throw new Error(`"${values.since}" is no time: write it as 2026-11-23T14:00:00Z.`);

  const read = readEnvironment(io.env, []);
  if ('problems' in read) {
    for (const problem of read.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const { databaseUrl } = read.environment;
  const dataDir = resolve(io.cwd, read.environment.dataDir);
  // Opening would make an empty one, whose log is whole.
  if (databaseUrl === null && !existsSync(join(dataDir, 'pg')))
    throw new Error(
      `There is no database in ${dataDir}: set DATA_DIR, or DATABASE_URL, to where the bot keeps its own.`,
    );
  const database = await openDatabase({ databaseUrl, dataDir });
  try {
    return what === 'verify'
      ? await verify(database, head, values.json === true, io)
      : await write(database, since, io);
  } finally {
    await database.close();
  }
}

async function verify(database: Database, head: string | undefined, json: boolean, io: Io): Promise<number> {
  const verification = await verifyAuditLog(database.db, head);
  io.stdout.write(`${json ? JSON.stringify(verification) : sentence(verification)}\n`);
  return verification.ok ? 0 : 1;
}

async function write(database: Database, since: Date | undefined, io: Io): Promise<number> {
  for await (const line of exportAuditLog(database.db, since)) {
    // The log may be larger than the memory: no faster than the reader takes it.
    if (io.stdout.write(line) === false && io.stdout instanceof Writable) await once(io.stdout, 'drain');
  }
  return 0;
}

function sentence(verification: Verification): string {
  if (verification.ok)
    return `The audit log is whole: ${verification.rows} rows. Its head, to note elsewhere: ${verification.head}`;
  const { firstBad, reason } = verification;
  switch (reason) {
    case 'changed':
      return `The audit log is broken: row ${firstBad} was changed after it was written.`;
    case 'removed':
      return `The audit log is broken: row ${firstBad} was removed.`;
    case 'moved':
      return `The audit log is broken: row ${firstBad} was moved from its place, or another was moved there.`;
    case 'inserted':
      return `The audit log is broken: row ${firstBad} was inserted, Trailwatch did not write it there.`;
    case 'truncated':
      return `The audit log is broken: it was cut off, row ${firstBad} and all after it were removed.`;
    case 'other-log':
      return 'The audit log does not contain the noted head: rows at its end were removed, or it was written anew, after that head was noted.';
  }
}
