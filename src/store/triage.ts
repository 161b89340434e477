import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Tables } from './database.ts';

export interface TriageTable {
  alert_id: number;
  wanted_at: Date;
  lease_until: Date | null;
  done_at: Date | null;
  asked_by: string | null;
}

export type Triage = Selectable<TriageTable>;

/** An alert that is not looked into within this time needs it no more: people have, by then. */
const stillOfUseMs = 6 * 3_600_000;

/**
 * Notes the alerts that Slack shows and nobody has noted yet; answers their numbers. Whether an alert names anything to
 * look into is for the job to say. Those inside a storm have no thread.
 */
export async function noteTriage(db: Kysely<Tables>, now: Date): Promise<void> {
  await db
    .insertInto('triage')
    .columns(['alert_id', 'wanted_at'])
    .expression((from) =>
      from
        .selectFrom('alert')
        .innerJoin('slack_message', 'slack_message.alert_id', 'alert.id')
        .select(['alert.id', sql<Date>`${now}::timestamptz`.as('wanted_at')])
        .distinct()
        .where('slack_message.ts', 'is not', null)
        .where('alert.storm_id', 'is', null)
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

/** Somebody wants an alert looked into (again). */
export async function askTriage(trx: Transaction<Tables>, alertId: number, user: string, now: Date): Promise<void> {
  const again = { wanted_at: now, lease_until: null, done_at: null, asked_by: user };
  await trx
    .insertInto('triage')
    .values({ alert_id: alertId, ...again })
    .onConflict((conflict) => conflict.column('alert_id').doUpdateSet(again))
    .execute();
}

/** Takes an alert to look into until `leaseUntil`; undefined when it is done or in other hands. */
export async function claimTriage(
  db: Kysely<Tables>,
  alertId: number,
  now: Date,
  leaseUntil: Date,
): Promise<Triage | undefined> {
  return db
    .updateTable('triage')
    .set({ lease_until: leaseUntil })
    .where('alert_id', '=', alertId)
    .where('done_at', 'is', null)
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<', now)]))
    .returningAll()
    .executeTakeFirst();
}

/** It is told, or there is nothing to tell. False when somebody asked for it anew meanwhile. */
export async function endTriage(
  db: Kysely<Tables>,
  alertId: number,
  now: Date,
  { wanted_at }: Pick<Triage, 'wanted_at'>,
): Promise<boolean> {
  const ended = await db
    .updateTable('triage')
    .set({ done_at: now, lease_until: null })
    .where('alert_id', '=', alertId)
    .where('wanted_at', '=', wanted_at)
    .where('done_at', 'is', null)
    .returning('alert_id')
    .executeTakeFirst();
  return ended !== undefined;
}

/** It is anybody's again. */
export async function releaseTriage(db: Kysely<Tables>, alertId: number): Promise<void> {
  await db.updateTable('triage').set({ lease_until: null }).where('alert_id', '=', alertId).execute();
}

/** Alerts to look into by now. */
export async function triageDue(db: Kysely<Tables>, now: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('triage')
    .select('alert_id')
    .where('done_at', 'is', null)
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<', now)]))
    .orderBy('wanted_at')
    .limit(100)
    .execute();
  return rows.map((row) => row.alert_id);
}
