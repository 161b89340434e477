import { type Kysely, sql } from 'kysely';
import { changedShifts, type KeptRota, layerWith, rotaNow } from '../alerts/oncall/rota.ts';
import type { OnCallSchedule } from '../alerts/oncall/schedule.ts';
import type { Shift } from '../alerts/oncall/shifts.ts';
import type { Config } from '../config/config.ts';
import type { Database } from './database.ts';
import { putOut } from './deliveries.ts';
import { jsonText } from './json.ts';
import { overridesFrom } from './overrides.ts';
import type { Tables } from './tables.ts';

type Kept = ReadonlyMap<string, KeptRota>;

const keyOf = (schedule: string, layer: string): string => JSON.stringify([schedule, layer]);

async function keptRotas(db: Kysely<Tables>): Promise<Kept> {
  const rows = await db.selectFrom('rota').selectAll().execute();
  return new Map(rows.map(({ schedule, layer, ...rota }) => [keyOf(schedule, layer), rota]));
}

const rotasOf = (name: string, { layers, holidays }: OnCallSchedule, kept: Kept, now: Date): KeptRota[] =>
  layers.map((layer) => rotaNow(layer, holidays, kept.get(keyOf(name, layer.name)), now));

const settledBy = (schedule: OnCallSchedule, rotas: readonly KeptRota[]): OnCallSchedule => ({
  ...schedule,
  layers: schedule.layers.map((layer, place) => layerWith(layer, rotas[place] ?? { users: layer.users, moved: 0 })),
});

/** A schedule with its turns where a bot that starts now would have them; keeps nothing. */
export async function settledSchedule(
  db: Kysely<Tables>,
  name: string,
  schedule: OnCallSchedule,
  now: Date,
): Promise<OnCallSchedule> {
  return settledBy(schedule, rotasOf(name, schedule, await keptRotas(db), now));
}

/**
 * The schedules with their turns where they were before lists in the configuration were edited. The first process that starts with
 * an edited list keeps that, and puts out the news for the channel and for everybody whose next four weeks changed.
 */
export async function settleSchedules(
  database: Database,
  { schedules, channels }: Pick<Config, 'schedules' | 'channels'>,
  now: Date,
): Promise<ReadonlyMap<string, OnCallSchedule>> {
  return database.transaction(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('rotas', 0))`.execute(trx);
    const kept = await keptRotas(trx);
    const overrides = await overridesFrom(trx, now);
    const settled = new Map<string, OnCallSchedule>();
    for (const [name, schedule] of schedules) {
      const rotas = rotasOf(name, schedule, kept, now);
      const after = settledBy(schedule, rotas);
      settled.set(name, after);
      const before = schedule.layers.map((layer) => kept.get(keyOf(name, layer.name)));
      const edited = rotas.some((rota, place) => before[place] !== undefined && rota !== before[place]);
      for (const [place, layer] of schedule.layers.entries()) {
        const rota = rotas[place];
        if (rota === undefined || rota === before[place]) continue;
        const values = { users: jsonText(rota.users), moved: rota.moved, counted: rota.counted };
        await trx
          .insertInto('rota')
          .values({ schedule: name, layer: layer.name, ...values })
          .onConflict((conflict) => conflict.columns(['schedule', 'layer']).doUpdateSet(values))
          .execute();
      }
      if (!edited) continue;
      const old = settledBy(
        schedule,
        rotas.map((rota, place) => before[place] ?? rota),
      );
      const changed = changedShifts(old, after, now, overrides.get(name) ?? []);
      await putOut(trx, newsOf(name, schedule.channel ?? channels.default, changed, now), now);
    }
    return settled;
  });
}

function newsOf(schedule: string, channel: string, changed: ReturnType<typeof changedShifts>, now: Date) {
  const spans = (all: readonly Shift[]) =>
    all.map(({ from, to }) => ({ from: from.toISOString(), until: to.toISOString() }));
  const at = now.toISOString();
  const news = { about: 'rota' as const, schedule, from: at, until: at };
  const row = (
    target: string,
    more: { users: string[]; before: ReturnType<typeof spans>; after: ReturnType<typeof spans> },
  ) => ({
    key: `oncall-rota-${schedule}-${at}-${target}`,
    alertId: null,
    notice: { kind: 'oncall' as const, target, news: { ...news, ...more } },
  });
  if (changed.length === 0) return [];
  return [
    row(channel, { users: changed.map(({ user }) => user), before: [], after: [] }),
    ...changed.map(({ user, before, after }) =>
      row(user, { users: [user], before: spans(before), after: spans(after) }),
    ),
  ];
}
