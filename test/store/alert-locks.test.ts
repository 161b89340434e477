import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { lockAlerts } from '../../src/store/alerts.ts';
import { putIntoIncident } from '../../src/store/incident-members.ts';
import { transition } from '../../src/store/transitions.ts';
import { intakeOf, messageOf } from '../jobs/taking-in.ts';
import { describeBackends } from './backends.ts';

const now = new Date('2026-03-06T20:00:00Z');
const by = { type: 'user' as const, id: 'U0ANA' };

describeBackends(
  'two who change alerts of one incident at one moment',
  ({ open }) => {
    test('take turns, though one of them changes which alert leads: neither is given up and run again', async () => {
      const { database, close } = await open();
      onTestFinished(close);
      const { take, parts } = intakeOf(database, { now });
      await take(...['one', 'two', 'three'].map((name) => messageOf(alarm(name, 'ALARM', now), now)));
      const standing = await parts.standing(now);
      await database.transaction(async (trx) =>
        putIntoIncident(trx, null, await lockAlerts(trx, [1, 2, 3]), { by, standing }),
      );

      let runs = 0;
      const changing = (alertId: number, before: () => Promise<void>) =>
        database.transaction(async (trx) => {
          runs += 1;
          await lockAlerts(trx, [alertId]);
          await before();
          return transition(trx, alertId, { kind: 'resolve' }, by, standing);
        });
      const has = Promise.withResolvers<void>();
      const second = changing(2, async () => {
        has.resolve();
        // Until the other one waits for a lock.
        await expect
          .poll(async () => {
            const { rows } = await sql`
              select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
              database.people.db,
            );
            return rows.length;
          })
          .toBe(1);
      });
      await has.promise;
      const first = changing(1, async () => {});
      const outcomes = await Promise.all([first, second]);
      expect(outcomes.map((each) => each?.outcome.ok)).toEqual([true, true]);
      expect(runs).toBe(2);
      const { rows } = await sql<{ id: number }>`select id from alert where leads`.execute(database.db);
      expect(rows).toEqual([{ id: 3 }]);
    });
  },
  ['PostgreSQL'],
);
