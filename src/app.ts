import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { onCallAt } from './alerts/oncall.ts';
import { messageOf } from './alerts/text.ts';
import { accountNames } from './aws/names.ts';
import { openAws } from './aws/open.ts';
import { memoryPace } from './aws/pace.ts';
import { registerCommands } from './commands/audit.ts';
import type { Config, Environment } from './config/config.ts';
import { deliver } from './jobs/deliver.ts';
import { digests } from './jobs/digests/index.ts';
import { advance } from './jobs/digests/run.ts';
import { sweepDigests } from './jobs/digests/schedule.ts';
import { escalate } from './jobs/escalate.ts';
import { followInvestigation } from './jobs/investigation.ts';
import { pagerDuty } from './jobs/page.ts';
import { openQueue, type Queue } from './jobs/queue.ts';
import { sweep } from './jobs/sweep.ts';
import { sweepTriage, triage, triageIsOn } from './jobs/triage.ts';
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
import { nameOf } from './slack/people.ts';
import { openDatabase } from './store/database.ts';
import { overridesFrom } from './store/overrides.ts';
import { sharedPace } from './store/pace.ts';
import { followedSince } from './store/questions.ts';
import type { Standing, Wake } from './store/transitions.ts';

export interface App {
  /** The port it listens on; the configured one, or the one the system chose for port 0. */
  port: number;
  /** Looks for everything that is due and does not return before the queue knows of it. */
  sweep: () => Promise<void>;
  /** Takes no new work, finishes what is under way, closes everything. `deadlineMs` bounds it all. */
  close: (deadlineMs?: number) => Promise<void>;
}

const sweepEveryMs = 5000;
/** The canary goes round every half minute; three rounds missed are a trouble. */
const canaryPatienceMs = 100_000;
const drainMs = 10_000;
/** Jobs that ask AWS, in one process at a time: some take minutes, and each account has its limits. */
const askingAtOnce = 8;
/** An investigation that was not looked at for so long is looked at again: its job was lost. */
const lostAfterMs = 90_000;

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
    const web = environment.role !== 'worker';
    const works = environment.role !== 'web';

    const standing = async (at: Date): Promise<Standing> => {
      const overrides = await overridesFrom(database.db, at);
      return {
        now: at,
        policies: config.escalation,
        onCall: (name) => {
          const schedule = config.schedules.get(name);
          return schedule && onCallAt(schedule, at, overrides.get(name));
        },
      };
    };
    const wakeTarget = async (target: string, at: Date): Promise<void> => {
      const delayMs = Math.max(0, at.getTime() - now().getTime());
      // One wake-up for each moment is enough, however many ask for it; new work has no id, so that it is never taken for old.
      await queue.add(
        'deliver',
        { target },
        delayMs === 0 ? {} : { delayMs, jobId: `deliver-${target.replaceAll(':', '-')}-${at.getTime()}` },
      );
    };
    const wakeAlert = async (alert: number, at: Date): Promise<void> => {
      await queue.add('escalate', { alert }, { delayMs: Math.max(0, at.getTime() - now().getTime()) });
    };
    // What is committed is safe: when the queue cannot be reached now, the sweep makes up for it.
    const wake = async ({ targets, alerts }: Wake): Promise<void> => {
      try {
        for (const target of targets) await wakeTarget(target, now());
        for (const { id, dueAt } of alerts) await wakeAlert(id, dueAt);
      } catch (error) {
        log.warn({ err: error }, 'The queue cannot be reached: the sweep will find what is due.');
      }
    };

    const pager = pagerDuty(environment.pagerDutyKeys, environment.pagerDutyUrl);
    const wakeTriage = async (alert: number): Promise<void> => asking.add('triage', { alert });
    const lookInto = async (): Promise<void> => {
      if (triageIsOn(config.accounts)) await sweepTriage({ database, now }, wakeTriage);
    };
    const wakeInvestigation = async (question: number, at = now()): Promise<void> =>
      asking.add('investigation', { question }, { delayMs: Math.max(0, at.getTime() - now().getTime()) });
    const work = {
      database,
      slack,
      pager,
      defaultChannel: config.channels.default,
      policies: config.escalation,
      now,
      log,
      metrics,
      wakeTarget,
      standing,
      wake,
      wakeAlert,
      posted: lookInto,
    };
    const aws = openAws({
      accounts: config.accounts,
      // An embedded database is one process: there is nobody to share the pace with.
      pace: database.kind === 'embedded' ? memoryPace() : sharedPace(database),
      now,
      log,
    });
    const stopping = new AbortController();
    const wakeRun = async (run: number, at: Date): Promise<void> => {
      await asking.add('digest', { run }, { delayMs: Math.max(0, at.getTime() - now().getTime()) });
    };
    const digestWork = {
      database,
      slack,
      aws,
      config,
      now,
      log,
      nameOf: (user: string) => nameOf(slack, user),
      stopping: stopping.signal,
      wakeRun,
      wakeTarget,
    };
    const sweepAll = async (): Promise<void> => {
      await sweep(work);
      await sweepDigests(digestWork);
      await lookInto();
      for (const question of await followedSince(database.db, new Date(now().getTime() - lostAfterMs)))
        await wakeInvestigation(question);
    };
    const schedules = digests.flatMap(({ name }) => {
      const schedule = config.digests[name];
      return schedule === undefined ? [] : [{ id: `digest-${name}`, schedule }];
    });
    const open: Queue[] = [];
    closing.unshift(() => Promise.all(open.map((each) => each.close(drainMs))));
    const queues = { redisUrl: environment.redisUrl, database, log, work: works };
    const queue = await openQueue({
      ...queues,
      handlers: {
        deliver: ({ target }) => deliver(work, String(target)),
        escalate: ({ alert }) => escalate(work, Number(alert)),
        sweep: sweepAll,
      },
    });
    open.push(queue);
    // A queue of their own: however long AWS takes, no alert waits for it.
    const asking = await openQueue({
      ...queues,
      name: 'asking',
      atOnce: askingAtOnce,
      handlers: {
        triage: ({ alert }) =>
          triage({ database, aws, now, log, stopping: stopping.signal, wakeTarget }, Number(alert)),
        investigation: ({ question }) =>
          followInvestigation({ database, slack, aws, now, log, wakeInvestigation }, Number(question)),
        digest: ({ run }) => advance(digestWork, Number(run)),
        ...Object.fromEntries(schedules.map(({ id }) => [id, () => sweepDigests(digestWork)])),
      },
    });
    open.push(asking);
    // Before the queue waits for its jobs: a digest stops between two accounts, and goes on after the next start.
    closing.unshift(async () => stopping.abort());
    if (works) {
      await queue.schedule('sweep', { everyMs: sweepEveryMs });
      for (const {
        id,
        schedule: { cron, timezone },
      } of schedules)
        await asking.schedule(id, { cron, timezone });
    }

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
          const age = Math.max(queue.canaryAgeMs(), asking.canaryAgeMs());
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
      wake,
      wakeRun,
      wakeTriage: triageIsOn(config.accounts) ? wakeTriage : null,
      wakeInvestigation,
    };

    let draining = false;
    const health = healthRoutes({
      checks,
      draining: () => draining,
      metrics,
      collect: async () => {
        for (const [name, { counts }] of Object.entries({ wake: queue, asking }))
          for (const [state, count] of Object.entries(await counts())) metrics.jobs.set({ queue: name, state }, count);
      },
    });
    const incoming = slackIn(connection, { database, now, log });
    if (web) {
      registerActions(incoming.app, parts);
      registerForms(incoming.app, parts);
      registerDigestForms(incoming.app, parts);
      registerLookupForm(incoming.app, parts);
      registerCommands(incoming.app, parts);
      registerHome(incoming.app, parts);
      incoming.app.error(async (error) => log.error({ err: error }, 'A request of Slack could not be handled.'));
      await incoming.start();
      checks.push(...incoming.checks);
      closing.unshift(incoming.stop);
    }
    const fromSns = {
      topics: config.sns.topics,
      trustedCertificates: config.sns.trustedCertificates,
      now,
      log,
      confirmSubscription,
      receive: (message: SnsMessage, stale: boolean) => receive(parts, message, stale),
    };
    const sns = snsListener({ ...fromSns, count: (outcome) => metrics.snsMessages.inc({ outcome }) });
    const routes: Routes = {
      ...health,
      ...(web ? { '/sns': { methods: ['POST'], handle: sns } } : {}),
      ...(web && incoming.requestListener !== undefined
        ? { '/slack/events': { methods: ['POST'], handle: incoming.requestListener } }
        : {}),
    };
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
      sweep: sweepAll,
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
      const trouble = slack.auth.test().then(() => undefined, messageOf);
      last = { at: now().getTime(), trouble };
    }
    return last.trouble;
  };
}
