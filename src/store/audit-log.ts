import { createHash } from 'node:crypto';
import { type ColumnType, type Generated, type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { mask, maskText } from '../alerts/mask.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Tables } from './database.ts';
import { jsonText, plainText } from './json.ts';

export interface AuditLogTable {
  /** 1, 2, 3 … without a gap. */
  seq: ColumnType<string, number, never>;
  at: Date;
  actor_team: string | null;
  actor_user: string | null;
  action: string;
  subject: string;
  detail: ColumnType<unknown, string, never>;
  prev_hash: string;
  hash: string;
}

/** One row: where the chain ends. */
export interface AuditHeadTable {
  only_row: Generated<boolean>;
  seq: ColumnType<string, number, number>;
  hash: string;
}

/** Who did it: a person, by workspace and user id, or Trailwatch itself. */
export type AuditActor = { type: 'user'; team: string; user: string } | { type: 'system' };

export interface AuditEntry {
  at: Date;
  actor: AuditActor;
  /** What was done, in a word: acknowledge, lookup, refused. */
  action: string;
  /** What it was done to: "alert 1042". */
  subject: string;
  /** Anything more, as JSON; secrets are masked before it is stored. */
  detail: Record<string, unknown>;
}

/** What a row's hash is taken of. */
interface HashedRow {
  seq: number;
  /** ISO 8601, UTC, with milliseconds. */
  at: string;
  actor: AuditActor;
  action: string;
  subject: string;
  detail: unknown;
  prevHash: string;
}

/** A row as it is exported. */
export interface AuditRow extends HashedRow {
  /** SHA-256, in hexadecimal, over the canonical JSON of the rest of the row. */
  hash: string;
}

/** What stands before the first row. */
const genesis = '0'.repeat(64);

const pageSize = 1000;

const hashOf = ({ seq, at, actor, action, subject, detail, prevHash }: HashedRow): string =>
  createHash('sha256').update(canonicalJson({ seq, at, actor, action, subject, detail, prevHash })).digest('hex');

/**
 * Appends to the audit log inside the caller's transaction: an act and its record are committed together, or neither
 * is. Until that transaction ends, others that append wait.
 */
export async function appendAudit(trx: Transaction<Tables>, entry: AuditEntry): Promise<void> {
  const head = await trx.selectFrom('audit_head').select(['seq', 'hash']).forUpdate().executeTakeFirstOrThrow();
  const detail = jsonText(mask(entry.detail));
  const row: HashedRow = {
    seq: Number(head.seq) + 1,
    at: entry.at.toISOString(),
    actor: entry.actor,
    action: plainText(entry.action),
    subject: maskText(plainText(entry.subject)),
    detail: JSON.parse(detail),
    prevHash: head.hash,
  };
  const hash = hashOf(row);
  await trx
    .insertInto('audit_log')
    .values({
      seq: row.seq,
      at: entry.at,
      actor_team: row.actor.type === 'user' ? row.actor.team : null,
      actor_user: row.actor.type === 'user' ? row.actor.user : null,
      action: row.action,
      subject: row.subject,
      detail,
      prev_hash: row.prevHash,
      hash,
    })
    .execute();
  await trx.updateTable('audit_head').set({ seq: row.seq, hash }).execute();
}

/** The rows in order, a page at a time; with `since`, those of that time and later. */
export async function* auditRows(db: Kysely<Tables>, since?: Date): AsyncGenerator<AuditRow> {
  let last = { seq: String(-(2n ** 63n)), hash: '' };
  for (;;) {
    let page = db
      .selectFrom('audit_log')
      .selectAll()
      // By hash too: whoever drops the primary key can give two rows one number.
      .where(sql<boolean>`(seq, hash) > (${last.seq}, ${last.hash})`)
      .orderBy('seq')
      .orderBy('hash')
      .limit(pageSize);
    if (since !== undefined) page = page.where('at', '>=', since);
    const rows = await page.execute();
    for (const row of rows) {
      yield toRow(row);
      last = row;
    }
    if (rows.length < pageSize) return;
  }
}

/** The whole log, or that since a time, as JSON Lines. */
export async function* exportAuditLog(db: Kysely<Tables>, since?: Date): AsyncGenerator<string> {
  for await (const row of auditRows(db, since)) yield `${JSON.stringify(row)}\n`;
}

const toRow = (row: Selectable<AuditLogTable>): AuditRow => ({
  seq: Number(row.seq),
  // A row that was tampered with may hold the time "infinity", which is no Date.
  at: Number.isFinite(Number(row.at)) ? row.at.toISOString() : String(row.at),
  actor:
    row.actor_team === null || row.actor_user === null
      ? { type: 'system' }
      : { type: 'user', team: row.actor_team, user: row.actor_user },
  action: row.action,
  subject: row.subject,
  detail: row.detail,
  prevHash: row.prev_hash,
  hash: row.hash,
});

export type Fault =
  /** The row does not say what it said when it was written. */
  | 'changed'
  /** There is no row of this number any more. */
  | 'removed'
  /** The row was written with another number, or has another one now. */
  | 'moved'
  /** The row was not written by Trailwatch. */
  | 'inserted'
  /** The log ends before this row. */
  | 'truncated';

export type Verification =
  | { ok: true; rows: number; head: string }
  | { ok: false; firstBad: number; reason: Fault }
  /** The log is a whole chain, but not the one that was noted: its end was cut off and the head set back, or it was written anew. */
  | { ok: false; firstBad: null; reason: 'other-log' };

/**
 * Checks the whole chain and names the first row that is not as it was written. `notedHead` is the head of an earlier
 * check, kept outside of the database: the log must still contain it. One page of rows is in memory at a time; the
 * check sees the log as it stands when it begins.
 */
export const verifyAuditLog = (db: Kysely<Tables>, notedHead?: string): Promise<Verification> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const found = await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
      // Without its head row, no row of the log is vouched for.
      const head = { seq: Number(found?.seq ?? 0), hash: found?.hash ?? genesis };
      let previous = { seq: 0, hash: genesis };
      let hasNoted = notedHead === undefined || notedHead === genesis;
      for await (const [row, next] of withNext(auditRows(trx))) {
        const bad = await faultAt(trx, previous, row, next, head);
        if (bad) return { ok: false, ...bad };
        hasNoted ||= row.hash === notedHead;
        previous = row;
      }
      if (previous.seq < head.seq) return { ok: false, firstBad: previous.seq + 1, reason: 'truncated' };
      if (previous.hash !== head.hash) return { ok: false, firstBad: previous.seq, reason: 'changed' };
      if (!hasNoted) return { ok: false, firstBad: null, reason: 'other-log' };
      return { ok: true, rows: previous.seq, head: head.hash };
    });

/** What is wrong with the row after `previous`, which is sound; undefined when nothing is, as far as `next` tells. */
async function faultAt(
  trx: Transaction<Tables>,
  previous: { seq: number; hash: string },
  row: AuditRow,
  next: AuditRow | undefined,
  head: { seq: number },
): Promise<{ firstBad: number; reason: Fault } | undefined> {
  const due = previous.seq + 1;
  if (row.seq > due) {
    // The row that is due is not there. It has gone elsewhere when it can be found by its hash, which the next row noted.
    const gone = isWhole({ ...row, seq: due }) || (await hasHash(trx, row.prevHash, row.seq));
    return due > head.seq
      ? { firstBad: row.seq, reason: 'inserted' }
      : { firstBad: due, reason: gone ? 'moved' : 'removed' };
  }
  const bad = (reason: Fault) => ({ firstBad: row.seq, reason });
  if (row.seq < due) return bad(wasNumberedOtherwise(row, head.seq) ? 'moved' : 'inserted');
  if (row.seq > head.seq) return bad('inserted');
  const whole = isWhole(row);
  if (!whole && wasNumberedOtherwise(row, head.seq)) return bad('moved');
  // The next row was written to stand here, after `previous`: this one was put between them.
  if (next?.prevHash === previous.hash && isWhole({ ...next, seq: row.seq })) return bad('inserted');
  if (!whole) return bad('changed');
  if (row.prevHash !== previous.hash) return bad('changed');
  // This row fits its own hash, but the next one, itself whole, noted another: this one was written anew.
  if (next?.seq === row.seq + 1 && next.prevHash !== row.hash && isWhole(next)) return bad('changed');
  return undefined;
}

const isWhole = (row: AuditRow): boolean => hashOf(row) === row.hash;

/** Whether the row fits its hash under another number. Tries them all: it is asked once, of a row that is bad. */
function wasNumberedOtherwise(row: AuditRow, lastSeq: number): boolean {
  for (let seq = 1; seq <= lastSeq; seq++) if (isWhole({ ...row, seq })) return true;
  return false;
}

async function hasHash(trx: Transaction<Tables>, hash: string, afterSeq: number): Promise<boolean> {
  const found = await trx
    .selectFrom('audit_log')
    .select('seq')
    .where('hash', '=', hash)
    .where(sql<boolean>`seq > ${afterSeq}`)
    .limit(1)
    .execute();
  return found.length > 0;
}

async function* withNext<Item>(items: AsyncIterable<Item>): AsyncGenerator<[item: Item, next: Item | undefined]> {
  let held: Item | undefined;
  for await (const item of items) {
    if (held !== undefined) yield [held, item];
    held = item;
  }
  if (held !== undefined) yield [held, undefined];
}
