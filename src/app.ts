import { WebAPIRateLimitedError, type WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { messageOf } from './alerts/text.ts';
import { accountNames } from './aws/names.ts';
import { openAws } from './aws/open.ts';
import { memoryPace } from './aws/pace.ts';
import { registerCommands } from './commands/audit.ts';
import type { Config, Environment } from './config/config.ts';
import { openJobs } from './jobs/index.ts';
import { registerActions } from './listeners/actions.ts';
import { registerDigestForms } from './listeners/digest-actions.ts';
import { registerForms } from './listeners/forms.ts';
import { type Check, healthRoutes } from './listeners/health.ts';
import { registerHome } from './listeners/home.ts';
import { httpServer, type Routes } from './listeners/http.ts';
import { registerLookupForm } from './listeners/question-actions.ts';
import { receive } from './listeners/receive.ts';
import { slackIn } from './listeners/slack.ts';
import { confirmSubscription } from './listeners/sns/confirm.ts';
import { snsListener } from './listeners/sns/index.ts';
import type { SnsMessage } from './listeners/sns/message.ts';
import { sqsListener } from './listeners/sqs/index.ts';
import { createMetrics } from './metrics.ts';
import type { Parts } from './parts.ts';
import { Access } from './slack/access.ts';
import { slackClient } from './slack/client.ts';
import { openDatabase } from './store/database.ts';
import { standingFrom } from './store/overrides.ts';
import { sharedPace } from './store/pace.ts';

export interface App {
  /** The port it listens on; the configured one, or the one the system chose for port 0. */
  port: number;
  /** Looks for everything that is due and does not return before the queue knows of it. */
  sweep: () => Promise<void>;
  /** Takes no new work, finishes what is under way, closes everything. `deadlineMs` bounds it all. */
  close: (deadlineMs?: number) => Promise<void>;
}

/** The canary goes round every half minute; three rounds missed are a trouble. */
const canaryPatienceMs = 100_000;
const drainMs = 10_000;

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
  const now = options.now ?? (() => new Date());
  const connection = environment.slack;
  if (connection === null)
    throw new Error(
      'Slack is not set up: set SLACK_BOT_TOKEN, and SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode).',
    );
  const metrics = createMetrics();
  const database = await openDatabase({ databaseUrl: environment.databaseUrl, dataDir: environment.dataDir });
  const closing: (() => Promise<unknown>)[] = [() => database.close()];
  try {
    const slack = slackClient(connection.botToken, connection.apiUrl);
    const { team_id: team } = await whoAmI(slack);
    const aws = openAws({
      accounts: config.accounts,
      history: config.history,
      // An embedded database is one process: there is nobody to share the pace with.
      pace: database.kind === 'embedded' ? memoryPace() : sharedPace(database),
      now,
      log,
    });
    const standing = standingFrom(database, config);
    const jobs = await openJobs({ config, environment, database, slack, aws, standing, now, log, metrics });
    closing.unshift(() => jobs.close(drainMs));

    const checks: Check[] = [
      {
        name: 'Database',
        trouble: () =>
          database.db
            .selectFrom('lane')
            .select('id')
            .limit(1)
            .execute()
            .then(() => undefined),
      },
      {
        name: 'Queue',
        trouble: async () => {
          const age = jobs.canaryAgeMs();
          return age > canaryPatienceMs ? `no job came through for ${Math.round(age / 1000)} s` : undefined;
        },
      },
      { name: 'Slack', trouble: slackCheck(slack, now) },
    ];
    const access = new Access({ slack, rights: config.access, now, log });
    const parts: Parts = {
      config,
      database,
      slack,
      aws,
      accountNames: accountNames(aws, config.accounts, { now, log }),
      team,
      access,
      version: manifest.version,
      checks,
      now,
      log,
      metrics,
      standing,
      wake: jobs.wake,
      wakeRun: jobs.wakeRun,
      wakeTriage: jobs.wakeTriage,
      wakeInvestigation: jobs.wakeInvestigation,
    };

    let draining = false;
    const health = healthRoutes({
      checks,
      draining: () => draining,
      metrics,
      collect: async () => {
        for (const [queue, counts] of Object.entries(await jobs.counts()))
          for (const [state, count] of Object.entries(counts)) metrics.jobs.set({ queue, state }, count);
      },
    });
    const web = environment.role !== 'worker';
    const incoming = slackIn(connection, { database, now, log });
    const fromSns = {
      topics: config.sns.topics,
      trustedCertificates: config.sns.trustedCertificates,
      now,
      log,
      confirmSubscription,
      receive: (message: SnsMessage, stale: boolean) => receive(parts, message, stale),
    };
    const routes: Routes = { ...health };
    if (web) {
      for (const register of [
        registerActions,
        registerForms,
        registerDigestForms,
        registerLookupForm,
        registerCommands,
        registerHome,
      ])
        register(incoming.app, parts);
      incoming.app.error(async (error) => log.error({ err: error }, 'A request of Slack could not be handled.'));
      await incoming.start();
      checks.push(...incoming.checks);
      closing.unshift(incoming.stop);
      const sns = snsListener({ ...fromSns, count: (outcome) => metrics.snsMessages.inc({ outcome }) });
      routes['/sns'] = { methods: ['POST'], handle: sns };
      if (incoming.requestListener !== undefined)
        routes['/slack/events'] = { methods: ['POST'], handle: incoming.requestListener };
    }
    const server = httpServer(routes, log);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(environment.port, () => resolve());
    });
    closing.unshift(async () => {
      draining = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
    });
    if (web && config.sqs.queues.length > 0) {
      const sqs = await sqsListener({
        ...fromSns,
        queues: config.sqs.queues,
        count: (queue, outcome) => metrics.sqsMessages.inc({ queue, outcome }),
      });
      checks.push(...sqs.checks);
      closing.unshift(sqs.close);
    }
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : environment.port;
    log.info(
      {
        port,
        role: environment.role,
        database: database.kind,
        queue: environment.redisUrl === null ? 'database' : 'redis',
      },
      'Trailwatch is ready.',
    );
    return {
      port,
      sweep: jobs.sweep,
      close: (deadlineMs = drainMs) => closeAll(closing, deadlineMs, log),
    };
  } catch (error) {
    await closeAll(closing, drainMs, log);
    throw error;
  }
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
