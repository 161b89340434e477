import { type Kysely, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import { mask, maskText } from '../alerts/mask.ts';
import type { InboxMessage } from '../alerts/message.ts';
import { parseJson } from '../words/json.ts';
import type { Database } from './database.ts';
import { plainText } from './json.ts';
import type { Tables } from './tables.ts';

export interface Inbox {
  /**
   * Commits a verified message and returns once it cannot be lost any more: false when it came before (by its id).
   * Messages that come while others are being committed share the next commit.
   * @throws what the database throws: the message is not kept, and must come again
   */
  put(message: InboxMessage, receivedAt: Date): Promise<boolean>;
}

interface Waiting {
  id: string;
  text: string;
  receivedAt: Date;
  resolve: (first: boolean) => void;
  reject: (reason: unknown) => void;
}

const mostRows = 200;
const mostChars = 8 * 1024 * 1024;
const mostWriters = 2;

/**
 * Group commit: a message alone is written at once, and whatever comes meanwhile is the next statement. No timer: a
 * message waits for at most the commits under way.
 */
export function openInbox({ db }: Pick<Database, 'db'>): Inbox {
  const waiting: Waiting[] = [];
  let writers = 0;

  const write = async (): Promise<void> => {
    writers += 1;
    while (waiting.length > 0) {
      const batch = nextOf(waiting);
      try {
        const first = await insert(db, batch);
        for (const { id, resolve } of batch) resolve(first.delete(id));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    writers -= 1;
  };
  return {
    put: (message, receivedAt) =>
      new Promise((resolve, reject) => {
        waiting.push({ id: plainText(message.id), text: JSON.stringify(message), receivedAt, resolve, reject });
        if (writers < mostWriters) void write();
      }),
  };
}

/** The oldest that wait, as many as one statement takes. */
function nextOf(waiting: Waiting[]): Waiting[] {
  let [rows, chars] = [0, 0];
  for (const { text } of waiting) {
    chars += text.length;
    if (rows > 0 && (rows === mostRows || chars > mostChars)) break;
    rows += 1;
  }
  return waiting.splice(0, rows);
}

/** Writes messages in one statement, and returns the ids that are new. */
async function insert(db: Kysely<Tables>, batch: readonly Waiting[]): Promise<Set<string>> {
  // Numbered as they came, and locked in the order of their ids: two writers with the same messages never wait in a circle.
  const { rows } = await sql<{ id: string }>`
    insert into inbox (id, seq, received_at, waiting)
    select id, seq, received_at, waiting from (
      select nextval('inbox_seq') as seq, * from unnest(
        ${batch.map(({ id }) => id)}::text[],
        ${batch.map(({ receivedAt }) => receivedAt.toISOString())}::timestamptz[],
        ${batch.map(({ text }) => text)}::text[]
      ) as message (id, received_at, waiting)
    ) as numbered order by id
    on conflict (id) do nothing returning id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** A message that waits to be taken in. */
export interface WaitingMessage {
  seq: string;
  text: string;
}

const Kept = z.object({
  type: z.enum(['Notification', 'UnsubscribeConfirmation', 'Finding']),
  id: z.string(),
  topicArn: z.string(),
  timestamp: z.string(),
  subject: z.string().optional(),
  message: z.string(),
  stale: z.boolean(),
  traceparent: z.string().optional(),
});

/** @throws ZodError or SyntaxError when the text is not what put() wrote */
export const messageIn = ({ text }: WaitingMessage): InboxMessage => Kept.parse(JSON.parse(text));

/** Whether anything waits to be taken in. */
export async function anythingWaits(db: Kysely<Tables>): Promise<boolean> {
  const row = await db
    .selectFrom('inbox')
    .select('seq')
    .where('waiting', 'is not', null)
    .where('trouble', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** How many messages wait to be taken in. */
export async function messagesWaiting(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom('inbox')
    .select((select) => select.fn.countAll<string>().as('count'))
    .where('waiting', 'is not', null)
    .where('trouble', 'is', null)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** "intake" in ASCII: one loop at a time takes messages in, over all replicas. */
const intakeLock = '115923119860581';

/** Becomes the one that takes messages in until the transaction ends; false: another one does. */
export async function lockIntake(trx: Transaction<Tables>): Promise<boolean> {
  const { rows } = await sql<{
    locked: boolean;
  }>`select pg_try_advisory_xact_lock(${intakeLock}::bigint) as locked`.execute(trx);
  return rows[0]?.locked === true;
}

/** The oldest messages that wait, of not more than `mostChars` altogether (one in any case). */
export async function nextWaiting(trx: Transaction<Tables>, limit: number): Promise<WaitingMessage[]> {
  const { rows } = await sql<{ seq: string; waiting: string }>`
    select seq, waiting from (
      select seq, waiting, sum(octet_length(waiting)) over (order by seq) - octet_length(waiting) as before from (
        select seq, waiting from inbox where waiting is not null and trouble is null order by seq limit ${limit}
      ) as oldest
    ) as measured where before < ${mostChars} order by seq`.execute(trx);
  return rows.map(({ seq, waiting }) => ({ seq, text: waiting }));
}

/** Messages are taken in: what they said is forgotten, their ids stay so that none is taken twice. */
export async function markTaken(trx: Transaction<Tables>, taken: readonly WaitingMessage[]): Promise<void> {
  await sql`update inbox set waiting = null where seq = any(${taken.map(({ seq }) => seq)}::bigint[]) and waiting is not null`.execute(
    trx,
  );
}

/** A message that cannot be taken in is set apart with the reason; of what it says, what is no secret stays. */
export async function setApart(db: Kysely<Tables>, { seq, text }: WaitingMessage, trouble: string): Promise<void> {
  await db
    .updateTable('inbox')
    .set({ trouble: plainText(maskText(trouble)), waiting: plainText(withoutSecrets(text)) })
    .where('seq', '=', seq)
    .where('waiting', 'is not', null)
    .execute();
}

function withoutSecrets(text: string): string {
  const message = parseJson(text);
  return message === undefined ? maskText(text) : JSON.stringify(mask(message));
}

/** Messages that were set apart, the newest first, with their number in all. */
export async function messagesApart(
  db: Kysely<Tables>,
  limit: number,
): Promise<{ count: number; newest: { id: string; receivedAt: Date; trouble: string }[] }> {
  const rows = await db
    .selectFrom('inbox')
    .select((select) => ['id', 'received_at', 'trouble', select.fn.countAll<string>().over().as('count')])
    .where('waiting', 'is not', null)
    .where('trouble', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  return {
    count: Number(rows[0]?.count ?? 0),
    newest: rows.map(({ id, received_at, trouble }) => ({ id, receivedAt: received_at, trouble: trouble ?? '' })),
  };
}

/** When each topic was last heard of. */
export async function noteTopics(trx: Transaction<Tables>, arns: readonly string[], now: Date): Promise<void> {
  if (arns.length === 0) return;
  await trx
    .insertInto('topic')
    .values([...new Set(arns)].sort().map((arn) => ({ arn: plainText(arn), heard_at: now })))
    .onConflict((conflict) => conflict.column('arn').doUpdateSet({ heard_at: now }))
    .execute();
}

export async function topicsHeard(db: Kysely<Tables>): Promise<Map<string, Date>> {
  const rows = await db.selectFrom('topic').selectAll().execute();
  return new Map(rows.map(({ arn, heard_at }) => [arn, heard_at]));
}
