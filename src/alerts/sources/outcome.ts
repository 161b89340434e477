import type { Severity } from '../severity.ts';
import { words } from '../text.ts';

/** What a state that a service names says of how things went. */
export type Outcome = 'failed' | 'stopped' | 'succeeded' | 'going';

/** States of all services fall into four; words that are none of them mean that it goes on. */
export function outcomeOf(state: string | undefined): Outcome {
  const line = (state ?? '').toUpperCase().replace(/[ _-]/g, '');
  if (
    /NONCOMPLIANT|UNSUCCESS|FAIL|ERROR|FAULT|TIMEDOUT|TIMEOUT|ABORTED|REJECTED|EXPIRED|IMPAIRED|UNHEALTHY|DENIED|PARTIAL|SEVERE|DEGRADED|INCOMPLETE|ROLLBACK|STALLED|UNREACHABLE|DRIFTED|INALARM/.test(
      line,
    )
  )
    return 'failed';
  if (/CANCEL|STOPPED|TERMINATED|DISABLED|SKIPPED|SUPERSEDED|ABANDON/.test(line)) return 'stopped';
  if (
    /^(?:SUCCE\w*|SUCCESSFUL|COMPLETED?|PASSED|OK|FINISHED|AVAILABLE|COMPLIANT|ACTIVE|APPROVED|READY|RESOLVED|INSYNC|HEALTHY|ALARMCLEARED)$/.test(
      line,
    )
  )
    return 'succeeded';
  return 'going';
}

/** docs/severity.md, "States of other services". */
export const severities: Record<Outcome, Severity> = {
  failed: 'medium',
  stopped: 'low',
  succeeded: 'info',
  going: 'info',
};

/** "FAILED" → "failed", "RUNNING" → "is running", "InProgress" → "is in progress". */
export function predicate(state: string): string {
  const said = words(/^[A-Z_ -]+$/.test(state) ? state.toLowerCase() : state).toLowerCase();
  const fixed: Record<string, string> = {
    create: 'was created',
    update: 'was updated',
    delete: 'was deleted',
    success: 'succeeded',
    successful: 'succeeded',
    succeeded: 'succeeded',
    complete: 'is complete',
    failure: 'failed',
    failed: 'failed',
    fault: 'failed',
    error: 'failed',
    started: 'has started',
    timeout: 'timed out',
    'timed out': 'timed out',
    passed: 'passed',
    stopped: 'has stopped',
    'non compliant': 'is not compliant',
    canceled: 'was canceled',
    cancelled: 'was cancelled',
    deleted: 'was deleted',
    created: 'was created',
    updated: 'was updated',
    superseded: 'was superseded',
    aborted: 'was aborted',
    terminated: 'was terminated',
    changed: 'was changed',
    merged: 'was merged',
    completed: 'was completed',
    requested: 'was requested',
    registered: 'was registered',
    deregistered: 'was deregistered',
    expired: 'has expired',
    'create case': 'was opened',
    'add communication to case': 'got a message',
    'resolve case': 'was closed',
    'reopen case': 'was opened again',
    drifted: 'has drifted',
    'in alarm': 'is in alarm',
    'alarm cleared': 'is out of alarm again',
    'in sync': 'is in sync again',
    stalled: 'has stalled',
  };
  const known = fixed[said];
  if (known !== undefined) return known;
  // "referenceCreated", "MatchmakingFailed": the state repeats what it is about, its last word says what happened.
  const last = / (timed out|\w+(?:ed|ing))$/.exec(said)?.[1];
  return last === undefined ? `is ${said}` : (fixed[last] ?? `${last.endsWith('ing') ? 'is' : 'was'} ${last}`);
}
