import { matcherFor } from '../alerts/silences.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { alertById } from '../store/alerts.ts';
import { parseDuration } from '../words/durations.ts';
import { globLiteral } from '../words/glob.ts';
import { Refused } from './act.ts';
import { actOnAlert } from './alerts.ts';
import { beginSilence } from './silences.ts';

/**
 * Somebody vouches for an alert: a note in their name, and what they chose to follow: it is resolved, and the same (this kind,
 * by this caller, on this resource) is silenced for an hour or a day. @throws Refused
 */
export async function markExpected(
  parts: Parts,
  person: Person,
  { id, version }: { id: number; version: number },
  { follows, reason }: { follows: 'resolve' | '1h' | '1d' | 'note'; reason: string },
): Promise<void> {
  const alert = await alertById(parts.database.db, id);
  if (alert === undefined) throw new Refused(`There is no alert #${id}.`);
  await actOnAlert(parts, person, id, { kind: 'note', text: `Marked as expected: ${reason}` }, { version });
  const ms = parseDuration(follows);
  if (ms !== undefined) {
    const actor = alert.signal.actor?.arn ?? alert.signal.actor?.name;
    const match = { ...matcherFor(alert.signal), ...(actor === undefined ? {} : { actor: [globLiteral(actor)] }) };
    const until = new Date(parts.now().getTime() + ms);
    await beginSilence(parts, person, { match, reason: `Expected: ${reason}`, from: null, until, sure: true }, id);
  }
  if (follows !== 'note' && alert.state !== 'resolved')
    await actOnAlert(parts, person, id, { kind: 'resolve', as: 'expected' }, { version });
}
