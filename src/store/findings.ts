import { type Kysely, sql } from 'kysely';
import { exceptionsHeld } from './digests/people.ts';
import type { Tables } from './tables.ts';

/**
 * Findings by the keys that the digest of open findings has for them: the ARN, of Access Analyzer `<analyzer's ARN>/<id>`.
 * GuardDuty's ARN is its alert's key, by itself and through Security Hub; an alert of Access Analyzer has the finding's id
 * at its end.
 */
const alertsOf = (db: Kysely<Tables>, keys: readonly string[]) =>
  db
    .selectFrom('alert')
    .innerJoin(
      sql<{ key: string }>`(
        select key, key as dedup_key, null as finding from unnest(${keys}::text[]) as key
        union all
        select key, null, split_part(key, '/', 3) from unnest(${keys}::text[]) as key
        where key like 'arn:%:access-analyzer:%:analyzer/%/%'
      )`.as('asked'),
      (join) =>
        join.on(
          sql<boolean>`alert.dedup_key = asked.dedup_key
            or alert.source = 'access-analyzer' and split_part(alert.dedup_key, ':', 3) = asked.finding`,
        ),
    )
    .select('asked.key')
    .distinct();

/** Of some findings, those that came as alerts. */
export async function receivedAmong(db: Kysely<Tables>, keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return [];
  return (await alertsOf(db, keys).execute()).map(({ key }) => key);
}

/** Of some findings, those whose alert somebody acknowledged or resolved, or whose risk is accepted until a day to come. */
export async function handledAmong(db: Kysely<Tables>, keys: readonly string[], now: Date): Promise<string[]> {
  if (keys.length === 0) return [];
  const rows = await alertsOf(db, keys)
    .where((where) => where.or([where('acknowledged_by', 'is not', null), where('resolved_by', 'is not', null)]))
    .execute();
  const accepted = new Set((await exceptionsHeld(db, 'openFindings', now)).map(({ finding }) => finding));
  return [...new Set([...rows.map(({ key }) => key), ...keys.filter((key) => accepted.has(key))])];
}
