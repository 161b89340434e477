import type { Generated, Kysely } from 'kysely';
import { type Override, onCallAt } from '../alerts/oncall.ts';
import type { Config } from '../config/config.ts';
import type { Database, Tables } from './database.ts';
import type { Standing } from './transitions.ts';

export interface OncallOverrideTable {
  id: Generated<number>;
  schedule: string;
  user_id: string;
  starts_at: Date;
  ends_at: Date;
  created_by: string;
  created_at: Date;
}

/** Overrides that hold now or later, by schedule, in the order they were made. */
export async function overridesFrom(db: Kysely<Tables>, now: Date): Promise<Map<string, Override[]>> {
  const rows = await db.selectFrom('oncall_override').selectAll().where('ends_at', '>', now).orderBy('id').execute();
  const bySchedule = new Map<string, Override[]>();
  for (const row of rows) {
    const list = bySchedule.get(row.schedule) ?? [];
    list.push({ user: row.user_id, from: row.starts_at, until: row.ends_at });
    bySchedule.set(row.schedule, list);
  }
  return bySchedule;
}

/** Who is on call, overrides among them, and which policies hold at a time. */
export const standingFrom =
  ({ db }: Pick<Database, 'db'>, { escalation, schedules }: Pick<Config, 'escalation' | 'schedules'>) =>
  async (now: Date): Promise<Standing> => {
    const overrides = await overridesFrom(db, now);
    return {
      now,
      policies: escalation,
      onCall: (name) => {
        const schedule = schedules.get(name);
        return schedule && onCallAt(schedule, now, overrides.get(name));
      },
    };
  };
