import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * True the first time that a signed request of Slack is seen, by its signature. Slack's signatures hold for five
 * minutes; whoever caught a request on the way could play it again until then.
 */
export async function isFirst(db: Kysely<Tables>, id: string, now: Date): Promise<boolean> {
  const result = await db
    .insertInto('slack_request')
    .values({ id, at: now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}
