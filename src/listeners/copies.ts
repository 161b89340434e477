import { copyOf } from '../commands/alerts.ts';
import { incidentFor } from '../commands/incident.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { respondAt } from '../slack/respond.ts';
import { incidentMessage } from '../slack/views/incident-message.ts';
import { alertById } from '../store/alerts.ts';

/**
 * Draws a copy anew, which nothing keeps up to date. What was done is done, whether or not Slack shows it; nor does it
 * show it once the copy is half an hour old.
 */
export async function redrawCopy(
  parts: Parts,
  person: Person,
  of: { alert: number } | { incident: number },
  copy: string,
): Promise<void> {
  try {
    const alert = 'alert' in of ? await alertById(parts.database.db, of.alert) : undefined;
    const message =
      'incident' in of
        ? incidentMessage(await incidentFor(parts, person, of.incident))
        : alert && (await copyOf(parts, alert));
    if (message !== undefined) await respondAt(copy, message, 'replace');
  } catch (error) {
    parts.log.warn({ err: error }, 'A copy could not be drawn anew.');
  }
}
