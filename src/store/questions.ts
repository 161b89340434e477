import type { Kysely, Selectable, Transaction } from 'kysely';
import { jsonb } from './json.ts';
import { pack, unpack } from './packed.ts';
import type { QuestionTable, Tables } from './tables.ts';

export type StoredQuestion = Selectable<QuestionTable>;

/** Remembers a question; returns its number. */
export async function openQuestion(
  trx: Transaction<Tables>,
  question: Pick<StoredQuestion, 'team' | 'asked_by' | 'channel' | 'at' | 'state' | 'answer'>,
): Promise<number> {
  const { id } = await trx
    .insertInto('question')
    .values({ ...question, seen_at: question.at, answer: jsonb(question.answer) })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Writes down how far a question is, and returns who cancelled it meanwhile, on whichever replica, or null. */
export async function reportQuestion(
  db: Kysely<Tables>,
  id: number,
  report: { state: StoredQuestion['state']; answer: unknown; now: Date },
): Promise<string | null> {
  const row = await db
    .updateTable('question')
    .set({ state: report.state, seen_at: report.now, answer: jsonb(report.answer) })
    .where('id', '=', id)
    .returning('cancelled_by')
    .executeTakeFirst();
  return row?.cancelled_by ?? null;
}

export const questionById = (db: Kysely<Tables>, id: number): Promise<StoredQuestion | undefined> =>
  db.selectFrom('question').selectAll().where('id', '=', id).executeTakeFirst();

/** Asks whoever searches to stop. False when it is over already. */
export async function cancelQuestion(trx: Transaction<Tables>, id: number, user: string): Promise<boolean> {
  const result = await trx
    .updateTable('question')
    .set({ cancelled_by: user })
    .where('id', '=', id)
    .where('state', 'in', ['searching', 'asking'])
    .where('cancelled_by', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Takes a question that asked before it costs something; false when another press was first. */
export async function beginQuestion(trx: Transaction<Tables>, id: number, now: Date): Promise<boolean> {
  const result = await trx
    .updateTable('question')
    .set({ state: 'searching', seen_at: now })
    .where('id', '=', id)
    .where('state', '=', 'asking')
    .where('cancelled_by', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Takes investigations that are followed and were not looked at for `everyMs`: whoever takes one looks at it now. */
export async function takeFollowed(db: Kysely<Tables>, now: Date, everyMs: number, atMost: number): Promise<number[]> {
  const rows = await db
    .updateTable('question')
    .set({ seen_at: now })
    .where('id', 'in', (from) =>
      from
        .selectFrom('question')
        .select('id')
        .where('state', '=', 'following')
        .where('seen_at', '<=', new Date(now.getTime() - everyMs))
        .orderBy('seen_at')
        .limit(atMost)
        .forUpdate()
        .skipLocked(),
    )
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** When the next investigation that is followed is to be looked at; null: none is followed. */
export async function nextLook(db: Kysely<Tables>, everyMs: number): Promise<Date | null> {
  const row = await db
    .selectFrom('question')
    .select(({ fn }) => fn.min('seen_at').as('seen_at'))
    .where('state', '=', 'following')
    .executeTakeFirst();
  return row?.seen_at == null ? null : new Date(row.seen_at.getTime() + everyMs);
}

/** Keeps events that were found: JSON texts without line breaks in them, in their order. */
export async function keepEvents(
  db: Kysely<Tables>,
  id: number,
  part: number,
  lines: readonly string[],
): Promise<void> {
  await db
    .insertInto('question_part')
    .values({ question_id: id, part, lines: await pack(lines.join('\n')) })
    .execute();
}

/** The events that were found, one JSON text each. One part is in memory at a time. */
export async function* keptEvents(db: Kysely<Tables>, id: number): AsyncGenerator<string, void> {
  for (let after = -1; ; ) {
    const row = await db
      .selectFrom('question_part')
      .select(['part', 'lines'])
      .where('question_id', '=', id)
      .where('part', '>', after)
      .orderBy('part')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return;
    after = row.part;
    yield* (await unpack(row.lines)).toString('utf8').split('\n');
  }
}
