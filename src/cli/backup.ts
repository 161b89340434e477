import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { readEnvironment } from '../config/environment.ts';
import { formatProblem } from '../config/problem.ts';
import { copyOf, putCopy, wholeCopy } from '../store/copy.ts';
import { copyOfRunning } from '../store/copy-socket.ts';
import { openDatabase } from '../store/database.ts';
import { StoreInUse } from '../store/store-error.ts';
import { linesOf } from '../words/lines.ts';
import { existingDatabase } from './database-of.ts';
import type { Io } from './io.ts';

/** `trailwatch backup FILE`: the whole database, compressed, while the bot runs or not. A file of that name is there only when it is whole. */
export async function backup(args: string[], io: Io): Promise<number> {
  const file = resolve(io.cwd, one(args, 'trailwatch backup FILE'));
  if (existsSync(file)) throw new Error(`${file} is there already: name another file.`);
  const { lines, close } = await openCopy(io);
  const unfinished = `${file}.unfinished`;
  try {
    await pipeline(
      Readable.from(ended(wholeCopy(lines))),
      createGzip(),
      createWriteStream(unfinished, { mode: 0o600 }),
    );
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
    await close();
  }
  io.stdout.write(`${file} holds the whole database. It is as secret as the database.\n`);
  return 0;
}

/** The copy of the database of the environment: an embedded one that the bot has open is asked of the bot. */
async function openCopy(io: Io): Promise<{ lines: AsyncIterable<string>; close: () => Promise<void> }> {
  const where = whereItIs(io, true);
  try {
    const database = await openDatabase(where);
    return { lines: copyOf(database), close: () => database.close() };
  } catch (error) {
    const lines = error instanceof StoreInUse ? await copyOfRunning(where.dataDir) : undefined;
    if (lines === undefined) throw error;
    return { lines, close: async () => {} };
  }
}

/** `trailwatch restore FILE`: puts a backup into an empty database; all of it, or nothing. */
export async function restore(args: string[], io: Io): Promise<number> {
  const file = resolve(io.cwd, one(args, 'trailwatch restore FILE'));
  const database = await openDatabase(whereItIs(io, false));
  try {
    const rows = await putCopy(database, linesIn(file));
    io.stdout.write(`Restored ${rows.toLocaleString('en')} rows.\n`);
  } finally {
    await database.close();
  }
  return 0;
}

/** `trailwatch migrate-to URL`: copies the embedded database into an empty one on a PostgreSQL server. */
export async function migrateTo(args: string[], io: Io): Promise<number> {
  const url = one(args, 'trailwatch migrate-to postgres://USER:PASSWORD@HOST:5432/NAME');
  const from = whereItIs(io, true);
  if (from.databaseUrl !== null)
    throw new Error(
      'DATABASE_URL is set: it is the embedded database that is copied. Unset it, and name the new one here.',
    );
  const read = readEnvironment({ ...io.env, DATABASE_URL: url }, []);
  if ('problems' in read) throw new Error(read.problems.map(formatProblem).join('\n'));
  const source = await openDatabase(from);
  try {
    const target = await openDatabase(read.environment);
    try {
      const rows = await putCopy(target, copyOf(source));
      io.stdout.write(`Copied ${rows.toLocaleString('en')} rows. Start the bot with DATABASE_URL from now on.\n`);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  return 0;
}

function one(args: string[], usage: string): string {
  const [only, ...more] = args;
  if (only === undefined || only.startsWith('-') || more.length > 0) throw new Error(`Usage: ${usage}`);
  return only;
}

/** The database of the environment. */
function whereItIs(io: Io, mustExist: boolean): { databaseUrl: string | null; dataDir: string } {
  const read = readEnvironment(io.env, []);
  if ('problems' in read) throw new Error(read.problems.map(formatProblem).join('\n'));
  const { databaseUrl, dataDir } = read.environment;
  return mustExist ? existingDatabase(io, read.environment) : { databaseUrl, dataDir: resolve(io.cwd, dataDir) };
}

async function* ended(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/**
 * Throws what the file system throws, and what gunzip does for a file that is none of its. Nothing is read before the first line is
 * asked for: a file that breaks while nobody reads would end the process.
 */
async function* linesIn(file: string): AsyncGenerator<string> {
  const unpacked = createGunzip();
  // What breaks the file breaks the text, too, and is thrown there.
  pipeline(createReadStream(file), unpacked).catch(() => {});
  yield* linesOf(unpacked.setEncoding('utf8'));
}
