import type { AcceptedRisk } from '../../../reports/framework/result.ts';
import { exceptionsHeld } from '../../../store/digests/people.ts';
import { namesOf } from '../common.ts';
import type { DigestParts } from '../digest.ts';

/** Results that are accepted and in date, by their keys: each was asked for by one person and approved by another. */
export async function acceptedRisks(parts: DigestParts, at: Date): Promise<ReadonlyMap<string, AcceptedRisk>> {
  const held = await exceptionsHeld(parts.database.db, 'framework', at);
  const called = await namesOf(
    parts,
    held.flatMap(({ owner, decided_by }) => [owner, decided_by]),
  );
  return new Map(
    held.map(({ finding, owner, decided_by, reason, expires_at }) => [
      finding,
      {
        owner: called(owner),
        approvedBy: decided_by === null ? '' : called(decided_by),
        reason,
        until: expires_at.toISOString(),
      },
    ]),
  );
}
