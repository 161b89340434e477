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
  /** Local date (`2024-01-01`) on which the first user's turn begins. */
  start: string;
}

/** Somebody stands in: on call from `from` until before `until`, whoever's turn it is. */
export interface Override {
  user: string;
  from: Date;
  until: Date;
}
