import type { Severity } from './severity.ts';

/** Hours in which a route leaves people in peace. */
export interface QuietHours {
  /** Minutes after local midnight. `until` before `from` means over midnight; both equal: the whole day. */
  from: number;
  until: number;
  /** IANA name. */
  timezone: string;
  /** Days of the week on which they begin, 1 is Monday … 7 is Sunday. */
  days: number[];
  /** Only alerts less severe than this are quiet. */
  below: Severity;
}
