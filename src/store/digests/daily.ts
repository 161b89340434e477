import type { Kysely } from 'kysely';
import { jsonb } from '../json.ts';
import type { Tables } from '../tables.ts';

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
