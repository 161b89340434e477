import { followsIn, linkWords } from '../alerts/incidents.ts';
import type { Parts } from '../parts.ts';
import { type IncidentRecord, incidentAlt, incidentJson, incidentMarkdown, incidentPng } from '../reports/incident.ts';
import type { Person } from '../slack/access.ts';
import { nameOf, zoneOf } from '../slack/people.ts';
import { sendFilesTo } from '../slack/upload.ts';
import { consequence, who } from '../slack/views/alert-words.ts';
import { wordsOutside } from '../slack/views/elements.ts';
import type { IncidentShown } from '../slack/views/incident-message.ts';
import { told } from '../slack/views/thread.ts';
import { recordOf } from '../store/audit-log.ts';
import { timelineOfIncident } from '../store/incidents.ts';
import { plural } from '../words/text.ts';
import { mustHave } from './rights.ts';

/**
 * Sends the timeline of an incident to the person directly: Markdown, JSON and a picture of the chain. `shown` is what they may
 * see of it: alerts of private channels are counted, and not told. @throws Refused
 */
export async function sendIncidentFiles(parts: Parts, person: Person, shown: IncidentShown): Promise<void> {
  const { id } = shown.incident;
  await mustHave(parts, 'see', person, `incident ${id}`);
  const record = await recordFor(parts, shown);
  const zone = await zoneOf(parts.slack, person.user);
  const file = (ending: string, content: string | Uint8Array, what: string) => ({
    name: `incident-${id}.${ending}`,
    title: `Incident ${id}${what}`,
    content,
  });
  await sendFilesTo(
    parts.slack,
    person.user,
    [
      file('md', incidentMarkdown(record, zone), ': timeline'),
      file('json', incidentJson(record), ' (json)'),
      file('png', await incidentPng(record), ': the chain'),
    ],
    incidentAlt(record),
  );
  await parts.database.transaction((trx) =>
    recordOf(person, parts.now())(trx, 'files', `incident ${id}`, { alerts: record.alerts.length }),
  );
}

async function recordFor(
  parts: Parts,
  { incident, alerts, reasons, shared, withheld }: IncidentShown,
): Promise<IncidentRecord> {
  const follows = followsIn(alerts, parts.config.grouping.isOwn);
  const lines = (await timelineOfIncident(parts.database.db, incident.id)).filter(
    ({ alertId }) => !withheld.has(alertId),
  );
  const people = new Set(
    lines.flatMap(({ event }) => told(event).flatMap((part) => (part.type === 'user' ? [part.user_id] : []))),
  );
  const names = new Map<string, string>();
  for (const user of people) names.set(user, await nameOf(parts.slack, user));
  const outside = {
    nameOf: (user: string) => names.get(user) ?? user,
    timeOf: ({ fallback = '' }: { fallback?: string }) => fallback,
  };
  return {
    id: incident.id,
    exportedAt: parts.now().toISOString(),
    shared: shared
      .slice(0, 5)
      .map(({ link, count }) => `${linkWords(link)}: ${count} of ${plural(alerts.length, 'alert')}`),
    alerts: alerts.map(({ id, firstSeen, severity, state, signal }) => {
      const by = signal.actor === undefined ? undefined : who(signal.actor);
      const before = follows.get(id);
      return {
        id,
        at: firstSeen.toISOString(),
        severity,
        state,
        what: consequence(signal),
        who: by === undefined ? null : `${by.kind} ${by.name}`.trim() || null,
        from: signal.sourceIp ?? null,
        account: signal.account ?? null,
        region: signal.region ?? null,
        why: reasons.get(id) ?? null,
        follows: before === undefined ? null : { id: before.id, by: linkWords(before.link) },
      };
    }),
    events: lines.map(({ alertId, event }) => ({
      at: event.at.toISOString(),
      alert: alertId,
      what: `${wordsOutside(told(event), outside)}${event.text === undefined ? '' : `: ${event.text}`}`,
    })),
  };
}
