import type { App } from '@slack/bolt';
import { onCallNow } from '../commands/oncall.ts';
import { digests } from '../jobs/digests/index.ts';
import type { Parts } from '../parts.ts';
import { type Home, homeView } from '../slack/views/home.ts';
import { listAlerts } from '../store/alerts.ts';
import { lastDone } from '../store/digests.ts';

/** The newest report that is made, with the way to it. */
async function lastReport({ database, slack }: Parts): Promise<Home['lastDigest']> {
  const run = await lastDone(database.db);
  if (run === undefined) return null;
  const name = digests.find((each) => each.name === run.digest)?.title ?? run.digest;
  // Where somebody deleted the message there is no way to it.
  const { permalink } = await slack.chat
    .getPermalink({ channel: run.channel, message_ts: run.ts })
    .catch(() => ({ permalink: undefined }));
  return { name, at: run.at, permalink: permalink ?? '' };
}

/** The App Home, drawn anew each time somebody opens it. */
export function registerHome(app: App, parts: Parts): void {
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab !== 'home') return;
    const { db } = parts.database;
    const mine = await listAlerts(db, { assignee: event.user }, { offset: 0, limit: 50 });
    const waiting = await listAlerts(db, { state: 'firing' }, { offset: 0, limit: 0 });
    const view = homeView({
      mine: mine.alerts,
      waiting: waiting.total,
      onCall: await onCallNow(parts),
      lastDigest: await lastReport(parts),
    });
    await parts.slack.views.publish({ user_id: event.user, view });
  });
}
