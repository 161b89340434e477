import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AuditEntry,
  appendAudit,
  auditRows,
  beginKey,
  exportAuditLog,
  type Fault,
  verifyAuditLog,
  vouchWith,
} from '../../src/store/audit-log.ts';
import { canonicalJson } from '../../src/store/canonical-json.ts';
import type { Database } from '../../src/store/database.ts';
import { anyCharacter } from '../characters.ts';
import { describeBackends, type Store } from './backends.ts';

const entry = (i: number, detail: Record<string, unknown> = { i }): AuditEntry => ({
  at: new Date(Date.UTC(2026, 10, 23, 8, 0, 0, i)),
  actor: i % 3 === 0 ? { type: 'system' } : { type: 'user', team: 'T0TEAM', user: `U0USER${i}` },
  action: 'acknowledge',
  subject: `alert ${i}`,
  detail,
});

const append = (database: Database, ...entries: AuditEntry[]): Promise<void> =>
  database.transaction(async (trx) => {
    for (const each of entries) await appendAudit(trx, each);
  });

const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('canonical JSON', () => {
  test('says the same value in the same bytes, whatever the order of its keys', () => {
    expect(canonicalJson({ b: [1, { z: null, a: 'é"\n' }], a: 1e21, '\u20ac': true, '1': -0.5 })).toBe(
      '{"1":-0.5,"a":1e+21,"b":[1,{"a":"é\\"\\n","z":null}],"€":true}',
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const json: unknown = JSON.parse(JSON.stringify(value));
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(JSON.parse(JSON.stringify(turned)))).toBe(canonicalJson(json));
        expect(JSON.parse(canonicalJson(json))).toEqual(json);
      }),
    );
  });
});

describeBackends('the audit log', (backend) => {
  let store: Store;
  let database: Database;
  beforeEach(async () => {
    store = await backend.open();
    ({ database } = store);
    return () => store.close();
  });

  test('chains what is appended, and checks it over several pages', async () => {
    expect(await verifyAuditLog(database.db)).toEqual({ ok: true, rows: 0, head: '0'.repeat(64) });
    await append(database, ...Array.from({ length: 1001 }, (_, i) => entry(i)));
    const rows = await collect(auditRows(database.db));
    expect(rows).toHaveLength(1001);
    expect(await verifyAuditLog(database.db)).toEqual({ ok: true, rows: 1001, head: rows.at(-1)?.hash });
  });

  test('exports rows that anybody can check with nothing but SHA-256', async () => {
    await append(database, entry(1, { z: 'last', a: { c: 1, b: [2.5, null] } }), entry(2));
    const [first, second, ...rest] = await collect(exportAuditLog(database.db));
    expect(rest).toEqual([]);
    const row = JSON.parse(first ?? '');
    expect(row).toEqual({
      seq: 1,
      at: '2026-11-23T08:00:00.001Z',
      actor: { type: 'user', team: 'T0TEAM', user: 'U0USER1' },
      action: 'acknowledge',
      subject: 'alert 1',
      detail: { a: { b: [2.5, null], c: 1 }, z: 'last' },
      prevHash: '0'.repeat(64),
      hash: expect.any(String),
    });
    expect(row.hash).toBe(
      sha256(
        `{"action":"acknowledge","actor":{"team":"T0TEAM","type":"user","user":"U0USER1"},"at":"2026-11-23T08:00:00.001Z",` +
          `"detail":{"a":{"b":[2.5,null],"c":1},"z":"last"},"prevHash":"${'0'.repeat(64)}","seq":1,"subject":"alert 1"}`,
      ),
    );
    expect(JSON.parse(second ?? '')).toMatchObject({ seq: 2, prevHash: row.hash });
    expect(await collect(exportAuditLog(database.db, entry(2).at))).toEqual([second]);
  });

  test('keeps an act and its record together: what is rolled back was never recorded', async () => {
    await append(database, entry(1));
    await expect(
      database.transaction(async (trx) => {
        await appendAudit(trx, entry(2));
        throw new Error('the act failed');
      }),
    ).rejects.toThrow('the act failed');
    await append(database, entry(3));
    expect((await collect(auditRows(database.db))).map(({ subject }) => subject)).toEqual(['alert 1', 'alert 3']);
    expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true, rows: 2 });
  });

  test('stays one chain when many append at once', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, i) => append(database, entry(i), entry(i + 100))));
    expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true, rows: 80 });
  });

  test('takes any text and any JSON, and masks secrets', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: anyCharacter }),
        fc.dictionary(fc.string({ unit: anyCharacter }), fc.jsonValue({ stringUnit: anyCharacter })),
        async (text, detail) =>
          append(database, { ...entry(1, { ...detail, lone: '\ud800', nul: '\0' }), action: text, subject: text }),
      ),
      { numRuns: 60 },
    );
    await append(
      database,
      entry(1, { token: 'xoxb-1234567890-abcdefghijklmnop', text: 'said xoxb-1234567890-abcdefghijklmnop' }),
    );
    expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true, rows: 61 });
    expect((await collect(exportAuditLog(database.db))).join('')).not.toContain('abcdefghijklmnop');
  });

  test('refuses to be changed', async () => {
    await append(database, entry(1));
    for (const statement of [
      `update audit_log set subject = 'alert 2'`,
      'delete from audit_log',
      'truncate audit_log',
      'delete from audit_head',
      'truncate audit_head',
    ])
      await expect(database.pool.query(statement), statement).rejects.toThrow('the audit log is append-only');
    expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true, rows: 1 });
  });
});

describeBackends('an audit log that somebody tampered with', (backend) => {
  const length = 9;
  let store: Store;
  let database: Database;
  const run = (statement: string, values: unknown[] = []) => database.pool.query(statement, values);

  beforeAll(async () => {
    store = await backend.open();
    ({ database } = store);
    await append(database, ...Array.from({ length }, (_, i) => entry(i + 1)));
    // An intruder with all rights.
    for (const table of ['audit_log', 'audit_head']) await run(`alter table ${table} disable trigger user`);
    await run('alter table audit_log drop constraint audit_log_pkey');
    await run('alter table audit_log drop constraint audit_log_check');
    await run('create table kept_log as select * from audit_log');
    await run('create table kept_head as select * from audit_head');
  });
  afterAll(() => store.close());
  beforeEach(restore);

  async function restore(): Promise<void> {
    await run('delete from audit_log');
    await run('insert into audit_log select * from kept_log');
    await run('delete from audit_head');
    await run('insert into audit_head select * from kept_head');
  }

  interface Tampering {
    what: string;
    act: () => Promise<unknown>;
    firstBad: number;
    reason: Fault;
  }

  const seq = fc.integer({ min: 1, max: length });

  const edits = {
    at: `at + interval '1 millisecond'`,
    'at to infinity': `'infinity'`,
    actor_team: `coalesce(actor_team, '') || 'X'`,
    actor_user: `coalesce(actor_user, '') || 'X'`,
    action: `action || ' '`,
    subject: `replace(subject, 'alert', 'Alert')`,
    detail: `detail || '{"more": 1}'`,
    prev_hash: `translate(prev_hash, '0123456789abcdef', '123456789abcdef0')`,
    hash: `translate(hash, '0123456789abcdef', '123456789abcdef0')`,
  };
  // The team of a row of the system alone says nothing: it takes both to make it somebody's.
  const asSomebody = `actor_team = 'T0TEAM', actor_user = 'U0OTHER'`;
  const edit = fc.tuple(seq, fc.constantFrom(...Object.entries(edits))).map(([i, [column, value]]): Tampering => {
    const name = column.split(' ')[0];
    const set = entry(i).actor.type === 'system' && name?.startsWith('actor') ? asSomebody : `${name} = ${value}`;
    return {
      what: `${column} of row ${i} edited`,
      act: () => run(`update audit_log set ${set} where seq = ${i}`),
      firstBad: i,
      reason: 'changed',
    };
  });

  /** A row with a hash that fits it. */
  const rehash = async (at: number): Promise<void> => {
    for (const { hash, ...row } of await collect(auditRows(database.db))) {
      if (row.seq === at && row.subject.endsWith('!'))
        await run('update audit_log set hash = $1 where hash = $2', [sha256(canonicalJson(row)), hash]);
    }
  };

  const editRehashed = seq.map(
    (i): Tampering => ({
      what: `row ${i} edited, its hash made to fit`,
      act: async () => {
        await run(`update audit_log set subject = subject || '!' where seq = ${i}`);
        await rehash(i);
      },
      firstBad: i,
      reason: 'changed',
    }),
  );

  const remove = seq.map(
    (i): Tampering => ({
      what: `row ${i} removed`,
      act: () => run(`delete from audit_log where seq = ${i}`),
      firstBad: i,
      reason: i === length ? 'truncated' : 'removed',
    }),
  );

  const cut = seq.map(
    (i): Tampering => ({
      what: `cut off from row ${i}`,
      act: () => run(`delete from audit_log where seq >= ${i}`),
      firstBad: i,
      reason: 'truncated',
    }),
  );

  const swap = fc
    .tuple(seq, seq)
    .filter(([i, j]) => i < j)
    .map(
      ([i, j]): Tampering => ({
        what: `rows ${i} and ${j} swapped`,
        act: () => run(`update audit_log set seq = ${i} + ${j} - seq where seq in (${i}, ${j})`),
        firstBad: i,
        reason: 'moved',
      }),
    );

  const move = fc
    .tuple(seq, fc.oneof(fc.integer({ min: -3, max: 0 }), fc.integer({ min: length + 1, max: length + 9 })))
    .map(
      ([i, to]): Tampering => ({
        what: `row ${i} moved to ${to}`,
        act: () => run(`update audit_log set seq = ${to} where seq = ${i}`),
        firstBad: Math.min(i, to),
        reason: 'moved',
      }),
    );

  const forged = (at: number, prevOf: number) =>
    run(
      `insert into audit_log select ${at}, now(), null, null, 'acknowledge', 'forged!', '{}',
         coalesce((select hash from audit_log where seq = ${prevOf}), repeat('0', 64)), repeat('f', 64)`,
    );

  const insert = fc
    .tuple(
      fc.oneof(fc.integer({ min: -3, max: 0 }), seq, fc.integer({ min: length + 1, max: length + 3 })),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([at, shift, fitting]): Tampering => {
      const shifted = shift && at >= 1 && at <= length;
      return {
        what: `a row ${fitting ? 'that fits its hash ' : ''}inserted at ${at}${shifted ? ', those behind moved on' : ''}`,
        act: async () => {
          if (shifted) await run(`update audit_log set seq = seq + 1 where seq >= ${at}`);
          await forged(at, at - 1);
          if (fitting) await rehash(at);
        },
        firstBad: at,
        reason: 'inserted',
      };
    });

  test('is found out, and the first bad row is named', async () => {
    expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true, rows: length });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(edit, editRehashed, remove, cut, swap, move, insert),
        async ({ what, act, firstBad, reason }) => {
          await restore();
          await act();
          expect(await verifyAuditLog(database.db), what).toEqual({ ok: false, firstBad, reason });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('misses rows at the end by the head that was noted elsewhere, even when the head in the database was set back', async () => {
    const before = await verifyAuditLog(database.db);
    const noted = before.ok ? before.head : '';
    expect(await verifyAuditLog(database.db, { noted })).toEqual(before);
    const [, , third] = await collect(auditRows(database.db));
    expect(before).toMatchObject({ ok: true, altered: true });
    expect(await verifyAuditLog(database.db, { noted: third?.hash ?? '' })).toEqual(before);

    await run('delete from audit_log where seq > 5');
    await run('update audit_head set seq = 5, hash = (select hash from audit_log where seq = 5)');
    expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true, rows: 5 });
    expect(await verifyAuditLog(database.db, { noted })).toEqual({ ok: false, firstBad: null, reason: 'other-log' });
    expect(await verifyAuditLog(database.db, { anchors: [{ seq: length, hash: noted }] })).toEqual({
      ok: false,
      firstBad: 6,
      reason: 'truncated',
    });
    const other = { seq: 4, hash: 'f'.repeat(64) };
    expect(await verifyAuditLog(database.db, { anchors: [other] })).toEqual({
      ok: false,
      firstBad: 4,
      reason: 'other-log',
    });
  });

  test('vouches for nothing without the row of its head', async () => {
    await run('delete from audit_head');
    expect(await verifyAuditLog(database.db)).toEqual({ ok: false, firstBad: 1, reason: 'inserted' });
    await sql`truncate audit_log`.execute(database.db);
    await restore();
    await run('truncate audit_log');
    expect(await verifyAuditLog(database.db)).toEqual({ ok: false, firstBad: 1, reason: 'truncated' });
  });
});

describeBackends('an audit log that is written with a key', (backend) => {
  const secret = 'a-key-that-the-database-does-not-know';
  const key = createSecretKey(secret, 'utf8');
  const later = createSecretKey('another-key-that-takes-its-place-later', 'utf8');
  let store: Store;
  let database: Database;
  const run = (statement: string, values: unknown[] = []) => database.pool.query(statement, values);
  /** What the bot does: with the key, unless the test is somebody who has it not. */
  const act = (i: number, by: KeyObject | null = key) =>
    database.transaction(async (trx) => {
      if (by !== null) vouchWith(trx, by);
      await appendAudit(trx, entry(i));
    });
  const begin = (by = key, before: readonly KeyObject[] = []) =>
    database.transaction((trx) => {
      vouchWith(trx, by);
      return beginKey(trx, entry(0).at, before);
    });
  const verify = () => verifyAuditLog(database.db, { keys: [key] });

  beforeEach(async () => {
    store = await backend.open();
    ({ database } = store);
    await act(1, null);
    expect(await begin()).toBe(true);
    await act(2);
    await act(3);
    return () => store.close();
  });

  test('vouches for its rows from the first start with the key on, which is said once', async () => {
    expect(await begin()).toBe(true);
    expect(await verify()).toMatchObject({ ok: true, rows: 4, vouchedFrom: 2 });
    expect((await collect(auditRows(database.db))).map(({ action }) => action)).toEqual([
      'acknowledge',
      'audit-log-key',
      'acknowledge',
      'acknowledge',
    ]);
  });

  test('shows an act that was appended without it, though every hash fits', async () => {
    await act(4, null);
    expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true, rows: 5 });
    expect(await verify()).toEqual({ ok: false, firstBad: 5, reason: 'forged' });
    expect(await begin()).toBe(false);
    await act(5);
    expect(await verify()).toEqual({ ok: false, firstBad: 5, reason: 'forged' });
  });

  test('shows that it was written anew up to some row, or its proofs taken away', async () => {
    await run('alter table audit_log disable trigger user');
    await run('update audit_log set mac = null where seq = 2');
    expect(await verify()).toEqual({ ok: false, firstBad: 3, reason: 'forged' });
    await run('update audit_log set mac = null');
    await act(4);
    expect(await verify()).toEqual({ ok: false, firstBad: 5, reason: 'forged' });
  });

  test('shows another key, and that the proofs are gone', async () => {
    expect(await verifyAuditLog(database.db, { keys: [later] })).toEqual({
      ok: false,
      firstBad: null,
      reason: 'unproven',
    });
    await run('alter table audit_log disable trigger user');
    await run('update audit_log set mac = null');
    expect(await verify()).toEqual({ ok: false, firstBad: null, reason: 'unproven' });
  });

  test('goes on under another key, which vouches for all before it too, and lets the old one write nothing more', async () => {
    expect(await begin(later)).toBe(false);
    expect(await begin(later, [key])).toBe(true);
    expect(await begin(later, [key])).toBe(true);
    await act(4, later);
    expect(await verifyAuditLog(database.db, { keys: [later, key] })).toMatchObject({
      ok: true,
      rows: 6,
      vouchedFrom: 2,
    });
    expect(await verifyAuditLog(database.db, { keys: [later] })).toMatchObject({ ok: true, rows: 6, vouchedFrom: 5 });
    expect(await verify()).toEqual({ ok: false, firstBad: 5, reason: 'forged' });

    // Whoever has the old key and all rights on the database.
    await act(5, key);
    for (const keys of [[later, key], [later]])
      expect(await verifyAuditLog(database.db, { keys })).toEqual({ ok: false, firstBad: 7, reason: 'forged' });
    await run('alter table audit_log disable trigger user');
    await run('delete from audit_log where seq > 6');
    await run('update audit_head set seq = 6, hash = (select hash from audit_log where seq = 6)');
    expect(await begin(key, [later])).toBe(true);
    expect(await verifyAuditLog(database.db, { keys: [later, key] })).toEqual({
      ok: false,
      firstBad: 7,
      reason: 'forged',
    });
    await run('delete from audit_log where seq > 4');
    await run('update audit_head set seq = 4, hash = (select hash from audit_log where seq = 4)');
    await act(5, key);
    for (const keys of [[later, key], [later]])
      expect(await verifyAuditLog(database.db, { keys })).toEqual({ ok: false, firstBad: null, reason: 'unproven' });
  });

  test('is altered when a column keeps a key that stands twice, of which a reader sees one', async () => {
    await run('alter table audit_log alter column detail type json using detail::json');
    expect(await verify()).toMatchObject({ ok: true, altered: true });
  });
});
