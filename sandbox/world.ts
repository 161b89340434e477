import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { severityRank } from '../src/alerts/severity.ts';
import { payloadFromText, readSignals } from '../src/alerts/sources/index.ts';
import { type App, startApp } from '../src/app.ts';
import { explanationInWords } from '../src/cli/explain.ts';
import type { Config, Environment, SqsQueue } from '../src/config/config.ts';
import { loadConfig } from '../src/config/load.ts';
import { formatProblem } from '../src/config/problem.ts';
import { explainMessage } from '../src/explain.ts';
import { slackManifest } from '../src/slack/manifest.ts';
import { consequence } from '../src/slack/views/alert-words.ts';
import { messageOf } from '../src/words/text.ts';
import { environmentFor, Keys } from './aws/keys.ts';
import { botKey, memberRoles } from './aws/roles.ts';
import { type SandboxAws, startAws } from './aws/server.ts';
import { services } from './aws/services/index.ts';
import { createQueue, type QueueOptions, send } from './aws/services/sqs.ts';
import { playEvening } from './evening.ts';
import { breaks } from './organization/breaks/index.ts';
import { usualOrganization } from './organization/create.ts';
import type { Organization } from './organization/organization.ts';
import type { PagePosts, PageSample } from './page-api.ts';
import { pageAsset } from './page-assets.ts';
import { leakedKey, storm } from './scenario.ts';
import { createSlack, type Slack } from './slack/index.ts';
import { createSns, type Sns } from './sns/index.ts';

const here = import.meta.dirname;
const samples = join(here, 'samples');

/** A Slack workspace and an AWS organization on this machine, with their own clock. */
export interface World {
  slack: Slack;
  sns: Sns;
  aws: SandboxAws;
  organization: Organization;
  topicArn: string;
  now: () => Date;
  /** Moves the clock ahead, and lets the app find what is due by then. */
  moveClock: (aheadMs: number) => Promise<void>;
  /** What the app is started with to live in this world. */
  config: Config;
  environment: Environment;
  /** The variables that point the AWS SDK at this world; they are set in this process. */
  awsEnvironment: Readonly<Record<string, string>>;
  /** Starts the real app in it and subscribes it to the topic. */
  startApp: (options: {
    dataDir: string;
    port?: number;
    databaseUrl?: string | null;
    redisUrl?: string | null;
  }) => Promise<App>;
  stopApp: (app: App) => Promise<void>;
  /** Tells a story; the scenes are published at their times. */
  play: (name: PagePosts['/page/scenario']['name']) => Promise<void>;
  close: () => Promise<void>;
}

/** How long a caption of a story stands at least. */
const captionMs = 7000;

const secrets = {
  botToken: 'xoxb-sandbox-0000000000-token',
  appToken: 'xapp-sandbox-0000000000-token',
  signingSecret: 'sandbox0sandbox0sandbox0sandbox0',
};

async function calendarAt(app: App | undefined, path: string): Promise<{ body: string; type: string } | undefined> {
  const response = await fetch(`http://127.0.0.1:${app?.port}${path}`);
  return response.ok
    ? { body: await response.text(), type: response.headers.get('content-type') ?? 'text/plain' }
    : undefined;
}

/** Opens the world; `port` is the page's (0: any). Nothing of it is reachable from other machines. */
export async function openWorld(options: {
  port: number;
  log: Logger;
  configFile?: string;
  /** The app opens a socket to Slack in place of being called by HTTP. */
  socketMode?: boolean;
  /** How long the app has for an acknowledgement; default 3,000 ms, as in Slack. */
  slackPatienceMs?: number;
  /** Milliseconds before each of SNS's retries. */
  retryDelays?: readonly number[];
}): Promise<World> {
  const { log } = options;
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  const sns = createSns({
    now,
    retryDelays: options.retryDelays ?? [1000, 5000, 20_000],
    toQueue: (arn, body) => send(organization, arn, body, now()) !== undefined,
  });
  const apps: App[] = [];
  const timers = new Set<NodeJS.Timeout>();

  const organization = usualOrganization(now());
  const keys = new Keys();
  const roles = memberRoles(organization);
  const aws = await startAws({ organization, keys, now, services: services({ keys, roles, topics: sns }) });
  const awsEnvironment = environmentFor(aws.url, botKey(organization, keys));
  const before = { ...process.env };
  // The SDK reads these when the app first asks AWS for something.
  Object.assign(process.env, awsEnvironment);
  // A profile would win over the key, and lead out of the sandbox.
  delete process.env['AWS_PROFILE'];

  const publish = (message: unknown, subject?: string): string => {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    return sns.publish(world.topicArn, subject === undefined ? { message: text } : { message: text, subject });
  };

  const slack = await createSlack({
    now,
    port: options.port,
    ...secrets,
    patienceMs: options.slackPatienceMs,
    manifest: slackManifest({ mode: 'http', publicUrl: 'https://sandbox.invalid' }),
    samples: sampleList(),
    breaks: breaks.map(({ id, step, check, title }) => ({ id, step, check, title })),
    // As a proxy in front of the app would: calendars are read at the page's own address.
    page: (path) => (path.startsWith('/oncall/') ? calendarAt(apps.at(-1), path) : pageAsset(path)),
    onPage: {
      '/page/publish': async (body) => {
        if ('folder' in body) publish(readSample(body.folder, body.name));
        else publish(body.text, body.subject);
      },
      '/page/explain': async (body) => {
        const [name, text] =
          'folder' in body ? [body.name, readSample(body.folder, body.name)] : ['Your message', body.text];
        return explanationInWords(name, await explainMessage(text, config, { at: now(), certificates: [] }));
      },
      '/page/break': ({ id }) => {
        const wanted = breaks.find((one) => one.id === id);
        if (wanted === undefined) throw new Error(`There is nothing to break called ${id}.`);
        wanted.break(organization);
      },
      '/page/scenario': (body) => world.play(body.name),
      '/page/clock': (body) => world.moveClock(body.aheadMs),
    },
  });
  sns.onDelivery((delivery) =>
    slack.log(
      `SNS → app: ${delivery.type}, attempt ${delivery.attempt}: ${delivery.result}`,
      delivery.outcome === 'delivered',
    ),
  );

  const loaded = loadConfig(options.configFile ?? join(here, 'config.yaml'), {
    SLACK_BOT_TOKEN: secrets.botToken,
    ...(options.socketMode ? { SLACK_APP_TOKEN: secrets.appToken } : { SLACK_SIGNING_SECRET: secrets.signingSecret }),
    SLACK_API_URL: `${slack.url}/api/`,
  });
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  const config: Config = { ...loaded.config, sns: { ...loaded.config.sns, trustedCertificates: [sns.certificate] } };
  const topicArn = config.sns.topics[0]?.arn;
  if (topicArn === undefined) throw new Error('The sandbox needs a topic in its configuration.');
  sns.createTopic(topicArn);
  for (const arn of openQueues(organization, config.sqs.queues)) sns.subscribeQueue(topicArn, arn);

  /** Goes on while the page is looked at; that it ended early is a line of the panel's log. */
  function tellEvening(): void {
    const pause = () =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          timers.delete(timer);
          resolve();
        }, captionMs);
        timers.add(timer);
      });
    playEvening({ slack, publish, now, pause }).catch((error: unknown) =>
      slack.log(`the evening ended early: ${messageOf(error).slice(0, 300)}`, false),
    );
  }

  const world: World = {
    slack,
    sns,
    aws,
    organization,
    awsEnvironment,
    topicArn,
    now,
    config,
    environment: loaded.environment,
    moveClock: async (aheadMs) => {
      ahead += aheadMs;
      slack.clockMoved(ahead);
      for (const app of apps) await app.sweep();
    },
    startApp: async ({ dataDir, port = 0, databaseUrl = null, redisUrl = null }) => {
      const environment = { ...loaded.environment, publicUrl: slack.url, dataDir, port, databaseUrl, redisUrl };
      const app = await startApp(config, environment, { now, log });
      apps.push(app);
      if (!options.socketMode) slack.connect(`http://127.0.0.1:${app.port}/slack/events`);
      // What comes through a queue needs no way in.
      if (config.sqs.queues.length === 0) sns.subscribe(topicArn, `http://127.0.0.1:${app.port}/sns`);
      return app;
    },
    stopApp: async (app) => {
      apps.splice(apps.indexOf(app), 1);
      await app.close();
    },
    play: async (name) => {
      if (name === 'evening') tellEvening();
      else if (name === 'storm') for (const message of storm(500, now())) publish(message);
      else
        for (const { afterMs, message } of leakedKey) {
          const timer = setTimeout(() => {
            timers.delete(timer);
            publish(message(now()));
          }, afterMs);
          timers.add(timer);
        }
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      await sns.close();
      for (const app of apps) await app.close();
      await slack.close();
      await aws.close();
      for (const name of [...Object.keys(awsEnvironment), 'AWS_PROFILE'])
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
    },
  };
  return world;
}

/**
 * Makes the queues that the configuration names, those for alerts with a dead-letter queue behind them where one is
 * named too, and returns the ARNs of those for alerts.
 */
function openQueues(organization: Organization, queues: readonly SqsQueue[]): string[] {
  const make = ({ url, region }: SqsQueue, redrive?: QueueOptions['redrive']): string => {
    const [account = '', name = ''] = url.split('/').slice(-2);
    return createQueue(organization, { account, region: region ?? 'eu-west-1', name, ...(redrive && { redrive }) });
  };
  const [deadLetterQueue] = queues.filter(({ deadLetter }) => deadLetter).map((queue) => make(queue));
  const redrive = deadLetterQueue === undefined ? undefined : { deadLetterQueue, maxReceiveCount: 3 };
  return queues.filter(({ deadLetter }) => !deadLetter).map((queue) => make(queue, redrive));
}

/** What Trailwatch makes of each sample is found out once in a process. */
let listedSamples: PageSample[] | undefined;

function sampleList(): PageSample[] {
  listedSamples ??= readdirSync(samples, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: folder }) => readdirSync(join(samples, folder)).map((name) => titled(folder, name)))
    .sort((a, b) => severityRank(a.severity) - severityRank(b.severity) || a.title.localeCompare(b.title));
  return listedSamples;
}

function titled(folder: string, name: string) {
  const payload = payloadFromText(readFileSync(join(samples, folder, name), 'utf8'), '2026-01-01T00:00:00Z');
  const [signal] = readSignals(payload);
  if (signal === undefined) throw new Error(`The sample ${folder}/${name} says nothing.`);
  return { folder, name, title: consequence(signal), severity: signal.severity };
}

/** A sample by its place in the list: nothing else of the disk can be named. */
function readSample(folder: string, name: string): string {
  const known = sampleList().find((sample) => sample.folder === folder && sample.name === name);
  if (known === undefined) throw new Error(`There is no sample ${folder}/${name}.`);
  return readFileSync(join(samples, known.folder, known.name), 'utf8');
}
