import type { EscalationPolicy } from './ladder.ts';
import { afterQuiet, type QuietHours } from './quiet-hours.ts';
import type { Severity } from './severity.ts';
import { callees } from './targets/index.ts';

/** One level of a policy: when it is called, and whom. */
export interface PlannedCall {
  level: number;
  at: Date;
  /** Targets: `user:U…`, `usergroup:S…`, `pagerduty:…`; empty: nobody. */
  who: string[];
}

/** The calls for an alert that begins to fire at a time and is not taken, each to whoever is on call then. */
export function callsAt(
  steps: EscalationPolicy['steps'],
  { severity, quietHours }: { severity: Severity; quietHours: QuietHours | null },
  at: Date,
  onCall: (schedule: string, at: Date) => readonly string[],
): PlannedCall[] {
  let last: { at: Date; afterMs: number } | undefined;
  return steps.map(({ notify, afterMs }, place) => {
    const planned = at.getTime() + afterMs;
    const spaced = last === undefined ? planned : Math.max(planned, last.at.getTime() + afterMs - last.afterMs);
    const time = afterQuiet(quietHours, severity, new Date(spaced)) ?? new Date(spaced);
    last = { at: time, afterMs };
    const called = callees(notify, { onCall: (name) => onCall(name, time) });
    return { level: place + 1, at: time, who: called.map(({ way, id }) => (way === 'page' ? id : `${way}:${id}`)) };
  });
}
