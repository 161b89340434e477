import { DateTime } from 'luxon';

/** Who is on call: users taking turns, always handing over at the same time of day. */
export interface Schedule {
  /** IANA name: the zone of `start` and `handoff`. */
  timezone: string;
  /** Slack user ids, in the order of their turns. */
  users: string[];
  /** Length of a turn in days: 1 is daily, 7 is weekly. */
  days: number;
  /** Local time of day at which one turn ends and the next begins. */
  handoff: { hour: number; minute: number };
  /** Local date (`2024-01-01`) on which a turn of the first user begins. The rotation goes on before it too. */
  start: string;
}

/** Somebody stands in: on call from `from` until before `until`, whoever's turn it is. */
export interface Override {
  user: string;
  from: Date;
  until: Date;
}

/** The Slack user on call at a time. Of overlapping overrides the last in the list wins. Undefined when there are no users. */
export function onCallAt(schedule: Schedule, at: Date, overrides: readonly Override[] = []): string | undefined {
  const standIn = overrides.findLast((override) => override.from <= at && at < override.until);
  return standIn?.user ?? userOfTurn(schedule, turnAt(schedule, at));
}

/** The next time somebody else is on call, and who; undefined when it will always be the same person. */
export function nextHandoff(
  schedule: Schedule,
  at: Date,
  overrides: readonly Override[] = [],
): { at: Date; user: string } | undefined {
  const current = onCallAt(schedule, at, overrides);
  const edges = overrides.flatMap(({ from, until }) => [from, until]).filter((edge) => edge > at);
  // After the last override one whole round of the turns shows everybody there is.
  const lastEdge = new Date(Math.max(at.getTime(), ...edges.map((edge) => edge.getTime())));
  const lastTurn = turnAt(schedule, lastEdge) + schedule.users.length;
  let time = at;
  for (;;) {
    const turn = turnAt(schedule, time) + 1;
    if (turn > lastTurn) return undefined;
    const later = edges.filter((edge) => edge > time).map((edge) => edge.getTime());
    time = new Date(Math.min(startOfTurn(schedule, turn).getTime(), ...later));
    const user = onCallAt(schedule, time, overrides);
    if (user !== undefined && user !== current) return { at: time, user };
  }
}

const userOfTurn = ({ users }: Schedule, turn: number): string | undefined =>
  users[((turn % users.length) + users.length) % users.length];

/** The number of the turn that holds at a time; turn 0 begins on the schedule's `start`. */
function turnAt(schedule: Schedule, at: Date): number {
  const local = DateTime.fromJSDate(at, { zone: schedule.timezone });
  const start = DateTime.fromISO(schedule.start, { zone: 'utc' });
  // Whole calendar days, counted in UTC where every day has 24 hours.
  const days = DateTime.utc(local.year, local.month, local.day).diff(start, 'days').days;
  let turn = Math.floor(days / schedule.days) + 1;
  while (startOfTurn(schedule, turn) > at) turn--;
  return turn;
}

/**
 * When a turn begins. A handoff in the hour that the clocks skip in spring is moved on by that hour; in the hour
 * that comes twice in autumn the first one counts.
 */
function startOfTurn(schedule: Schedule, turn: number): Date {
  const date = DateTime.fromISO(schedule.start, { zone: 'utc' }).plus({ days: turn * schedule.days });
  const { year, month, day } = date;
  const local = DateTime.fromObject({ year, month, day, ...schedule.handoff }, { zone: schedule.timezone });
  // Which of two equal times fromObject gives depends on today's offset: ask for both.
  return new Date(Math.min(...local.getPossibleOffsets().map((time) => time.toMillis())));
}
