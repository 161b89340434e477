import { sql } from 'kysely';
import { nextDue } from '../alerts/escalation.ts';
import { armStorm } from '../alerts/grouping.ts';
import { lockAlerts, updateCourses } from './alerts.ts';
import type { Database } from './database.ts';
import { settleLeads } from './incidents.ts';
import { leadOf, lockStorms, updateStorms } from './storms.ts';
import { policyOf, type Standing } from './transitions.ts';

/**
 * Looks whether every alert, storm and incident that fires has a next step, and gives one to those that should have and do not: by
 * a fault, or because the configuration changed. Returns their numbers. With nothing to mend it is one statement that finds nothing.
 */
export async function mendSilent(
  database: Pick<Database, 'db' | 'transaction'>,
  standing: Standing,
): Promise<{ alerts: number[]; storms: number[] }> {
  const suspects = await sql<{ alert: number | null; storm: number | null; incident: number | null }>`
    select id as alert, null::integer as storm, null::integer as incident from alert
      where state = 'firing' and mode = 'alert' and storm_id is null and (incident_id is null or leads) and due_at is null
        and (escalation is not null or called_at is not null) and (exhausted_at is null or severity = 'critical')
    union all
    select null, id, null from storm
      where due_at is null and escalation is not null and (exhausted_at is null or severity = 'critical')
        and exists (select from alert where storm_id = storm.id and state = 'firing' and mode = 'alert')
    union all
    select distinct null::integer, null::integer, incident_id from alert
      where state = 'firing' and mode = 'alert' and incident_id is not null
        and not exists (select from alert as other where other.incident_id = alert.incident_id and other.leads)`.execute(
    database.db,
  );
  const [alerts, storms] = [
    suspects.rows.flatMap(({ alert }) => alert ?? []),
    suspects.rows.flatMap(({ storm }) => storm ?? []),
  ];
  if (suspects.rows.length === 0) return { alerts, storms };
  const leaderless = suspects.rows.flatMap(({ incident }) => incident ?? []);
  return database.transaction(async (trx) => {
    const silent = (await lockAlerts(trx, alerts)).flatMap((alert) => {
      const dueAt = alert.dueAt === null ? nextDue(alert, policyOf(alert, standing)) : null;
      return dueAt === null ? [] : [{ ...alert, dueAt }];
    });
    await updateCourses(trx, silent);
    const unarmed = [];
    for (const storm of await lockStorms(trx, [], storms)) {
      const armed = armStorm(storm, storm.severity, policyOf(storm, standing), standing.now);
      if (armed.dueAt !== storm.dueAt && (await leadOf(trx, storm.id)) !== undefined) unarmed.push(armed);
    }
    await updateStorms(trx, unarmed);
    const led = await settleLeads(trx, leaderless, (alert) => policyOf(alert, standing));
    return { alerts: [...silent, ...led].map(({ id }) => id), storms: unarmed.map(({ id }) => id) };
  });
}
