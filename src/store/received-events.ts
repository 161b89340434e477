import { type Kysely, sql, type Transaction } from 'kysely';
import * as z from 'zod';
import type { Signal } from '../alerts/signal.ts';
import { jsonText } from './json.ts';
import type { Tables } from './tables.ts';

/** Longer is no id, and would not fit into an index. */
const short = z.string().max(200).optional().catch(undefined);

/** An event as EventBridge delivers it, or CloudTrail's record bare. */
const Raw = z.object({
  id: short,
  source: short,
  eventID: short,
  detail: z.object({ eventID: short }).optional().catch(undefined),
});

/** The event's own id: CloudTrail's, else EventBridge's. Undefined for what is no event, as an alarm. */
function eventOf({ raw, source }: Signal): { id: string; source: string } | undefined {
  const read = Raw.safeParse(raw).data;
  const id = read?.detail?.eventID ?? read?.eventID ?? read?.id;
  return id === undefined ? undefined : { id, source: read?.source ?? `aws.${source}` };
}

/** Notes which events came, and of which alert each is part; in one statement. `alertOf` knows alerts by dedup key. */
export async function noteReceived(
  trx: Transaction<Tables>,
  signals: readonly Signal[],
  alertOf: ReadonlyMap<string, number>,
  at: Date,
): Promise<void> {
  const rows = signals.flatMap((signal) => {
    const event = eventOf(signal);
    const alert_id = alertOf.get(signal.dedupKey);
    const [account, region] = [short.parse(signal.account) ?? null, short.parse(signal.region) ?? null];
    return event === undefined || alert_id === undefined ? [] : [{ ...event, alert_id, account, region, at }];
  });
  if (rows.length === 0) return;
  await sql`
    insert into received_event (id, alert_id, account, region, source, at)
    select id, alert_id, account, region, source, at
    from jsonb_populate_recordset(null::received_event, ${jsonText(rows)}::jsonb)
    on conflict do nothing`.execute(trx);
}

/** Whether an event came, by its id. */
export const hasReceived = async (db: Kysely<Tables>, id: string): Promise<boolean> =>
  (await db.selectFrom('received_event').select('id').where('id', '=', id).limit(1).executeTakeFirst()) !== undefined;

/** Events that are given of one account and region. */
const mostEvents = 10_000;

/** What came of an account and region since a time, the newest first, and since when such events are kept at all. */
export async function receivedIn(
  db: Kysely<Tables>,
  { account, region, since }: { account: string; region: string; since: Date },
): Promise<{ events: { id: string; source: string; at: Date }[]; keptSince: Date; whole: boolean }> {
  const events = await db
    .selectFrom('received_event')
    .select(['id', 'source', 'at'])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('at', '>=', since)
    .orderBy('at', 'desc')
    .limit(mostEvents)
    .execute();
  const { rows } = await sql<{ at: Date }>`
    select at from schema_migration where name = '011-received-events'`.execute(db);
  return { events, keptSince: rows[0]?.at ?? since, whole: events.length < mostEvents };
}

/** Of events, those that are part of an alert that somebody acknowledged. */
export async function acknowledgedOf(db: Kysely<Tables>, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('received_event')
    .innerJoin('alert', 'alert.id', 'received_event.alert_id')
    .select('received_event.id')
    .distinct()
    .where('acknowledged_by', 'is not', null)
    .where('received_event.id', '=', sql<string>`any(${ids}::text[])`)
    .execute();
  return rows.map(({ id }) => id);
}

/** Ids of the events that an alert groups, as far as they are kept still, oldest first. */
export async function eventsOfAlert(db: Kysely<Tables>, alertId: number, most: number): Promise<string[]> {
  const rows = await db
    .selectFrom('received_event')
    .select('id')
    .where('alert_id', '=', alertId)
    .orderBy('at')
    .limit(most)
    .execute();
  return rows.map(({ id }) => id);
}
