import { EvidenceSnapshot } from '../../../framework/evidence/snapshot.ts';
import type { Database } from '../../../store/database.ts';
import { dailyUpTo, hasDaily, keepDaily } from '../../../store/digests/daily.ts';
import { dayMs } from '../../../words/time.ts';
import type { DigestParts } from '../digest.ts';
import { auditManagerStatus, fromAuditManager } from './collect.ts';

/** How long after a failed try the next one is made, in milliseconds. */
const againMs = 30 * 60_000;
const lastTries = new WeakMap<Database, number>();

/**
 * Keeps Audit Manager's insights once a day: AWS shows those of the last day only, so without this there would be
 * nothing to compare a week with. Where Audit Manager is absent nothing is kept: Config and Security Hub say how things
 * are, and each run keeps that.
 */
export async function keepInsights(parts: DigestParts): Promise<void> {
  const now = parts.now();
  const day = now.toISOString().slice(0, 10);
  if (now.getTime() - (lastTries.get(parts.database) ?? 0) < againMs) return;
  if (await hasDaily(parts.database.db, 'evidence', day)) return;
  lastTries.set(parts.database, now.getTime());
  try {
    const snapshot = (await auditManagerStatus(parts)) === 'ACTIVE' ? await fromAuditManager(parts) : null;
    await keepDaily(parts.database.db, 'evidence', day, snapshot ?? { absent: true });
  } catch (error) {
    parts.log.warn({ err: error }, 'The insights of Audit Manager could not be kept today; it is tried again.');
  }
}

/** The newest insights that are at least six days old: a week ago, give or take what was missed. */
export async function insightsOfLastWeek({ database }: DigestParts, at: Date): Promise<EvidenceSnapshot | null> {
  const day = new Date(at.getTime() - 6 * dayMs).toISOString().slice(0, 10);
  const read = EvidenceSnapshot.safeParse(await dailyUpTo(database.db, 'evidence', day));
  return read.success ? read.data : null;
}
