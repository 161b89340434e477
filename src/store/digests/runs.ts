import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { jsonb } from '../json.ts';
import type { DigestRunTable, Tables } from '../tables.ts';

export type DigestRun = Selectable<DigestRunTable>;

/** Notes a schedule as it is now; returns the time after which its periods count: since it stands so, or since the last one. */
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

/** The run of a digest that is asking its accounts for Slack; whoever asks at the same time waits for the answer. */
export async function runUnderWay(
  trx: Transaction<Tables>,
  digest: string,
): Promise<{ id: number; channel: string } | undefined> {
  await sql`select pg_advisory_xact_lock(hashtext(${`digest ${digest}`}))`.execute(trx);
  return trx
    .selectFrom('digest_run')
    .select(['id', 'channel'])
    .where('digest', '=', digest)
    .where('state', '=', 'collecting')
    .where('edition', '=', 1)
    .where('channel', '<>', '')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
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

/** The runs of a digest for Slack since a time, the oldest first. */
export const runsSince = (db: Kysely<Tables>, digest: string, since: Date): Promise<DigestRun[]> =>
  db
    .selectFrom('digest_run')
    .selectAll()
    .where('digest', '=', digest)
    .where('channel', '<>', '')
    .where('started_at', '>=', since)
    .orderBy('id')
    .execute();

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

/** What is wrong with digests now, in sentences: a run that cannot go on, or a channel that takes none. */
export async function digestTroubles(db: Kysely<Tables>): Promise<{ digest: string; sentence: string }[]> {
  const stuck = await db
    .selectFrom('digest_run')
    .select(['id', 'digest', 'error'])
    .where('state', '<>', 'done')
    .where('channel', '<>', '')
    .where('error', 'is not', null)
    .orderBy('id')
    .execute();
  const newest = await db
    .selectFrom('digest_run')
    .select(['id', 'digest', 'refused'])
    .distinctOn('digest')
    .where('channel', '<>', '')
    .orderBy('digest')
    .orderBy('id', 'desc')
    .execute();
  return [
    ...newest.flatMap(({ id, digest, refused }) =>
      refused === null ? [] : [{ digest, sentence: `Slack refuses the channel of run ${id}: ${refused}` }],
    ),
    ...stuck.map(({ id, digest, error }) => ({ digest, sentence: `Run ${id} cannot go on: ${error ?? ''}` })),
  ];
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

/** Another process owns the run now and will collect this again. */
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
    | 'channel'
    | 'refused'
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
 * Gives a run back, with a change, in one statement. Returns when it is to be worked on again, null when it is done;
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

/**
 * Lets a run ask the accounts that failed once more (or one of them); its files are then made again. Whoever works on the
 * run keeps it, and goes on with this. Returns how many, or why nothing was changed: there is no such run, it asks its
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

/**
 * The runs that a run is compared with. The clock's are compared with one another, so that what somebody asks for between
 * two of them takes no news away from the week; what somebody asks for, with whatever was last.
 */
export function earlierRuns(db: Kysely<Tables>, run: DigestRun) {
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

/** The run that this one is compared with. */
export const runBefore = (db: Kysely<Tables>, run: DigestRun): Promise<DigestRun | undefined> =>
  earlierRuns(db, run).selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst();

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

/** Signs an edition of a run off, once: undefined when somebody did before, or its files have changed or are being made. */
export const reviewRun = (
  trx: Transaction<Tables>,
  { id, edition }: { id: number; edition: number },
  review: { by: string; outcome: 'accepted' | 'remarks' | 'refused'; comment: string | null; now: Date },
): Promise<DigestRun | undefined> =>
  trx
    .updateTable('digest_run')
    .set({
      reviewed_by: review.by,
      reviewed_at: review.now,
      review_outcome: review.outcome,
      review_comment: review.comment,
    })
    .where('id', '=', id)
    .where('edition', '=', edition)
    .where('reviewed_by', 'is', null)
    .where('manifest_sha256', 'is not', null)
    .returningAll()
    .executeTakeFirst();
