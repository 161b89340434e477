import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freshDatabase } from '../store/fresh-database.ts';
import { prepareDataDir } from '../store/fresh-store.ts';
import { openRelay, type Relay } from './relay.ts';

/** A Redis server of the suite's own, behind a relay. */
interface RedisServer {
  relay: Relay;
  /** Asks it past the relay. */
  ask: (command: string, ...args: string[]) => Promise<unknown>;
  /** Kills it and starts it again, empty. */
  startEmpty: (meanwhile: () => Promise<void>) => Promise<void>;
  close: () => Promise<void>;
}

/** Where the bots of a run keep their data. */
export interface Storage {
  name: 'embedded' | 'PostgreSQL + Redis';
  databaseUrl: string | null;
  dataDir: string;
  environment: Record<string, string>;
  /** Present with servers. */
  servers?: { postgres: Relay; statement: (text: string) => Promise<void>; redis: RedisServer };
  close: () => Promise<void>;
}

export async function openEmbedded(): Promise<Storage> {
  const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-faults-'));
  await prepareDataDir(dataDir);
  return {
    name: 'embedded',
    databaseUrl: null,
    dataDir,
    environment: { DATA_DIR: dataDir },
    close: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

/** A database and a user of the suite's own on the server, behind a relay, and a Redis server of its own. */
export async function openServers(serverUrl: string): Promise<Storage> {
  const { name, databaseUrl, drop } = await freshDatabase(serverUrl);
  const url = new URL(databaseUrl);
  // Not the administrator: limits of connections do not hold for those.
  const statement = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await statement(`create role ${name} login password '${name}'; alter database ${name} owner to ${name}`);
  await statement(`alter schema public owner to ${name}`);
  const postgres = await openRelay([{ host: url.hostname, port: Number(url.port || 5432) }]);
  const redis = await startRedis();
  const bots = new URL(databaseUrl);
  Object.assign(bots, { username: name, password: name, hostname: '127.0.0.1', port: String(postgres.port) });
  return {
    name: 'PostgreSQL + Redis',
    databaseUrl,
    dataDir: '',
    environment: { DATABASE_URL: bots.href, REDIS_URL: `redis://127.0.0.1:${redis.relay.port}` },
    servers: { postgres, statement, redis },
    close: async () => {
      await postgres.close();
      await redis.close();
      await drop();
      const client = new pg.Client({ connectionString: serverUrl });
      await client.connect();
      await client.query(`drop role ${name}`).finally(() => client.end());
    },
  };
}

async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  const start = async () => {
    const child = spawn('redis-server', ['--port', `${port}`, '--save', '', '--bind', '127.0.0.1'], {
      stdio: 'ignore',
    });
    const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 50 });
    client.on('error', () => {});
    await client.ping();
    return { child, client };
  };
  let running = await start();
  const stop = async () => {
    running.client.disconnect();
    running.child.kill('SIGKILL');
    await once(running.child, 'exit');
  };
  process.on('exit', () => running.child.kill('SIGKILL'));
  const relay = await openRelay([{ host: '127.0.0.1', port }]);
  return {
    relay,
    ask: (command, ...args) => running.client.call(command, ...args),
    startEmpty: async (meanwhile) => {
      await stop();
      await meanwhile();
      running = await start();
    },
    close: async () => {
      await relay.close();
      await stop();
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
