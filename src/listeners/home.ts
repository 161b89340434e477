import type { App } from '@slack/bolt';
import { whyNot } from '../acts/rights.ts';
import { shifts } from '../alerts/oncall/shifts.ts';
import { lateRules } from '../alerts/reach.ts';
import { onCallNow } from '../commands/oncall.ts';
import { digests } from '../jobs/digests/index.ts';
import type { Parts } from '../parts.ts';
import { permalinkOf } from '../slack/permalinks.ts';
import { type HomeShown, homeView, refusedHome } from '../slack/views/home.ts';
import { type AlertQuery, channelsOf, listAlerts } from '../store/alerts.ts';
import { openTasksOf } from '../store/digests/people.ts';
import { digestTroubles, lastDone } from '../store/digests/runs.ts';
import { overridesFrom } from '../store/overrides.ts';
import { reachOf } from '../store/reach.ts';
import { openSilences } from '../store/silences.ts';
import { weekMs } from '../words/time.ts';

/** The newest report that is made, with the way to it. */
async function lastReport({ database, slack }: Parts): Promise<HomeShown['lastDigest']> {
  const run = await lastDone(database.db);
  if (run === undefined) return null;
  const name = digests.find((each) => each.name === run.digest)?.title ?? run.digest;
  return { name, at: run.at, permalink: await permalinkOf(slack, run) };
}

/** How far ahead a next shift is looked for. */
const aheadMs = 8 * weekMs;

/** The shift of a person that runs or comes next, of each schedule in which they have one. */
async function shiftsOf({ config, database }: Parts, user: string, from: Date): Promise<HomeShown['shifts']> {
  const overrides = await overridesFrom(database.db, from);
  return [...config.schedules].flatMap(([schedule, turns]) => {
    const horizon = new Date(from.getTime() + aheadMs);
    const ahead = shifts(turns, from, horizon, overrides.get(schedule) ?? []);
    const next = ahead.find(({ users }) => users.includes(user));
    if (next === undefined) return [];
    return [{ schedule, from: next.from, to: next.to < horizon ? next.to : null }];
  });
}

/** The App Home, drawn again each time somebody opens it. */
export function registerHome(app: App, parts: Parts): void {
  app.event('app_home_opened', async ({ event, body }) => {
    if (event.tab !== 'home') return;
    const verdict = await parts.access.check('see', { user: event.user, team: body.team_id }, parts.team);
    if (!verdict.allowed) {
      await parts.slack.views.publish({ user_id: event.user, view: refusedHome(whyNot('see', verdict)) });
      return;
    }
    await drawHome(parts, event.user);
  });
}

/** Draws the App Home of somebody who may see alerts. */
export async function drawHome(parts: Parts, user: string): Promise<void> {
  const { db } = parts.database;
  const mine = await listAlerts(db, { assignee: user }, { offset: 0, limit: 50 });
  const now = parts.now();
  const seen = async (filter: AlertQuery, limit: number) => {
    const channels = await parts.access.readable(user, await channelsOf(db, filter));
    return listAlerts(db, { ...filter, channels }, { offset: 0, limit });
  };
  const escalated = await seen({ escalatedBy: user }, 20);
  // Whom one is assigned to may not have it in hand, or not any more.
  const waiting = await seen({ state: 'firing', mode: 'alert', notOf: user }, 5);
  const reach = await reachOf(db, user);
  const view = homeView({
    mine: mine.alerts,
    escalated: escalated.alerts.filter(({ assignee }) => assignee !== user),
    waiting: { total: waiting.total, worst: waiting.alerts },
    tasks: (await openTasksOf(db, user)).map(({ title, created_at, due_at }) => ({
      title,
      since: created_at,
      due: due_at,
    })),
    shifts: await shiftsOf(parts, user, now),
    silences: await openSilences(db, now),
    onCall: await onCallNow(parts),
    reach,
    late: reach === undefined ? [] : lateRules(reach, parts.config.escalation),
    lastDigest: await lastReport(parts),
    now,
    digestTroubles: (await digestTroubles(db)).map(({ digest, sentence }) => `${digest}: ${sentence}`),
  });
  await parts.slack.views.publish({ user_id: user, view });
}
