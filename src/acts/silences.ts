import type { Matcher } from '../alerts/matcher.ts';
import { severities } from '../alerts/severity.ts';
import { matchesEverything } from '../alerts/silences.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { alertById } from '../store/alerts.ts';
import { recordOf } from '../store/audit-log.ts';
import { putOut } from '../store/deliveries.ts';
import { addSilence, begunNews, endSilence as end, wouldCatch } from '../store/silences.ts';
import { plural } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import { Refused, type Seen } from './act.ts';
import { mustHave } from './rights.ts';

/** More than this in a day is no noise of one kind any more. */
const muchADay = 20;

/** The longest silence, and how far ahead one is planned. */
const longestMs = 30 * dayMs;
const furthestMs = 366 * dayMs;

/**
 * Silences what a matcher matches until `until`, from now on or, planned ahead, from `from` on. Every channel in which it would
 * have hidden alerts of the last day hears when it is planned, begins and ends. What hides critical or high alerts or very many
 * takes `sure`. Nobody knows what comes in a window that is planned: without `sure` it holds nothing critical back. @throws Refused
 */
export async function beginSilence(
  parts: Parts,
  person: Person,
  {
    reason,
    from,
    until,
    sure,
    ...asked
  }: { match: Matcher; reason: string; from: Date | null; until: Date; sure: boolean },
  alertId: number | null,
): Promise<void> {
  await mustHave(parts, 'respond', person, alertId === null ? 'silence' : `alert ${alertId}`);
  if (matchesEverything(asked.match))
    throw new Refused('This would hold back every alert: say more in at least one field.', 'kind');
  const alert = alertId === null ? undefined : await alertById(parts.database.db, alertId);
  const now = parts.now();
  checkSpan(from, until, now);
  const match = from === null || sure ? asked.match : withoutCritical(asked.match);
  const hidden = await wouldCatch(parts.database.db, match, now);
  if (!sure && (hidden.grave > 0 || hidden.count > muchADay))
    throw new Refused(
      `In the last 24 hours this would have hidden ${plural(hidden.count, 'alert')}, ${hidden.grave} of them critical or high. Tick the box if that is meant.`,
      'sure',
    );
  const channel = alert?.channel ?? parts.config.channels.default;
  const channels = [...new Set([channel, ...hidden.channels])];
  await parts.database.transaction(async (trx) => {
    const id = await addSilence(trx, { match, reason, from: from ?? now, until, channel, now, createdBy: person.user });
    await recordOf(person, now)(trx, 'silence', `silence ${id}`, {
      match,
      reason,
      ...(from === null ? {} : { from: from.toISOString() }),
      until: until.toISOString(),
      ...(alertId === null ? {} : { alert: alertId }),
    });
    const begun = { match, reason, until: until.toISOString(), by: person.user, hidden: hidden.count };
    const news = from === null ? begun : { ...begun, from: from.toISOString() };
    await putOut(trx, begunNews(id, from === null ? 'begun' : 'planned', channels, news), now);
  });
  for (const each of channels) parts.wakes.deliver(each);
}

function checkSpan(from: Date | null, until: Date, now: Date): void {
  const begins = from ?? now;
  if (from !== null && from <= now)
    throw new Refused('This time is over: choose one in the future, or leave it empty to begin now.', 'from');
  if (begins.getTime() - now.getTime() > furthestMs) throw new Refused('At most a year ahead.', 'from');
  if (until <= begins) throw new Refused('It would end before it begins.', 'until');
  if (until.getTime() - begins.getTime() > longestMs)
    throw new Refused('At most 30 days: for longer, change the route in the configuration.', 'until');
}

const withoutCritical = (match: Matcher): Matcher => ({
  ...match,
  severity: (match.severity ?? severities).filter((severity) => severity !== 'critical'),
});

/** Ends a silence before its time, or cancels one that is planned. @throws Refused when it is over already */
export async function endSilence(parts: Parts, person: Person, id: number, seen: Seen): Promise<void> {
  const subject = `silence ${id}`;
  await mustHave(parts, 'respond', person, subject);
  const now = parts.now();
  const ended = await parts.database.transaction(async (trx) => {
    const done = await end(trx, id, person.user, now, parts.config);
    if (done !== undefined) await recordOf(person, now)(trx, 'end-silence', subject, { ...seen });
    return done;
  });
  if (ended === undefined) throw new Refused('This silence is over already.');
  parts.wakes.after(ended);
}
