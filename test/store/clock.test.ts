import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { escalate } from '../../src/jobs/escalate.ts';
import { createMetrics } from '../../src/metrics.ts';
import { databaseClock } from '../../src/store/clock.ts';
import { clockAheadMs, setClock } from '../clock.ts';
import { intakeOf, messageOf, policies } from '../jobs/taking-in.ts';
import { describeBackends } from './backends.ts';

// The embedded database has the clock of its process.
describeBackends(
  "the database's clock",
  (backend) => {
    test('decides what is due: two machines that are 90 s fast call nobody early, and each call is made once', async () => {
      const store = await backend.open();
      const { database } = store;
      const start = new Date('2026-11-23T02:00:00Z');
      const { take } = intakeOf(database, { now: start });
      await take(...['web', 'mail'].map((name) => messageOf(alarm(name, 'ALARM', start), start)));
      await database.pool.query(`update alert set due_at = clock_timestamp() + interval '60 s' where id = 1`);
      await database.pool.query(`update alert set due_at = clock_timestamp() - interval '1 s' where id = 2`);
      const { rows } = await database.pool.query('select clock_timestamp() as now');
      const before = clockAheadMs();
      setClock(new Date(rows[0].now.getTime() + 90_000));
      try {
        const warn = vi.fn();
        const replicas = await Promise.all([1, 2].map(() => databaseClock(database, { warn })));
        expect(warn).toHaveBeenCalledWith({ aheadMs: expect.closeTo(90_000, -4) }, expect.any(String));
        const parts = {
          database,
          standing: async (now: Date) => ({ now, policies, onCall: () => [], defaultChannel: 'C0HERE' }),
          log: pino({ level: 'silent' }),
          metrics: createMetrics(),
          wakes: { after: () => {}, escalate: () => {} },
        };
        await Promise.all(replicas.map(({ now }) => escalate({ ...parts, now })));
        for (const { stop } of replicas) stop();
        const called = await database.pool.query(`select alert_id, target from outbox where kind = 'direct'`);
        expect(called.rows).toEqual([{ alert_id: 2, target: 'U0ANA' }]);
      } finally {
        setClock(new Date(Date.now() - clockAheadMs() + before));
        await store.close();
      }
    });
  },
  ['PostgreSQL', 'PostgreSQL and Redis'],
);
