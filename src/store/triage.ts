import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Tables, TriageTable } from './tables.ts';

export type Triage = Selectable<TriageTable>;

/** An alert that is not looked into within this time needs it no more: people have, by then. */
const stillOfUseMs = 6 * 3_600_000;

/**
 * Notes the alerts that Slack shows and nobody has noted yet; returns their numbers. Whether an alert names anything to
 * look into is for the job to say. Those inside a storm have no thread; of an incident one is looked into for all.
 */
export async function noteTriage(db: Kysely<Tables>, now: Date): Promise<void> {
  await db
    .insertInto('triage')
    .columns(['alert_id', 'wanted_at'])
    .expression((from) =>
      from
        .selectFrom('alert')
        .select(['alert.id', sql<Date>`${now}::timestamptz`.as('wanted_at')])
        .where(isShown)
        .where('alert.storm_id', 'is', null)
        .where(spokenFor)
        .where('alert.state', '<>', 'resolved')
        .where('alert.mode', '=', 'alert')
        .where('alert.first_seen', '>', new Date(now.getTime() - stillOfUseMs))
        .where((where) =>
          where.not(where.exists(where.selectFrom('triage').select('alert_id').whereRef('alert_id', '=', 'alert.id'))),
        ),
    )
    .onConflict((conflict) => conflict.column('alert_id').doNothing())
    .execute();
}

/** In one condition: of two the messages of all alerts would be read. */
const isShown = sql<boolean>`exists (
  select from slack_message
  where (slack_message.alert_id = alert.id or slack_message.incident_id = alert.incident_id) and ts is not null)`;

/** `speakerOf` of src/alerts/incidents.ts, for the database. */
const speakerOf = (incident: ReturnType<typeof sql>) => sql<number>`(
  select member.id from alert as member where member.incident_id = ${incident}
  order by member.signal -> 'actor' is null, member.id limit 1)`;

const spokenFor = sql<boolean>`(alert.incident_id is null or alert.id = ${speakerOf(sql`alert.incident_id`)})`;

/**
 * Alerts joined incidents: a new incident is looked into anew, in its own thread; an older one that was looked into is looked into
 * once more, and its reply is edited. What was not looked into yet sees the new alerts then.
 */
export async function growTriage(
  trx: Transaction<Tables>,
  incidents: readonly { id: number; isNew: boolean }[],
  now: Date,
): Promise<void> {
  if (incidents.length === 0) return;
  const soon = new Date(now.getTime() + settleMs);
  const ids = (isNew: boolean) => incidents.filter((each) => each.isNew === isNew).map(({ id }) => id);
  await sql`
    update triage set wanted_at = case when done_at is null and looks > 0 then least(wanted_at, ${soon}) else ${soon} end, done_at = null, lease_until = null, asked_by = null,
      looks = case when incident.id = any(${ids(true)}::integer[]) then 0 else looks end
    from incident
    where incident.id = any(${incidents.map(({ id }) => id)}::integer[])
      and triage.alert_id = ${speakerOf(sql`incident.id`)}
      and (done_at is not null or looks > 0 or incident.id = any(${ids(true)}::integer[]))`.execute(trx);
}

/** Alerts of one attack come together: they are looked into together. */
const settleMs = 30_000;

/** Somebody wants an alert looked into (again). */
export async function askTriage(trx: Transaction<Tables>, alertId: number, user: string, now: Date): Promise<void> {
  const again = { wanted_at: now, looks: 0, lease_until: null, done_at: null, asked_by: user };
  await trx
    .insertInto('triage')
    .values({ alert_id: alertId, ...again })
    .onConflict((conflict) => conflict.column('alert_id').doUpdateSet(again))
    .execute();
}

/** Takes alerts to look into until `leaseUntil`, those that wait longest first. */
export const claimTriage = (db: Kysely<Tables>, now: Date, leaseUntil: Date, atMost: number): Promise<Triage[]> =>
  db
    .updateTable('triage')
    .set({ lease_until: leaseUntil })
    .where('alert_id', 'in', (from) =>
      from
        .selectFrom('triage')
        .select('alert_id')
        .where('done_at', 'is', null)
        .where('wanted_at', '<=', now)
        .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<', now)]))
        .orderBy('wanted_at')
        .limit(atMost)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute();

/**
 * It is reported, or there is nothing to report; `again`: it is looked into once more at this time. False when somebody asked
 * for it anew meanwhile.
 */
export async function endTriage(
  db: Kysely<Tables>,
  alertId: number,
  now: Date,
  { wanted_at }: Pick<Triage, 'wanted_at'>,
  again: Date | null = null,
): Promise<boolean> {
  const ended = await db
    .updateTable('triage')
    .set((row) => ({
      ...(again === null ? { done_at: now } : { wanted_at: again }),
      looks: row('looks', '+', 1),
      lease_until: null,
    }))
    .where('alert_id', '=', alertId)
    .where('wanted_at', '=', wanted_at)
    .where('done_at', 'is', null)
    .returning('alert_id')
    .executeTakeFirst();
  return ended !== undefined;
}

/** Releases the claim: any process may take it. */
export async function releaseTriage(db: Kysely<Tables>, alertId: number): Promise<void> {
  await db.updateTable('triage').set({ lease_until: null }).where('alert_id', '=', alertId).execute();
}
