import pg from 'pg';
import { after, openSurroundings, type Running, type Storage, startLoad, storages, untilQuiet } from './harness.ts';

/**
 * Whether an alert costs more the more there are, and what more processes bring: `node bench/scale.ts`, with DATABASE_URL
 * and REDIS_URL. The first size, and the single process, are the references.
 */
const sizes = [10, 10_000, 1_000_000];
const alerts = 500;
const processes = [1, 2, 3];
const messages = 5000;

/** Sends distinct alarms to all bots; milliseconds until the last is answered, and until all are in the table. */
async function takeIn(pool: pg.Pool, bots: readonly Running[], count: number, connections: number) {
  const alertCount = async (): Promise<number> =>
    Number((await pool.query('select count(*) as count from alert where id > $1', [newest])).rows[0].count);
  const newest = (await pool.query('select max(id) as id from alert')).rows[0].id ?? 0;
  await load.prepare({ kind: 'distinct', count });
  for (const bot of bots) await untilQuiet(bot.pid);
  const start = performance.now();
  const { answers, seconds } = await load.send(
    bots.map(({ url }) => url),
    { connections, mostMs: 30_000 },
  );
  const taken = answers['200'] ?? 0;
  await after(60_000, async () => (await alertCount()) >= taken);
  return { taken, answeredMs: seconds * 1000, storedMs: performance.now() - start };
}

async function compareSizes(storage: Storage): Promise<void> {
  const pool = new pg.Pool({ connectionString: storage.databaseUrl ?? '', max: 1 });
  const bot = await surroundings.startBot(storage, load.certificate);
  await takeIn(pool, [bot], alerts, 10);
  await pool.query("update alert set state = 'resolved', resolved_at = now(), due_at = null");
  let first = Number.NaN;
  for (const size of sizes) {
    await fillUp(pool, size);
    const { taken, storedMs } = await takeIn(pool, [bot], alerts, 10);
    const perAlert = storedMs / taken;
    if (Number.isNaN(first)) first = perAlert;
    console.log(
      `${size.toLocaleString('en')} open alerts: ${perAlert.toFixed(2)} ms an alert (${taken} taken in), ratio ${(perAlert / first).toFixed(2)}`,
    );
  }
  await bot.stop();
  await pool.end();
  await storage.close();
}

/** Fills the table up to so many open alerts: copies of the newest, shown in Slack as it is, that began over the last month. */
async function fillUp(pool: pg.Pool, size: number): Promise<void> {
  const { rows } = await pool.query(
    'select max(id) as newest, count(*) filter (where state <> $1) as open from alert',
    ['resolved'],
  );
  const missing = size - Number(rows[0].open);
  if (missing <= 0) return;
  const began = `now() - interval '30 days' * number / ${missing}`;
  await copy(pool, 'alert', `row.id = ${rows[0].newest}`, `generate_series(1, ${missing}) as number`, {
    state: `'firing'`,
    resolved_at: 'null',
    dedup_key: `row.dedup_key || '-' || number`,
    first_seen: began,
    last_seen: began,
    firing_since: began,
    due_at: `now() + interval '1 day'`,
    storm_id: 'null',
  });
  const copies = `(select id as number from alert where id > ${rows[0].newest}) as copies`;
  const newest = `row.alert_id = ${rows[0].newest}`;
  await copy(pool, 'alert_event', newest, copies, { alert_id: 'number' });
  await copy(pool, 'slack_message', `row.alert_id = (select max(alert_id) from slack_message)`, copies, {
    alert_id: 'number',
    ts: 'number::text',
    version: '1000000',
  });
  await pool.query('vacuum analyze');
}

/** Copies a row as often as `times` has rows, with some of its columns changed, whatever other columns the table has. */
async function copy(
  pool: pg.Pool,
  table: string,
  which: string,
  times: string,
  changed: Record<string, string>,
): Promise<void> {
  const { rows } = await pool.query(
    `select column_name as name from information_schema.columns where table_name = $1 and table_schema = 'public' and is_identity = 'NO'`,
    [table],
  );
  const names: string[] = rows.map(({ name }) => name);
  const values = names.map((name) => changed[name] ?? `row.${name}`);
  await pool.query(
    `insert into ${table} (${names.join(', ')}) select ${values.join(', ')} from ${table} row cross join ${times} where ${which}`,
  );
}

async function compareProcesses(storage: Storage): Promise<void> {
  const pool = new pg.Pool({ connectionString: storage.databaseUrl ?? '', max: 1 });
  const bots: Running[] = [];
  let first = Number.NaN;
  for (const count of processes) {
    while (bots.length < count) bots.push(await surroundings.startBot(storage, load.certificate));
    const { taken, answeredMs, storedMs } = await takeIn(pool, bots, messages, 100);
    const answered = (taken / answeredMs) * 1000;
    if (Number.isNaN(first)) first = answered;
    console.log(
      `${count} processes: ${answered.toFixed(0)} answered/s, ${((taken / storedMs) * 1000).toFixed(0)} alerts stored/s, ratio ${(answered / first).toFixed(2)}`,
    );
  }
  for (const bot of bots) await bot.stop();
  await pool.end();
  await storage.close();
}

const servers = storages().find(({ name }) => name === 'postgres');
if (servers === undefined) throw new Error('Set DATABASE_URL and REDIS_URL.');
const load = await startLoad();
const surroundings = await openSurroundings();
await compareSizes(await servers.open());
await compareProcesses(await servers.open());
load.stop();
await surroundings.close();
