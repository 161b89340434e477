import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migratedDatabase } from '../store/fresh-database.ts';
import { freshStore } from '../store/fresh-store.ts';
import { judge } from './oracle.ts';
import { play } from './play.ts';
import { report } from './report.ts';
import { tell } from './story.ts';
import { tamper } from './tamper.ts';

/**
 * `npm run test:quarter [-- ALERTS [SEED]]`: two quarters, so that both changes of the clocks of every zone are in them, each in a
 * process of its own. On the embedded store, or in databases of their own on the servers of TEST_DATABASE_URL and TEST_REDIS_URL.
 */
const [alerts = 5000, seed = 1, played] = process.argv.slice(2).map(Number);
/** Databases of the Redis server that the tests of the app do not use. */
const firstOfRedis = 12;
const quarters = [
  { from: '2027-02-20T00:00:00Z', to: '2027-05-22T00:00:00Z' },
  { from: '2027-08-25T00:00:00Z', to: '2027-11-24T00:00:00Z' },
];

interface Store {
  database: Database;
  redisUrl: string | null;
  close: () => Promise<void>;
}

async function openStore(place: number): Promise<Store> {
  const [server, redis] = [process.env['TEST_DATABASE_URL'], process.env['TEST_REDIS_URL']];
  if (!server) {
    const database = await freshStore();
    return { database, redisUrl: null, close: () => database.close() };
  }
  const { databaseUrl, drop } = await migratedDatabase(server);
  const database = await openDatabase({ databaseUrl, dataDir: '' });
  // The quarters are played side by side, and each has a database of the Redis server to itself.
  const redisUrl = redis ? new URL(`/${firstOfRedis + place}`, redis).href : null;
  return {
    database,
    redisUrl,
    close: async () => {
      await database.close();
      await drop();
    },
  };
}

/** Plays one of the quarters and says what came of it. */
async function playQuarter(place: number, quarter: { from: string; to: string }): Promise<void> {
  const story = tell({ ...quarter, alerts: Math.round(alerts / quarters.length), seed: seed + place });
  const begun = performance.now();
  const { database, redisUrl, close } = await openStore(place);
  const seen = await play(story, { database, redisUrl }, (line) => process.stderr.write(`${line}\n`));
  await close();
  const verdict = judge(story, seen);
  const seconds = Math.round((performance.now() - begun) / 1000);
  const { user, system } = process.cpuUsage();
  const took = `${seconds} s, ${Math.round((user + system) / 1e6)} s of processor, on ${database.kind}${redisUrl === null ? '' : ' + redis'}`;
  const heading = `${quarter.from} to ${quarter.to}, seed ${seed + place}, ${took}`;
  const wrong = verdict.wrong.slice(0, 40).map((line) => `${line}\n`);
  process.stdout.write(`\n${heading}\n\n${report(story, verdict, tamper(story, seen))}\n${wrong.join('')}`);
  // An embedded store that is kept for the next test would keep this process.
  process.exit(verdict.wrong.length > 0 ? 1 : 0);
}

const quarter = played === undefined ? undefined : quarters[played];
if (played !== undefined && quarter !== undefined) await playQuarter(played, quarter);
else {
  const ends = quarters.map(async (_, place) => {
    const player = fork(import.meta.filename, [alerts, seed, place].map(String), {
      execArgv: [...process.execArgv, '--max-semi-space-size=64'],
    });
    const [code] = await once(player, 'exit');
    return code === 0;
  });
  if ((await Promise.all(ends)).includes(false)) process.exitCode = 1;
}
