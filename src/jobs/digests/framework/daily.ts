import type { About } from '../../../framework/check.ts';
import { fixOf } from '../../../framework/fix.ts';
import { type Turn, WatchedRows, WatchState, watch } from '../../../framework/watch.ts';
import { steps } from '../../../questions/framework/checks.ts';
import { runFramework } from '../../../questions/framework/run.ts';
import { storeOf } from '../../../questions/framework/store.ts';
import { uuidOf } from '../../../reports/framework/uuid.ts';
import type { Database } from '../../../store/database.ts';
import { dailyUpTo, hasDaily, keepDaily } from '../../../store/digests/daily.ts';
import { openInbox } from '../../../store/inbox.ts';
import type { Wakes } from '../../wakes.ts';
import { asker, type StoppableParts } from '../digest.ts';
import { lastDue } from '../due.ts';

/** At night, where the digest's clock is: the quotas of AWS are people's by day. */
const cron = '0 3 * * *';
/** How long after a failed try the next one is made, in milliseconds. */
const againMs = 30 * 60_000;
/** Since when this process has waited for the next look, and when it tries again. */
const waiting = new WeakMap<Database, { since: Date; notBefore: Date }>();

export interface WatchParts extends StoppableParts {
  wakes: Pick<Wakes, 'intake'>;
}

/** The day that is to be watched, where the framework is set up and nobody has looked at it yet. */
export async function takeWatch({ config, database, now }: WatchParts): Promise<string[]> {
  const { framework } = config.digests;
  if (framework === undefined) return [];
  const time = now();
  const wait = waiting.get(database) ?? { since: time, notBefore: time };
  waiting.set(database, wait);
  if (time < wait.notBefore || lastDue({ ...framework, cron }, wait.since, time) === undefined) return [];
  const day = time.toISOString().slice(0, 10);
  const done = await hasDaily(database.db, 'framework', day);
  waiting.set(
    database,
    done ? { since: time, notBefore: time } : { ...wait, notBefore: new Date(time.getTime() + againMs) },
  );
  return done ? [] : [day];
}

/**
 * Asks the checks that are watched daily, and puts what turned into the inbox as messages like any other: they are grouped,
 * routed and resolved the same way. A message has its id from the day and the result, so a second try tells nothing twice.
 */
export async function watchFramework(parts: WatchParts, day: string): Promise<void> {
  const { aws, config, database, now, log, stopping } = parts;
  const abouts = (await steps())
    .flatMap(({ checks }) => checks.map(({ about }) => about))
    .filter(({ daily }) => daily === true);
  if (abouts.length === 0) return;
  const kept = WatchState.safeParse(await dailyUpTo(database.db, 'framework', day));
  const before = kept.success ? kept.data : null;
  const watched = new WatchedRows(before);
  const framework = { aws, asker, settings: config.framework, store: storeOf(parts), now, log };
  const wanted = { of: abouts.map(({ id }) => id), accounts: [], regions: [] };
  for await (const told of runFramework(framework, wanted, stopping))
    if (told.kind === 'rows') for (const row of told.rows) watched.add(row);
  stopping.throwIfAborted();
  const { state, turns } = watch(before, watched.rows, new Map(abouts.map(({ id, version }) => [id, version])), now());
  const home = await aws.home();
  const inbox = openInbox(database);
  const byId = new Map(abouts.map((about) => [about.id, about]));
  for (const turn of turns)
    await inbox.put(
      {
        type: 'Notification',
        id: uuidOf(`${day} ${turn.state} ${turn.key}`),
        topicArn: `arn:${home.partition}:sns:${home.region}:${home.account}:trailwatch-framework`,
        timestamp: now().toISOString(),
        message: JSON.stringify(eventOf(turn, byId.get(turn.row.check), now())),
        stale: false,
      },
      now(),
    );
  await keepDaily(database.db, 'framework', day, state);
  if (turns.length > 0) parts.wakes.intake();
}

/** A turn in the envelope of EventBridge, as sources read it. */
const eventOf = ({ key, row, state }: Turn, about: About | undefined, at: Date): object => ({
  source: 'trailwatch.framework',
  'detail-type': 'Trailwatch Framework Result',
  account: row.account,
  ...(row.region === 'global' ? {} : { region: row.region }),
  time: at.toISOString(),
  detail: {
    key,
    step: row.step,
    check: row.check,
    title: about?.title ?? row.check,
    severity: row.severity,
    state,
    reason: state === 'resolved' ? 'The next look found it in place again.' : row.reason,
    resource: row.resource,
    ...(state === 'resolved' || about === undefined ? {} : { why: about.why, fix: fixOf(about.fix, row) }),
  },
});
