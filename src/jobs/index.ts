import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Aws } from '../aws/aws.ts';
import type { Config, Environment } from '../config/config.ts';
import type { Metrics } from '../metrics.ts';
import { nameOf } from '../slack/people.ts';
import type { Database } from '../store/database.ts';
import { followedSince } from '../store/questions.ts';
import type { Standing, Wake } from '../store/transitions.ts';
import { deliver } from './deliver.ts';
import { digests } from './digests/index.ts';
import { advance } from './digests/run.ts';
import { sweepDigests } from './digests/schedule.ts';
import { escalate } from './escalate.ts';
import { followInvestigation } from './investigation.ts';
import { pagerDuty } from './page.ts';
import { type Handler, openQueue, type Queue, type QueueOptions } from './queue.ts';
import { sweep } from './sweep.ts';
import { sweepTriage, triage, triageIsOn } from './triage.ts';

/** What the rest of the bot asks of the jobs. A wake that is lost is made up for by the sweep. */
export interface Jobs {
  /** Wakes the jobs for what a committed change asks for. Never rejects. */
  wake: (wake: Wake) => Promise<void>;
  /** Wakes the work on a run of a digest. */
  wakeRun: (run: number, at: Date) => Promise<void>;
  /** Looks into an alert soon; null where no accounts are set up to be read. */
  wakeTriage: ((alert: number) => Promise<void>) | null;
  /** Follows an investigation of Detective, by the number of its question. */
  wakeInvestigation: (question: number) => Promise<void>;
  /** Looks for everything that is due and does not return before the queues know of it. */
  sweep: () => Promise<void>;
  /** Milliseconds since a job last went all the way round, in the queue where that is longer ago. */
  canaryAgeMs: () => number;
  /** How many jobs are waiting, active, delayed, failed, by queue. */
  counts: () => Promise<Record<string, Record<string, number>>>;
  /**
   * Takes no new job and lets those under way finish, for `deadlineMs` at most. A digest stops between two accounts, and
   * goes on after the next start.
   */
  close: (deadlineMs: number) => Promise<void>;
}

export interface JobParts {
  config: Config;
  environment: Pick<Environment, 'redisUrl' | 'role' | 'pagerDutyKeys' | 'pagerDutyUrl'>;
  database: Database;
  slack: WebClient;
  aws: Aws;
  /** Who is on call and which policies hold at a time. */
  standing: (now: Date) => Promise<Standing>;
  now: () => Date;
  log: Logger;
  metrics: Metrics;
}

const sweepEveryMs = 5000;
/** Jobs that ask AWS, in one process at a time: some take minutes, and each account has its limits. */
const askingAtOnce = 8;
/** An investigation that was not looked at for so long is looked at again: its job was lost. */
const lostAfterMs = 90_000;

/** Opens both queues; a process whose role is `web` only adds to them. Throws a QueueError when one cannot be used. */
export async function openJobs(parts: JobParts): Promise<Jobs> {
  const { config, environment, database, slack, now, log } = parts;
  const stopping = new AbortController();
  const open: Queue[] = [];
  const close = async (deadlineMs: number): Promise<void> => {
    stopping.abort();
    await Promise.all(open.map((each) => each.close(deadlineMs)));
  };
  const until = (at: Date): number => Math.max(0, at.getTime() - now().getTime());

  const wakeTarget = async (target: string, at: Date): Promise<void> => {
    const delayMs = until(at);
    // One wake-up for each moment is enough, however many ask for it; new work has no id, so that it is never taken for old.
    const jobId = `deliver-${target.replaceAll(':', '-')}-${at.getTime()}`;
    await queue.add('deliver', { target }, delayMs === 0 ? {} : { delayMs, jobId });
  };
  const wakeAlert = (alert: number, at: Date): Promise<void> =>
    queue.add('escalate', { alert }, { delayMs: until(at) });
  const wake = async ({ targets, alerts }: Wake): Promise<void> => {
    try {
      for (const target of targets) await wakeTarget(target, now());
      for (const { id, dueAt } of alerts) await wakeAlert(id, dueAt);
    } catch (error) {
      // What is committed is safe.
      log.warn({ err: error }, 'The queue cannot be reached: the sweep will find what is due.');
    }
  };
  const wakeRun = (run: number, at: Date): Promise<void> => asking.add('digest', { run }, { delayMs: until(at) });
  const wakeTriage = (alert: number): Promise<void> => asking.add('triage', { alert });
  const wakeInvestigation = (question: number, at = now()): Promise<void> =>
    asking.add('investigation', { question }, { delayMs: until(at) });

  const triageOn = triageIsOn(config.accounts);
  const lookInto = async (): Promise<void> => {
    if (triageOn) await sweepTriage({ database, now }, wakeTriage);
  };
  const work = {
    ...parts,
    pager: pagerDuty(environment.pagerDutyKeys, environment.pagerDutyUrl),
    defaultChannel: config.channels.default,
    policies: config.escalation,
    nameOf: (user: string) => nameOf(slack, user),
    stopping: stopping.signal,
    wake,
    wakeTarget,
    wakeAlert,
    wakeRun,
    wakeInvestigation,
    posted: lookInto,
  };
  const sweepAlerts = async (): Promise<void> => {
    await sweep(work);
    await lookInto();
    for (const question of await followedSince(database.db, new Date(now().getTime() - lostAfterMs)))
      await wakeInvestigation(question);
  };

  const schedules = digests.flatMap(({ name }) => {
    const schedule = config.digests[name];
    return schedule === undefined ? [] : [{ id: `digest-${name}`, schedule }];
  });
  const works = environment.role !== 'web';
  const openOne = async (options: Pick<QueueOptions, 'name' | 'atOnce' | 'handlers'>): Promise<Queue> => {
    // A worker may have a job before the other queue, which the job wakes, is open.
    const handlers = Object.entries(options.handlers).map(([name, handle]): [string, Handler] => [
      name,
      (data) => both.then(() => handle(data)),
    ]);
    const one = await openQueue({
      redisUrl: environment.redisUrl,
      database,
      log,
      work: works,
      ...options,
      handlers: Object.fromEntries(handlers),
    });
    open.push(one);
    return one;
  };
  const openBoth = async (): Promise<readonly [queue: Queue, asking: Queue]> => [
    await openOne({
      handlers: {
        deliver: ({ target }) => deliver(work, String(target)),
        escalate: ({ alert }) => escalate(work, Number(alert)),
        sweep: sweepAlerts,
      },
    }),
    // A queue of their own: however long AWS takes, no alert waits for it.
    await openOne({
      name: 'asking',
      atOnce: askingAtOnce,
      handlers: {
        triage: ({ alert }) => triage(work, Number(alert)),
        investigation: ({ question }) => followInvestigation(work, Number(question)),
        digest: ({ run }) => advance(work, Number(run)),
        // It asks Audit Manager how far its reports are.
        sweep: () => sweepDigests(work),
        ...Object.fromEntries(schedules.map(({ id }) => [id, () => sweepDigests(work)])),
      },
    }),
  ];
  const both = openBoth();
  const [queue, asking] = await both.catch(async (error: unknown) => {
    // No job that came in so far can run: none is waited for.
    await close(0);
    throw error;
  });
  if (works) {
    for (const each of [queue, asking]) await each.schedule('sweep', { everyMs: sweepEveryMs });
    for (const { id, schedule } of schedules)
      await asking.schedule(id, { cron: schedule.cron, timezone: schedule.timezone });
  }
  return {
    wake,
    wakeRun,
    wakeTriage: triageOn ? wakeTriage : null,
    wakeInvestigation,
    sweep: async () => {
      await sweepAlerts();
      await sweepDigests(work);
    },
    canaryAgeMs: () => Math.max(queue.canaryAgeMs(), asking.canaryAgeMs()),
    counts: async () => ({ wake: await queue.counts(), asking: await asking.counts() }),
    close,
  };
}
