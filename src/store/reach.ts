import type { Kysely, Transaction } from 'kysely';
import type { Reach } from '../alerts/reach.ts';
import { jsonText } from './json.ts';
import type { Tables } from './tables.ts';

/** How people want to be called, by user; who never said is not there. */
export async function allReach(db: Kysely<Tables>): Promise<Map<string, Reach>> {
  const rows = await db.selectFrom('reach').selectAll().execute();
  return new Map(rows.map(({ user_id, rules, quiet_hours }) => [user_id, { rules, quietHours: quiet_hours }]));
}

export async function reachOf(db: Kysely<Tables>, user: string): Promise<Reach | undefined> {
  const row = await db.selectFrom('reach').selectAll().where('user_id', '=', user).executeTakeFirst();
  return row && { rules: row.rules, quietHours: row.quiet_hours };
}

export async function keepReach(
  trx: Transaction<Tables>,
  user: string,
  { rules, quietHours }: Reach,
  now: Date,
): Promise<void> {
  const values = { rules: jsonText(rules), quiet_hours: quietHours && jsonText(quietHours), updated_at: now };
  await trx
    .insertInto('reach')
    .values({ user_id: user, ...values })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
    .execute();
}
