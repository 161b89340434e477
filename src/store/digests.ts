import { createHash } from 'node:crypto';
import type { Generated, Kysely, Selectable, Transaction } from 'kysely';
import type { Database, Tables } from './database.ts';
import { pack, unpack } from './gzip.ts';
import { jsonb, plainText } from './json.ts';

export interface DigestScheduleTable {
  digest: string;
  cron: string;
  timezone: string;
  since: Date;
}

export interface DigestRunTable {
  id: Generated<number>;
  digest: string;
  period: string;
  asked_by: string | null;
  channel: string;
  started_at: Date;
  state: 'collecting' | 'posting' | 'done';
  trouble: string | null;
  edition: Generated<number>;
  places_known: Generated<boolean>;
  shared: unknown;
  collected_at: Date | null;
  done_at: Date | null;
  lease: string | null;
  lease_until: Date | null;
  retry_at: Date | null;
  tries: Generated<number>;
  error: string | null;
  ts: string | null;
  shown: string | null;
  attempted_at: Date | null;
  result: unknown;
  manifest_sha256: string | null;
  reviewed_by: string | null;
  reviewed_at: Date | null;
}

export interface DigestPlaceTable {
  run_id: number;
  account: string;
  name: string | null;
  state: 'waiting' | 'answered' | 'failed' | 'left';
  reason: string | null;
  tries: Generated<number>;
  reported_at: Date | null;
  answered_at: Date | null;
  content: Uint8Array | null;
  memory: Uint8Array | null;
}

export interface DigestRawTable {
  run_id: number;
  account: string;
  name: string;
  sha256: string;
  bytes: Uint8Array;
}

export interface DigestDailyTable {
  digest: string;
  day: string;
  content: unknown;
}

export type DigestRun = Selectable<DigestRunTable>;

/** An account that a run asks, without what it answered. */
export type DigestPlace = Omit<Selectable<DigestPlaceTable>, 'content' | 'memory'>;

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

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Notes a schedule as it is now; answers the time after which its periods count: since it stands so, or since the last one. */
export async function noteSchedule(
  trx: Transaction<Tables>,
  digest: string,
  { cron, timezone }: { cron: string; timezone: string },
  now: Date,
): Promise<Date> {
  const known = await trx.selectFrom('digest_schedule').selectAll().where('digest', '=', digest).executeTakeFirst();
  if (known?.cron === cron && known.timezone === timezone) return known.since;
  const row = { cron, timezone, since: now };
  await trx
    .insertInto('digest_schedule')
    .values({ digest, ...row })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet(row))
    .execute();
  return now;
}

/** Periods up to this time have their run. */
export async function noteOpened(trx: Transaction<Tables>, digest: string, at: Date): Promise<void> {
  await trx.updateTable('digest_schedule').set({ since: at }).where('digest', '=', digest).execute();
}

/** Opens the run of a period; undefined when there is one already, whoever opened it. */
export async function openRun(
  trx: Transaction<Tables>,
  run: { digest: string; period: string; askedBy: string | null; channel: string; now: Date },
): Promise<number | undefined> {
  const row = await trx
    .insertInto('digest_run')
    .values({
      digest: run.digest,
      period: run.period,
      asked_by: run.askedBy,
      channel: run.channel,
      started_at: run.now,
      state: 'collecting',
    })
    .onConflict((conflict) => conflict.columns(['digest', 'period']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

export const runById = (db: Kysely<Tables>, id: number): Promise<DigestRun | undefined> =>
  db.selectFrom('digest_run').selectAll().where('id', '=', id).executeTakeFirst();

/**
 * A held run as it stands, which stays so until the transaction ends.
 * @throws LeaseLost when another has it
 */
export async function lockRun(trx: Transaction<Tables>, { id, lease }: Held): Promise<DigestRun> {
  const run = await trx.selectFrom('digest_run').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (run?.lease !== lease) throw new LeaseLost(`Run ${id} is worked on by another by now.`);
  return run;
}

/** Runs of one digest or of all, the newest first. */
export const runsOf = (db: Kysely<Tables>, digest: string | null, limit: number): Promise<DigestRun[]> => {
  const newest = db.selectFrom('digest_run').selectAll().orderBy('started_at', 'desc').orderBy('id', 'desc');
  return (digest === null ? newest : newest.where('digest', '=', digest)).limit(limit).execute();
};

/** The newest run whose result stands in Slack. */
export async function lastDone(
  db: Kysely<Tables>,
): Promise<{ digest: string; channel: string; ts: string; at: Date } | undefined> {
  const run = await db
    .selectFrom('digest_run')
    .select(['digest', 'channel', 'ts', 'done_at'])
    .where('ts', 'is not', null)
    .where('done_at', 'is not', null)
    .orderBy('done_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (run === undefined || run.ts === null || run.done_at === null) return undefined;
  return { digest: run.digest, channel: run.channel, ts: run.ts, at: run.done_at };
}

/** Runs for Slack that are not finished and that nobody works on. */
export async function runsDue(db: Kysely<Tables>, now: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('digest_run')
    .select('id')
    .where('state', '<>', 'done')
    .where('channel', '<>', '')
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', now)]))
    .where((where) => where.or([where('retry_at', 'is', null), where('retry_at', '<=', now)]))
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Takes a run that is due for oneself until a time; undefined when it is done, not due, or another's. */
export const claimRun = (
  db: Kysely<Tables>,
  id: number,
  lease: string,
  now: Date,
  until: Date,
): Promise<DigestRun | undefined> =>
  db
    .updateTable('digest_run')
    .set({ lease, lease_until: until })
    .where('id', '=', id)
    .where('state', '<>', 'done')
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', now)]))
    .where((where) => where.or([where('retry_at', 'is', null), where('retry_at', '<=', now)]))
    .returningAll()
    .executeTakeFirst();

/** A run that somebody works on, by the lease that they took. */
export interface Held {
  id: number;
  lease: string;
}

/** Another has the run by now: what was found out here is theirs to find out again. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

type Change = Partial<
  Pick<
    DigestRun,
    | 'state'
    | 'collected_at'
    | 'done_at'
    | 'retry_at'
    | 'tries'
    | 'error'
    | 'ts'
    | 'shown'
    | 'attempted_at'
    | 'manifest_sha256'
    | 'trouble'
    | 'places_known'
    | 'lease_until'
  >
> & { result?: object; shared?: object };

/**
 * Writes down how far a run has come, in one statement with the question whether it is still held.
 * @throws LeaseLost when it is not: nothing was written
 */
export async function changeRun(db: Kysely<Tables>, held: Held, change: Change): Promise<void> {
  const { result, shared, ...rest } = change;
  const kept = await db
    .updateTable('digest_run')
    .set({
      ...rest,
      ...(result === undefined ? {} : { result: jsonb(result) }),
      ...(shared === undefined ? {} : { shared: jsonb(shared) }),
    })
    .where('id', '=', held.id)
    .where('lease', '=', held.lease)
    .returning('id')
    .executeTakeFirst();
  if (kept === undefined) throw new LeaseLost(`Run ${held.id} is worked on by another by now.`);
}

/**
 * Gives a run back, with a change, in one statement. Answers when it is to be worked on again, null when it is done;
 * undefined when another has it: then nothing is written.
 */
export async function releaseRun(
  db: Kysely<Tables>,
  held: Held,
  change: Pick<Change, 'tries' | 'retry_at' | 'error'>,
  now: Date,
): Promise<Date | null | undefined> {
  const row = await db
    .updateTable('digest_run')
    .set({ ...change, lease: null, lease_until: null })
    .where('id', '=', held.id)
    .where('lease', '=', held.lease)
    .returning(['state', 'retry_at'])
    .executeTakeFirst();
  return row && (row.state === 'done' ? null : (row.retry_at ?? now));
}

/** Lets a finished run show what people did about it. One that is worked on shows it before it is done. */
export const redrawRun = (db: Kysely<Tables>, id: number): Promise<unknown> =>
  db
    .updateTable('digest_run')
    // By the id alone: so this waits for whoever is just now ending the run, and then sees that it is done.
    .set(({ eb, ref }) => ({
      state: eb
        .case()
        .when('state', '=', 'done')
        .then('posting' as const)
        .else(ref('state'))
        .end(),
      retry_at: eb.case().when('state', '=', 'collecting').then(ref('retry_at')).else(null).end(),
    }))
    .where('id', '=', id)
    .where('ts', 'is not', null)
    .execute();

/**
 * Takes the newest run of a terminal that was cut short since a time and that nobody works on; the accounts that failed are
 * asked again. Undefined when there is none.
 */
export async function resumeRun(
  trx: Transaction<Tables>,
  digest: string,
  since: Date,
  lease: string,
  now: Date,
  until: Date,
): Promise<DigestRun | undefined> {
  const found = await trx
    .selectFrom('digest_run')
    .select('id')
    .where('digest', '=', digest)
    .where('channel', '=', '')
    .where('state', '<>', 'done')
    .where('started_at', '>=', since)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const run = found && (await claimRun(trx, found.id, lease, now, until));
  if (run !== undefined)
    await trx
      .updateTable('digest_place')
      .set({ state: 'waiting', reason: null })
      .where('run_id', '=', run.id)
      .where('state', '=', 'failed')
      .execute();
  return run;
}

/** The accounts that the run asks, written once; `trouble`: why there may be more; `shared`: asked once for all of them. */
export async function setPlaces(
  trx: Transaction<Tables>,
  run: Held,
  {
    places,
    trouble,
    shared,
  }: {
    places: readonly { account: string; name: string | null }[];
    trouble: string | null;
    shared: object;
  },
): Promise<void> {
  for (let from = 0; from < places.length; from += 1000)
    await trx
      .insertInto('digest_place')
      .values(
        places.slice(from, from + 1000).map(({ account, name }) => ({
          run_id: run.id,
          account,
          name: name === null ? null : plainText(name),
          state: 'waiting' as const,
        })),
      )
      .onConflict((conflict) => conflict.columns(['run_id', 'account']).doNothing())
      .execute();
  await changeRun(trx, run, { places_known: true, trouble, shared });
}

const withoutContent = ['run_id', 'account', 'name', 'state', 'reason', 'tries', 'reported_at', 'answered_at'] as const;

/** The accounts of a run in the order of their numbers. */
export const placesOf = (
  db: Kysely<Tables>,
  run: number,
  state?: DigestPlaceTable['state'],
): Promise<DigestPlace[]> => {
  const all = db.selectFrom('digest_place').select(withoutContent).where('run_id', '=', run).orderBy('account');
  return (state === undefined ? all : all.where('state', '=', state)).execute();
};

/** Keeps what an account that is waited for answered: the digest's snapshot, and the bytes as they came. */
export async function placeAnswered(
  database: Database,
  run: number,
  account: string,
  { reportedAt, ...answer }: { reportedAt: Date; content: object; raw: readonly RawFile[] },
  now: Date,
): Promise<void> {
  // Packed before the transaction: of many that answer at once, those that wait for it take little memory.
  const content = await packJson(answer.content);
  const raw = await Promise.all(
    answer.raw.map(async ({ name, bytes }) => {
      return { run_id: run, account, name, sha256: sha256Of(bytes), bytes: await pack(bytes) };
    }),
  );
  await database.transaction(async (trx) => {
    const waited = await trx
      .updateTable('digest_place')
      .set({ state: 'answered', reason: null, reported_at: reportedAt, answered_at: now, content })
      .where('run_id', '=', run)
      .where('account', '=', account)
      .where('state', '=', 'waiting')
      .returning('account')
      .executeTakeFirst();
    if (waited === undefined) return;
    for (const row of raw)
      await trx
        .insertInto('digest_raw')
        .values(row)
        .onConflict((conflict) => conflict.columns(['run_id', 'account', 'name']).doUpdateSet(row))
        .execute();
  });
}

export async function placeFailed(db: Kysely<Tables>, run: number, account: string, reason: string): Promise<void> {
  await db
    .updateTable('digest_place')
    .set((set) => ({ state: 'failed', reason: plainText(reason), tries: set('tries', '+', 1) }))
    .where('run_id', '=', run)
    .where('account', '=', account)
    .where('state', '=', 'waiting')
    .execute();
}

/**
 * Lets a run ask the accounts that failed once more (or one of them); its files are then made anew. Whoever works on the
 * run keeps it, and goes on with this. Answers how many, or why nothing was changed: there is no such run, it asks its
 * accounts already, somebody signed it off, or nobody waits for it in Slack.
 */
export async function askAgain(
  trx: Transaction<Tables>,
  run: number,
  account: string | null,
): Promise<number | 'absent' | 'asking' | 'reviewed' | 'terminal'> {
  const found = await trx.selectFrom('digest_run').selectAll().where('id', '=', run).forUpdate().executeTakeFirst();
  if (found === undefined) return 'absent';
  if (found.reviewed_at !== null) return 'reviewed';
  if (found.channel === '') return 'terminal';
  if (found.state === 'collecting') return 'asking';
  let failed = trx
    .updateTable('digest_place')
    .set({ state: 'waiting', reason: null })
    .where('run_id', '=', run)
    .where('state', '=', 'failed');
  if (account !== null) failed = failed.where('account', '=', account);
  const again = await failed.returning('account').execute();
  if (again.length === 0) return 0;
  await trx
    .updateTable('digest_run')
    .set((set) => ({
      state: 'collecting',
      edition: set('edition', '+', 1),
      collected_at: null,
      done_at: null,
      retry_at: null,
      tries: 0,
      error: null,
      manifest_sha256: null,
    }))
    .where('id', '=', run)
    .execute();
  // What was not sent of the former files would only confuse.
  await trx.deleteFrom('digest_file').where('run_id', '=', run).where('sent_at', 'is', null).execute();
  return again.length;
}

/** What an account of a run answered; undefined when it gave no answer. */
export async function snapshotOf(db: Kysely<Tables>, run: number, account: string): Promise<Snapshot | undefined> {
  const row = await db
    .selectFrom('digest_place')
    .select(['name', 'reported_at', 'content'])
    .where('run_id', '=', run)
    .where('account', '=', account)
    .where('state', '=', 'answered')
    .executeTakeFirst();
  if (row?.content == null || row.reported_at === null) return undefined;
  const content = await unpackJson(row.content);
  return { account, name: row.name, reportedAt: row.reported_at, content };
}

const packJson = (value: object): Promise<Uint8Array> => pack(JSON.stringify(value));

const unpackJson = async (bytes: Uint8Array): Promise<unknown> => JSON.parse((await unpack(bytes)).toString('utf8'));

/**
 * The runs that a run is compared with. The clock's are compared with one another, so that what somebody asks for between
 * two of them takes no news away from the week; what somebody asks for, with whatever was last.
 */
function earlierRuns(db: Kysely<Tables>, run: DigestRun) {
  const earlier = db
    .selectFrom('digest_run')
    .where('digest', '=', run.digest)
    .where('id', '<', run.id)
    .where('collected_at', 'is not', null);
  const ofClock = earlier.where('asked_by', 'is', null).where('channel', '<>', '');
  if (run.asked_by !== null || run.channel === '') return earlier;
  return earlier.where((where) =>
    where.or([
      where.and([where('asked_by', 'is', null), where('channel', '<>', '')]),
      where.not(where.exists(ofClock.select('id'))),
    ]),
  );
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

/**
 * Adds the accounts of the run before that this one did not ask: they left the organization, or, where the list of
 * accounts is not whole, nobody knows.
 */
export async function addAbsent(db: Kysely<Tables>, run: DigestRun): Promise<void> {
  const before = await runBefore(db, run);
  if (before === undefined) return;
  const asked = new Set((await placesOf(db, run.id)).map(({ account }) => account));
  const absent = (await placesOf(db, before.id)).filter(
    ({ account, state }) => !asked.has(account) && state !== 'left',
  );
  if (absent.length === 0) return;
  await db
    .insertInto('digest_place')
    .values(
      absent.map(({ account, name }) => ({
        run_id: run.id,
        account,
        name,
        state: run.trouble === null ? ('left' as const) : ('failed' as const),
        reason: run.trouble,
      })),
    )
    .onConflict((conflict) => conflict.columns(['run_id', 'account']).doNothing())
    .execute();
}

/** The run that this one is compared with. */
export const runBefore = (db: Kysely<Tables>, run: DigestRun): Promise<DigestRun | undefined> =>
  earlierRuns(db, run).selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst();

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

/** The results of the runs before this one, the oldest first. */
export async function resultsBefore(
  db: Kysely<Tables>,
  run: DigestRun,
  limit: number,
): Promise<{ at: Date; result: unknown }[]> {
  const rows = await db
    .selectFrom('digest_run')
    .select(['started_at', 'result'])
    .where('digest', '=', run.digest)
    .where('id', '<', run.id)
    .where('collected_at', 'is not', null)
    .where('result', 'is not', null)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ started_at, result }) => ({ at: started_at, result })).toReversed();
}

/** Signs a run off, once: false when somebody did before, or its files have changed. */
export async function reviewRun(
  trx: Transaction<Tables>,
  id: number,
  by: string,
  manifestSha256: string,
  now: Date,
): Promise<boolean> {
  const row = await trx
    .updateTable('digest_run')
    .set({ reviewed_by: by, reviewed_at: now })
    .where('id', '=', id)
    .where('reviewed_by', 'is', null)
    .where('manifest_sha256', '=', manifestSha256)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Keeps what AWS has no history of: the first answer of a day stays. */
export async function keepDaily(db: Kysely<Tables>, digest: string, day: string, content: object): Promise<void> {
  await db
    .insertInto('digest_daily')
    .values({ digest, day, content: jsonb(content) })
    .onConflict((conflict) => conflict.columns(['digest', 'day']).doNothing())
    .execute();
}

export async function hasDaily(db: Kysely<Tables>, digest: string, day: string): Promise<boolean> {
  const row = await db
    .selectFrom('digest_daily')
    .select('day')
    .where('digest', '=', digest)
    .where('day', '=', day)
    .executeTakeFirst();
  return row !== undefined;
}

/** What was kept on the last day up to `day` (YYYY-MM-DD). */
export async function dailyUpTo(db: Kysely<Tables>, digest: string, day: string): Promise<unknown> {
  const row = await db
    .selectFrom('digest_daily')
    .select('content')
    .where('digest', '=', digest)
    .where('day', '<=', day)
    .orderBy('day', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.content;
}

/** Throws away the runs that began before a time, with their snapshots and files; the newest of each digest stays. */
export async function pruneDigests(db: Kysely<Tables>, before: Date): Promise<void> {
  await db
    .deleteFrom('digest_run')
    .where('started_at', '<', before)
    .where((where) =>
      where(
        'id',
        'not in',
        where
          .selectFrom('digest_run')
          .select(({ fn }) => fn.max('id').as('id'))
          .where('state', '=', 'done')
          .groupBy('digest'),
      ),
    )
    .execute();
  await db.deleteFrom('digest_daily').where('day', '<', before.toISOString().slice(0, 10)).execute();
}
