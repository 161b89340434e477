import type { Kysely } from 'kysely';
import { forgetHeard } from './cadence.ts';
import { forgetMessages } from './inbox.ts';
import { forgetLinks } from './incidents.ts';
import { forgetQuestions } from './questions.ts';
import { forgetReceived } from './received-events.ts';
import type { Tables } from './tables.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Throws away what only guarded against repeats and disorder, and what nobody compares with any more. Slack's signatures hold for five minutes. */
export async function forget(db: Kysely<Tables>, now: Date): Promise<void> {
  const before = (ms: number): Date => new Date(now.getTime() - ms);
  await db.deleteFrom('slack_request').where('at', '<', before(hourMs)).execute();
  await forgetMessages(db, now);
  await db
    .deleteFrom('unmatched_end')
    .where('at', '<', before(14 * dayMs))
    .execute();
  // Fetched again each day while they are in use.
  await db
    .deleteFrom('sns_certificate')
    .where('fetched_at', '<', before(30 * dayMs))
    .execute();
  await forgetQuestions(db, before(dayMs));
  await forgetReceived(db, now);
  await forgetLinks(db, now);
  await forgetHeard(db, now);
  await db.deleteFrom('lane').where('next_at', '<', before(dayMs)).execute();
}
