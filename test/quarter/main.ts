import { fork } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import { migrateQueue } from '../../src/jobs/queue.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { freshStore } from '../store/fresh-store.ts';
import { judge } from './oracle.ts';
import { play } from './play.ts';
import { report } from './report.ts';
import { tell } from './story.ts';

/**
 * `npm run test:quarter [-- ALERTS [SEED]]`: two quarters, so that both changes of the clocks of every zone are in them, each in a
 * process of its own. On the embedded store, or in databases of their own on the server of TEST_DATABASE_URL.
 */
const [alerts = 5000, seed = 1, played] = process.argv.slice(2).map(Number);
const quarters = [
  { from: '2027-02-20T00:00:00Z', to: '2027-05-22T00:00:00Z' },
  { from: '2027-08-25T00:00:00Z', to: '2027-11-24T00:00:00Z' },
];

async function openStore(): Promise<{ database: Database; close: () => Promise<void> }> {
  const server = process.env['TEST_DATABASE_URL'];
  if (!server) {
    const database = await freshStore();
    return { database, close: () => database.close() };
  }
  const name = `trailwatch_quarter_${process.pid}`;
  const administer = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await administer(`create database ${name}`);
  const databaseUrl = new URL(server);
  databaseUrl.pathname = `/${name}`;
  const database = await openDatabase({ databaseUrl: databaseUrl.href, dataDir: '' });
  await migrateQueue(database);
  return {
    database,
    close: async () => {
      await database.close();
      await administer(`drop database ${name} with (force)`);
    },
  };
}

/** Plays one of the quarters and says what came of it. */
async function playQuarter(place: number, quarter: { from: string; to: string }): Promise<void> {
  const story = tell({ ...quarter, alerts: Math.round(alerts / quarters.length), seed: seed + place });
  const begun = performance.now();
  const { database, close } = await openStore();
  const seen = await play(story, database, (line) => process.stderr.write(`${line}\n`));
  await close();
  const verdict = judge(story, seen);
  const took = `${Math.round((performance.now() - begun) / 1000)} s on ${database.kind}`;
  const heading = `${quarter.from} to ${quarter.to}, seed ${seed + place}, ${took}`;
  const wrong = verdict.wrong.slice(0, 40).map((line) => `${line}\n`);
  process.stdout.write(`\n${heading}\n\n${report(story, verdict)}\n${wrong.join('')}`);
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
