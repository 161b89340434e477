import type { Kysely, Selectable, Transaction } from 'kysely';
import { jsonb, plainText } from './json.ts';
import type { CaseEntryTable, CaseTable, Tables } from './tables.ts';

export type StoredCase = Selectable<CaseTable>;
export type StoredEntry = Selectable<CaseEntryTable>;

/** Opens a case; returns its number. */
export async function openCase(
  trx: Transaction<Tables>,
  { team, name, by, now }: { team: string; name: string; by: string; now: Date },
): Promise<number> {
  const { id } = await trx
    .insertInto('case_file')
    .values({ team, name: plainText(name), opened_by: by, opened_at: now, last_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** A case with its row locked until the transaction ends; undefined: there is none. */
export const lockCase = (trx: Transaction<Tables>, id: number): Promise<StoredCase | undefined> =>
  trx.selectFrom('case_file').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();

export const caseById = (db: Kysely<Tables>, id: number): Promise<StoredCase | undefined> =>
  db.selectFrom('case_file').selectAll().where('id', '=', id).executeTakeFirst();

/** Cases that are not closed, those that something was put into last first. */
export const openCases = (db: Kysely<Tables>, limit: number): Promise<StoredCase[]> =>
  db
    .selectFrom('case_file')
    .selectAll()
    .where('closed_at', 'is', null)
    .orderBy('last_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

/** Cases that are closed, those that were closed last first. */
export const closedCases = (db: Kysely<Tables>, limit: number): Promise<StoredCase[]> =>
  db
    .selectFrom('case_file')
    .selectAll()
    .where('closed_at', 'is not', null)
    .orderBy('closed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

/** Puts something into a case. */
export async function addEntry(
  trx: Transaction<Tables>,
  entry: { caseId: number; by: string; now: Date } & Pick<StoredEntry, 'kind' | 'text' | 'ref' | 'answer'>,
): Promise<void> {
  const { caseId, by, now, kind, text, ref, answer } = entry;
  await trx
    .insertInto('case_entry')
    .values({
      case_id: caseId,
      at: now,
      added_by: by,
      kind,
      text: plainText(text),
      ref,
      answer: answer === null ? null : jsonb(answer),
    })
    .execute();
  await trx.updateTable('case_file').set({ last_at: now }).where('id', '=', caseId).execute();
}

/** Whether an alert or an incident is in a case. */
export const isIn = async (
  trx: Transaction<Tables>,
  caseId: number,
  { kind, ref }: Pick<StoredEntry, 'kind' | 'ref'>,
): Promise<boolean> =>
  (await trx
    .selectFrom('case_entry')
    .select('id')
    .where('case_id', '=', caseId)
    .where('kind', '=', kind)
    .where('ref', '=', ref)
    .executeTakeFirst()) !== undefined;

/** All that is in a case, in the order in which it was put there. */
export const entriesOf = (db: Kysely<Tables>, caseId: number): Promise<StoredEntry[]> =>
  db.selectFrom('case_entry').selectAll().where('case_id', '=', caseId).orderBy('id').execute();

/** Closes a case, or (null) opens it again. */
export async function closeCase(trx: Transaction<Tables>, id: number, at: Date | null): Promise<void> {
  await trx.updateTable('case_file').set({ closed_at: at }).where('id', '=', id).execute();
}
