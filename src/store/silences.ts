import type { Generated, Kysely, Selectable, Transaction } from 'kysely';
import type { Matcher } from '../alerts/matcher.ts';
import { matchesSignal } from '../alerts/matcher.ts';
import type { Silence } from '../alerts/silences.ts';
import type { Database, Tables } from './database.ts';
import { putOut } from './deliveries.ts';
import { jsonb, plainText } from './json.ts';

export interface SilenceTable {
  id: Generated<number>;
  matcher: Matcher;
  reason: string;
  created_by: string;
  created_at: Date;
  expires_at: Date;
  ended_at: Date | null;
  ended_by: string | null;
  channel: string;
  caught: Generated<number>;
}

export interface StoredSilence extends Silence {
  /** Signals that it held back so far. */
  caught: number;
}

const toSilence = (row: Selectable<SilenceTable>): StoredSilence => ({
  id: row.id,
  match: row.matcher,
  from: row.created_at,
  until: row.expires_at,
  reason: row.reason,
  createdBy: row.created_by,
  caught: row.caught,
});

/** Silences that hold now, the next to end first. */
export async function activeSilences(db: Kysely<Tables>, now: Date): Promise<StoredSilence[]> {
  const rows = await db
    .selectFrom('silence')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('expires_at')
    .execute();
  return rows.map(toSilence);
}

/** Begins a silence; `channel` hears when it is over. Answers its number. */
export async function addSilence(
  trx: Transaction<Tables>,
  silence: { match: Matcher; reason: string; createdBy: string; until: Date; channel: string; now: Date },
): Promise<number> {
  const { id } = await trx
    .insertInto('silence')
    .values({
      matcher: jsonb(silence.match),
      reason: plainText(silence.reason),
      created_by: silence.createdBy,
      created_at: silence.now,
      expires_at: silence.until,
      channel: silence.channel,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function countCaught(trx: Transaction<Tables>, id: number): Promise<void> {
  await trx
    .updateTable('silence')
    .set((set) => ({ caught: set('caught', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

/** Ends a silence and puts the news of it into the outbox. Answers the channel to wake; undefined when it was over already. */
export async function endSilence(
  trx: Transaction<Tables>,
  id: number,
  by: string | null,
  now: Date,
): Promise<string | undefined> {
  const row = await trx
    .updateTable('silence')
    .set({ ended_at: now, ended_by: by })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const silence = { match: row.matcher, caught: row.caught, endedBy: by };
  const notice = { kind: 'silence-ended' as const, target: row.channel, silence };
  await putOut(trx, [{ key: `silence-${id}-ended`, alertId: null, notice }], now);
  return row.channel;
}

/** Ends the silences whose time is over. */
export async function endOverdueSilences(database: Database, now: Date): Promise<void> {
  const over = await database.db
    .selectFrom('silence')
    .select('id')
    .where('ended_at', 'is', null)
    .where('expires_at', '<=', now)
    .execute();
  for (const { id } of over) await database.transaction((trx) => endSilence(trx, id, null, now));
}

/** How many alerts of the last 24 hours a matcher would have held back, with a few of their titles. */
export async function wouldCatch(
  db: Kysely<Tables>,
  match: Matcher,
  now: Date,
): Promise<{ count: number; titles: string[] }> {
  const rows = await db
    .selectFrom('alert')
    .select(['signal', 'title'])
    .where('last_seen', '>', new Date(now.getTime() - 86_400_000))
    .orderBy('last_seen', 'desc')
    .limit(5000)
    .execute();
  const caught = rows.filter((row) => matchesSignal(match, row.signal));
  return { count: caught.length, titles: caught.slice(0, 3).map((row) => row.title) };
}
