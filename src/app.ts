import { createSecretKey } from 'node:crypto';
import type { Server } from 'node:http';
import { WebAPIRateLimitedError, type WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { accountNames } from './aws/names.ts';
import { openAws } from './aws/open.ts';
import { memoryPace } from './aws/pace.ts';
import type { Check } from './checks.ts';
import { registerCommands } from './commands/audit.ts';
import type { Config, Environment, SlackConnection } from './config/config.ts';
import { openJobs } from './jobs/index.ts';
import type { Jobs } from './jobs/jobs.ts';
import { Wakes } from './jobs/wakes.ts';
import { lateMs } from './jobs/watch.ts';
import { registerActions } from './listeners/actions.ts';
import { feedRoutes } from './listeners/feeds.ts';
import { registerForms } from './listeners/forms.ts';
import { healthRoutes } from './listeners/health.ts';
import { registerHome } from './listeners/home.ts';
import { httpServer, type Routes } from './listeners/http.ts';
import { receiver } from './listeners/receive.ts';
import { slackIn } from './listeners/slack.ts';
import { confirmSubscription } from './listeners/sns/confirm.ts';
import { snsListener } from './listeners/sns/index.ts';
import { sqsListener } from './listeners/sqs/index.ts';
import { createMetrics } from './metrics.ts';
import type { Parts } from './parts.ts';
import { Access } from './slack/access.ts';
import { slackClient } from './slack/client.ts';
import { Groups, groupsIn } from './slack/groups.ts';
import { nextDueAt } from './store/alerts.ts';
import { beginKey } from './store/audit-log.ts';
import { keptCertificates } from './store/certificates.ts';
import { databaseClock } from './store/clock.ts';
import { serveCopies } from './store/copy-socket.ts';
import { type Database, openDatabase } from './store/database.ts';
import { openInbox } from './store/inbox.ts';
import { standingFrom } from './store/overrides.ts';
import { sharedPace } from './store/pace.ts';
import { writeOneRow } from './store/ready.ts';
import { settleSchedules } from './store/rotas.ts';
import { startTelemetry } from './telemetry.ts';
import { messageOf } from './words/text.ts';

export interface App {
  /** The port it listens on; the configured one, or the one the system chose for port 0. */
  port: number;
  /** Where /metrics is, if not there. */
  metricsPort: number | null;
  /** Looks for everything that is due, and wakes the loops for it. */
  sweep: () => Promise<void>;
  /** Takes no new work, finishes what is under way, closes everything. `deadlineMs` bounds it all. */
  close: (deadlineMs?: number) => Promise<void>;
}

/** The canary goes round every half minute; three rounds missed are a trouble. */
const canaryPatienceMs = 100_000;
/** The sweep comes every five seconds. */
const sweepPatienceMs = 60_000;
const drainMs = 10_000;

/** What has to be closed again, the newest first. */
type Closing = (() => Promise<unknown>)[];

interface Given {
  config: Config;
  environment: Environment;
  connection: SlackConnection;
  now: () => Date;
  log: Logger;
}

/**
 * Wires the parts together and starts them. The sandbox and the tests start the same app with their own clock and
 * their own Slack. Throws, in one sentence, when something it needs is not there.
 */
export async function startApp(
  config: Config,
  environment: Environment,
  options: { now?: () => Date; log: Logger },
): Promise<App> {
  const { log } = options;
  const connection = environment.slack;
  if (connection === null)
    throw new Error(
      'Slack is not set up: set SLACK_BOT_TOKEN, and SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode).',
    );
  const closing: Closing = [];
  try {
    const database = await openDatabase(environment);
    closing.unshift(() => database.close());
    const now = options.now ?? (await sharedTime(database, log, closing));
    const schedules = await settleSchedules(database, config, now());
    const given = { config: { ...config, schedules }, environment, connection, now, log };
    const work = await openWork(given, database, closing);
    const { port, metricsPort } = await openDoors(given, work, closing);
    const queue = environment.redisUrl === null ? 'database' : 'redis';
    log.info(
      {
        port,
        ...(metricsPort !== null && { metricsPort }),
        role: environment.role,
        database: work.database.kind,
        queue,
      },
      'Trailwatch is ready.',
    );
    return {
      port,
      metricsPort,
      sweep: work.jobs.sweep,
      close: (deadlineMs = drainMs) => closeAll(closing, deadlineMs, log),
    };
  } catch (error) {
    await closeAll(closing, drainMs, log);
    throw error;
  }
}

/** The clock that all replicas share. */
async function sharedTime(database: Database, log: Logger, closing: Closing): Promise<() => Date> {
  const clock = await databaseClock(database, log);
  closing.unshift(async () => clock.stop());
  return clock.now;
}

/** Everything that works, with no way in yet. */
interface Work {
  database: Database;
  jobs: Jobs;
  /** What listeners, commands and acts work with: people's requests have connections of their own. */
  parts: Parts;
  /** Grows with the ways in. */
  checks: Check[];
}

/** Opens the database, Slack and AWS, and starts the loops. */
async function openWork(
  { config, environment, connection, now, log }: Given,
  database: Database,
  closing: Closing,
): Promise<Work> {
  const metrics = createMetrics();
  if (database.kind === 'embedded') closing.unshift(await openCopies(database, environment.dataDir, log));
  if (
    !(await database.transaction((trx) =>
      beginKey(
        trx,
        now(),
        environment.auditKeysBefore.map((key) => createSecretKey(key, 'utf8')),
      ),
    ))
  )
    log.error(
      'The audit log is vouched for with another AUDIT_LOG_KEY than this environment has, or its last row with none: `trailwatch audit-log verify` will take what is recorded for forged.',
    );
  const slack = slackClient(connection.botToken, connection.apiUrl);
  const { team_id: team } = await whoAmI(slack);
  // An embedded database is one process: there is nobody to share the pace with.
  const pace = database.kind === 'embedded' ? memoryPace() : sharedPace(database);
  const aws = openAws({ accounts: config.accounts, history: config.history, pace, now, log });
  const names = accountNames(aws, config.accounts, { now, log });
  const wakes = new Wakes({ now, log });
  const access = new Access({ slack, rights: config.access, now, log });
  const shared = { config, slack, access, aws, accountNames: names, wakes, now, log, metrics };
  const groups = new Groups({ slack, groups: groupsIn(config.escalation.values()), now, log });
  const { members } = groups;
  const jobs = await openJobs({
    ...shared,
    environment,
    database,
    groups,
    mayInvestigate: async (user) => (await access.check('investigate', { user, team }, team)).allowed,
    mayRespond: async (user) => (await access.check('respond', { user, team }, team)).allowed,
    standing: standingFrom(database, config, members),
  });
  closing.unshift(() => jobs.close(drainMs));
  const checks = checksOf({ database, jobs, slack, now });
  const parts: Parts = {
    ...shared,
    environment,
    database: { ...database, ...database.people },
    standing: standingFrom(database.people, config, members),
    team,
    version: manifest.version,
    startedAt: now(),
    checks,
  };
  return { database, jobs, parts, checks };
}

/** Lets `trailwatch backup` copy the embedded database; nothing else depends on it. Returns the way to stop. */
async function openCopies(database: Database, dataDir: string, log: Logger): Promise<() => Promise<void>> {
  try {
    return await serveCopies(database, dataDir);
  } catch (error) {
    log.warn({ err: error }, 'The database cannot be backed up while the bot runs: is the path of DATA_DIR too long?');
    return async () => {};
  }
}

/** Opens the ways in that the role has: Slack, SNS and SQS; health for every role. Returns the ports. */
async function openDoors({ config, environment, connection, now, log }: Given, work: Work, closing: Closing) {
  const { database, jobs, parts, checks } = work;
  const { metrics, wakes } = parts;
  const collect = async () => {
    for (const [state, count] of Object.entries(await jobs.counts())) metrics.jobs.set({ state }, count);
  };
  let draining = false;
  const { routes, apart } = healthRoutes({
    isApart: environment.metricsPort !== null,
    checks,
    draining: () => draining,
    token: environment.metricsToken,
    metrics,
    collect,
  });
  closing.unshift(
    await startTelemetry(environment.telemetry, { registry: metrics.registry, collect, version: parts.version }),
  );
  const web = environment.role !== 'worker';
  const fromSns = {
    topics: config.sns.topics,
    trustedCertificates: config.sns.trustedCertificates,
    now,
    log,
    confirmSubscription,
    certificates: keptCertificates(database.db),
    receive: receiver({ inbox: openInbox(database), now, metrics, wakes }),
  };
  if (web) {
    const incoming = slackIn(connection, { database: parts.database, now, log });
    for (const register of [registerActions, registerForms, registerCommands, registerHome])
      register(incoming.app, parts);
    incoming.app.error(async (error) => log.error({ err: error }, 'A request of Slack could not be handled.'));
    await incoming.start();
    checks.push(...incoming.checks);
    closing.unshift(incoming.stop);
    const sns = snsListener({ ...fromSns, count: (outcome) => metrics.snsMessages.inc({ outcome }) });
    Object.assign(routes, feedRoutes(parts));
    routes['/sns'] = { methods: ['POST'], handle: sns };
    if (incoming.handle !== undefined) routes['/slack/events'] = { methods: ['POST'], handle: incoming.handle };
  }
  const listen = async (routes: Routes, port: number): Promise<number> => {
    const served = await serve(httpServer(routes, { now, log }), port);
    closing.unshift(served.close);
    return served.port;
  };
  const metricsPort = environment.metricsPort === null ? null : await listen(apart, environment.metricsPort);
  const port = await listen(routes, environment.port);
  closing.unshift(async () => {
    draining = true;
  });
  if (web && config.sqs.queues.length > 0) {
    const count = (queue: string, outcome: string) => metrics.sqsMessages.inc({ queue, outcome });
    const sqs = await sqsListener({ ...fromSns, queues: config.sqs.queues, count });
    checks.push(...sqs.checks);
    closing.unshift(sqs.close);
  }
  return { port, metricsPort };
}

/** Listens; `port`: the one asked for, or for 0 the one that the system chose. */
async function serve(server: Server, asked: number): Promise<{ port: number; close: () => Promise<void> }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(asked, () => resolve());
  });
  const address = server.address();
  const close = async (): Promise<void> => {
    // A connection whose last answer is on its way is not kept afterwards.
    server.keepAliveTimeout = 1;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await closed;
  };
  return { port: typeof address === 'object' && address !== null ? address.port : asked, close };
}

/** What must work for the bot to be of use. */
function checksOf(parts: { database: Database; jobs: Jobs; slack: WebClient; now: () => Date }): Check[] {
  const { database, jobs, slack, now } = parts;
  const tooOld = (ageMs: number, patienceMs: number, what: string): string | undefined =>
    ageMs > patienceMs ? `${what} for ${Math.round(ageMs / 1000)} s` : undefined;
  return [
    {
      name: 'Database',
      trouble: async () => {
        await writeOneRow(database.db, now());
        return tooOld(jobs.sweepAgeMs(), sweepPatienceMs, 'what is due was not looked for');
      },
    },
    {
      name: 'Escalation',
      trouble: async () => {
        const due = await nextDueAt(database.db);
        return due === null ? undefined : tooOld(now().getTime() - due.getTime(), lateMs, 'a call is due and not made');
      },
    },
    { name: 'Queue', trouble: async () => tooOld(jobs.canaryAgeMs(), canaryPatienceMs, 'no job came through') },
    { name: 'Slack', trouble: slackCheck(slack, now) },
  ];
}

/** Closes one part after the other, the ways in first. What takes longer than the deadline is left to the exit. */
async function closeAll(closing: readonly (() => Promise<unknown>)[], deadlineMs: number, log: Logger): Promise<void> {
  const deadline = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), deadlineMs).unref());
  const all = (async () => {
    for (const close of closing)
      await close().catch((error: unknown) => log.error({ err: error }, 'A part did not close.'));
  })();
  if ((await Promise.race([all, deadline])) === 'late')
    log.warn('Not everything was finished in time; the next start goes on with it.');
}

async function whoAmI(slack: WebClient): Promise<{ team_id: string }> {
  try {
    const { team_id } = await slack.auth.test();
    if (team_id !== undefined) return { team_id };
  } catch (error) {
    throw new Error(
      `Slack does not accept the token or cannot be reached (${messageOf(error)}): check SLACK_BOT_TOKEN and SLACK_API_URL.`,
    );
  }
  throw new Error('Slack does not say which workspace the token is for: is SLACK_BOT_TOKEN a bot token (xoxb-…)?');
}

/** Asks Slack at most once a minute: the check is called often, auth.test is rate limited. */
function slackCheck(slack: WebClient, now: () => Date): () => Promise<string | undefined> {
  let last = { at: now().getTime(), trouble: Promise.resolve<string | undefined>(undefined) };
  return () => {
    if (now().getTime() - last.at > 60_000) {
      const trouble = slack.auth.test().then(() => undefined, troubleWithSlack);
      last = { at: now().getTime(), trouble };
    }
    return last.trouble;
  };
}

/** A Slack that says it is asked too often is there. */
const troubleWithSlack = (error: unknown): string | undefined =>
  error instanceof WebAPIRateLimitedError ? undefined : messageOf(error);
