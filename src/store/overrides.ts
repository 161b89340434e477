import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Override } from '../alerts/oncall/schedule.ts';
import { onCallAt } from '../alerts/oncall/shifts.ts';
import type { Members } from '../alerts/targets/target.ts';
import type { Config } from '../config/config.ts';
import type { Database } from './database.ts';
import { allReach } from './reach.ts';
import type { OncallOverrideTable, Tables } from './tables.ts';
import type { Standing } from './transitions.ts';

export interface StoredOverride extends Override {
  id: number;
  schedule: string;
  createdBy: string;
}

const toOverride = (row: Selectable<OncallOverrideTable>): StoredOverride => ({
  id: row.id,
  schedule: row.schedule,
  user: row.user_id,
  from: row.starts_at,
  until: row.ends_at,
  instead: row.instead,
  because: row.because,
  createdBy: row.created_by,
});

/** Overrides that hold at a time or later, by schedule, in the order they were made. */
export async function overridesFrom(db: Kysely<Tables>, at: Date): Promise<Map<string, StoredOverride[]>> {
  const rows = await db.selectFrom('oncall_override').selectAll().where('ends_at', '>', at).orderBy('id').execute();
  return Map.groupBy(rows.map(toOverride), ({ schedule }) => schedule);
}

/** Who changes a schedule's overrides is alone with them until the transaction ends: of two who accept, one is first. */
export async function lockOverrides(trx: Transaction<Tables>, schedule: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`oncall ${schedule}`}, 0))`.execute(trx);
}

/** Returns the override's number. */
export async function addOverride(
  trx: Transaction<Tables>,
  { schedule, user, from, until, instead, because, createdBy }: Omit<StoredOverride, 'id'>,
  now: Date,
): Promise<number> {
  const { id } = await trx
    .insertInto('oncall_override')
    .values({
      schedule,
      user_id: user,
      starts_at: from,
      ends_at: until,
      instead,
      because,
      created_by: createdBy,
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Ends an override now; one that has not begun will not. Undefined: it is over, or there is none of this number. */
export async function endOverride(
  trx: Transaction<Tables>,
  id: number,
  now: Date,
): Promise<StoredOverride | undefined> {
  const row = await trx
    .selectFrom('oncall_override')
    .selectAll()
    .where('id', '=', id)
    .where('ends_at', '>', now)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const endsAt = row.starts_at > now ? row.starts_at : now;
  await trx.updateTable('oncall_override').set({ ends_at: endsAt }).where('id', '=', id).execute();
  return toOverride(row);
}

/** Who is on call, overrides among them, and which policies hold at a time; `members`: of user groups, as far as they are known. */
export function standingFrom(
  { db }: Pick<Database, 'db'>,
  { escalation, schedules, channels }: Pick<Config, 'escalation' | 'schedules' | 'channels'>,
  members: Members = () => undefined,
): (now: Date) => Promise<Standing> {
  const turns = new Turns(schedules);
  return async (now) => {
    const overrides = await overridesFrom(db, now);
    return {
      now,
      policies: escalation,
      onCall: (name) => turns.usersAt(name, now, overrides.get(name) ?? []),
      members,
      reach: await allReach(db),
      defaultChannel: channels.default,
    };
  };
}

/** Who is on call, kept for each schedule as long as it holds: ten thousand alerts that are due together ask once. */
class Turns {
  readonly #schedules: Config['schedules'];
  readonly #held = new Map<string, { users: readonly string[]; from: Date; until: Date; overrides: string }>();

  constructor(schedules: Config['schedules']) {
    this.#schedules = schedules;
  }

  usersAt(name: string, now: Date, overrides: readonly Override[]): readonly string[] {
    const schedule = this.#schedules.get(name);
    if (schedule === undefined) return [];
    const made = overrides.length === 0 ? '' : JSON.stringify(overrides);
    const held = this.#held.get(name);
    if (held !== undefined && held.overrides === made && held.from <= now && now < held.until) return held.users;
    const { users, until } = onCallAt(schedule, now, overrides);
    this.#held.set(name, { users, from: now, until, overrides: made });
    return users;
  }
}
