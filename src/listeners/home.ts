import type { App } from '@slack/bolt';
import { onCallNow } from '../commands/oncall.ts';
import type { Parts } from '../parts.ts';
import { homeView } from '../slack/views/home.ts';
import { listAlerts } from '../store/alerts.ts';

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
      lastDigest: null,
    });
    await parts.slack.views.publish({ user_id: event.user, view });
  });
}
