import { createSecretKey } from 'node:crypto';
import type { Transaction } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import {
  type AuditRow,
  appendAudit,
  auditRows,
  recordOf,
  verifyAuditLog,
  vouchWith,
} from '../../src/store/audit-log.ts';
import { canonicalJson } from '../../src/store/canonical-json.ts';
import { erase, underWayOf } from '../../src/store/erase.ts';
import { sha256Of } from '../../src/store/packed.ts';
import type { Tables } from '../../src/store/tables.ts';
import { intakeOf, messageOf } from '../jobs/taking-in.ts';
import { describeBackends, type Store } from './backends.ts';

const fail = (): never => {
  throw new Error('There is no such row.');
};

const at = new Date('2026-11-23T02:00:00Z');
const key = createSecretKey('a-key-that-the-database-does-not-know', 'utf8');

describeBackends(
  'a person is erased',
  (backend) => {
    let store: Store;
    beforeAll(async () => {
      store = await backend.open();
    });
    afterAll(() => store.close());
    const run = async (statement: string, values: unknown[] = []) =>
      (await store.database.pool.query<Record<string, unknown>>(statement, values)).rows;
    /** Everything that can be read in the database. */
    const everything = async (): Promise<string> => {
      const tables = await run(
        `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
      );
      const all = [];
      for (const { name } of tables)
        all.push(...(await run(`select to_jsonb(each)::text as row from ${name} as each`)));
      return all.map(({ row }) => row).join('\n');
    };
    const vouched = <Result>(act: (trx: Transaction<Tables>) => Promise<Result>): Promise<Result> =>
      store.database.transaction(async (trx) => {
        vouchWith(trx, key);
        return act(trx);
      });
    const rows = async () => {
      const all: AuditRow[] = [];
      for await (const row of auditRows(store.database.db)) all.push(row);
      return all;
    };

    test('everywhere at once, and the chain, its proofs and its anchors hold before and after', async () => {
      await intakeOf(store.database, { now: at }).take(messageOf(alarm('cpu-high-for-U0ANASTAR', 'ALARM', at), at));
      await run(
        `update alert set acknowledged_by = 'U0ANA', state = 'resolved', resolved_at = last_seen, resolved_by = 'U0ANA', mention = '["user:U0ANA"]'`,
      );
      await run(`update outbox set done_at = created_at`);
      await run(
        `insert into alert_event (alert_id, at, kind, by, text) select id, now(), 'commented', '{"type":"user","user":"U0ANA"}', 'ask <@U0ANA> or "Ana Nováková"; not U0ANASTAR nor Banana' from alert`,
      );
      await run(
        `insert into oncall_override (schedule, user_id, starts_at, ends_at, created_by, created_at) values ('s', 'U0ANA', $1, $1, 'U0BEN', $1)`,
        [at],
      );
      await run(
        `insert into reach (user_id, rules, updated_at) values ('U0ANA', '[{"way":"voice:+420123456789"}]', now())`,
      );
      await run(
        `insert into outbox (key, kind, target, payload, created_at, done_at, person) values ('given-U0ANA-1', 'given', 'U0ANA', '{"by":"U0ANA"}', now(), now(), 'U0ANA')`,
      );
      await vouched(async (trx) => {
        const entry = (user: string, subject: string, detail: Record<string, unknown>) => ({
          at,
          actor: { type: 'user' as const, team: 'T0', user },
          action: 'act',
          subject,
          detail,
        });
        await appendAudit(trx, {
          at,
          actor: { type: 'system' },
          action: 'audit-log-key',
          subject: 'audit log',
          detail: {},
        });
        await appendAudit(
          trx,
          entry('U0ANA', 'alert 1', { a: 1 }),
          entry('U0BEN', 'user U0ANA', { text: 'for ANA NOVÁKOVÁ', of: ['U0ANA'] }),
          entry('U0BEN', 'alert 2', {}),
        );
      });
      const before = await rows();
      const anchors = before.map(({ seq, hash }) => ({ seq, hash }));
      expect(await vouched((trx) => underWayOf(trx, 'U0ANA', at))).toEqual([]);

      const done = await vouched((trx) =>
        erase(trx, {
          user: 'U0ANA',
          texts: ['Ana Nováková'],
          record: recordOf({ team: 'terminal', user: 'root' }, at),
        }),
      );
      const { pseudonym } = done;
      expect(done).toEqual({
        pseudonym: expect.stringMatching(/^U0ERASED[0-9A-Z]{8}$/),
        rows: expect.any(Number),
        log: 2,
      });
      const left = await everything();
      expect(left).not.toMatch(/U0ANA(?!STAR)|Nováková|\+420123456789/i);
      expect(left).toMatch(/U0ANASTAR/);
      expect(await run('select text from alert_event where kind = $1', ['commented'])).toEqual([
        { text: `ask <@${pseudonym}> or "${pseudonym}"; not U0ANASTAR nor Banana` },
      ]);
      expect(await run('select acknowledged_by, mention from alert')).toEqual([
        { acknowledged_by: pseudonym, mention: [`user:${pseudonym}`] },
      ]);

      const after = await rows();
      expect(after.map(({ hash, mac }) => [hash, mac]).slice(0, 4)).toEqual(before.map(({ hash, mac }) => [hash, mac]));
      expect(after[2]).toMatchObject({
        subject: `user ${pseudonym}`,
        detail: { text: `for ${pseudonym}`, of: [pseudonym] },
      });
      expect(after[4]).toMatchObject({
        action: 'erase',
        subject: `user ${pseudonym}`,
        detail: { rows: { 2: expect.any(String), 3: expect.any(String) } },
      });
      expect(await verifyAuditLog(store.database.db, { keys: [key], anchors })).toMatchObject({
        ok: true,
        rows: 5,
        erased: 2,
        vouchedFrom: 1,
      });
      await expect(run(`update audit_log set subject = 'x'`)).rejects.toThrow('append-only');
    });

    test('twice, out of one row; who erased, too', async () => {
      const record = recordOf({ team: 'terminal', user: 'U0BEN' }, at);
      await vouched((trx) => erase(trx, { user: 'U0BEN', texts: [], record }));
      expect(await verifyAuditLog(store.database.db, { keys: [key] })).toMatchObject({ ok: true, rows: 6, erased: 3 });
    });

    test('a row that says another thing than the act recorded is found, and so is an act that somebody made up', async () => {
      await run('alter table audit_log disable trigger user');
      const [{ subject } = { subject: '' }] = await run('select subject from audit_log where seq = 3');
      await run(`update audit_log set subject = 'user U0CARL' where seq = 3`);
      expect(await verifyAuditLog(store.database.db)).toEqual({ ok: false, firstBad: 3, reason: 'changed' });
      await run('update audit_log set subject = $1 where seq = 3', [subject]);

      await run(`update audit_log set subject = 'alert 9' where seq = 1`);
      await run('alter table audit_log enable trigger user');
      const { hash: _, mac: __, ...says } = (await rows())[0] ?? fail();
      const detail = { rows: { 1: sha256Of(Buffer.from(canonicalJson(says))) } };
      await store.database.transaction((trx) =>
        appendAudit(trx, { at, actor: { type: 'system' }, action: 'erase', subject: 'user U0ERASED', detail }),
      );
      expect(await verifyAuditLog(store.database.db, { keys: [key] })).toEqual({
        ok: false,
        firstBad: 7,
        reason: 'forged',
      });
      // Without a key it stands there as an act, and the row as one out of which a name was taken.
      expect(await verifyAuditLog(store.database.db)).toMatchObject({ ok: true, erased: 4 });
    });

    test('not while something is under way', async () => {
      await run(
        `insert into outbox (key, kind, target, payload, created_at) values ('x', 'given', 'U0CARL', '{}', now())`,
      );
      await run(
        `insert into digest_task (digest, finding, title, assignee, asked_by, channel, created_at, chase_at) values ('evidence', 'f', 't', 'U0CARL', 'U0DORA', 'C0A', now(), now())`,
      );
      expect(await vouched((trx) => underWayOf(trx, 'U0CARL', at))).toEqual([
        '1 messages to them are still to be sent',
        '1 findings are given to them',
      ]);
    });
  },
  ['embedded', 'PostgreSQL'],
);
