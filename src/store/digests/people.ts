import type { Kysely, Selectable, Transaction } from 'kysely';
import { weekMs } from '../../words/time.ts';
import { plainText } from '../json.ts';
import type { DigestExceptionTable, DigestReportTable, DigestTaskTable, Tables } from '../tables.ts';

/** What people decided about the findings of digests: who repairs one, and which are accepted for a time. */

export type AskedReport = Selectable<DigestReportTable>;

export type DigestTask = Selectable<DigestTaskTable>;
export type AskedException = Selectable<DigestExceptionTable>;

/** A week: how often an open task is chased; beside that on the day on which it is due. */
const chaseEveryMs = weekMs;

/** When a task is chased next. */
const nextChase = (now: Date, due: Date): Date => {
  const inAWeek = new Date(now.getTime() + chaseEveryMs);
  return due > now && due < inAWeek ? due : inAWeek;
};

/** Gives a finding to somebody; whoever had it before has it no more. Returns the former assignee, or null. */
export async function giveTask(
  trx: Transaction<Tables>,
  task: {
    digest: string;
    finding: string;
    title: string;
    assignee: string;
    askedBy: string;
    note: string | null;
    due: Date;
    ticket: string | null;
    channel: string;
    now: Date;
  },
): Promise<{ id: number; before: string | null }> {
  const open = await trx
    .selectFrom('digest_task')
    .select(['id', 'assignee'])
    .where('digest', '=', task.digest)
    .where('finding', '=', task.finding)
    .where('done_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  const row = {
    assignee: task.assignee,
    asked_by: task.askedBy,
    note: task.note === null ? null : plainText(task.note),
    due_at: task.due,
    ticket: task.ticket === null ? null : plainText(task.ticket),
    chase_at: nextChase(task.now, task.due),
  };
  if (open !== undefined) {
    await trx.updateTable('digest_task').set(row).where('id', '=', open.id).execute();
    return { id: open.id, before: open.assignee };
  }
  const { id } = await trx
    .insertInto('digest_task')
    .values({
      ...row,
      digest: task.digest,
      finding: task.finding,
      title: plainText(task.title),
      channel: task.channel,
      created_at: task.now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, before: null };
}

/** Ends the tasks about findings that are gone: nobody has to be reminded of them. */
export async function endTasksOf(
  trx: Transaction<Tables>,
  digest: string,
  findings: readonly string[],
  now: Date,
): Promise<void> {
  if (findings.length === 0) return;
  await trx
    .updateTable('digest_task')
    .set({ done_at: now })
    .where('digest', '=', digest)
    .where('finding', 'in', findings)
    .where('done_at', 'is', null)
    .execute();
}

/** Ends a task; undefined when it is done already or there is none. */
export const endTask = (trx: Transaction<Tables>, id: number, by: string, now: Date): Promise<DigestTask | undefined> =>
  trx
    .updateTable('digest_task')
    .set({ done_at: now, done_by: by })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .returningAll()
    .executeTakeFirst();

export const taskById = (db: Kysely<Tables>, id: number): Promise<DigestTask | undefined> =>
  db.selectFrom('digest_task').selectAll().where('id', '=', id).executeTakeFirst();

export const openTasks = (db: Kysely<Tables>, digest: string): Promise<DigestTask[]> =>
  db
    .selectFrom('digest_task')
    .selectAll()
    .where('digest', '=', digest)
    .where('done_at', 'is', null)
    .orderBy('id')
    .execute();

/** What a person was given to fix and has not done, of any digest, the oldest first. */
export const openTasksOf = (db: Kysely<Tables>, assignee: string): Promise<DigestTask[]> =>
  db
    .selectFrom('digest_task')
    .selectAll()
    .where('assignee', '=', assignee)
    .where('done_at', 'is', null)
    .orderBy('id')
    .execute();

/** Open tasks that are to be chased; when each of them is chased again is set in the same transaction. */
export const takeTasksToChase = (trx: Transaction<Tables>, now: Date): Promise<DigestTask[]> => {
  const inAWeek = new Date(now.getTime() + chaseEveryMs);
  return trx
    .updateTable('digest_task')
    .set((set) => ({
      chase_at: set
        .case()
        .when(set.and([set('due_at', '>', now), set('due_at', '<', inAWeek)]))
        .then(set.ref('due_at'))
        .else(inAWeek)
        .end()
        .$notNull(),
      chased: set('chased', '+', 1),
    }))
    .where('done_at', 'is', null)
    .where('chase_at', '<=', now)
    .returningAll()
    .execute();
};

/** Asks that a finding be accepted; undefined when that was asked and is not decided yet. */
export async function askException(
  trx: Transaction<Tables>,
  asked: {
    digest: string;
    finding: string;
    title: string;
    owner: string;
    reason: string;
    expiresAt: Date;
    channel: string;
    now: Date;
  },
): Promise<number | undefined> {
  const row = await trx
    .insertInto('digest_exception')
    .values({
      digest: asked.digest,
      finding: asked.finding,
      title: plainText(asked.title),
      owner: asked.owner,
      reason: plainText(asked.reason),
      expires_at: asked.expiresAt,
      asked_at: asked.now,
      channel: asked.channel,
    })
    .onConflict((conflict) => conflict.columns(['digest', 'finding']).where('decided_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

export const exceptionById = (db: Kysely<Tables>, id: number): Promise<AskedException | undefined> =>
  db.selectFrom('digest_exception').selectAll().where('id', '=', id).executeTakeFirst();

/** Decides about an exception, once; undefined when it was decided before. */
export const decideException = (
  trx: Transaction<Tables>,
  id: number,
  decision: { approved: boolean; by: string; now: Date },
): Promise<AskedException | undefined> =>
  trx
    .updateTable('digest_exception')
    .set({ approved: decision.approved, decided_by: decision.by, decided_at: decision.now })
    .where('id', '=', id)
    .where('decided_at', 'is', null)
    .returningAll()
    .executeTakeFirst();

/** Every exception that was ever asked for, decided or not, in that order. */
export const exceptionsAsked = (db: Kysely<Tables>, digest: string): Promise<AskedException[]> =>
  db.selectFrom('digest_exception').selectAll().where('digest', '=', digest).orderBy('id').execute();

/** Exceptions that were approved and hold at a time. */
export const exceptionsHeld = (db: Kysely<Tables>, digest: string, at: Date): Promise<AskedException[]> =>
  db
    .selectFrom('digest_exception')
    .selectAll()
    .where('digest', '=', digest)
    .where('approved', '=', true)
    .where('expires_at', '>', at)
    .orderBy('id')
    .execute();

/** Approved exceptions of all digests that end within a time of now, before or after. */
export const exceptionsEnding = (db: Kysely<Tables>, from: Date, to: Date): Promise<AskedException[]> =>
  db
    .selectFrom('digest_exception')
    .selectAll()
    .where('approved', '=', true)
    .where('expires_at', '>', from)
    .where('expires_at', '<=', to)
    .orderBy('id')
    .execute();

export async function noteReport(trx: Transaction<Tables>, report: Omit<AskedReport, 'done_at'>): Promise<void> {
  await trx
    .insertInto('digest_report')
    .values({ ...report, done_at: null })
    .execute();
}

/** Reports that were asked for and not told yet. */
export const reportsUnderWay = (db: Kysely<Tables>): Promise<AskedReport[]> =>
  db.selectFrom('digest_report').selectAll().where('done_at', 'is', null).orderBy('asked_at').execute();

/** Notes that a report was announced; false when somebody did before. */
export async function endReport(trx: Transaction<Tables>, id: string, now: Date): Promise<boolean> {
  const row = await trx
    .updateTable('digest_report')
    .set({ done_at: now })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
