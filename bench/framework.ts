import { fork } from 'node:child_process';
import { pino } from 'pino';
import * as z from 'zod';
import { environmentFor, Keys } from '../sandbox/aws/keys.ts';
import { botKey, memberRole, memberRoles } from '../sandbox/aws/roles.ts';
import { startAws } from '../sandbox/aws/server.ts';
import { services } from '../sandbox/aws/services/index.ts';
import { defaultRegions } from '../sandbox/organization/accounts.ts';
import { createOrganization } from '../sandbox/organization/create.ts';
import { createSns } from '../sandbox/sns/index.ts';
import { openAws } from '../src/aws/open.ts';
import type { Pace } from '../src/aws/pace.ts';
import { frameworkDefaults } from '../src/framework/settings.ts';
import { steps } from '../src/questions/framework/checks.ts';
import { runFramework } from '../src/questions/framework/run.ts';
import { noStore } from '../src/questions/framework/store.ts';
import { mb } from './harness.ts';
import { nodeOptions } from './node-options.ts';

/**
 * The sixteen steps over a large organization: `node bench/framework.ts [ACCOUNTS] [REGIONS]`, 500 × 17 where left out. The
 * sandbox's AWS stands in, in a process of its own and without its throttles, so that memory is the run's alone and time is
 * what asking and judging take. Printed: of a run of all steps, which share their answers, the calls, the time beside the
 * floor that the bot's own paces set, and the peak of memory over idle; then the calls of each step asked alone beside what
 * it may cost. Exit code 1: more calls or memory than allowed.
 */
const [accounts = 500, regions = 17] = process.argv.slice(2).map(Number);

/** Calls of each step that are allowed at 500 accounts in 17 regions, in the order of the steps; and of all of them. */
const allowedOf = [400, 8500, 25, 300, 3300, 530, 8500, 1600, 1500, 140, 0, 120, 30_000, 10_000, 1500, 500];
const allowed = { calls: 50_000, bytes: 250e6 };

/** What points the AWS SDK at it. */
const Served = z.record(z.string(), z.string());

if (process.env['BENCH_ROLE'] === 'aws') await serve();
else if (process.env['BENCH_ROLE'] === 'run') await measure();
else await start();

async function start(): Promise<void> {
  const child = (name: string, execArgv: string[], env: Record<string, string>) =>
    fork(import.meta.filename, process.argv.slice(2), { execArgv, env: { ...process.env, ...env, BENCH_ROLE: name } });
  const server = child('aws', [], {});
  const aws = Served.parse(await new Promise((resolve) => server.once('message', resolve)));
  const run = child('run', nodeOptions, aws);
  process.exitCode = await new Promise<number>((resolve) => run.once('exit', (code) => resolve(code ?? 2)));
  server.kill();
}

async function serve(): Promise<void> {
  const now = () => new Date();
  const organization = createOrganization({
    until: now(),
    accounts,
    usersPerAccount: 3,
    eventsPerAccount: 10,
    regions: [...new Set(['eu-west-1', 'us-east-1', ...defaultRegions])].slice(0, regions),
  });
  const keys = new Keys();
  const topics = createSns({ now, retryDelays: [] });
  const parts = { keys, roles: memberRoles(organization), topics };
  const paceMs = () => performance.now() * 1000;
  const aws = await startAws({ organization, keys, now, services: services(parts), paceMs });
  process.send?.(environmentFor(aws.url, botKey(organization, keys)));
}

async function measure(): Promise<void> {
  /** Seconds that each lane of the bot's own paces takes: nothing is faster than the slowest. */
  const lanes = new Map<string, number>();
  const pace: Pace = async (lane, perSecond) => void lanes.set(lane, (lanes.get(lane) ?? 0) + 1 / perSecond);
  const now = () => new Date();
  const log = pino({ level: 'error' });
  const { name: role, externalId } = memberRole;
  const aws = openAws({
    accounts: { discover: true, list: [], role, externalId, regions: [] },
    history: { logGroup: null, athena: null, eventDataStore: null, askAboveDays: 180 },
    pace,
    now,
    log,
  });
  await aws.accounts({ name: 'bench' });
  const parts = { aws, asker: { name: 'bench' }, settings: frameworkDefaults, store: noStore(now), now, log };
  const runOf = async (of: readonly string[]) => {
    lanes.clear();
    let [rows, calls] = [0, 0];
    const began = performance.now();
    for await (const told of runFramework(parts, { of, accounts: [], regions: [] }, new AbortController().signal))
      if (told.kind === 'rows') rows += told.rows.length;
      else if (told.kind === 'progress') calls = told.calls;
    const seconds = (performance.now() - began) / 1000;
    return { rows, calls, seconds, floor: Math.max(0, ...lanes.values()) };
  };
  globalThis.gc?.();
  const idle = process.memoryUsage().rss;
  let peak = idle;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 50);
  const whole = await runOf([]);
  clearInterval(sampling);
  // The allowances are for the full size: what is asked once for all does not shrink with the number of accounts.
  const full = accounts === 500 && regions === 17;
  const of = (most: number): string => (full ? ` (${most} allowed)` : '');
  const over = peak - idle;
  console.log(
    `all steps of ${accounts} accounts × ${regions} regions: ${whole.calls} calls${of(allowed.calls)}, ${whole.rows} results, ` +
      `${whole.seconds.toFixed(0)} s (the paces' floor is ${whole.floor.toFixed(0)} s), ${mb(over)} over ${mb(idle)} idle (${mb(allowed.bytes)} allowed)`,
  );
  for (const { step } of await steps()) {
    const { calls, seconds } = await runOf([String(step.number)]);
    console.log(
      `step ${step.number}, asked alone: ${calls} calls${of(allowedOf[step.number - 1] ?? 0)}, ${seconds.toFixed(0)} s (${step.name})`,
    );
  }
  process.exit((full && whole.calls > allowed.calls) || over > allowed.bytes ? 1 : 0);
}
