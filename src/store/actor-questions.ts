import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { ActorQuestion } from '../alerts/asking.ts';
import { plainText } from './json.ts';
import type { ActorQuestionTable, Tables } from './tables.ts';

const toQuestion = (row: Selectable<ActorQuestionTable>): ActorQuestion | undefined =>
  row.user_id === null || row.answer === 'unasked'
    ? undefined
    : {
        alertId: row.alert_id,
        user: row.user_id,
        email: row.email,
        proof: row.proof,
        answer: row.answer,
        reason: row.reason,
        expiresAt: row.expires_at,
      };

/** Keeps that somebody is asked about an alert, or (without a user) that nobody could be. False: it was settled before. */
export async function keepQuestion(
  trx: Transaction<Tables>,
  question: Omit<ActorQuestion, 'user' | 'answer' | 'reason'> & { user: string | null; askedAt: Date },
): Promise<boolean> {
  const kept = await trx
    .insertInto('actor_question')
    .values({
      alert_id: question.alertId,
      user_id: question.user,
      email: plainText(question.email),
      proof: question.proof,
      asked_at: question.askedAt,
      expires_at: question.expiresAt,
      answer: question.user === null ? 'unasked' : 'open',
    })
    .onConflict((conflict) => conflict.column('alert_id').doNothing())
    .returning('alert_id')
    .executeTakeFirst();
  return kept !== undefined;
}

/** Whether somebody was asked about an alert, or could not be. */
export async function isSettled(db: Kysely<Tables>, alertId: number): Promise<boolean> {
  const row = await db
    .selectFrom('actor_question')
    .select('alert_id')
    .where('alert_id', '=', alertId)
    .executeTakeFirst();
  return row !== undefined;
}

/** How many questions a person was asked since a time. */
export async function askedSince(db: Kysely<Tables>, user: string, since: Date): Promise<number> {
  const row = await db
    .selectFrom('actor_question')
    .select((select) => select.fn.countAll<string>().as('count'))
    .where('user_id', '=', user)
    .where('asked_at', '>', since)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** The question about an alert; undefined: nobody was asked. */
export async function questionOf(db: Kysely<Tables>, alertId: number): Promise<ActorQuestion | undefined> {
  const row = await db.selectFrom('actor_question').selectAll().where('alert_id', '=', alertId).executeTakeFirst();
  return row && toQuestion(row);
}

/** Of alerts, those about which this person was asked. */
export async function askedAbout(db: Kysely<Tables>, user: string, alertIds: readonly number[]): Promise<Set<number>> {
  if (alertIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('actor_question')
    .select('alert_id')
    .where('user_id', '=', user)
    .where('alert_id', '=', sql<number>`any(${alertIds}::integer[])`)
    .execute();
  return new Set(rows.map(({ alert_id }) => alert_id));
}

/** Closes an open question with its answer; undefined: it is not open any more. */
export async function closeQuestion(
  trx: Transaction<Tables>,
  alertId: number,
  { answer, reason, at }: { answer: 'yes' | 'no' | 'expired'; reason: string | null; at: Date },
): Promise<ActorQuestion | undefined> {
  const row = await trx
    .updateTable('actor_question')
    .set({ answer, reason: reason === null ? null : plainText(reason), answered_at: at })
    .where('alert_id', '=', alertId)
    .where('answer', '=', 'open')
    .returningAll()
    .executeTakeFirst();
  return row && toQuestion(row);
}

/** Alerts whose question waits for an answer no longer. */
export async function questionsExpired(db: Kysely<Tables>, now: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('actor_question')
    .select('alert_id')
    .where('answer', '=', 'open')
    .where('expires_at', '<=', now)
    .execute();
  return rows.map(({ alert_id }) => alert_id);
}
