import type { Kysely, Selectable, Transaction } from 'kysely';
import { plainText } from '../json.ts';
import type { DigestUserReviewTable, Tables } from '../tables.ts';
import type { DigestRun } from './runs.ts';

/** What somebody decided about one user in the review of a run's access. */
export type UserDecision = Selectable<DigestUserReviewTable>;

export const userDecisions = ['keep', 'change', 'remove'] as const;

/** Notes decisions about users of a run; a later one takes the place of an earlier one. */
export async function decideUsers(
  trx: Transaction<Tables>,
  run: number,
  principals: readonly string[],
  decision: Pick<UserDecision, 'decision' | 'comment' | 'by' | 'at'>,
): Promise<void> {
  const { comment, ...rest } = decision;
  const row = { ...rest, comment: comment === null ? null : plainText(comment) };
  for (let from = 0; from < principals.length; from += 1000)
    await trx
      .insertInto('digest_user_review')
      .values(principals.slice(from, from + 1000).map((principal) => ({ run_id: run, principal, ...row })))
      .onConflict((conflict) => conflict.columns(['run_id', 'principal']).doUpdateSet(row))
      .execute();
}

export const decisionsOf = (db: Kysely<Tables>, run: number): Promise<UserDecision[]> =>
  db.selectFrom('digest_user_review').selectAll().where('run_id', '=', run).orderBy('principal').execute();

/** The newest decision about each user, of the runs before this one. */
export async function lastDecisions(db: Kysely<Tables>, run: DigestRun): Promise<Map<string, UserDecision>> {
  const rows = await db
    .selectFrom('digest_user_review')
    .selectAll()
    .distinctOn('principal')
    .where('run_id', '<', run.id)
    .orderBy('principal')
    .orderBy('run_id', 'desc')
    .execute();
  return new Map(rows.map((row) => [row.principal, row]));
}
