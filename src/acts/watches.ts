import type { WatchedSubject } from '../alerts/notices.ts';
import type { Parts } from '../parts.ts';
import { watchWords } from '../questions/watch.ts';
import type { Person } from '../slack/access.ts';
import { recordOf } from '../store/audit-log.ts';
import { addWatch, closeWatch, openWatches, watchById } from '../store/watches.ts';
import { Refused, type Seen } from './act.ts';
import { mustHave } from './rights.ts';

/** Watches of one person at a time: each asks CloudTrail every quarter of an hour. */
const mostWatches = 10;

/** Has somebody told when a caller calls again, until a time. Returns the watch's number. @throws Refused */
export async function beginWatch(
  parts: Parts,
  person: Person,
  { subject, until }: { subject: WatchedSubject; until: Date },
): Promise<number> {
  await mustHave(parts, 'investigate', person, `watch ${watchWords(subject)}`);
  const now = parts.now();
  return parts.database.transaction(async (trx) => {
    const mine = await openWatches(trx, person.user);
    const same = mine.find((watch) => watchWords(watch.subject) === watchWords(subject));
    if (same !== undefined) throw new Refused(`You watch this already, with watch ${same.id}.`);
    if (mine.length >= mostWatches)
      throw new Refused(`You have ${mostWatches} watches: end one with /audit unwatch N first.`);
    // What is on its way to CloudTrail now is there by the first look.
    const id = await addWatch(trx, { ...person, watcher: person.user, subject, until, now, lookAt: firstLook(now) });
    const detail = { subject: watchWords(subject), until: until.toISOString() };
    await recordOf(person, now)(trx, 'watch', `watch ${id}`, detail);
    return id;
  });
}

const firstLook = (now: Date): Date => new Date(now.getTime() + 60_000);

/** Ends one's own watch before its time. @throws Refused when it is over, or another's */
export async function endWatch(parts: Parts, person: Person, id: number, seen: Seen): Promise<void> {
  const subject = `watch ${id}`;
  await mustHave(parts, 'investigate', person, subject);
  const now = parts.now();
  await parts.database.transaction(async (trx) => {
    const watch = await watchById(trx, id);
    if (watch === undefined || watch.watcher !== person.user)
      throw new Refused('You have no such watch: /audit watch lists yours.');
    if (!(await closeWatch(trx, id, now))) throw new Refused('This watch is over already.');
    await recordOf(person, now)(trx, 'end-watch', subject, { ...seen });
  });
}
