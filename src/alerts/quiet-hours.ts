import { DateTime } from 'luxon';
import { type Severity, severityRank } from './severity.ts';

/** Hours in which a route leaves people in peace. */
export interface QuietHours {
  /** Minutes after local midnight, 0 to 1440; `to` before `from` means over midnight. Never equal. */
  from: number;
  to: number;
  /** IANA name. */
  timezone: string;
  /** Days of the week on which they begin, 1 is Monday … 7 is Sunday. */
  days: number[];
  /** Only alerts less severe than this are quiet. */
  below: Severity;
}

/** Whether an alert of this severity is quiet at this time. Hours are those of the clock on the wall, `to` excluded. */
export function isQuiet(quiet: QuietHours, severity: Severity, at: Date): boolean {
  if (severityRank(severity) <= severityRank(quiet.below)) return false;
  const local = DateTime.fromJSDate(at, { zone: quiet.timezone });
  const minute = local.hour * 60 + local.minute;
  const today = quiet.days.includes(local.weekday);
  if (quiet.from < quiet.to) return today && minute >= quiet.from && minute < quiet.to;
  const yesterday = quiet.days.includes(local.weekday === 1 ? 7 : local.weekday - 1);
  return (today && minute >= quiet.from) || (yesterday && minute < quiet.to);
}
