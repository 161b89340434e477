import type { Kysely } from 'kysely';
import type { CountedAlert } from '../framework/alert-numbers.ts';
import type { Tables } from './database.ts';

/** The alerts that began between two times, the oldest first, as the numbers of the week count them. */
export async function alertsBetween(db: Kysely<Tables>, from: Date, until: Date): Promise<CountedAlert[]> {
  const rows = await db
    .selectFrom('alert')
    .select([
      'severity',
      'account',
      'source',
      'dedup_key',
      'title',
      'first_seen',
      'acknowledged_at',
      'resolved_at',
      'count',
    ])
    .where('first_seen', '>=', from)
    .where('first_seen', '<', until)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    severity: row.severity,
    account: row.account,
    source: row.source,
    dedupKey: row.dedup_key,
    title: row.title,
    firstSeen: row.first_seen,
    acknowledgedAt: row.acknowledged_at,
    resolvedAt: row.resolved_at,
    signals: row.count,
  }));
}
