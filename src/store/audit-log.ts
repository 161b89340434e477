import { createHash, createHmac, type KeyObject } from 'node:crypto';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import * as z from 'zod';
import { mask, maskText } from '../alerts/mask.ts';
import { isRecord } from '../words/json.ts';
import { canonicalJson } from './canonical-json.ts';
import { jsonText, plainText } from './json.ts';
import type { AuditLogTable, Tables } from './tables.ts';

/** Who did it: a person, by workspace and user id, or Trailwatch itself. */
type AuditActor = { type: 'user'; team: string; user: string } | { type: 'system' };

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
  /** SHA-256, in hexadecimal, over the canonical JSON of what a row's hash is taken of. */
  hash: string;
  /** HMAC-SHA-256 of the hash under AUDIT_LOG_KEY, in hexadecimal; absent where the row was written without a key. */
  mac?: string;
}

/** A row as it is checked. */
interface CheckedRow extends AuditRow {
  /** A name was taken out of it, and it says what the act recorded that did so. */
  erased?: true;
}

/** What is recorded when a person's name was taken out of rows: `rows` has the SHA-256 of each as it is now, by its number. */
const erasure = 'erase';
const Erasure = z.object({ rows: z.record(z.string(), z.string()) });

/** Rows in one such act. */
const erasedInOne = 500;

/** What stands before the first row. */
const genesis = '0'.repeat(64);

const pageSize = 1000;

const hashOf = ({ seq, at, actor, action, subject, detail, prevHash }: HashedRow): string =>
  createHash('sha256').update(canonicalJson({ seq, at, actor, action, subject, detail, prevHash })).digest('hex');

/** The key travels with the transaction: whoever records an act knows nothing of it. */
const keys = new WeakMap<Transaction<Tables>, KeyObject>();

/** Has the rows that this transaction appends vouched for with a key that the database does not know. */
export const vouchWith = (trx: Transaction<Tables>, key: KeyObject): void => void keys.set(trx, key);

const macOf = (hash: string, key: KeyObject): string => createHmac('sha256', key).update(hash).digest('hex');

/** What is recorded when a key is used for the first time: from this row on it vouches, for the first key or in place of another. */
const keyBegins = 'audit-log-key';

/**
 * To be asked before anything is recorded: notes in the log that from now on its rows are vouched for with this key; once, by whoever
 * is the first to have it. `before`: keys of which it takes the place. Returns whether what is recorded will be vouched for as what
 * is there is; false when the log's last row was written with another key, or without one although earlier ones were not.
 */
export async function beginKey(
  trx: Transaction<Tables>,
  now: Date,
  before: readonly KeyObject[] = [],
): Promise<boolean> {
  const key = keys.get(trx);
  await trx.selectFrom('audit_head').select('seq').forUpdate().execute();
  const last = await trx
    .selectFrom('audit_log')
    .select(['hash', 'mac'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last !== undefined && last.mac !== null) {
    if (key === undefined) return false;
    if (last.mac === macOf(last.hash, key)) return true;
    if (!before.some((old) => last.mac === macOf(last.hash, old))) return false;
  } else if (
    (await trx.selectFrom('audit_log').select('seq').where('mac', 'is not', null).limit(1).execute()).length > 0
  )
    return false;
  if (key === undefined) return true;
  await appendAudit(trx, { at: now, actor: { type: 'system' }, action: keyBegins, subject: 'audit log', detail: {} });
  return true;
}

/**
 * Appends to the audit log inside the caller's transaction: an act and its record are committed together, or neither
 * is. However many entries, it is three statements. Until that transaction ends, others that append wait.
 */
export async function appendAudit(trx: Transaction<Tables>, ...entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const found = await trx.selectFrom('audit_head').select(['seq', 'hash']).forUpdate().executeTakeFirstOrThrow();
  const head = { seq: Number(found.seq), hash: found.hash };
  const key = keys.get(trx);
  const rows = entries.map((entry) => {
    const row: HashedRow = {
      seq: head.seq + 1,
      at: entry.at.toISOString(),
      actor: entry.actor,
      action: plainText(entry.action),
      subject: maskText(plainText(entry.subject)),
      detail: JSON.parse(jsonText(mask(entry.detail))),
      prevHash: head.hash,
    };
    head.seq = row.seq;
    head.hash = hashOf(row);
    return { ...row, hash: head.hash, mac: key === undefined ? null : macOf(head.hash, key) };
  });
  await sql`
    insert into audit_log (seq, at, actor_team, actor_user, action, subject, detail, prev_hash, hash, mac)
    select seq, at, actor ->> 'team', actor ->> 'user', action, subject, detail, "prevHash", hash, mac
    from json_to_recordset(${JSON.stringify(rows)}::json) as entry
      (seq bigint, at timestamptz, actor json, action text, subject text, detail json, "prevHash" text, hash text, mac text)`.execute(
    trx,
  );
  await trx.updateTable('audit_head').set(head).execute();
}

/** Appends what one actor did at one moment. `subject`: "alert 1042". */
export type Recorder = (
  trx: Transaction<Tables>,
  action: string,
  subject: string,
  detail?: Record<string, unknown>,
) => Promise<void>;

/** How a person's acts are written into the audit log, each in the transaction in which it is done. */
export const recordOf =
  ({ team, user }: { team: string; user: string }, at: Date): Recorder =>
  (trx, action, subject, detail = {}) =>
    appendAudit(trx, { at, actor: { type: 'user', team, user }, action, subject, detail });

/**
 * Puts a pseudonym in place of words that name a person, in all rows, and records it. Hashes and proofs stay as they are, so
 * the chain does; that a row does not fit its hash any more is vouched for by the act, which has the hash of what it says now.
 * Returns how many rows it changed.
 */
export async function eraseFromLog(
  trx: Transaction<Tables>,
  { words, pseudonym, record }: { words: readonly string[]; pseudonym: string; record: Recorder },
): Promise<number> {
  await trx.selectFrom('audit_head').select('seq').forUpdate().execute();
  const named = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.map(RegExp.escape).join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  const without = (text: string): string => text.replace(named, pseudonym);
  const changed: AuditRow[] = [];
  for await (const row of auditRows(trx)) {
    const { actor } = row;
    const now: AuditRow = {
      ...row,
      actor: actor.type === 'user' ? { ...actor, user: without(actor.user) } : actor,
      subject: without(row.subject),
      detail: deeply(row.detail, without),
    };
    if (canonicalJson(now) !== canonicalJson(row)) changed.push(now);
  }
  // Tables are altered in a transaction like anything else: whoever is stopped in it has altered nothing.
  await sql`alter table audit_log disable trigger audit_log_append_only`.execute(trx);
  for (let from = 0; from < changed.length; from += erasedInOne)
    await sql`
      update audit_log set actor_user = now_so.actor ->> 'user', subject = now_so.subject, detail = now_so.detail
      from jsonb_to_recordset(${jsonText(changed.slice(from, from + erasedInOne))}::jsonb)
        as now_so (seq bigint, actor jsonb, subject text, detail jsonb)
      where audit_log.seq = now_so.seq`.execute(trx);
  await sql`alter table audit_log enable trigger audit_log_append_only`.execute(trx);
  for (let from = 0; from === 0 || from < changed.length; from += erasedInOne) {
    const rows = Object.fromEntries(changed.slice(from, from + erasedInOne).map((row) => [row.seq, hashOf(row)]));
    await record(trx, erasure, `user ${pseudonym}`, { rows });
  }
  return changed.length;
}

/** A value of JSON with each of its texts as `change` makes it. */
function deeply(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => deeply(item, change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), deeply(item, change)]));
}

/** What rows say of which a name was taken out, by their numbers: the SHA-256 of it, as the last act about each recorded it. */
async function erasedRows(trx: Transaction<Tables>): Promise<Map<number, string>> {
  const acts = await trx
    .selectFrom('audit_log')
    .select('detail')
    .where('action', '=', erasure)
    .orderBy('seq')
    .execute();
  return new Map(
    acts.flatMap(({ detail }) =>
      Object.entries(Erasure.safeParse(detail).data?.rows ?? {}).map(([seq, hash]): [number, string] => [
        Number(seq),
        hash,
      ]),
    ),
  );
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

/** What is on the record about a subject since a time, oldest first; the newest `most` rows. */
export async function auditRowsOf(
  db: Kysely<Tables>,
  { subject, since, most }: { subject: string; since: Date; most: number },
): Promise<AuditRow[]> {
  const rows = await db
    .selectFrom('audit_log')
    .selectAll()
    .where('at', '>=', since)
    .where('subject', '=', subject)
    .orderBy('seq', 'desc')
    .limit(most)
    .execute();
  return rows.reverse().map(toRow);
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
  ...(row.mac === null ? {} : { mac: row.mac }),
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
  | 'truncated'
  /** The row fits its hash, but not the key: whoever wrote it did not have it. */
  | 'forged'
  /** The log is a whole chain, but another one than that of which this row was noted outside of the database. */
  | 'other-log';

export type Verification =
  | {
      ok: true;
      rows: number;
      head: string;
      /** The row from which on the key vouches for all; absent: it was not asked, or vouches for none. */
      vouchedFrom?: number;
      /** Rows out of which the name of a person was taken, as acts on the record say. */
      erased?: number;
      /** The triggers that refuse changes, or the type of a column, are not as they were made: somebody altered the table. */
      altered?: true;
    }
  | { ok: false; firstBad: number; reason: Fault }
  /**
   * The log is a whole chain, but not the one that was noted: its end was cut off and the head set back, or it was written again;
   * or the key vouches for no row of it.
   */
  | { ok: false; firstBad: null; reason: 'other-log' | 'unproven' };

/** A row that was noted outside of the database: the log must still hold it. */
export interface Anchor {
  seq: number;
  hash: string;
}

/**
 * Checks the whole chain and names the first row that is not as it was written. `noted` is the head of an earlier check, and
 * `anchors` rows of which the numbers are known too, all kept outside of the database; with `keys`, the newest first, every row
 * since the first of which they are proof has to bear a right one, and the last one that of the newest. One page of rows is in
 * memory at a time; the check sees the log as it stands when it begins.
 */
export const verifyAuditLog = (
  db: Kysely<Tables>,
  { noted, anchors = [], keys = [] }: { noted?: string; anchors?: readonly Anchor[]; keys?: readonly KeyObject[] } = {},
): Promise<Verification> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx): Promise<Verification> => {
      const found = await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
      // Without its head row, no row of the log is vouched for.
      const head = { seq: Number(found?.seq ?? 0), hash: found?.hash ?? genesis };
      const anchored = Map.groupBy(anchors, ({ seq }) => seq);
      let previous = { seq: 0, hash: genesis };
      let hasNoted = noted === undefined || noted === genesis;
      const proofs = new Proofs(keys);
      let erased = 0;
      for await (const [row, next] of withNext(checkedRows(trx))) {
        const bad = await faultAt(trx, previous, row, next, head);
        if (bad) return { ok: false, ...bad };
        if (anchored.get(row.seq)?.some(({ hash }) => hash !== row.hash))
          return { ok: false, firstBad: row.seq, reason: 'other-log' };
        if (!proofs.hold(row)) return { ok: false, firstBad: row.seq, reason: 'forged' };
        hasNoted ||= row.hash === noted;
        if (row.erased === true) erased += 1;
        previous = row;
      }
      if (previous.seq < head.seq) return { ok: false, firstBad: previous.seq + 1, reason: 'truncated' };
      if (previous.hash !== head.hash) return { ok: false, firstBad: previous.seq, reason: 'changed' };
      if (anchors.some(({ seq }) => seq > previous.seq))
        return { ok: false, firstBad: previous.seq + 1, reason: 'truncated' };
      if (!hasNoted) return { ok: false, firstBad: null, reason: 'other-log' };
      if (!proofs.areComplete()) return { ok: false, firstBad: null, reason: 'unproven' };
      return {
        ok: true,
        rows: previous.seq,
        head: head.hash,
        ...(erased === 0 ? {} : { erased }),
        ...(proofs.from === undefined ? {} : { vouchedFrom: proofs.from }),
        ...((await isAsMade(trx)) ? {} : { altered: true }),
      };
    });

/**
 * The proofs of the rows, in order. Keys follow one another and none comes back: whoever has an old one can write nothing behind the
 * row with which the next begins. What stands before the first known one, its row vouches for by the chain.
 */
class Proofs {
  /** The row from which on there is one for all. */
  from: number | undefined;
  readonly #keys: readonly KeyObject[];
  /** Which key holds, the newest is 0. */
  #at: number | undefined;

  constructor(keys: readonly KeyObject[]) {
    this.#keys = keys;
  }

  /** Whether the row bears the proof that it has to. */
  hold({ seq, hash, mac, action }: AuditRow): boolean {
    const fits = mac === undefined ? -1 : this.#keys.findIndex((key) => macOf(hash, key) === mac);
    if (fits === -1) return this.#at === undefined;
    if (fits === this.#at) return true;
    // Each begins with a row that says so: were it another, somebody took the proofs of those before it away.
    if (action !== keyBegins || (this.#at !== undefined && fits > this.#at)) return false;
    this.#at = fits;
    this.from ??= seq;
    return true;
  }

  /** Whether the newest key, where there is one, has begun. */
  areComplete(): boolean {
    return this.#keys.length === 0 || this.#at === 0;
  }
}

/**
 * Whether what guards the table is as the migrations made it. The type of `detail` is part of it: json, unlike jsonb, keeps a
 * key that stands twice, of which a reader sees one.
 */
async function isAsMade(trx: Transaction<Tables>): Promise<boolean> {
  const { rows } = await sql<{ triggers: string; detail: string }>`
    select
      (select count(*) from pg_trigger where not tgisinternal and tgenabled in ('O', 'A')
        and tgrelid in ('audit_log'::regclass, 'audit_head'::regclass)) as triggers,
      (select format_type(atttypid, atttypmod) from pg_attribute
        where attrelid = 'audit_log'::regclass and attname = 'detail') as detail`.execute(trx);
  return Number(rows[0]?.triggers) >= 4 && rows[0]?.detail === 'jsonb';
}

/** What is wrong with the row after `previous`, which is sound; undefined when nothing is, as far as `next` tells. */
async function faultAt(
  trx: Transaction<Tables>,
  previous: { seq: number; hash: string },
  row: CheckedRow,
  next: CheckedRow | undefined,
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
  // This row fits its own hash, but the next one, itself whole, noted another: this one was written again.
  if (next?.seq === row.seq + 1 && next.prevHash !== row.hash && isWhole(next)) return bad('changed');
  return undefined;
}

const isWhole = (row: CheckedRow): boolean => row.erased === true || hashOf(row) === row.hash;

async function* checkedRows(trx: Transaction<Tables>): AsyncGenerator<CheckedRow> {
  const erased = await erasedRows(trx);
  for await (const row of auditRows(trx)) {
    const known = erased.get(row.seq);
    yield known !== undefined && hashOf(row) !== row.hash && hashOf(row) === known ? { ...row, erased: true } : row;
  }
}

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
