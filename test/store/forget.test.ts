import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { appendAudit, verifyAuditLog } from '../../src/store/audit-log.ts';
import { forget, type Keeping } from '../../src/store/forget.ts';
import { endCalmStorms } from '../../src/store/storms.ts';
import { dayMs, hourMs } from '../../src/words/time.ts';
import { intakeOf, messageOf } from '../jobs/taking-in.ts';
import { describeBackends, type Store } from './backends.ts';

const start = Date.UTC(2026, 10, 23, 2);
const onDay = (day: number) => new Date(start + day * dayMs);

const keeping: Keeping = {
  retention: { alertsMs: 100 * dayMs, newsMs: 90 * dayMs, messagesMs: 14 * dayMs, answersMs: hourMs },
  digests: { keepWeeks: 14, archive: null, timeStamp: null, upload: null, sign: null },
};

describeBackends(
  'what is over is thrown away',
  (backend) => {
    let store: Store;
    beforeEach(async () => {
      store = await backend.open();
      return () => store.close();
    });
    const run = async (statement: string) => (await store.database.pool.query<Record<string, unknown>>(statement)).rows;
    const count = async (table: string) => Number((await run(`select count(*) as count from ${table}`))[0]?.['count']);
    const take = (day: number, ...payloads: object[]) =>
      intakeOf(store.database, { now: onDay(day) }).take(...payloads.map((each) => messageOf(each, onDay(day))));
    const alarms = async () =>
      (await run('select title from alert order by id')).map(({ title }) => String(title).match(/\w+-alarm/)?.[0]);
    /** Everything that was to be shown and said is, and nobody looks into anything. */
    const settle = async () => {
      await run('update outbox set done_at = created_at, retry_at = null');
      await run('update triage set done_at = wanted_at');
    };

    test('alerts with all that belongs to them, and never what is open, waits or is part of what is not over', async () => {
      const names = ['over', 'open', 'late', 'unsaid', 'looked', 'joined', 'newer', 'told'].map(
        (each) => `${each}-alarm`,
      );
      for (const name of names) await take(0, alarm(name, 'ALARM', onDay(0)));
      for (const name of names)
        if (!['open-alarm', 'told-alarm'].includes(name))
          await take(name === 'late-alarm' ? 50 : 1, alarm(name, 'OK', onDay(1)));
      await settle();
      const id = (name: string) => `(select id from alert where title like '%${name}-alarm%')`;
      await run(`update alert set mode = 'notification' where id = ${id('told')}`);
      await run(`update outbox set done_at = null where alert_id = ${id('unsaid')}`);
      await run(`insert into triage (alert_id, wanted_at) values (${id('looked')}, now())
        on conflict (alert_id) do update set done_at = null`);
      await run(`with one as (insert into incident (channel, opened_at, last_at, count) values ('C0A', now(), '${onDay(60).toISOString()}', 2) returning id)
        update alert set incident_id = one.id from one where alert.id in (${id('joined')}, ${id('newer')})`);
      await run(`update alert set last_seen = '${onDay(60).toISOString()}' where id = ${id('newer')}`);
      await run(
        `update outbox set bundle = (select min(id) from outbox where alert_id = ${id('over')}) where alert_id = ${id('open')}`,
      );

      expect(await forget(store.database.db, keeping, onDay(100))).toBe(false);
      expect(await alarms()).toEqual(names);
      expect(await forget(store.database.db, keeping, onDay(102))).toBe(false);
      expect(await alarms()).toEqual(
        ['open', 'late', 'unsaid', 'looked', 'joined', 'newer'].map((each) => `${each}-alarm`),
      );
      for (const table of ['alert_event', 'slack_message', 'outbox'])
        expect(
          await run(`select distinct alert_id from ${table} where alert_id not in (select id from alert)`),
          table,
        ).toEqual([]);
      expect(await run('select distinct bundle from outbox')).toEqual([{ bundle: null }]);
      expect(await count('incident')).toBe(1);

      await settle();
      await forget(store.database.db, keeping, onDay(161));
      expect(await alarms()).toEqual(['open-alarm']);
      await forget(store.database.db, keeping, onDay(161));
      expect(await count('incident')).toBe(0);
    });

    test('a storm when all its alerts are over, by batches of which each is whole', async () => {
      const names = Array.from({ length: 620 }, (_, at) => `storm-${at}`);
      await take(0, ...names.map((name) => alarm(name, 'ALARM', onDay(0))));
      expect(await count('storm')).toBe(1);
      await endCalmStorms(store.database.db, onDay(1));
      await settle();
      await run(`update alert set state = 'resolved', resolved_at = last_seen
        where id <> (select max(id) from alert where storm_id is not null)`);
      await forget(store.database.db, keeping, onDay(200));
      const left = await count('alert');
      expect(left).toBeGreaterThan(600);
      await run(`update alert set state = 'resolved', resolved_at = last_seen`);
      expect(await forget(store.database.db, keeping, onDay(200))).toBe(true);
      expect(await count('alert')).toBe(left - 500);
      expect(await forget(store.database.db, keeping, onDay(200))).toBe(false);
      expect([await count('alert'), await count('storm'), await count('slack_message')]).toEqual([0, 0, 0]);
    });

    test('ids of messages, answers, news and decisions by their own times, the audit log never', async () => {
      await take(0, alarm('one', 'ALARM', onDay(0)));
      await run(
        `insert into inbox (id, seq, received_at, waiting, trouble) values ('set-apart', 99, '${onDay(0).toISOString()}', '{}', 'no reason')`,
      );
      const question = (state: string, seen: number) =>
        sql`insert into question (team, asked_by, channel, at, state, seen_at, answer)
          values ('T0', 'U0ANA', 'C0A', ${onDay(0)}, ${state}, ${onDay(seen)}, '{}')`.execute(store.database.db);
      await question('done', 0);
      await question('following', 13);
      // An answer in a case is kept as long as the case.
      await question('cancelled', 0);
      await run(`insert into case_file (team, name, opened_by, opened_at, closed_at, last_at)
        values ('T0', 'Leak', 'U0ANA', now(), '${onDay(0).toISOString()}', now()), ('T0', 'Open', 'U0ANA', now(), null, now())`);
      await run(`insert into case_entry (case_id, at, added_by, kind, text, ref)
        select 1, now(), 'U0ANA', 'answer', 'lookup', id from question where state = 'cancelled'`);
      await run(`insert into outbox (key, kind, target, payload, created_at, done_at)
        values ('a', 'oncall', 'C0A', '{}', '${onDay(0).toISOString()}', now()), ('b', 'oncall', 'C0A', '{}', '${onDay(0).toISOString()}', null)`);
      await run(`insert into digest_exception (digest, finding, title, owner, reason, expires_at, asked_at, channel, decided_at, approved)
        values ('evidence', 'f', 't', 'U0ANA', 'r', '${onDay(0).toISOString()}', now(), 'C0A', '${onDay(0).toISOString()}', true),
        ('evidence', 'g', 't', 'U0ANA', 'r', '${onDay(0).toISOString()}', now(), 'C0A', null, null)`);
      await store.database.transaction((trx) =>
        appendAudit(trx, { at: onDay(0), actor: { type: 'system' }, action: 'a', subject: 's', detail: {} }),
      );

      await forget(store.database.db, keeping, new Date(start + 13 * dayMs + hourMs));
      expect(await count('inbox')).toBe(2);
      expect((await run('select state from question')).map(({ state }) => state)).toEqual(['following', 'cancelled']);
      await forget(store.database.db, keeping, onDay(15));
      expect((await run('select id from inbox')).map(({ id }) => id)).toEqual(['set-apart']);
      await forget(store.database.db, keeping, onDay(3650));
      expect(await count('inbox')).toBe(0);
      expect(await run('select name from case_file')).toEqual([{ name: 'Open' }]);
      expect(await count('case_entry')).toBe(0);
      await forget(store.database.db, keeping, onDay(3650));
      expect(await count('question')).toBe(0);
      expect(await run('select key from outbox where alert_id is null')).toEqual([{ key: 'b' }]);
      expect(await run('select finding from digest_exception')).toEqual([{ finding: 'g' }]);
      expect(await verifyAuditLog(store.database.db)).toMatchObject({ ok: true, rows: 1 });
    });

    test('runs of digests, but for the newest, what is open, and a review that was begun', async () => {
      const digest = (period: string, state: string, more = '') =>
        run(`insert into digest_run (digest, period, channel, started_at, state)
          values ('evidence', '${period}', 'C0A', '${onDay(0).toISOString()}', '${state}') ${more}`);
      for (const [period, state] of [
        ['plain', 'done'],
        ['open', 'collecting'],
        ['review', 'done'],
        ['signed', 'done'],
        ['last', 'done'],
      ] as const)
        await digest(period, state);
      await run(`insert into digest_user_review (run_id, principal, decision, by, at)
        select id, 'arn', 'keep', 'U0ANA', now() from digest_run where period in ('review', 'signed')`);
      await run(`update digest_run set reviewed_at = now() where period = 'signed'`);
      await run(`insert into digest_raw select id, '111122223333', 'a.json', 'f', '\\x00' from digest_run`);
      await forget(store.database.db, keeping, onDay(99));
      expect((await run('select period from digest_run order by id')).map(({ period }) => period)).toEqual([
        'open',
        'review',
        'last',
      ]);
      expect(await count('digest_raw')).toBe(3);
    });
  },
  ['embedded', 'PostgreSQL'],
);
