import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { WatchedSubject } from '../alerts/notices.ts';
import { jsonb, plainText } from './json.ts';
import type { Tables, WatchTable } from './tables.ts';

export type StoredWatch = Selectable<WatchTable>;

/** Ids of calls that are remembered as told, the newest. */
const mostTold = 500;

/** Begins a watch; it is looked at for the first time at `lookAt`. Returns its number. */
export async function addWatch(
  trx: Transaction<Tables>,
  watch: { team: string; watcher: string; subject: WatchedSubject; until: Date; lookAt: Date; now: Date },
): Promise<number> {
  const { id } = await trx
    .insertInto('watch')
    .values({
      team: watch.team,
      watcher: watch.watcher,
      subject: jsonb(watch.subject),
      created_at: watch.now,
      expires_at: watch.until,
      read_until: watch.now,
      look_at: watch.lookAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Watches that are not over, the oldest first; of one person, or of everybody. */
export function openWatches(db: Kysely<Tables>, watcher?: string): Promise<StoredWatch[]> {
  const open = db.selectFrom('watch').selectAll().where('ended_at', 'is', null).orderBy('id');
  return (watcher === undefined ? open : open.where('watcher', '=', watcher)).execute();
}

export const watchById = (db: Kysely<Tables>, id: number): Promise<StoredWatch | undefined> =>
  db.selectFrom('watch').selectAll().where('id', '=', id).executeTakeFirst();

/** Ends a watch; false when it was over already. */
export async function closeWatch(trx: Transaction<Tables>, id: number, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('watch')
    .set({ ended_at: now })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Takes watches that are due, and says when each is due next: whoever takes one looks at it now. */
export async function takeWatches(db: Kysely<Tables>, now: Date, next: Date, atMost: number): Promise<number[]> {
  const rows = await db
    .updateTable('watch')
    .set({ look_at: next })
    .where('id', 'in', (from) =>
      from
        .selectFrom('watch')
        .select('id')
        .where('ended_at', 'is', null)
        .where('look_at', '<=', now)
        .orderBy('look_at')
        .limit(atMost)
        .forUpdate()
        .skipLocked(),
    )
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Notes calls as told, and how far CloudTrail was read for them, where it was. */
export async function noteTold(
  trx: Transaction<Tables>,
  { id, told, count, now, look }: { id: number; told: readonly string[]; count: number; now: Date; look: Look | null },
): Promise<void> {
  await trx
    .updateTable('watch')
    .set({
      ...(count === 0 ? {} : { told_at: now }),
      found: sql`found + ${count}`,
      told: sql`(told || ${told.map((each) => plainText(each))}::text[])[greatest(1, cardinality(told) + ${told.length} - ${mostTold - 1}):]`,
      ...(look === null ? {} : { coverage: plainText(look.coverage) }),
      ...(look?.readUntil == null ? {} : { read_until: look.readUntil }),
    })
    .where('id', '=', id)
    .execute();
}

/** A look at CloudTrail: on what it rests, and until when calls were looked for; null: AWS could not be asked. */
export interface Look {
  coverage: string;
  readUntil: Date | null;
}
