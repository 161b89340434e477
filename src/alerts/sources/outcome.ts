import { spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import { gradeOfState } from './grade.ts';

/**
 * The one table of words for states. What a state says of how things went: `flawed` is done, but not as it should be.
 * Words that are none of these mean that it goes on.
 */
export type StateOutcome = 'failed' | 'flawed' | 'stopped' | 'succeeded' | 'going';

/** `CompletedWithIssues`, `completed-with_issues` → `COMPLETED_WITH_ISSUES`. */
const plain = (state: string): string => spaced(state).toUpperCase().replaceAll(' ', '_');

/** Words that end what they are the last word of: jobs, deployments, alarms, insights. */
const ended =
  'OK|OKAY|SUCCESS|SUCCEED|SUCCEEDED|SUCCESSFUL|SUCCESSFULLY|COMPLETE|COMPLETED|DONE|PASS|PASSED|FINISHED|COMPLIANT|APPROVED|READY|RESOLVED|RESOLVE|CLOSE|CLOSED|CLEAR|CLEARED|END|ENDED|OVER|FIXED|SOLVED|REMEDIATED|RECOVER|RECOVERED|RECOVERY|RESTORED|NORMAL|HEALTHY|STEADY_STATE|IN_SYNC|BACK_TO_NORMAL|BACK_TO_OK|UP_AGAIN';
const endedAtLast = new RegExp(`(?:^|_)(?:${ended})$`);
/** These say so only by themselves: a cluster is ACTIVE, an "active incident" is not over. */
const endedAlone = /^(?:AVAILABLE|ACTIVE|IN_SERVICE|UP|INACTIVE|DEACTIVATED|PASSING|NO_ERRORS?|NONE)$/;
const negated = /(?:^|_)(?:NOT|NON|NEVER|NO_LONGER|UN)_|UNAVAILABLE|UNRESOLVED|UNSOLVED|UNHEALTHY|INCOMPLETE|ABNORMAL/;

const outcomes = new Map<string, StateOutcome>();

/** What a state says of how things went. */
export function outcomeOf(state: string | undefined): StateOutcome {
  if (state === undefined) return 'going';
  const known = outcomes.get(state);
  if (known !== undefined) return known;
  const outcome = readOutcome(state);
  // Services repeat a few dozen states; hostile ones must not fill the memory.
  if (outcomes.size < 2_000 && state.length <= 60) outcomes.set(state, outcome);
  return outcome;
}

function readOutcome(state: string): StateOutcome {
  const words = plain(state);
  const line = words.replaceAll('_', '');
  // What is no longer bad is good; what is not good yet may go on.
  const undone = /^(?:NOT|NO_LONGER)_(.+)$/.exec(words)?.[1];
  if (undone !== undefined && undone !== 'COMPLIANT') return readOutcome(undone) === 'failed' ? 'succeeded' : 'going';
  if (/^NO_(?:ERRORS?|FAULTS?|FAILURES?|ISSUES?|DRIFT)/.test(words)) return 'succeeded';
  if (/(?:^|_)WITH_(?:\w+_)?(?:WARNINGS?|ISSUES?|PROBLEMS?|FINDINGS?|EXCEPTIONS?)$/.test(words)) return 'flawed';
  if (
    /NONCOMPLIANT|NOTCOMPLIANT|UNSUCCESS|FAIL(?!OVER)|ERROR|FAULT(?!Y?TOLER)|TIMEDOUT|TIMEOUT|ABORTED|REJECTED|EXPIRED|UNAVAILABLE|INACCESSIBLE|IRRECOVERABLE|UNRECOVERABLE|IMPAIRED|UNHEALTHY|DENIED|PARTIAL|SEVERE|DEGRADED|INCOMPLETE|ROLLBACK|ROLLEDBACK|STALLED|UNREACHABLE|DRIFTED|INALARM|BREACHED|CRASHED|CORRUPT|EXCEEDED|EXHAUSTED|INSUFFICIENT(?!DATA)|MISCONFIGURED/.test(
      line,
    )
  )
    return 'failed';
  if (/CANCEL|STOPPED|TERMINATED|DISABLED|SKIPPED|SUPERSEDED|ABANDON/.test(line)) return 'stopped';
  return !negated.test(words) && (endedAtLast.test(words) || endedAlone.test(words) || line === 'ALARMCLEARED')
    ? 'succeeded'
    : 'going';
}

/** Whether something that alerts (an alarm, an insight, an incident) is on or over, by the state that it states itself. */
export type AlertState = 'on' | 'over';

/** Words that only what alerts says of itself. */
const alerting =
  /^(?:FIRED|ALARMING|ALERT|TRIGGER|RAISED|PROBLEM|BREACH|OUTAGE|CRITICAL|CRIT|NO_DATA|NODATA)$|(?:^|_)(?:FIRING|ALARM|ALERTING|TRIGGERED|BREACHED|BREACHING)$|(?:^|(?<!SCALE|SCALED|SHUT|POWER|COOL|STEP|WIND|SLOW)_)DOWN$/;
const started =
  /(?:^|_)(?:OPEN|OPENED|REOPENED|ACTIVE|ACTIVATED|NEW|SET|ONGOING|IN_PROGRESS|START|STARTED|BEGIN|BEGUN|CREATE|DETECTED|CREATED|UNRESOLVED|ACKNOWLEDGED|ESCALATED|UPGRADED|WARNING|WARN|FAILED|FAILURE|ERROR|UNHEALTHY|DEGRADED|IMPAIRED|INOPERABLE)$/;
const notOver = /^(?:ACTIVE|AVAILABLE|IN_SERVICE|READY|APPROVED|NONE)$/;

/** On or over; undefined where the word says neither. */
export function alertStateOf(state: string | undefined): AlertState | undefined {
  if (state === undefined) return undefined;
  const words = plain(state).replace(/_?\d+$/, '');
  if (alerting.test(words) || started.test(words)) return 'on';
  return !notOver.test(words) && outcomeOf(words) === 'succeeded' ? 'over' : undefined;
}

/** Whether the state is a word that only something that alerts has. */
export const isAlerting = (state: string | undefined): boolean => state !== undefined && alerting.test(plain(state));

/** A state at the start of a title, in brackets or before a mark: "[FIRING:2] x", "Resolved: x", "OK - x". */
const leading =
  /^[^\p{L}\p{N}[(]*(?:[[(]\s*([\p{L}][\p{L} _-]{1,28}?)(?:\s*[:#]\s*\d+)?\s*[\])]\s*[:-]?|([\p{L}][\p{L} _-]{1,28}?)\s*(?::|\s[-–—|]))\s*(\S.*)$/u;
/** The same in capitals without a mark: "PROBLEM Service Alert: x". */
const shouted = /^()([A-Z]{2,12})\s+(\S.*)$/;
/** A state after its verb or a mark, at the end or before one: "x is DOWN", "x is down: y", "x - resolved", "x (OK)". */
const trailing =
  /^(.*?\S)\s*(?:\s(?:is|are|was|has|have|now|been|went|state|status)(?:\s(?:now|been|is|back))*:?\s|[:([|]\s*|\s[-–—]\s|→\s*)((?:back )?(?:in |to )?[\p{L}_]{2,20})\s*[\])]?[.!]?(?:$|(?<=[\p{L}\])])([:,;]\s+\S.*)$)/iu;

/** A bare word at the end, where it can be nothing else: "Ping (fw1) Down", "nightly import failed". */
const bare =
  /^(.*\S)\s+(Down|DOWN|Up|UP|firing|triggered|failed|impaired|degraded|unhealthy|inoperable|succeeded|resolved|recovered|completed|finished|cleared|closed)[.!]?$/;

/** A name with its state taken out: what lasts, and the state. Names with none come back as they are. */
export interface Lasting {
  stem: string;
  state?: string;
  /** A state that is a grade too: "CRITICAL", "WARNING". */
  grade?: Severity;
}

/** Of a title or a subject line. */
export function lastingTitle(title: string): Lasting {
  let stem = title.replace(/^[\s*#=~_]+|[\s*#=~_]+$/g, '');
  let state: string | undefined;
  let grade: Severity | undefined;
  for (const pattern of [leading, shouted]) {
    const [, bracketed, lead, rest] = pattern.exec(stem) ?? [];
    const first = bracketed || lead;
    if (rest === undefined || /\s(?:is|are|has|was)\s/i.test(first ?? '') || alertStateOf(first) === undefined)
      continue;
    stem = rest;
    state ??= first;
    grade ??= gradeOfState(first);
  }
  const [, before, word, after = ''] = trailing.exec(stem) ?? bare.exec(stem) ?? [];
  if (before !== undefined && word !== undefined && alertStateOf(word) !== undefined) {
    stem = `${before}${after}`;
    state ??= word;
    grade ??= gradeOfState(word);
  }
  return state === undefined ? { stem: title } : { stem, state, ...(grade === undefined ? {} : { grade }) };
}

/** A state as the last words of an event's name: "Autoshift In Progress", "New Insight Open". */
const lastWords = /^(.*?\S)\s+(in progress|back to normal|[a-z]+)$/i;

/** Of the name of an event. */
export function lastingName(name: string): Lasting {
  const [, stem = '', word = ''] = lastWords.exec(name) ?? [];
  return alertStateOf(word) === undefined || isAlerting(word)
    ? { stem: name }
    : { stem: stem.replace(/\bnew\s+/i, ''), state: word };
}

/** Whether what a thing that went well says of itself tells of a failure: "completed", and "VSS backup attempt failed". */
export const tellsOfFailure = (reason: string | undefined): boolean =>
  reason !== undefined &&
  /\b(?:fail(?:ed|ure|ures|s)?|could ?n[o']t|unable|error(?:s|ed)?|warnings?|skipped|timed? ?out|incomplete|partial(?:ly)?|not (?:be )?\w+ed|denied|insufficient|corrupt\w*)\b/i.test(
    reason.replace(
      /\b(?:no|0|zero|without(?: any)?)[ -](?:\w+ )?(?:fail\w*|errors?|warnings?|issues?|problems?)\b/gi,
      '',
    ),
  );

/** docs/severity.md, "States of other services". */
export const outcomeSeverities: Record<StateOutcome, Severity> = {
  failed: 'medium',
  flawed: 'low',
  stopped: 'low',
  succeeded: 'info',
  going: 'info',
};

/** States that begin with what happens: "update rollback complete" → "finished its update rollback". */
const endings: readonly (readonly [ending: string, alone: string, withWhat: (what: string) => string])[] = [
  ['cleanup in progress', 'cleans up', (what) => `cleans up after its ${what.replace(/ complete$/, '')}`],
  ['in progress', 'is in progress', (what) => `has its ${what} in progress`],
  ['complete', 'is complete', (what) => `finished its ${what}`],
  ['completed', 'was completed', (what) => `finished its ${what}`],
  ['failed', 'failed', (what) => `failed its ${what}`],
  ['failure', 'failed', (what) => `failed its ${what}`],
  ['steady state', 'is in a steady state', () => 'is in a steady state'],
  ['impaired', 'is impaired', (what) => `is impaired in its ${what}`],
];

const nouns: Readonly<Record<string, string>> = { create: 'creation', delete: 'deletion' };

/** What a state says of `about`, which it may repeat: "FAILED" → "failed", "RUNNING" → "is running", "InProgress" → "is in progress". */
export function predicate(state: string, about = ''): string {
  const said = spaced(/^[A-Z_ -]+$/.test(state) ? state.toLowerCase() : state).toLowerCase();
  const fixed: Record<string, string> = {
    create: 'was created',
    update: 'was updated',
    delete: 'was deleted',
    success: 'succeeded',
    successful: 'succeeded',
    succeed: 'succeeded',
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
  const [, withWhat] = /^(?:completed|finished|succeeded) with (.+)$/.exec(said) ?? [];
  if (withWhat !== undefined) return `was completed with ${withWhat}`;
  const ends = endings.find(([ending]) => said === ending || said.endsWith(` ${ending}`));
  if (ends !== undefined) {
    const [ending, alone, withWhat] = ends;
    const what = said
      .slice(0, -ending.length)
      .trim()
      .replace(/^service /, '')
      .replace(/\b(?:create|delete)$/, (verb) => nouns[verb] ?? verb);
    return what === '' || about.toLowerCase().includes(what) ? alone : withWhat(what);
  }
  // "referenceCreated", "MatchmakingFailed": the state repeats what it is about, its last word says what happened.
  const last = / (timed out|\w+(?:ed|ing))$/.exec(said)?.[1];
  return last === undefined ? `is ${said}` : (fixed[last] ?? `${last.endsWith('ing') ? 'is' : 'was'} ${last}`);
}
