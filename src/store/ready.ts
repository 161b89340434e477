import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * Writes one row: a database that is read-only or whose disk is full still answers questions.
 * @throws what the database throws
 */
export async function writeOneRow(db: Kysely<Tables>, now: Date): Promise<void> {
  await db
    .insertInto('lane')
    .values({ id: 'ready', next_at: now })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ next_at: now }))
    .execute();
}
