import { type Kysely, sql, type Transaction } from 'kysely';
import type { Anchor } from './audit-log.ts';
import type { Tables } from './tables.ts';

/** A head that was noted, as the database remembers it. */
export interface KnownAnchor extends Anchor {
  /** 2026-11-29, in UTC. */
  day: string;
  /** A copy is in the archive. */
  archived: boolean;
  /** What a time-stamp authority answered about its hash; null: nothing yet. */
  stamp: Uint8Array | null;
}

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

/** The heads that were noted, the oldest first; with `wanting`, some of those that have no copy in the archive or no stamp yet. */
export async function knownAnchors(db: Kysely<Tables>, wanting?: 'copy' | 'stamp'): Promise<KnownAnchor[]> {
  const which = {
    copy: sql`where archived_at is null order by day limit 30`,
    stamp: sql`where stamp is null order by day limit 30`,
  };
  const { rows } = await sql<Omit<KnownAnchor, 'seq'> & { seq: string }>`
    select to_char(day, 'YYYY-MM-DD') as day, seq, hash, archived_at is not null as archived, stamp
    from audit_anchor ${wanting === undefined ? sql`order by day` : which[wanting]}`.execute(db);
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

export async function anchorArchived(db: Kysely<Tables>, day: string, now: Date): Promise<void> {
  await sql`update audit_anchor set archived_at = ${now} where day = ${day}::date`.execute(db);
}

/** Keeps the stamp; a copy of it belongs into the archive too. */
export async function anchorStamped(db: Kysely<Tables>, day: string, stamp: Uint8Array): Promise<void> {
  await sql`update audit_anchor set stamp = ${stamp}, archived_at = null where day = ${day}::date`.execute(db);
}
