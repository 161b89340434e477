import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { z } from 'zod';
import { Keys } from '../sandbox/aws/keys.ts';
import { botKey, memberRole, memberRoles } from '../sandbox/aws/roles.ts';
import { startAws } from '../sandbox/aws/server.ts';
import { services } from '../sandbox/aws/services/index.ts';
import { createOrganization } from '../sandbox/organization/create.ts';
import { createSns } from '../sandbox/sns/index.ts';
import { openAws } from '../src/aws/open.ts';
import { memoryPace } from '../src/aws/pace.ts';
import { loadConfig } from '../src/config/load.ts';
import { credentialReport } from '../src/jobs/digests/credential-report/index.ts';
import type { Digest } from '../src/jobs/digests/digest.ts';
import { makeRun } from '../src/jobs/digests/run.ts';
import { openDatabase } from '../src/store/database.ts';
import { nodeOptions } from './node-options.ts';

/**
 * The credential report of a large organization: `node bench/digest.ts [ACCOUNTS] [USERS]`, 500 × 200 where left out. The
 * sandbox's AWS takes its two seconds for each report, in a process of its own, so that memory is the digest's alone.
 * The floor is what the slowest single account took within the same run: with endless parallelism nothing is faster.
 */
const [accounts = 500, users = 200] = process.argv.slice(2).map(Number);

const Served = z.object({ url: z.string(), key: z.record(z.string(), z.string()) });

/** A PostgreSQL server for the store, whose memory is not the digest's; the embedded database where left out. */
const databaseUrl = process.env['DATABASE_URL'] ?? null;

const role = process.env['BENCH_ROLE'];
if (role === 'aws') await serve();
else if (role === 'digest') await measure();
else await start();

/** Prepares an empty database, then starts AWS and the digest, each in a process of its own: neither's memory is the other's. */
async function start(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-bench-'));
  await (await openDatabase({ databaseUrl, dataDir })).close();
  const child = (name: string, execArgv: string[], env: Record<string, string>) =>
    fork(import.meta.filename, process.argv.slice(2), { execArgv, env: { ...process.env, ...env, BENCH_ROLE: name } });
  const server = child('aws', [], {});
  const { url, key } = Served.parse(await new Promise((resolve) => server.once('message', resolve)));
  const digest = child('digest', nodeOptions, {
    ...key,
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    DATA_DIR: dataDir,
  });
  await new Promise((resolve) => digest.once('exit', resolve));
  server.kill();
  rmSync(dataDir, { recursive: true, force: true });
}

async function serve(): Promise<void> {
  const now = () => new Date();
  const organization = createOrganization({ until: now(), accounts, usersPerAccount: users, eventsPerAccount: 1 });
  const keys = new Keys();
  const topics = createSns({ now, retryDelays: [] });
  const roles = memberRoles(organization);
  const aws = await startAws({ organization, keys, now, services: services({ keys, roles, topics }) });
  const { accessKeyId, secretAccessKey, sessionToken } = botKey(organization, keys);
  const key = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
  process.send?.({ url: aws.url, key });
}

async function measure(): Promise<void> {
  const loaded = loadConfig('sandbox/config.yaml', {});
  if ('problems' in loaded) throw new Error('The configuration of the sandbox has problems.');
  const dataDir = process.env['DATA_DIR'] ?? '';
  const database = await openDatabase({ databaseUrl, dataDir });
  const log = pino({ level: 'error' });
  const now = () => new Date();
  const aws = openAws({
    accounts: { ...loaded.config.accounts, externalId: memberRole.externalId },
    history: loaded.config.history,
    pace: memoryPace(),
    now,
    log,
  });
  await aws.home();
  let slowestMs = 0;
  let collectedMs = 0;
  const timed: Digest = {
    ...credentialReport,
    collect: async (...args) => {
      const from = performance.now();
      const answer = await credentialReport.collect(...args);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      collectedMs = performance.now() - began;
      return answer;
    },
  };
  const idle = process.memoryUsage();
  let peak = idle;
  const sampling = setInterval(() => {
    const now = process.memoryUsage();
    if (now.rss > peak.rss) peak = now;
  }, 50);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const { result } = await makeRun({ database, aws, config: loaded.config, now, log }, timed, join(dataDir, 'out'));
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(sampling);
  const mb = (bytes: number) => Math.round(bytes / 1024 / 1024);
  console.log(
    JSON.stringify({
      accounts,
      usersPerAccount: users,
      answered: `${result.coverage.answered} of ${result.coverage.asked}`,
      open: result.itemsTotal,
      wallSeconds: Math.round(wallMs / 100) / 10,
      collectedSeconds: Math.round(collectedMs / 100) / 10,
      slowestAccountSeconds: Math.round(slowestMs / 100) / 10,
      wallOverFloor: Math.round((10 * wallMs) / slowestMs) / 10,
      cpuSeconds: Math.round((user + system) / 1e5) / 10,
      idleMb: mb(idle.rss),
      peakOverIdleMb: mb(peak.rss - idle.rss),
      heapOverIdleMb: mb(peak.heapTotal - idle.heapTotal),
      buffersOverIdleMb: mb(peak.external - idle.external),
    }),
  );
  await database.close();
  process.disconnect();
}
