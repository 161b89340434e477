import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../tables.ts';

/** The SHA-256 that the audit log has for the manifest of an edition of a run; undefined when it knows none. */
export async function notedManifest(db: Kysely<Tables>, run: number, edition: number): Promise<string | undefined> {
  const rows = await db
    .selectFrom('audit_log')
    .select('detail')
    .where('action', '=', 'digest')
    .where(sql<boolean>`(detail ->> 'run')::int = ${run} and (detail ->> 'edition')::int = ${edition}`)
    .orderBy('seq', 'desc')
    .limit(1)
    .execute();
  return z.object({ manifestSha256: z.string() }).safeParse(rows[0]?.detail).data?.manifestSha256;
}
