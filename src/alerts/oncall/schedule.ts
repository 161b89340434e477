/** Who is on call, by turns: what `schedules` in trailwatch.yaml says. */
export interface OnCallSchedule {
  /** IANA name: the zone of the holidays. */
  timezone: string;
  /** The first is on top: those below are asked where it has nobody. */
  layers: readonly Layer[];
  /** ISO dates. */
  holidays: readonly string[];
  /** On call on the holidays, together, in place of every layer; empty: the layers go on, as each says. */
  holidayUsers: readonly string[];
  /** The Slack channel that hears of it; null: the default channel. */
  channel: string | null;
  /** True: hours without anybody are meant to be, and are not warned of. */
  mayBeEmpty: boolean;
  /** What shows in Slack who is on call: the members of `usergroup:S…`, a part of the topic of `channel:C…`. */
  mirror: readonly string[];
}

/** Users who take turns, at all times or in some hours. */
export interface Layer {
  name: string;
  /** IANA name: the zone of the handoff and of the restrictions. */
  timezone: string;
  rotation: Rotation;
  /** ISO date of the first handoff: a turn of the first in `users` begins. The rotation goes on before it, too. */
  start: string;
  /** Local time of the handoff in minutes after midnight. */
  handoff: number;
  /** In the order of their turns; several who share a turn, the first of them first. */
  users: readonly (readonly string[])[];
  /** When it is on call; empty: at all times. */
  restrictions: readonly Restriction[];
  /** False: on a holiday nobody is on call here, and where turns are counted in days the day does not count. */
  onHolidays: boolean;
}

/**
 * How long a turn is. `days` are days on which the layer is on call, `workingDays` are Monday to Friday without holidays: a turn
 * begins on such a day and waits over the others. `months` begin on day `day`, or on the last of a month that has none such.
 */
export type Rotation =
  | { unit: 'hours' | 'days' | 'workingDays' | 'weeks'; every: number }
  | { unit: 'months'; every: number; day: number };

/** Some hours of each week, by the clock on the wall: from a time of a weekday until a time `days` later. */
export interface Restriction {
  /** 1 is Monday … 7 is Sunday. */
  weekday: number;
  /** Minutes after midnight. */
  from: number;
  days: number;
  to: number;
}

/** Somebody stands in from `from` until before `until`. */
export interface Override {
  user: string;
  from: Date;
  until: Date;
  /** Whose place is taken; null: that of everybody who is on call. */
  instead: string | null;
  because: 'override' | 'swap';
}

/** Of an answer from the configuration alone. */
export const withoutStore =
  'By the configuration alone: overrides, swaps and what an edited list leaves until its handoff are in the database, and /audit oncall at TIME has them.';
