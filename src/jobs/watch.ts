import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { OnCallNews, WatchOver } from '../alerts/notices.ts';
import { loadSentence, watchSentence } from '../alerts/numbers/words.ts';
import { freshHandoff, gapsAhead, type Handoff, handoffLookBackMs } from '../alerts/oncall/news.ts';
import type { OnCallSchedule, Override } from '../alerts/oncall/schedule.ts';
import { nextHandoff, shifts } from '../alerts/oncall/shifts.ts';
import type { Config } from '../config/config.ts';
import type { Metrics } from '../metrics.ts';
import { statsOf } from '../questions/stats.ts';
import { whyUnreachable } from '../slack/people.ts';
import { listAlerts, nextDueAt, snoozesUntil } from '../store/alerts.ts';
import { mendSilent } from '../store/auditor.ts';
import type { Database } from '../store/database.ts';
import { isPutOut, putOut } from '../store/deliveries.ts';
import { exceptionsEnding } from '../store/digests/people.ts';
import { overridesFrom } from '../store/overrides.ts';
import { allReach } from '../store/reach.ts';
import { openSilences } from '../store/silences.ts';
import type { Standing } from '../store/transitions.ts';
import { dayMs, weekMs } from '../words/time.ts';
import type { Wakes } from './wakes.ts';

export interface WatchParts {
  database: Database;
  config: Pick<Config, 'schedules' | 'channels' | 'heartbeat'>;
  standing: (now: Date) => Promise<Standing>;
  /** Where a person is (IANA name). */
  zoneOf: (user: string) => Promise<string>;
  wakes: Pick<Wakes, 'deliver' | 'escalate'>;
  now: () => Date;
  log: Logger;
  metrics: Metrics;
}

/** A step that is this late is a fault. */
export const lateMs = 5 * 60_000;
/** Somebody who waits for the sign of life for longer than this has given up. */
const patienceMs = 10_000;

/**
 * Once a minute: that every alert that fires has a next step, and that none is late; then the sign of life to the outside. Twice at
 * a time, it does nothing more.
 */
export async function watchEscalation(parts: WatchParts): Promise<void> {
  const { database, log, metrics, config } = parts;
  const now = parts.now();
  const mended = await mendSilent(database, await parts.standing(now));
  if (mended.alerts.length + mended.storms.length > 0) {
    log.error(mended, 'Alerts fired without a next step: they have one now.');
    metrics.mended.inc(mended.alerts.length + mended.storms.length);
    parts.wakes.escalate();
  }
  const due = await nextDueAt(database.db);
  if (due !== null && now.getTime() - due.getTime() > lateMs)
    return log.error({ due }, 'An escalation is late: no sign of life is sent.');
  if (config.heartbeat.url === null) return;
  await fetch(config.heartbeat.url, { signal: AbortSignal.timeout(patienceMs) }).catch((error: unknown) =>
    log.warn({ err: error }, 'The sign of life could not be sent: see heartbeat.url.'),
  );
}

/** Tells of handoffs of the last twelve hours, once each. */
export async function tellHandoffs(parts: WatchParts): Promise<void> {
  const { database, config } = parts;
  const now = parts.now();
  const overrides = await overridesFrom(database.db, new Date(now.getTime() - handoffLookBackMs));
  for (const [schedule, turns] of config.schedules) {
    const made = overrides.get(schedule) ?? [];
    const handoff = freshHandoff(turns, now, made);
    if (handoff === undefined) continue;
    const until = nextHandoff(turns, now, made)?.at ?? new Date(now.getTime() + weekMs);
    const channel = turns.channel ?? config.channels.default;
    const from = handoff.at.toISOString();
    const key = `handoff-${schedule}-${from}`;
    // What is looked for below is much, and each minute would look again.
    if (await isPutOut(database.db, keyFor(key, channel))) continue;
    await tell(parts, key, [channel, ...new Set([...handoff.users, ...handoff.before])], {
      about: 'handoff',
      schedule,
      from,
      until: until.toISOString(),
      users: [...handoff.users],
      before: [...handoff.before],
      ...(await underWay(parts, handoff, until)),
    });
  }
}

/** Tells of hours of the week ahead in which nobody is on call, once each. Looks eight weeks ahead: once an hour is enough. */
export async function tellGaps(parts: WatchParts): Promise<void> {
  const { database, config } = parts;
  const now = parts.now();
  const overrides = await overridesFrom(database.db, now);
  for (const [schedule, turns] of config.schedules) {
    const ahead = gapsAhead(turns, now, overrides.get(schedule));
    if (ahead === undefined) continue;
    await tell(parts, `gap-${schedule}-${ahead.key}`, [turns.channel ?? config.channels.default], {
      about: 'gap',
      schedule,
      from: ahead.from.toISOString(),
      until: ahead.until.toISOString(),
      firstEnds: ahead.firstEnds.toISOString(),
      count: ahead.count,
    });
  }
}

/**
 * A day before each shift has who comes try whether they can be reached; of whoever is on call within a week and cannot be called
 * at all hears the channel.
 */
export async function tellReadiness(
  parts: WatchParts & { slack: WebClient; config: { access: Pick<Config['access'], 'respond' | 'administer'> } },
): Promise<void> {
  const { database, config, slack, log } = parts;
  const now = parts.now();
  const [overrides, reach] = [await overridesFrom(database.db, now), await allReach(database.db)];
  const asked = new Map<string, Promise<string | null>>();
  const whyGone = (user: string): Promise<string | null> => {
    const asking =
      asked.get(user) ??
      whyUnreachable(slack, user, config.access).catch((error: unknown) => {
        log.warn({ err: error, user }, 'Slack did not say whether who is on call soon is there.');
        return null;
      });
    asked.set(user, asking);
    return asking;
  };
  for (const [schedule, turns] of config.schedules) {
    const made = overrides.get(schedule) ?? [];
    await tellUnreachable(parts, [schedule, turns], made, whyGone);
    const next = nextHandoff(turns, now, made);
    if (next === undefined || next.at.getTime() - now.getTime() > dayMs) continue;
    const until = nextHandoff(turns, next.at, made)?.at ?? new Date(next.at.getTime() + weekMs);
    for (const user of next.users) {
      if ((await whyGone(user)) !== null) continue;
      await tell(parts, `readiness-${schedule}-${next.at.toISOString()}-${user}`, [user], {
        about: 'readiness',
        schedule,
        from: next.at.toISOString(),
        until: until.toISOString(),
        user,
        ways: reach.get(user)?.rules.length ?? 0,
        gone: null,
      });
    }
  }
}

/** Tells of the shifts of the week ahead whose people cannot be called, of each person when a week is left, and a day. */
async function tellUnreachable(
  parts: WatchParts,
  [schedule, turns]: readonly [string, OnCallSchedule],
  overrides: readonly Override[],
  whyGone: (user: string) => Promise<string | null>,
): Promise<void> {
  const now = parts.now();
  const soon = new Date(now.getTime() + weekMs);
  const horizon = new Date(now.getTime() + 2 * weekMs);
  const ahead = shifts(turns, now, horizon, overrides).filter(({ from }) => from < soon);
  for (const user of new Set(ahead.flatMap(({ users }) => users))) {
    const gone = await whyGone(user);
    const [first, ...more] = ahead.filter(({ users }) => users.includes(user));
    if (gone === null || first === undefined) continue;
    const left = first.from.getTime() - now.getTime() > dayMs ? 'week' : 'day';
    // A shift that goes on begins now each time: it is told of again after a week.
    const key = `unreachable-${schedule}-${user}-${left}-${Math.floor(first.from.getTime() / weekMs)}`;
    await tell(parts, key, [turns.channel ?? parts.config.channels.default], {
      about: 'readiness',
      schedule,
      from: first.from.toISOString(),
      until: first.to.toISOString(),
      more: more.length,
      user,
      ways: 0,
      gone,
    });
  }
}

/** What whoever comes takes over. */
async function underWay({ database: { db }, config, zoneOf }: WatchParts, { at, since, before }: Handoff, until: Date) {
  const none = { offset: 0, limit: 0 };
  const [firing, acknowledged] = [
    await listAlerts(db, { state: 'firing' }, none),
    await listAlerts(db, { state: 'acknowledged' }, none),
  ];
  const wakes = (await snoozesUntil(db, until)).map(({ id, at }) => ({ alert: id, at: at.toISOString() }));
  const { alerts } = await listAlerts(db, { mode: 'alert' }, { offset: 0, limit: 5 });
  const stats = await statsOf({ db, config, zoneOf }, { from: since, until: at, zone: 'UTC' });
  const silences = await openSilences(db, at);
  const ends = (await exceptionsEnding(db, at, until)).map(({ expires_at }) => expires_at.getTime());
  const watch: WatchOver = {
    since: since.toISOString(),
    worst: alerts.map(({ id, severity }) => ({ alert: id, severity })),
    happened: watchSentence(stats.all),
    carried: stats.load
      .filter(({ user }) => before.includes(user))
      .map((load) => ({ user: load.user, sentence: loadSentence(load, []) })),
    silences: silences
      .filter(({ from, until: ends }) => from <= at && ends < until)
      .slice(0, 5)
      .map(({ id, until: ends }) => ({ id, until: ends.toISOString() })),
    windows: silences
      .filter(({ from }) => from > at && from < until)
      .slice(0, 5)
      .map(({ id, from }) => ({ id, from: from.toISOString() })),
    exceptions: ends.length === 0 ? null : { count: ends.length, first: new Date(Math.min(...ends)).toISOString() },
  };
  return { open: { firing: firing.total, acknowledged: acknowledged.total }, wakes, watch };
}

const keyFor = (key: string, target: string): string => `oncall-${key}-${target}`;

/** The outbox keeps the keys: what was told is not told again. */
export async function tell(
  parts: WatchParts,
  key: string,
  targets: readonly string[],
  news: OnCallNews,
): Promise<void> {
  const rows = targets.map((target) => ({
    key: keyFor(key, target),
    alertId: null,
    notice: { kind: 'oncall' as const, target, news },
  }));
  await parts.database.transaction((trx) => putOut(trx, rows, parts.now()));
  for (const target of targets) parts.wakes.deliver(target);
}
