import type { Parts } from '../parts.ts';
import { type AlertRecord, alertJson, alertMarkdown, peopleIn } from '../reports/alert.ts';
import type { Person } from '../slack/access.ts';
import { nameOf } from '../slack/people.ts';
import { sendFilesTo } from '../slack/upload.ts';
import { alertsOfIncident, timeline, timelineLength } from '../store/alerts.ts';
import { auditRowsOf, recordOf } from '../store/audit-log.ts';
import { saidOf } from '../store/deliveries.ts';
import { eventsOfAlert } from '../store/received-events.ts';
import { mayOpen } from './alerts.ts';

/** More lines than this nobody reads, and no alert has them but for repeats. */
const most = 5000;

/** Sends all that is kept of an alert to the person directly, as Markdown and JSON. @throws Refused without a right to see it */
export async function exportAlert(parts: Parts, person: Person, alertId: number): Promise<void> {
  const alert = await mayOpen(parts, person, alertId);
  const { db } = parts.database;
  const now = parts.now();
  const subject = `alert ${alertId}`;
  const kept = {
    alert,
    incident:
      alert.incidentId === null
        ? null
        : { id: alert.incidentId, alerts: (await alertsOfIncident(db, alert.incidentId)).map(({ id }) => id) },
    timeline: await timeline(db, alertId, most),
    earlier: Math.max(0, (await timelineLength(db, alertId)) - most),
    said: (await saidOf(db, alertId, most)).map(({ kind, target, created_at, done_at, error, payload }) => ({
      kind,
      target,
      at: created_at,
      done: done_at,
      error,
      payload,
    })),
    events: await eventsOfAlert(db, alertId, most),
    audit: await auditRowsOf(db, { subject, since: alert.firstSeen, most }),
    written: { at: now, for: person.user },
  };
  const names = new Map<string, string>();
  for (const user of peopleIn(kept)) names.set(user, await nameOf(parts.slack, user));
  const record: AlertRecord = { ...kept, nameOf: (user) => names.get(user) ?? user };
  const file = (ending: string, content: string) => ({
    name: `alert-${alertId}.${ending}`,
    title: `Alert ${alertId} (${ending})`,
    content,
  });
  await sendFilesTo(
    parts.slack,
    person.user,
    [file('md', alertMarkdown(record)), file('json', alertJson(record))],
    `All that is kept of alert #${alertId}.`,
  );
  await parts.database.transaction((trx) =>
    recordOf(person, now)(trx, 'files', subject, { lines: kept.timeline.length }),
  );
}
