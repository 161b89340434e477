import { alertsDue } from '../store/alerts.ts';
import type { Database } from '../store/database.ts';
import { targetsDue } from '../store/deliveries.ts';
import { forgetQuestions } from '../store/questions.ts';
import { endOverdueSilences } from '../store/silences.ts';
import { endCalmStorms } from '../store/storms.ts';

export interface SweepParts {
  database: Database;
  now: () => Date;
  wakeTarget: (target: string, at: Date) => Promise<void>;
  wakeAlert: (id: number, at: Date) => Promise<void>;
}

const dayMs = 86_400_000;

/**
 * Finds everything that is due and wakes it. The queue is only the alarm clock: with the whole queue lost, this loses
 * no alert and no escalation. Runs every few seconds; safe to run at any time.
 */
export async function sweep({ database, now, wakeTarget, wakeAlert }: SweepParts): Promise<void> {
  const { db } = database;
  const time = now();
  await endCalmStorms(db, time);
  await endOverdueSilences(database, time);
  for (const id of await alertsDue(db, time, 500)) await wakeAlert(id, time);
  for (const target of await targetsDue(db, time)) await wakeTarget(target, time);
  await forget(database, time);
}

/**
 * Throws away what only guarded against repeats and disorder: SNS repeats for an hour at most, a queue keeps a message
 * for 14 days, Slack's signatures live five minutes.
 */
async function forget({ db }: Database, now: Date): Promise<void> {
  await db
    .deleteFrom('slack_request')
    .where('at', '<', new Date(now.getTime() - 3_600_000))
    .execute();
  await db
    .deleteFrom('message')
    .where('received_at', '<', new Date(now.getTime() - 90 * dayMs))
    .execute();
  await db
    .deleteFrom('unmatched_end')
    .where('at', '<', new Date(now.getTime() - 14 * dayMs))
    .execute();
  await forgetQuestions(db, new Date(now.getTime() - dayMs));
  await db
    .deleteFrom('lane')
    .where('next_at', '<', new Date(now.getTime() - dayMs))
    .execute();
}
