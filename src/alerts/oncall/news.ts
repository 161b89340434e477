import { dayMs, hourMs, weekMs } from '../../words/time.ts';
import type { OnCallSchedule, Override } from './schedule.ts';
import { gaps, sameUsers, shifts } from './shifts.ts';

/** How late a handoff may still be told, after an outage: whoever came on call since then still takes over what is open. */
const freshMs = 12 * hourMs;
/** How far back the turn before is looked for. */
export const handoffLookBackMs = 8 * dayMs;

/** A turn that somebody else had before; hours without anybody in between do not count. */
export interface Handoff {
  at: Date;
  users: readonly string[];
  before: readonly string[];
  /** When the turn before began, eight days back at most. */
  since: Date;
}

/** The handoff of the last twelve hours after which the same people are still on call; undefined: there was none. */
export function freshHandoff(
  schedule: OnCallSchedule,
  now: Date,
  overrides: readonly Override[] = [],
): Handoff | undefined {
  const past = shifts(schedule, new Date(now.getTime() - handoffLookBackMs), new Date(now.getTime() + 1), overrides);
  if (past.at(-1)?.to.getTime() !== now.getTime() + 1) return undefined;
  let handoff: Handoff | undefined;
  let turn: { users: readonly string[]; since: Date } | undefined;
  for (const { from, users } of past) {
    if (turn !== undefined && sameUsers(turn.users, users)) continue;
    if (turn !== undefined) handoff = { at: from, users, before: turn.users, since: turn.since };
    turn = { users, since: from };
  }
  return handoff !== undefined && now.getTime() - handoff.at.getTime() < freshMs ? handoff : undefined;
}

const forecastMs = 8 * weekMs;
const warnMs = weekMs;
/** Gaps with less than this between them are told as one: nights of a week, an hour a day between two changes of clocks. */
const togetherMs = 4 * dayMs;

/** Gaps that belong together. */
export interface Gaps {
  from: Date;
  /** The end of the last of them. */
  until: Date;
  count: number;
  /** The end of the first of them. */
  firstEnds: Date;
  /** The same for the same gaps at any time; those that never end have a new one each week. */
  key: string;
}

/** Hours of the week ahead in which nobody is on call, with all that belong to them; undefined: there are none, or they are meant. */
export function gapsAhead(schedule: OnCallSchedule, now: Date, overrides: readonly Override[] = []): Gaps | undefined {
  if (schedule.mayBeEmpty) return undefined;
  const horizon = now.getTime() + forecastMs;
  const [first, ...more] = gaps(schedule, now, new Date(horizon), overrides);
  if (first === undefined || first.from.getTime() > now.getTime() + warnMs) return undefined;
  let [until, count] = [first.to, 1];
  for (const gap of more) {
    if (gap.from.getTime() - until.getTime() >= togetherMs) break;
    until = gap.to;
    count++;
  }
  const endless = horizon - until.getTime() < togetherMs;
  const key = endless ? `always-${Math.floor(now.getTime() / weekMs)}` : until.toISOString();
  return { from: first.from, until, count, firstEnds: first.to, key };
}
