import { pino } from 'pino';
import { alarm } from '../sandbox/scenario.ts';
import { schedule } from '../src/config/schedules.ts';
import { escalate } from '../src/jobs/escalate.ts';
import { createMetrics } from '../src/metrics.ts';
import { type Database, openDatabase } from '../src/store/database.ts';
import { standingFrom } from '../src/store/overrides.ts';
import { intakeOf, messageOf } from '../test/jobs/taking-in.ts';
import { mb, type Storage, storages, watchRss } from './harness.ts';

/**
 * `node bench/escalate.ts [embedded|postgres]`: ten thousand alerts that are due in the same second, for a schedule of fifty people.
 * How long until every call is in the outbox, with timeline and audit log, and how much memory that takes; beside one UPDATE of as
 * many rows in the same run. The calls are queued by the process that works, so Redis, which wakes it, has no part in it.
 */
const count = 10_000;
const people = Array.from({ length: 50 }, (_, n) => `U0PERSON${n}`);

/** So many more alerts like the one that there is, each with a dedup key of its own. */
async function copyAlert(pool: Database['pool'], times: number): Promise<void> {
  const { fields } = await pool.query('select * from alert limit 0');
  const columns = fields.map(({ name }) => name).filter((name) => name !== 'id');
  const values = columns.map((name) => (name === 'dedup_key' ? `'bench-' || n` : name));
  await pool.query(`insert into alert (${columns}) select ${values} from alert, generate_series(1, ${times}) as n`);
}

async function measure(storage: Storage): Promise<void> {
  const { databaseUrl, environment } = storage;
  const database = await openDatabase({ databaseUrl, dataDir: environment['DATA_DIR'] ?? '' });
  const begin = new Date('2027-03-01T02:00:00Z');
  const config = {
    schedules: new Map([
      ['security', schedule.parse({ timezone: 'Europe/Prague', rotation: 'daily', handoff: '09:00', users: people })],
    ]),
    escalation: new Map([['primary', { steps: [{ notify: ['schedule:security'], afterMs: 300_000 }], repeat: 0 }]]),
    channels: { default: 'C0ALERTS', digest: 'C0AUDIT' },
  };
  const standing = standingFrom(database, config);
  const { take } = intakeOf(database, { now: begin }, { standing });
  await take(messageOf(alarm('cpu-high', 'ALARM', begin), begin));
  await copyAlert(database.pool, count - 1);

  const updated = performance.now();
  await database.pool.query(`update alert set level = level, due_at = due_at where due_at is not null`);
  const updateMs = performance.now() - updated;

  const now = new Date(begin.getTime() + 300_000);
  const quiet = { after: () => {}, escalate: () => {} };
  const parts = { database, standing, now: () => now, log: pino({ level: 'silent' }), metrics: createMetrics() };
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const peak = watchRss(process.pid);
  const begun = performance.now();
  // Two of them, as two replicas would.
  await Promise.all([escalate({ ...parts, wakes: quiet }), escalate({ ...parts, wakes: quiet })]);
  const tookMs = performance.now() - begun;
  const { rows } = await database.pool.query(
    `select count(*)::integer as calls, count(distinct alert_id)::integer as alerts from outbox where kind = 'direct'`,
  );
  await database.close();
  await storage.close();
  process.stdout.write(
    `${storage.name}: ${rows[0].calls} calls for ${rows[0].alerts} alerts queued in ${(tookMs / 1000).toFixed(2)} s; ` +
      `one UPDATE of ${count} rows ${(updateMs / 1000).toFixed(2)} s; ratio ${(tookMs / updateMs).toFixed(1)}; ` +
      `memory ${mb(peak() - before)} over ${mb(before)}\n`,
  );
}

for (const { open } of storages()) await measure(await open());
