import type { AlertMode } from './alert.ts';
import type { Matcher } from './matcher.ts';
import type { QuietHours } from './quiet-hours.ts';
import type { Severity } from './severity.ts';

/** One line of `routes` in trailwatch.yaml: which signals, and what becomes of them. */
export interface Route {
  match: Matcher;
  /** Null: the default channel. */
  channel: string | null;
  /** `user:U…`, `usergroup:S…`. */
  mention: string[];
  /** Name of an escalation policy. */
  escalation: string | null;
  /** In place of the signal's own severity. */
  severity: Severity | null;
  runbook: string | null;
  /** `drop`: counted and thrown away. */
  mode: AlertMode | 'drop';
  quietHours: QuietHours | null;
  /** Routes after this one are tried too. */
  continue: boolean;
}
