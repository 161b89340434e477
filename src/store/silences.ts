import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Alert } from '../alerts/alert.ts';
import { nextDue } from '../alerts/escalation.ts';
import { type Matcher, matchesSignal } from '../alerts/matcher.ts';
import type { BegunSilence } from '../alerts/notices.ts';
import { placementOf } from '../alerts/placing.ts';
import { route } from '../alerts/routing.ts';
import { type Silence, silenceFor } from '../alerts/silences.ts';
import type { Config } from '../config/config.ts';
import { appendEvents, listAlerts, updateCourses } from './alerts.ts';
import type { Database } from './database.ts';
import { putOut, show } from './deliveries.ts';
import { jsonb, plainText } from './json.ts';
import type { SilenceTable, Tables } from './tables.ts';
import { earliestDue, type Pending } from './transitions.ts';

export interface StoredSilence extends Silence {
  /** Signals that it held back so far. */
  caught: number;
  /** It has not begun yet. */
  planned: boolean;
}

const toSilence = (row: Selectable<SilenceTable>): StoredSilence => ({
  id: row.id,
  match: row.matcher,
  from: row.starts_at,
  until: row.expires_at,
  reason: row.reason,
  createdBy: row.created_by,
  caught: row.caught,
  planned: row.begun_at === null,
});

/** Silences that hold now, the next to end first. */
export const activeSilences = async (db: Kysely<Tables>, now: Date): Promise<StoredSilence[]> =>
  (await openSilences(db, now)).filter(({ from }) => from <= now);

/** Silences that hold now, the next to end first, and behind them those that are planned, the next to begin first. */
export async function openSilences(db: Kysely<Tables>, now: Date): Promise<StoredSilence[]> {
  const rows = await db
    .selectFrom('silence')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy(sql`greatest(starts_at, ${now})`)
    .orderBy('expires_at')
    .execute();
  return rows.map(toSilence);
}

/** Begins a silence at `from`, or plans it; `channel` hears when it is over. Returns its number. */
export async function addSilence(
  trx: Transaction<Tables>,
  silence: { match: Matcher; reason: string; createdBy: string; from: Date; until: Date; channel: string; now: Date },
): Promise<number> {
  const { id } = await trx
    .insertInto('silence')
    .values({
      matcher: jsonb(silence.match),
      reason: plainText(silence.reason),
      created_by: silence.createdBy,
      created_at: silence.now,
      starts_at: silence.from,
      begun_at: silence.from <= silence.now ? silence.now : null,
      expires_at: silence.until,
      channel: silence.channel,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Adds to how many signals each silence held back. */
export async function countCaught(trx: Transaction<Tables>, caught: ReadonlyMap<number, number>): Promise<void> {
  if (caught.size === 0) return;
  await sql`
    update silence set caught = silence.caught + more.caught
    from unnest(${[...caught.keys()]}::integer[], ${[...caught.values()]}::integer[]) as more (id, caught)
    where silence.id = more.id`.execute(trx);
}

/** What decides where an alert is posted once nothing holds it back. */
type Routing = Pick<Config, 'routes' | 'channels' | 'escalation'>;

/**
 * Ends a silence. Of what it held back, the alerts that still fire are posted now and their escalation starts, and every
 * channel concerned is told what was held back. Returns what is to be woken; undefined when it was over already.
 */
export async function endSilence(
  trx: Transaction<Tables>,
  id: number,
  by: string | null,
  now: Date,
  routing: Routing,
): Promise<Pending | undefined> {
  const row = await trx
    .updateTable('silence')
    .set({ ended_at: now, ended_by: by })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const cancelled = row.starts_at > now;
  const held = cancelled ? [] : await heldBack(trx, row);
  const others = await activeSilences(trx, now);
  const posted = held.flatMap((alert) => {
    const free = alert.state === 'firing' && silenceFor(alert.signal, others, now) === undefined;
    const placement = free ? placementOf(route(alert.signal, routing.routes, routing.channels.default, now)) : null;
    return placement === null || placement.mode === 'digest' ? [] : [{ alert, placement }];
  });
  const shown = posted.map(({ alert, placement: { also: _, severity: __, ...placement } }) => {
    const awake = { ...alert, ...placement, firingSince: now, level: 0, version: alert.version + 1 };
    const policy = awake.escalation === null ? undefined : routing.escalation.get(awake.escalation);
    return { ...awake, dueAt: nextDue(awake, policy) };
  });
  await updateCourses(trx, shown);
  const trailwatch = { type: 'trailwatch' } as const;
  await appendEvents(
    trx,
    shown.map((alert) => ({ alertId: alert.id, event: { kind: 'shown', at: now, by: trailwatch } })),
  );
  await show(
    trx,
    posted.flatMap(({ alert, placement }) =>
      [placement.channel, ...placement.also].map((channel) => ({ alertId: alert.id, channel })),
    ),
  );
  const targets = [...new Set([row.channel, ...held.map(({ channel }) => channel)])];
  await putOut(
    trx,
    targets.map((target) => ({
      key: `silence-${id}-ended-${target}`,
      alertId: null,
      notice: {
        kind: 'silence-ended' as const,
        target,
        silence: {
          match: row.matcher,
          caught: row.caught,
          endedBy: by,
          ...(cancelled ? { cancelled } : {}),
          // What was meant for one channel is named in no other: it may be a private one.
          names: held
            .filter(({ channel }) => channel === target)
            .slice(0, 10)
            .map(({ id, signal }) => `#${id} ${signal.title}`),
          firing: shown.filter(({ channel }) => channel === target).length,
        },
      },
    })),
    now,
  );
  return { targets: [...new Set([...targets, ...shown.map(({ channel }) => channel)])], dueAt: earliestDue(shown) };
}

/** The alerts that a silence held back, worst and newest first. */
async function heldBack(trx: Transaction<Tables>, silence: Selectable<SilenceTable>): Promise<Alert[]> {
  const { alerts } = await listAlerts(trx, { held: silence.starts_at }, { offset: 0, limit: 5000 });
  return alerts.filter(({ signal }) => matchesSignal(silence.matcher, signal));
}

/** Tells every channel concerned of the planned silences that begin. Returns who hears of it. */
export async function beginPlannedSilences({ db, transaction }: Database, now: Date): Promise<string[]> {
  const due = await db
    .selectFrom('silence')
    .selectAll()
    .where('begun_at', 'is', null)
    .where('ended_at', 'is', null)
    .where('starts_at', '<=', now)
    .where('expires_at', '>', now)
    .execute();
  const targets: string[] = [];
  for (const row of due) {
    const hidden = await wouldCatch(db, row.matcher, now);
    const channels = [...new Set([row.channel, ...hidden.channels])];
    const silence = {
      match: row.matcher,
      reason: row.reason,
      until: row.expires_at.toISOString(),
      by: row.created_by,
      hidden: hidden.count,
    };
    await transaction(async (trx) => {
      await trx.updateTable('silence').set({ begun_at: now }).where('id', '=', row.id).execute();
      await putOut(trx, begunNews(row.id, 'begun', channels, silence), now);
    });
    targets.push(...channels);
  }
  return targets;
}

/** The news for channels that a silence begins, or is planned. */
export const begunNews = (id: number, what: 'begun' | 'planned', channels: readonly string[], silence: BegunSilence) =>
  channels.map((target) => ({
    key: `silence-${id}-${what}-${target}`,
    alertId: null,
    notice: { kind: 'silence-begun' as const, target, silence },
  }));

/** Ends the silences whose time is over. */
export async function endOverdueSilences(database: Database, now: Date, routing: Routing): Promise<void> {
  const over = await database.db
    .selectFrom('silence')
    .select('id')
    .where('ended_at', 'is', null)
    .where('expires_at', '<=', now)
    .execute();
  for (const { id } of over) await database.transaction((trx) => endSilence(trx, id, null, now, routing));
}

/** What a matcher would have held back of the last 24 hours: how many, how many of them critical or high, a few titles, where. */
export async function wouldCatch(
  db: Kysely<Tables>,
  match: Matcher,
  now: Date,
): Promise<{ count: number; grave: number; titles: string[]; channels: string[] }> {
  const rows = await db
    .selectFrom('alert')
    .select(['signal', 'title', 'channel', 'severity'])
    .where('last_seen', '>', new Date(now.getTime() - 86_400_000))
    .orderBy('last_seen', 'desc')
    .limit(5000)
    .execute();
  const caught = rows.filter((row) => matchesSignal(match, row.signal));
  return {
    count: caught.length,
    grave: caught.filter(({ severity }) => severity === 'critical' || severity === 'high').length,
    titles: caught.slice(0, 3).map((row) => row.title),
    channels: [...new Set(caught.map(({ channel }) => channel))],
  };
}
