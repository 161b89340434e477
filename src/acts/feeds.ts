import { createHash, randomBytes } from 'node:crypto';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { recordOf } from '../store/audit-log.ts';
import { feedSince, removeFeed, replaceFeed } from '../store/feeds.ts';
import { Refused } from './act.ts';
import { scheduleOf } from './oncall.ts';
import { mustHave } from './rights.ts';

/** What is kept of the secret in an address. It is 256 random bits: there is nothing to guess, so one round is enough. */
export const secretHash = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const subjectOf = (schedule: string | null): string =>
  schedule === null ? 'calendar of own shifts' : `calendar of schedule ${schedule}`;

/**
 * Makes the secret address at which a calendar reads the shifts of a schedule (null: one's own shifts), in place of the one that
 * the person has. It is told this once. @throws Refused
 */
export async function makeFeed(parts: Parts, person: Person, schedule: string | null): Promise<string> {
  const subject = subjectOf(schedule);
  await mustHave(parts, 'see', person, subject);
  if (schedule !== null) scheduleOf(parts, schedule);
  const { publicUrl } = parts.environment;
  if (publicUrl === null)
    throw new Refused(
      'Calendars cannot reach Trailwatch: whoever runs it sets TRAILWATCH_PUBLIC_URL to its https address and lets /oncall/ through.',
    );
  const now = parts.now();
  // Hexadecimal: what is shown in Slack is escaped, and other alphabets have characters that would be changed.
  const secret = randomBytes(32).toString('hex');
  const made = { owner: person.user, team: person.team, schedule, secretHash: secretHash(secret) };
  const id = await parts.database.transaction(async (trx) => {
    const feed = await replaceFeed(trx, made, now);
    await recordOf(person, now)(trx, 'make-feed', subject, { feed });
    return feed;
  });
  return `${publicUrl}/oncall/${id}-${secret}.ics`;
}

/** When the person's address was made; null: there is none. @throws Refused */
export async function feedMadeAt(parts: Parts, person: Person, schedule: string | null): Promise<Date | null> {
  await mustHave(parts, 'see', person, subjectOf(schedule));
  return feedSince(parts.database.db, person.user, schedule);
}

/** The person's address leads nowhere from now on. @throws Refused */
export async function revokeFeed(parts: Parts, person: Person, schedule: string | null): Promise<void> {
  const subject = subjectOf(schedule);
  await mustHave(parts, 'see', person, subject);
  const removed = await parts.database.transaction(async (trx) => {
    const found = await removeFeed(trx, person.user, schedule);
    if (found) await recordOf(person, parts.now())(trx, 'revoke-feed', subject);
    return found;
  });
  if (!removed) throw new Refused('This address is revoked already.');
}
