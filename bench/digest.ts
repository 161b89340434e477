import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { pino } from 'pino';
import { z } from 'zod';
import { environmentFor, Keys } from '../sandbox/aws/keys.ts';
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
 * The floor is what the slowest single account took within the same run: with endless parallelism nothing is faster. Beside
 * it stands what an account takes that is asked alone.
 */
const [accounts = 500, users = 200] = process.argv.slice(2).map(Number);

/** What Node tells of garbage collections. */
const Collections = z.array(z.object({ detail: z.object({ kind: z.number() }) }));

/** What points the AWS SDK at it. */
const Served = z.record(z.string(), z.string());

/** A PostgreSQL server for the store, whose memory is not the digest's; the embedded database where left out. */
const databaseUrl = process.env['DATABASE_URL'] ?? null;
const dataDir = process.env['DATA_DIR'] ?? '';

const role = process.env['BENCH_ROLE'];
if (role === 'aws') await serve();
else if (role === 'lone') await measureLone();
else if (role === 'digest') await measure();
else await start();

/** Prepares an empty database, then starts AWS and the digest, each in a process of its own: neither's memory is the other's. */
async function start(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-bench-'));
  await (await openDatabase({ databaseUrl, dataDir: folder })).close();
  const child = (name: string, execArgv: string[], env: Record<string, string>) =>
    fork(import.meta.filename, process.argv.slice(2), { execArgv, env: { ...process.env, ...env, BENCH_ROLE: name } });
  const server = child('aws', [], {});
  const aws = Served.parse(await new Promise((resolve) => server.once('message', resolve)));
  for (const name of ['lone', 'digest']) {
    const env = { ...aws, DATA_DIR: folder };
    await new Promise((resolve) => child(name, nodeOptions, env).once('exit', resolve));
  }
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function serve(): Promise<void> {
  const now = () => new Date();
  const organization = createOrganization({ until: now(), accounts, usersPerAccount: users, eventsPerAccount: 1 });
  const keys = new Keys();
  const topics = createSns({ now, retryDelays: [] });
  const roles = memberRoles(organization);
  const aws = await startAws({ organization, keys, now, services: services({ keys, roles, topics }) });
  process.send?.(environmentFor(aws.url, botKey(organization, keys)));
}

async function openParts() {
  const loaded = loadConfig('sandbox/config.yaml', {});
  if ('problems' in loaded) throw new Error('The configuration of the sandbox has problems.');
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
  return {
    database,
    aws,
    config: loaded.config,
    nameOf: async (user: string) => user,
    zoneOf: async () => 'UTC',
    now,
    log,
  };
}

/** The second of two accounts: the first has the SDK imported. */
async function measureLone(): Promise<void> {
  const parts = await openParts();
  const ask = credentialReport.ask({ ...parts, stopping: new AbortController().signal });
  const { places, shared } = await ask.places();
  let seconds = 0;
  for (const place of places.slice(0, 2)) {
    const from = performance.now();
    await ask.collect(place, shared);
    seconds = Math.round((performance.now() - from) / 100) / 10;
  }
  console.log(JSON.stringify({ loneAccountSeconds: seconds }));
  await parts.database.close();
  process.disconnect();
}

async function measure(): Promise<void> {
  const parts = await openParts();
  let slowestMs = 0;
  let collectedMs = 0;
  const timed: Digest = {
    ...credentialReport,
    ask: (parts) => {
      const ask = credentialReport.ask(parts);
      return {
        ...ask,
        collect: async (...given) => {
          const from = performance.now();
          const answer = await ask.collect(...given);
          slowestMs = Math.max(slowestMs, performance.now() - from);
          collectedMs = performance.now() - began;
          return answer;
        },
      };
    },
  };
  const idle = process.memoryUsage();
  let peak = idle;
  const sampling = setInterval(() => {
    const now = process.memoryUsage();
    if (now.rss > peak.rss) peak = now;
  }, 50);
  let live = 0;
  const collections = new PerformanceObserver((list) => {
    const full = ({ detail }: { detail: { kind: number } }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
    if (Collections.parse(list.getEntries()).some(full)) live = Math.max(live, process.memoryUsage().heapUsed);
  });
  collections.observe({ type: 'gc' });
  const cpu = process.cpuUsage();
  const began = performance.now();
  const { result } = await makeRun({ ...parts, stopping: new AbortController().signal }, timed, join(dataDir, 'out'));
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
      liveHeapOverIdleMb: mb(live - idle.heapUsed),
    }),
  );
  await parts.database.close();
  process.disconnect();
}
