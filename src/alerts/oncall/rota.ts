import { weekMs } from '../../words/time.ts';
import type { Layer, OnCallSchedule, Override } from './schedule.ts';
import { type Shift, shifts } from './shifts.ts';
import { turnsWithin } from './turns.ts';

/** What is kept of a layer, so that a change of its list hands nothing over in the middle of a turn. */
export interface KeptRota {
  /** As the configuration had them. */
  users: readonly (readonly string[])[];
  /** How many places later than by counting alone whoever has a turn stands in `users`. */
  moved: number;
  /** How its turns were counted. */
  counted: string;
}

const countedOf = ({ rotation, start, handoff, timezone }: Layer): string =>
  JSON.stringify([rotation, start, handoff, timezone]);

const mod = (number: number, length: number): number => ((number % length) + length) % length;

/**
 * What is to be kept of a layer as it is now configured. Where its list was changed, whoever has the turn keeps it; where they are
 * not in it any more it falls to who would have come next. A layer whose turns are counted in another way begins anew.
 */
export function rotaNow(layer: Layer, holidays: readonly string[], kept: KeptRota | undefined, now: Date): KeptRota {
  const { users } = layer;
  const fresh = { users, moved: 0, counted: countedOf(layer) };
  if (kept === undefined || kept.counted !== fresh.counted) return fresh;
  if (JSON.stringify(kept.users) === JSON.stringify(users)) return kept;
  const [turn] = turnsWithin(layer, holidays, { from: now.getTime(), to: now.getTime() + 1 });
  if (turn === undefined) return fresh;
  for (let later = 0; later < kept.users.length; later++) {
    const who = kept.users[mod(turn.number + kept.moved + later, kept.users.length)] ?? [];
    const place = users.findIndex((entry) => entry.some((user) => who.includes(user)));
    if (place >= 0) return { ...fresh, moved: mod(place - turn.number, users.length) };
  }
  return fresh;
}

/** A layer whose users stand where their turns are. */
export function layerWith(layer: Layer, { users, moved }: Pick<KeptRota, 'users' | 'moved'>): Layer {
  const first = mod(moved, users.length);
  return { ...layer, users: [...users.slice(first), ...users.slice(0, first)] };
}

/** The shifts of the next four weeks of everybody for whom they changed. */
export function changedShifts(
  before: OnCallSchedule,
  after: OnCallSchedule,
  now: Date,
  overrides: readonly Override[],
): { user: string; before: Shift[]; after: Shift[] }[] {
  const until = new Date(now.getTime() + 4 * weekMs);
  const [was, is] = [before, after].map((schedule) => shifts(schedule, now, until, overrides));
  const of = (all: readonly Shift[] = [], user: string) => all.filter(({ users }) => users.includes(user));
  const users = new Set([...(was ?? []), ...(is ?? [])].flatMap((shift) => shift.users));
  const times = (all: readonly Shift[]) => JSON.stringify(all.map(({ from, to }) => [from, to]));
  return [...users]
    .map((user) => ({ user, before: of(was, user), after: of(is, user) }))
    .filter((each) => times(each.before) !== times(each.after));
}
