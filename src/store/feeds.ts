import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/** An address at which calendars read shifts. */
export interface Feed {
  id: number;
  owner: string;
  team: string;
  /** Null: the owner's own shifts, of every schedule. */
  schedule: string | null;
  secretHash: Buffer;
}

/** A new one in place of the one that the owner has for the same. Returns its number. */
export async function replaceFeed(
  trx: Transaction<Tables>,
  { owner, team, schedule, secretHash }: Omit<Feed, 'id'>,
  now: Date,
): Promise<number> {
  await removeFeed(trx, owner, schedule);
  const { id } = await trx
    .insertInto('calendar_feed')
    .values({ owner, team, schedule, secret_hash: secretHash, made_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Whether there was one. */
export async function removeFeed(trx: Transaction<Tables>, owner: string, schedule: string | null): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('calendar_feed')
    .where('owner', '=', owner)
    .where('schedule', 'is not distinct from', schedule)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** When the one that a person has was made; null: they have none. */
export async function feedSince(db: Kysely<Tables>, owner: string, schedule: string | null): Promise<Date | null> {
  const row = await db
    .selectFrom('calendar_feed')
    .select('made_at')
    .where('owner', '=', owner)
    .where('schedule', 'is not distinct from', schedule)
    .executeTakeFirst();
  return row?.made_at ?? null;
}

export async function feedById(db: Kysely<Tables>, id: number): Promise<Feed | undefined> {
  const row = await db.selectFrom('calendar_feed').selectAll().where('id', '=', id).executeTakeFirst();
  return (
    row && {
      id: row.id,
      owner: row.owner,
      team: row.team,
      schedule: row.schedule,
      secretHash: Buffer.from(row.secret_hash),
    }
  );
}
