import { type Kysely, sql, type Transaction } from 'kysely';
import type { Anchor } from './audit-log.ts';
import type { Tables } from './tables.ts';

/**
 * Notes the head of the audit log for a day, once; undefined where that is done, or nothing was recorded since the last time.
 * `day`: 2026-11-29, in UTC.
 */
export async function takeAnchor(trx: Transaction<Tables>, day: string, now: Date): Promise<Anchor | undefined> {
  const { rows } = await sql<{ seq: string; hash: string }>`
    insert into audit_anchor (day, seq, hash, at)
    select ${day}::date, seq, hash, ${now} from audit_head
    where seq > coalesce((select max(seq) from audit_anchor), 0)
    on conflict (day) do nothing
    returning seq, hash`.execute(trx);
  const [row] = rows;
  return row && { seq: Number(row.seq), hash: row.hash };
}

/** Heads of which there is no copy in the archive yet, the oldest first, with their days. */
export async function anchorsToArchive(db: Kysely<Tables>): Promise<(Anchor & { day: string })[]> {
  const { rows } = await sql<{ day: string; seq: string; hash: string }>`
    select to_char(day, 'YYYY-MM-DD') as day, seq, hash from audit_anchor
    where archived_at is null order by day limit 30`.execute(db);
  return rows.map(({ day, seq, hash }) => ({ day, seq: Number(seq), hash }));
}

export async function anchorArchived(db: Kysely<Tables>, day: string, now: Date): Promise<void> {
  await sql`update audit_anchor set archived_at = ${now} where day = ${day}::date`.execute(db);
}
