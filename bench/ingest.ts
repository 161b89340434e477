import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { SnsMessage } from '../src/listeners/sns/message.ts';
import { snsVerifier } from '../src/listeners/sns/verify.ts';
import { pgliteSettings } from '../src/store/pglite.ts';
import {
  openSurroundings,
  type Result,
  type Storage,
  startLoad,
  startServer,
  storages,
  untilQuiet,
} from './harness.ts';

/**
 * How many messages `POST /sns` takes a second: `node bench/ingest.ts [postgres|embedded]`. The reference is a bare
 * node:http server that verifies the same signature with the same verifier and commits one row for each message in the same
 * kind of database. Both run the whole time and are measured in turn; the bot gets time to finish what it took in.
 */
const rounds = 2;
const kinds = ['repeats', 'distinct'] as const;
const paces = [
  { connections: 1, count: 500, mostMs: 6000 },
  { connections: 100, count: 5000, mostMs: 8000 },
];

if (process.argv[2] === 'bare') await serveBare();
else for (const storage of storages()) await compare(await storage.open());

async function serveBare(): Promise<void> {
  const {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir = '',
    CERTIFICATE: certificate = '',
    TOPIC: arn = '',
  } = process.env;
  const query = databaseUrl === undefined ? await embedded(join(dataDir, 'bare')) : onServer(databaseUrl);
  await query('create table if not exists bare (id text primary key, topic_arn text, at timestamptz, body text)', []);
  const commit = ({ messageId, topicArn, timestamp, raw }: SnsMessage) =>
    query('insert into bare values ($1, $2, $3, $4) on conflict do nothing', [messageId, topicArn, timestamp, raw]);
  const topics = [{ arn, signatureVersion: '2' as const }];
  const verify = snsVerifier({ topics, trustedCertificates: [certificate], now: () => new Date() });
  const take = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.url === '/readyz') return void res.end('ok');
    const verdict = await verify(await buffer(req), req.headers);
    if (verdict.ok) await commit(verdict.message);
    res.writeHead(verdict.ok ? 200 : verdict.status).end();
  };
  createServer((req, res) => {
    take(req, res).catch(() => res.writeHead(503).end());
  }).listen(Number(process.env['PORT']), '127.0.0.1');
  process.on('SIGTERM', () => process.exit());
}

type Query = (text: string, values: string[]) => Promise<unknown>;

function onServer(connectionString: string): Query {
  const pool = new pg.Pool({ connectionString, max: 20 });
  return (text, values) => pool.query(text, values);
}

async function embedded(directory: string): Promise<Query> {
  const pglite = await PGlite.create(directory, pgliteSettings);
  return (text, values) => pglite.query(text, values);
}

async function compare(storage: Storage): Promise<void> {
  const load = await startLoad();
  const surroundings = await openSurroundings();
  const { world } = surroundings;
  const bot = await surroundings.startBot(storage, load.certificate);
  const bare = await startServer([import.meta.filename, 'bare'], {
    CERTIFICATE: load.certificate,
    TOPIC: world.topicArn,
    ...storage.environment,
  });
  const servers = { bot, bare };
  for (const kind of kinds)
    for (const { count, ...pace } of paces) {
      const results: { bot: Result[]; bare: Result[] } = { bot: [], bare: [] };
      for (let round = 0; round < rounds; round++) {
        await load.prepare({ kind, count });
        for (const name of ['bot', 'bare'] as const) {
          await untilQuiet(bot.pid);
          results[name].push(await load.send([servers[name].url], pace));
        }
      }
      const [ofBot, ofBare] = [summary(results.bot), summary(results.bare)];
      console.log(
        `${storage.name}, ${kind}, ${pace.connections} connections: bot ${ofBot.words}; bare ${ofBare.words}; ratio ${(ofBot.perSecond / ofBare.perSecond).toFixed(3)}`,
      );
    }
  load.stop();
  for (const server of [bot, bare]) await server.stop();
  await surroundings.close();
  await storage.close();
}

/** Answers of 200 a second over all rounds, and the worst round's latencies. */
function summary(results: readonly Result[]): { perSecond: number; words: string } {
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const taken = results.reduce((sum, { answers }) => sum + (answers['200'] ?? 0), 0);
  const others = results.flatMap(({ answers }) => Object.entries(answers)).filter(([answer]) => answer !== '200');
  const worst = (pick: (result: Result) => number) => Math.max(...results.map(pick)).toFixed(1);
  const perSecond = taken / seconds;
  const words = `${perSecond.toFixed(0)}/s, p50 ${worst(({ p50Ms }) => p50Ms)} ms, p99 ${worst(({ p99Ms }) => p99Ms)} ms`;
  return { perSecond, words: [words, ...others.map(([answer, count]) => `${count} × ${answer}`)].join(', ') };
}
