import * as z from 'zod';
import { severities } from '../alerts/severity.ts';
import { keyOf } from './score.ts';
import type { Row } from './verdict.ts';

/** A result as it was last known, for the comparison with the next run. Plain JSON. */
const Tracked = z.object({
  step: z.number(),
  check: z.string(),
  /** Of the check's rule, when it was judged. */
  version: z.number(),
  account: z.string(),
  region: z.string(),
  resource: z.string().nullable(),
  severity: z.enum(severities),
  reason: z.string(),
  /** The last verdict that was known. */
  verdict: z.enum(['pass', 'fail']),
  /** Whether the last run that asked could tell. */
  seen: z.boolean(),
  /** ISO 8601: the run since which the verdict holds. */
  since: z.string(),
  /** The last known verdicts, a letter each (P or F), the newest last. */
  past: z.string(),
});

export type Tracked = z.infer<typeof Tracked>;

/** What is kept of a place from run to run: an account, or what is judged once for all of them. */
export const PlaceState = z.object({
  /** The checks that looked here at least once, with the version of their rule. */
  looked: z.record(z.string(), z.number()),
  tracked: z.array(Tracked),
});

export type PlaceState = z.infer<typeof PlaceState>;

/** What a run learned about a place. */
export type PlaceOutcome =
  | {
      kind: 'seen';
      rows: readonly Row[];
      /** Versions of all checks that there are, by their ids. */
      checks: ReadonlyMap<string, number>;
      /** Whether the run asked this; left out: it asked everything. What it did not ask stays as it was. */
      asked?: (check: string, region: string) => boolean;
    }
  /** It was asked and nothing is known. */
  | { kind: 'missing' }
  /** The account is in the organization no more. */
  | { kind: 'left' };

/**
 * `baseline`: fails at the first look of this check at this place, so nobody knows whether it is new.
 * `new`, `open` (as the last time, or back and forth): fails now. `fixed`: passes where it failed.
 * `gone`: the account or the resource is there no more, or the check does not apply to it any more.
 * `lost sight`: was known, and is not now. `rule changed`: the check was changed or renamed, not the account.
 */
export type ChangeKind = 'baseline' | 'new' | 'open' | 'fixed' | 'gone' | 'lost sight' | 'rule changed';

export interface Change {
  kind: ChangeKind;
  /** The result now; as it was last known where it is gone or not seen. */
  result: Tracked;
  /** Passes and fails in turn: nothing to be called new each time. */
  flapping: boolean;
}

/** Whether a change stands for something that is open: it fails, or failed and nobody could look. */
export const stands = ({ kind, result }: Change): boolean =>
  result.verdict === 'fail' && kind !== 'fixed' && kind !== 'gone' && !(kind === 'rule changed' && !result.seen);

/** Verdicts that are remembered of a result. */
const remembered = 6;

/**
 * A place then and now. Every fail of now, and everything that failed or was known and is not so now, is one change;
 * what passes as before is none. Severity alone changes nothing.
 * @param at the time of this run
 */
export function comparePlace(
  state: PlaceState | null,
  outcome: PlaceOutcome,
  at: Date,
): { state: PlaceState; changes: readonly Change[] } {
  const before = new Map((state?.tracked ?? []).map((one) => [keyOf(one), one]));
  const looked = state?.looked ?? {};
  const tracked: Tracked[] = [];
  const changes: Change[] = [];
  const tell = (kind: ChangeKind, result: Tracked): void => {
    changes.push({ kind, result, flapping: isFlapping(result.past) });
  };

  const rows = outcome.kind === 'seen' ? worstByKey(outcome.rows) : new Map<string, Row>();
  const checks = outcome.kind === 'seen' ? outcome.checks : new Map<string, number>();
  for (const [key, row] of rows) {
    if (row.verdict !== 'pass' && row.verdict !== 'fail') continue;
    const version = checks.get(row.check) ?? 0;
    const known = before.get(key);
    before.delete(key);
    const next = trackedOf(row, version, known, at);
    tracked.push(next);
    const kind = kindOf(next, known, looked[row.check]);
    if (kind !== null) tell(kind, next);
  }
  // What is left was not judged now.
  for (const one of before.values()) {
    const kind = whereabouts(one, outcome, rows);
    if (kind === null) tracked.push(one);
    else if (kind !== 'lost sight') {
      if (one.verdict === 'fail') tell(kind, { ...one, seen: false });
    } else {
      const blind = { ...one, seen: false };
      tracked.push(blind);
      // A pass that was lost is told once; a fail stays open.
      if (one.seen || one.verdict === 'fail') tell(kind, blind);
    }
  }
  return { state: { looked: lookedAt(looked, rows.values(), checks), tracked }, changes };
}

/** The rows by their keys; of two with one key, which a check should not give, the worse. */
function worstByKey(rows: readonly Row[]): Map<string, Row> {
  const order = ['fail', 'unknown', 'pass', 'not applicable'];
  const found = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const other = found.get(key);
    if (other === undefined || order.indexOf(row.verdict) < order.indexOf(other.verdict)) found.set(key, row);
  }
  return found;
}

function trackedOf(row: Row, version: number, known: Tracked | undefined, at: Date): Tracked {
  const { step, check, account, region, resource, severity, reason } = row;
  const verdict = row.verdict === 'fail' ? 'fail' : 'pass';
  return {
    ...{ step, check, version, account, region, resource, severity, reason, verdict },
    seen: true,
    since: known?.verdict === verdict ? known.since : at.toISOString(),
    past: `${known?.past ?? ''}${verdict === 'fail' ? 'F' : 'P'}`.slice(-remembered),
  };
}

/** What became of a result that is known now; null: nothing to tell. */
function kindOf(now: Tracked, known: Tracked | undefined, looked: number | undefined): ChangeKind | null {
  const before = known?.verdict ?? 'pass';
  if (now.verdict === before) return now.verdict === 'fail' ? 'open' : null;
  const version = known?.version ?? looked;
  if (version === undefined) return 'baseline';
  if (version !== now.version) return 'rule changed';
  if (now.verdict === 'pass') return 'fixed';
  return isFlapping(now.past) ? 'open' : 'new';
}

/** Whether the last four known verdicts went back and forth. */
const isFlapping = (past: string): boolean => {
  const last = [...past.slice(-4)];
  return last.filter((verdict, i) => i > 0 && verdict !== last[i - 1]).length >= 2;
};

/** Why a result was not judged again; null: nobody asked for it. */
function whereabouts(
  { check, account, region, resource, verdict }: Tracked,
  outcome: PlaceOutcome,
  rows: ReadonlyMap<string, Row>,
): ChangeKind | null {
  if (outcome.kind === 'missing') return 'lost sight';
  if (outcome.kind === 'left') return 'gone';
  const { checks, asked } = outcome;
  if (asked !== undefined && !asked(check, region)) return null;
  if (!checks.has(check)) return 'rule changed';
  const beside = rows.values().filter((row) => row.check === check && row.account === account);
  const here = beside.filter((row) => [row.region, region].includes('global') || row.region === region).toArray();
  if (here.some((row) => row.verdict === 'unknown')) return 'lost sight';
  // Where the place as a whole failed, what passes now stands under the name of the thing that was made.
  const mended = verdict === 'fail' && resource === null && here.some((row) => row.verdict === 'pass');
  return mended && !here.some((row) => row.verdict === 'fail') ? 'fixed' : 'gone';
}

function lookedAt(
  before: PlaceState['looked'],
  rows: Iterable<Row>,
  checks: ReadonlyMap<string, number>,
): PlaceState['looked'] {
  const looked = { ...before };
  for (const { check, verdict } of rows) if (verdict !== 'unknown') looked[check] = checks.get(check) ?? 0;
  return looked;
}
