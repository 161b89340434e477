import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { pino } from 'pino';
import * as z from 'zod';
import { environmentFor, Keys } from '../sandbox/aws/keys.ts';
import { botKey, memberRole, memberRoles } from '../sandbox/aws/roles.ts';
import { startAws } from '../sandbox/aws/server.ts';
import { services } from '../sandbox/aws/services/index.ts';
import { createOrganization } from '../sandbox/organization/create.ts';
import { createSns } from '../sandbox/sns/index.ts';
import { lookupEvents } from '../src/aws/cloudtrail.ts';
import { coverageSentence } from '../src/aws/coverage.ts';
import { openAws } from '../src/aws/open.ts';
import { memoryPace } from '../src/aws/pace.ts';
import { eventRow } from '../src/cloudtrail/row.ts';
import { Tally } from '../src/cloudtrail/tally.ts';
import { nodeOptions } from './node-options.ts';

/**
 * A question to 50 accounts in 4 regions, everything of 30 days, against a server that keeps AWS's pace. The reference is
 * the floor: the pages of the busiest pair of account and region, two a second. Beside it runs the AWS CLI, pair after
 * pair, on a few pairs. Server and search are processes of their own, so that the memory is the search's.
 */
const accounts = 50;
const regions = ['eu-west-1', 'eu-central-1', 'us-east-1', 'ap-southeast-1'];
const dayMs = 86_400_000;
/** Pairs that the CLI is tried on: the busiest one and two quiet ones. */
const triedPairs = 3;

const World = z.object({
  url: z.string(),
  from: z.string(),
  to: z.string(),
  environment: z.record(z.string(), z.string()),
  events: z.number(),
  /** Pages of each pair that may be read, most first, with a key for the CLI. */
  pairs: z.array(
    z.object({ region: z.string(), pages: z.number(), accessKeyId: z.string(), secretAccessKey: z.string() }),
  ),
});
type World = z.output<typeof World>;

const Result = z.object({
  events: z.number(),
  read: z.number(),
  wallMs: z.number(),
  firstRowsMs: z.number(),
  idleBytes: z.number(),
  peakBytes: z.number(),
  coverage: z.string(),
});

const tell = (message: object): void => {
  process.send?.(message);
};

/** The sandbox's AWS with so many events in the last 30 days, until the parent goes. */
async function serve(events: number): Promise<void> {
  // Late enough for every event to be delivered.
  const until = new Date(Date.now() - 15 * 60_000);
  const organization = createOrganization({ until, accounts, regions, eventsPerAccount: events / accounts });
  const [from, to] = [new Date(until.getTime() - 30 * dayMs), until];
  const keys = new Keys();
  const roles = memberRoles(organization);
  const topics = createSns({ now: () => new Date(), retryDelays: [] });
  const aws = await startAws({
    organization,
    keys,
    now: () => new Date(),
    services: services({ keys, roles, topics }),
  });
  const key = botKey(organization, keys);
  const read = organization.accounts.filter(({ state, deniesReadRole }) => state === 'ACTIVE' && !deniesReadRole);
  const pairs = read.flatMap(({ id, regions: enabled }) => {
    const { accessKeyId, secretAccessKey } = keys.administrator(id);
    return enabled.map((region) => {
      const times = organization.events(id, region).map(({ eventTime }) => Date.parse(eventTime));
      const count = times.filter((time) => time >= from.getTime() && time <= to.getTime()).length;
      return { region, count, pages: Math.max(1, Math.ceil(count / 50)), accessKeyId, secretAccessKey };
    });
  });
  tell({
    url: aws.url,
    from: from.toISOString(),
    to: to.toISOString(),
    environment: environmentFor(aws.url, key),
    events: pairs.reduce((sum, { count }) => sum + count, 0),
    pairs: pairs.toSorted((a, b) => b.pages - a.pages),
  } satisfies z.input<typeof World>);
}

/** One question, as the command asks it: each event becomes a row that is counted and a line that is stored. */
async function search(from: Date, to: Date): Promise<void> {
  const idleBytes = process.memoryUsage.rss();
  const aws = openAws({
    accounts: { discover: true, list: [], role: memberRole.name, externalId: memberRole.externalId, regions: [] },
    history: { logGroup: null, athena: null, eventDataStore: null, askAboveDays: 180 },
    pace: memoryPace(),
    now: () => new Date(),
    log: pino({ level: 'warn' }),
  });
  const start = performance.now();
  const tally = new Tally();
  const query = {
    attribute: null,
    from,
    to,
    where: { accounts: [], regions: [] },
    wanted: () => true,
    mostPages: null,
  };
  let [firstRowsMs, read, coverage, bytes] = [0, 0, '', 0];
  for await (const found of lookupEvents(aws, query, { name: 'U0ANA' }, new AbortController().signal)) {
    tally.add(found.events.map(eventRow));
    bytes += found.events.reduce((sum, event) => sum + JSON.stringify(event).length, 0);
    if (firstRowsMs === 0 && tally.events > 0) firstRowsMs = performance.now() - start;
    read = found.read;
    coverage = coverageSentence(found.coverage, (at) => at.toISOString());
  }
  const wallMs = performance.now() - start;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  tell({ events: tally.events, read, wallMs, firstRowsMs, idleBytes, peakBytes, coverage });
  if (bytes === 0) throw new Error('Nothing was found.');
}

/** Seconds that the AWS CLI takes for all events of a pair, and how many it found. */
async function byCli(world: World, pair: World['pairs'][number]): Promise<{ seconds: number; events: number }> {
  const start = performance.now();
  const { stdout } = await promisify(execFile)(
    'aws',
    [
      ...['cloudtrail', 'lookup-events', '--region', pair.region, '--endpoint-url', world.url, '--output', 'text'],
      ...['--start-time', world.from, '--end-time', world.to, '--query', 'Events[].EventId'],
    ],
    {
      maxBuffer: 64 * 1024 * 1024,
      env: {
        PATH: process.env['PATH'],
        AWS_PAGER: '',
        AWS_ACCESS_KEY_ID: pair.accessKeyId,
        AWS_SECRET_ACCESS_KEY: pair.secretAccessKey,
        AWS_MAX_ATTEMPTS: '20',
        AWS_RETRY_MODE: 'adaptive',
      },
    },
  );
  return { seconds: (performance.now() - start) / 1000, events: stdout.split(/\s+/).filter((id) => id !== '').length };
}

/** What a child says first. */
async function heard<Message>(child: ChildProcess, shape: z.ZodType<Message>): Promise<Message> {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`A process of the benchmark ended with ${code}.`);
  });
  const [message] = await Promise.race([once(child, 'message'), gone]);
  return shape.parse(message);
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const s = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

async function compare(): Promise<void> {
  const over: number[] = [];
  for (const events of [20_000, 200_000]) {
    const server = fork(import.meta.filename, ['serve', String(events)]);
    const world = await heard(server, World);
    const floorMs = ((world.pairs[0]?.pages ?? 0) / 2) * 1000;
    const child = fork(import.meta.filename, ['search', world.from, world.to], {
      execArgv: nodeOptions,
      env: { PATH: process.env['PATH'], ...world.environment },
    });
    const result = await heard(child, Result);
    over.push(result.peakBytes - result.idleBytes);
    console.log(
      `${world.events.toLocaleString('en')} events in ${world.pairs.length} pairs: read ${result.read.toLocaleString('en')}, told ${result.events.toLocaleString('en')}; ${s(result.wallMs)}, floor ${s(floorMs)}, ratio ${(result.wallMs / floorMs).toFixed(2)}; first rows ${s(result.firstRowsMs)}; peak ${mb(result.peakBytes)}, ${mb(over.at(-1) ?? 0)} over idle`,
    );
    console.log(`  ${result.coverage}`);
    if (events === 200_000) await compareWithCli(world, result.wallMs);
    child.disconnect();
    server.disconnect();
  }
  const [small = 0, large = 0] = over;
  console.log(`memory over idle, ten times the events: ratio ${(large / small).toFixed(2)}`);
}

async function compareWithCli(world: World, wallMs: number): Promise<void> {
  const quiet = world.pairs.filter(({ pages }) => pages <= 10).slice(0, triedPairs - 1);
  const tried = [...world.pairs.slice(0, 1), ...quiet];
  let [seconds, pages] = [0, 0];
  for (const pair of tried) {
    const took = await byCli(world, pair);
    seconds += took.seconds;
    pages += pair.pages;
    console.log(
      `  aws cloudtrail lookup-events: ${took.events} events on ${pair.pages} pages in ${took.seconds.toFixed(1)} s`,
    );
  }
  const all = world.pairs.reduce((sum, pair) => sum + pair.pages, 0);
  const whole = (seconds / pages) * all;
  console.log(
    `  pair after pair the CLI would take about ${(whole / 60).toFixed(0)} min (extrapolated from ${tried.length} of ${world.pairs.length} pairs, ${pages} of ${all} pages): ${((whole * 1000) / wallMs).toFixed(0)} times as long`,
  );
}

const [, , mode, ...given] = process.argv;
// A server does not outlive the benchmark.
process.on('disconnect', () => process.exit());
if (mode === 'serve') await serve(Number(given[0]));
else if (mode === 'search') await search(new Date(given[0] ?? ''), new Date(given[1] ?? ''));
else await compare();
