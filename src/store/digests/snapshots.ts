import type { Kysely } from 'kysely';
import { packJson, unpack, unpackJson } from '../packed.ts';
import type { Tables } from '../tables.ts';
import { type DigestRun, earlierRuns } from './runs.ts';

/** What one account answered. `content` is the digest's own shape, as JSON.parse gives it. */
export interface Snapshot {
  account: string;
  name: string | null;
  reportedAt: Date;
  content: unknown;
}

/** Bytes as AWS sent them, under the name that they have in the files. */
export interface RawFile {
  name: string;
  bytes: Uint8Array;
}

/** What is known about an account of a run; undefined when it gave no answer at all. */
export async function snapshotOf(db: Kysely<Tables>, run: number, account: string): Promise<Snapshot | undefined> {
  const row = await db
    .selectFrom('digest_place')
    .select(['name', 'reported_at', 'content'])
    .where('run_id', '=', run)
    .where('account', '=', account)
    .executeTakeFirst();
  if (row?.content == null || row.reported_at === null) return undefined;
  const content = await unpackJson(row.content);
  return { account, name: row.name, reportedAt: row.reported_at, content };
}

/** What the newest run before this one remembered of an account; undefined when none did. */
export async function memoryBefore(db: Kysely<Tables>, run: DigestRun, account: string): Promise<unknown> {
  const row = await db
    .selectFrom('digest_place')
    .select('memory')
    .where('account', '=', account)
    .where('memory', 'is not', null)
    .where('run_id', 'in', earlierRuns(db, run).select('id'))
    .orderBy('run_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.memory == null ? undefined : unpackJson(row.memory);
}

/** What the next run has to know of an account. */
export async function remember(db: Kysely<Tables>, run: number, account: string, memory: object): Promise<void> {
  await db
    .updateTable('digest_place')
    .set({ memory: await packJson(memory) })
    .where('run_id', '=', run)
    .where('account', '=', account)
    .execute();
}

/** What a run remembered of each account, one in memory at a time. */
export async function* memoriesOf(db: Kysely<Tables>, run: number): AsyncGenerator<unknown, void> {
  const accounts = await db
    .selectFrom('digest_place')
    .select('account')
    .where('run_id', '=', run)
    .where('memory', 'is not', null)
    .orderBy('account')
    .execute();
  for (const { account } of accounts) {
    const { memory } = await db
      .selectFrom('digest_place')
      .select('memory')
      .where('run_id', '=', run)
      .where('account', '=', account)
      .executeTakeFirstOrThrow();
    if (memory !== null) yield unpackJson(memory);
  }
}

/** One file of a run as AWS sent it, by its name; undefined when there is none. */
export async function rawFileOf(db: Kysely<Tables>, run: number, name: string): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom('digest_raw')
    .select('bytes')
    .where('run_id', '=', run)
    .where('name', '=', name)
    .executeTakeFirst();
  return row && unpack(row.bytes);
}

/** The bytes of a run as AWS sent them, one file in memory at a time. */
export async function* rawFilesOf(
  db: Kysely<Tables>,
  run: number,
): AsyncGenerator<RawFile & { account: string; sha256: string }> {
  const names = await db
    .selectFrom('digest_raw')
    .select(['account', 'name'])
    .where('run_id', '=', run)
    .orderBy('account')
    .orderBy('name')
    .execute();
  for (const { account, name } of names) {
    const row = await db
      .selectFrom('digest_raw')
      .selectAll()
      .where('run_id', '=', run)
      .where('account', '=', account)
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    yield { account, name, sha256: row.sha256, bytes: await unpack(row.bytes) };
  }
}
