import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Aws } from '../aws/aws.ts';
import type { AccountNames } from '../aws/names.ts';
import type { Config, Environment } from '../config/config.ts';
import type { Metrics } from '../metrics.ts';
import type { Access } from '../slack/access.ts';
import type { Groups } from '../slack/groups.ts';
import { nameOf, zoneOf } from '../slack/people.ts';
import type { Database } from '../store/database.ts';
import { runsDue } from '../store/digests/runs.ts';
import { nextLook, takeFollowed } from '../store/questions.ts';
import type { Standing } from '../store/transitions.ts';
import { takeWatches } from '../store/watches.ts';
import { atMost } from '../words/at-most.ts';
import { within } from '../words/within.ts';
import { anchorAuditLog } from './anchor.ts';
import { type Aside, aside } from './aside.ts';
import { deliver } from './deliver.ts';
import { takeWatch, watchFramework } from './digests/framework/daily.ts';
import { advance } from './digests/run.ts';
import { sweepDigests } from './digests/schedule.ts';
import { escalate } from './escalate.ts';
import { intake } from './intake.ts';
import { followInvestigation, lookEveryMs } from './investigation.ts';
import type { Jobs } from './jobs.ts';
import { openQueue } from './queue.ts';
import { startSweep } from './sweep.ts';
import { takeTriage, triage, triageIsOn } from './triage.ts';
import type { Loops, Wakes } from './wakes.ts';
import { lookAgain, watchEveryMs } from './watched.ts';

export interface JobParts {
  config: Config;
  environment: Pick<Environment, 'redisUrl' | 'role' | 'callVariables' | 'uploadSecret'>;
  database: Database;
  slack: WebClient;
  access: Pick<Access, 'readableByAll'>;
  aws: Aws;
  accountNames: AccountNames;
  wakes: Wakes;
  /** Asked before anybody is called. */
  groups: Groups;
  /** Whether a person has the right to respond to alerts. */
  mayRespond: (user: string) => Promise<boolean>;
  /** Whether a person has the right to ask CloudTrail. */
  mayInvestigate: (user: string) => Promise<boolean>;
  /** Who is on call and which policies hold at a time. */
  standing: (now: Date) => Promise<Standing>;
  now: () => Date;
  log: Logger;
  metrics: Metrics;
}

/** Targets that one process delivers to at a time. */
const targetsAtOnce = 20;
/** What asks AWS, in one process at a time: some of it takes minutes, and each account has its limits. */
const askingAtOnce = 8;

/**
 * Starts the loops and the sweep in a process that works, and the bell by which one whose role is `web` wakes them. Throws a
 * QueueError when the queue cannot be used.
 */
export async function openJobs(parts: JobParts): Promise<Jobs> {
  const { environment, database, wakes, log } = parts;
  const works = environment.role !== 'web';
  const hear = works ? (bell: string) => wakes.hear(bell) : null;
  const queue = await openQueue({ redisUrl: environment.redisUrl, database, log, hear });
  const { canaryAgeMs, counts } = queue;
  if (!works) {
    wakes.startRinging(queue.ring);
    const close = async (): Promise<void> => {
      await wakes.close();
      await queue.close();
    };
    return { canaryAgeMs, counts, sweep: async () => {}, sweepAgeMs: () => 0, close };
  }
  const stopping = new AbortController();
  const { loops, ended } = makeLoops(parts, stopping.signal);
  wakes.startLoops(loops);
  const sweeping = startSweep({ ...parts, zoneOf: (user) => zoneOf(parts.slack, user) });
  return {
    canaryAgeMs,
    counts,
    sweep: sweeping.sweep,
    sweepAgeMs: sweeping.ageMs,
    close: async (deadlineMs) => {
      sweeping.stop();
      stopping.abort();
      if (!(await within(deadlineMs, Promise.all([wakes.close(), ended()]))))
        log.warn('Some work was not finished in time; the next start goes on with it.');
      await queue.close();
    },
  };
}

/** Each loop with what it needs. `ended`: when nothing that they do aside is under way any more. */
function makeLoops(parts: JobParts, stopping: AbortSignal): { loops: Loops; ended: () => Promise<void> } {
  const { config, database, slack, wakes, now, log } = parts;
  const work = {
    ...parts,
    defaultChannel: config.channels.default,
    policies: config.escalation,
    isOwn: config.grouping.isOwn,
    readableByAll: (channels: readonly string[]) => parts.access.readableByAll(channels),
    nameOf: (user: string) => nameOf(slack, user),
    zoneOf: (user: string) => zoneOf(slack, user),
    uploadSecret: parts.environment.uploadSecret,
    stopping,
  };
  const triages = aside({
    atOnce: askingAtOnce,
    take: async (atMost) => (triageIsOn(config.accounts) ? takeTriage(work, atMost) : []),
    work: (claimed) => triage(work, claimed),
    wake: () => wakes.triage(),
    log,
  });
  const runs = aside({
    atOnce: askingAtOnce,
    take: async (atMost) => (await runsDue(database.db, now())).slice(0, atMost),
    work: (run) => advance(work, run),
    wake: () => wakes.digests(),
    log,
  });
  const watches = aside({
    atOnce: 1,
    take: () => takeWatch(work),
    work: (day) => watchFramework(work, day),
    wake: () => wakes.digests(),
    log,
  });
  const investigations = aside({
    atOnce: askingAtOnce,
    take: (atMost) => takeFollowed(database.db, now(), lookEveryMs, atMost),
    work: (question) => followInvestigation(work, question),
    wake: () => wakes.investigations(),
    log,
  });
  const watched = aside({
    atOnce: askingAtOnce,
    take: (atMost) => takeWatches(database.db, now(), new Date(now().getTime() + watchEveryMs), atMost),
    work: (id) => lookAgain(work, id),
    wake: () => wakes.investigations(),
    log,
  });
  const allAside: Aside[] = [triages, runs, watches, investigations, watched];
  const limited = atMost(targetsAtOnce);
  return {
    loops: {
      intake: () => intake(work),
      deliver: (target) => limited(() => deliver(work, target)),
      escalate: async () => {
        await parts.groups.refresh();
        await escalate(work);
      },
      triage: triages.loop,
      digests: async () => {
        await sweepDigests(work);
        await anchorAuditLog(work).catch((error: unknown) =>
          log.error(
            { err: error },
            'The head of the audit log could not be noted outside; it is tried again in a minute.',
          ),
        );
        await runs.loop();
        await watches.loop();
      },
      investigations: async () => {
        await investigations.loop();
        await watched.loop();
        const next = await nextLook(database.db, lookEveryMs);
        if (next !== null) wakes.investigations(next);
      },
    },
    ended: async () => void (await Promise.all(allAside.map(({ ended }) => ended()))),
  };
}
