import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Database } from '../database.ts';
import { plainText } from '../json.ts';
import { pack, packJson, sha256Of } from '../packed.ts';
import type { DigestPlaceTable, Tables } from '../tables.ts';
import { changeRun, type DigestRun, type Held, runBefore } from './runs.ts';
import type { RawFile } from './snapshots.ts';

/** An account that a run asks, without what it answered. */
export type DigestPlace = Omit<Selectable<DigestPlaceTable>, 'content' | 'memory'>;

/** The accounts that the run asks, and those that are closed with the reason, written once; `trouble`: why there may be more; `shared`: asked once for all of them. */
export async function setPlaces(
  trx: Transaction<Tables>,
  run: Held,
  {
    places,
    trouble,
    shared,
  }: {
    places: readonly { account: string; name: string | null; closed?: string }[];
    trouble: string | null;
    shared: object;
  },
): Promise<void> {
  for (let from = 0; from < places.length; from += 1000)
    await trx
      .insertInto('digest_place')
      .values(
        places.slice(from, from + 1000).map(({ account, name, closed }) => ({
          run_id: run.id,
          account,
          name: name === null ? null : plainText(name),
          state: closed === undefined ? ('waiting' as const) : ('closed' as const),
          reason: closed ?? null,
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

/**
 * Keeps what an account that is waited for answered: the digest's snapshot, and the bytes as they came. With `trouble` it
 * counts as one without an answer, and what is known about it is kept all the same.
 */
export async function placeAnswered(
  database: Database,
  run: number,
  account: string,
  {
    reportedAt,
    trouble = null,
    ...answer
  }: { reportedAt: Date; trouble?: string | null; content: object; raw: readonly RawFile[] },
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
      .set({
        state: trouble === null ? 'answered' : 'failed',
        reason: trouble === null ? null : plainText(trouble),
        reported_at: reportedAt,
        answered_at: now,
        content,
      })
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
