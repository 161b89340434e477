import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { World } from '../sandbox/world.ts';
import { openDatabase } from '../src/store/database.ts';
import {
  after,
  cpuMs,
  mb,
  openSurroundings,
  percentile,
  type Result,
  type Running,
  rssBytes,
  type Storage,
  startLoad,
  storages,
  untilQuiet,
  watchRss,
} from './harness.ts';
import { countStatements, type StatementCounter } from './statements.ts';

/**
 * Thousands of different alarms at once, as a region in trouble sends them: `node bench/storm.ts [postgres|embedded]`. They
 * arrive at their times whatever is answered, and none is sent a second time. Meanwhile somebody types `/audit status` each
 * second. Tells what was answered, when everything was taken in, when Slack shows a storm, and when the bot is idle again.
 */
const storms = [
  { count: 5000, perSecond: 500 },
  { count: 20_000, perSecond: 1000 },
];

async function weather(storage: Storage, { count, perSecond }: (typeof storms)[number]): Promise<void> {
  const load = await startLoad();
  const surroundings = await openSurroundings();
  const counter = storage.databaseUrl === null ? undefined : await countStatements(storage.databaseUrl);
  const environment = { ...storage.environment, ...(counter && { DATABASE_URL: counter.url }) };
  const bot = await surroundings.startBot({ environment }, load.certificate);
  // A bot that has worked before: what a first message costs is bench/start's and bench/latency's to tell.
  await load.prepare({ kind: 'few', count: 1000 });
  await load.send([bot.url], { perSecond: 200 });
  await load.prepare({ kind: 'distinct', count });
  await untilQuiet(bot.pid);
  const before = await workOver(5000, bot, counter);
  const alerts = await countAlerts(storage, bot);
  const known = await alerts.now();
  const idleBytes = rssBytes(bot.pid);
  const peak = watchRss(bot.pid);

  const start = performance.now();
  const stormMs = stormShown(surroundings.world, start);
  const acknowledged = typeEachSecond(surroundings.world);
  const result = await load.send([bot.url], { perSecond });
  const sinceLast = () => performance.now() - start - (count / perSecond) * 1000;
  const taken = result.answers['200'] ?? 0;
  const takenIn = await after(60_000, async () => (await alerts.now()) - known >= taken);
  const takenInMs = takenIn === undefined ? undefined : sinceLast();
  const people = await acknowledged();
  const quiet = await untilQuiet(bot.pid, 60_000);
  const quietMs = quiet === undefined ? undefined : sinceLast() - 1000;
  // Meanwhile Slack's pace, a message a second and channel, holds back edits of the first alerts into the storm's message.
  const afterwards = await workOver(5000, bot, counter);
  const later = await workOver(5000, bot, counter);
  const peakBytes = peak();
  await bot.stop();
  const stored = (await alerts.afterwards()) - known;
  const eleventhMs = (10 / perSecond) * 1000;
  console.log(
    [
      `${storage.name}, ${count} alarms in ${count / perSecond} s: ${answersOf(result)}; p50 ${result.p50Ms.toFixed(0)} ms, p99 ${result.p99Ms.toFixed(0)} ms`,
      `  all that was answered 200 taken in ${s(takenInMs)} after the last was sent; ${stored} alerts stored, ${Math.max(0, taken - stored)} lost`,
      `  storm message ${s(stormMs() - eleventhMs)} after the eleventh alarm; /audit status ${people}`,
      `  memory ${mb(idleBytes)} idle, at its peak ${mb(peakBytes - idleBytes)} over that`,
      `  quiet ${s(quietMs)} after the last was sent; before ${before}, afterwards ${afterwards}, five seconds later ${later}`,
    ].join('\n'),
  );
  load.stop();
  await counter?.close();
  await surroundings.close();
  await storage.close();
}

/** Watches Slack for the message that stands for many alerts. Returns how to ask when it came, NaN when it has not. */
function stormShown({ slack }: World, start: number): () => number {
  let at = Number.NaN;
  slack.state.watch((event) => {
    if (Number.isNaN(at) && event.type === 'message' && /\d alerts\b/.test(event.message.text))
      at = performance.now() - start;
  });
  return () => at;
}

/** Somebody types a command each second. Returns what stops them, and says how many Slack saw acknowledged in its three seconds. */
function typeEachSecond({ slack }: World): () => Promise<string> {
  const typed: Promise<number>[] = [];
  const timer = setInterval(() => {
    const start = performance.now();
    typed.push(
      slack.interactions.say('U0ANA', 'C0AUDIT', '/audit status').then(
        () => performance.now() - start,
        () => Number.POSITIVE_INFINITY,
      ),
    );
  }, 1000);
  return async () => {
    clearInterval(timer);
    const took = await Promise.all(typed);
    const acknowledged = took.filter(Number.isFinite);
    return `acknowledged ${acknowledged.length} of ${took.length} times, p50 ${percentile(took, 0.5).toFixed(0)} ms, p99 ${percentile(took, 0.99).toFixed(0)} ms`;
  };
}

/** How many alerts there are: while the bot runs (embedded: by its own metrics), and after it has stopped. */
async function countAlerts(storage: Storage, bot: Running) {
  if (storage.databaseUrl !== null) {
    const pool = new pg.Pool({ connectionString: storage.databaseUrl, max: 1 });
    const now = async (): Promise<number> =>
      Number((await pool.query('select count(*) as count from alert')).rows[0].count);
    const afterwards = async (): Promise<number> => {
      const count = await now();
      await pool.end();
      return count;
    };
    return { now, afterwards };
  }
  const now = async (): Promise<number> => {
    const metrics = await (await fetch(`${bot.url}/metrics`)).text();
    return Number(/^trailwatch_sns_messages_total\{outcome="opened"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
  };
  const afterwards = async (): Promise<number> => {
    const database = await openDatabase({ databaseUrl: null, dataDir: storage.environment['DATA_DIR'] ?? '' });
    const { rows } = await database.pool.query('select count(*) as count from alert');
    await database.close();
    return Number(rows[0].count);
  };
  return { now, afterwards };
}

/** What the bot does while nothing comes. */
async function workOver(lengthMs: number, bot: Running, counter: StatementCounter | undefined): Promise<string> {
  const before = { cpuMs: cpuMs(bot.pid), statements: counter?.statements() ?? 0 };
  await sleep(lengthMs);
  const cpu = ((cpuMs(bot.pid) - before.cpuMs) / lengthMs) * 100;
  const perSecond = counter && ((counter.statements() - before.statements) / lengthMs) * 1000;
  return `${perSecond === undefined ? '' : `${perSecond.toFixed(1)} statements/s and `}${cpu.toFixed(0)} % of a core`;
}

const s = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? 'never' : `${(value / 1000).toFixed(1)} s`;
const answersOf = ({ answers }: Result): string =>
  Object.entries(answers)
    .map(([answer, number]) => `${number} × ${answer}`)
    .join(', ');

for (const storage of storages()) for (const storm of storms) await weather(await storage.open(), storm);
