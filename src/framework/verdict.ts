import type { Severity } from '../alerts/severity.ts';

/** What a check says of a place. `unknown` is never counted as `pass`, nor as `fail`. */
export const verdicts = ['pass', 'fail', 'not applicable', 'unknown'] as const;
type Verdict = (typeof verdicts)[number];

/** How a pass or fail is known: by an experiment, by what the settings say, or by a proof older than the check allows. */
export const proofs = ['proven', 'configured', 'stale'] as const;
export type Proof = (typeof proofs)[number];

/** Why something is not known. */
export const ignorances = [
  /** Our role may not ask. */
  'denied',
  /** A service or resource control policy forbids it. */
  'denied by organization',
  /** The place is out of reach. */
  'not asked',
  /** The call works in the management or delegated administrator account alone. */
  'ask elsewhere',
  'throttled',
  /** The proof is still under way. */
  'pending',
  /** A bucket, key or log group of an account in which the bot has no role. */
  'not readable',
] as const;
export type Ignorance = (typeof ignorances)[number];

/** Where a verdict holds: with step and check, the key of a result. A key without its region would merge findings. */
export interface Spot {
  /** 12 digits. */
  account: string;
  /** A region, or `global`. */
  region: string;
  /** ARN or name; null: the place as a whole. */
  resource?: string | null;
}

/** What a check says of one spot. */
export interface Judged extends Required<Spot> {
  verdict: Verdict;
  /** Null where nothing is known or nothing applies. */
  proof: Proof | null;
  /** One sentence: what was seen, and what would have to change. */
  reason: string;
  /** Of `unknown` alone. */
  unknown: Ignorance | null;
  /** What covers this account, as "organization trail org-trail"; null: judged by itself. */
  inheritedFrom: string | null;
  /** The id of the check whose failure this one follows from: it is shown there, once. */
  cause: string | null;
  /** In place of the check's own. */
  severity: Severity | null;
}

/** A verdict with all that a row of the report says. */
export interface Row extends Omit<Judged, 'severity'> {
  step: number;
  check: string;
  severity: Severity;
  /** ISO 8601, UTC. */
  askedAt: string;
}

interface More {
  proof?: Proof;
  inheritedFrom?: string;
  cause?: string;
  severity?: Severity;
}

const judged = (spot: Spot, verdict: Verdict, reason: string, more: More, unknown: Ignorance | null): Judged => ({
  account: spot.account,
  region: spot.region,
  resource: spot.resource ?? null,
  verdict,
  proof: verdict === 'pass' || verdict === 'fail' ? (more.proof ?? 'configured') : null,
  reason,
  unknown,
  inheritedFrom: more.inheritedFrom ?? null,
  cause: more.cause ?? null,
  severity: more.severity ?? null,
});

export const pass = (spot: Spot, reason: string, more: More = {}): Judged => judged(spot, 'pass', reason, more, null);
export const fail = (spot: Spot, reason: string, more: More = {}): Judged => judged(spot, 'fail', reason, more, null);
export const notApplicable = (spot: Spot, reason: string): Judged => judged(spot, 'not applicable', reason, {}, null);
export const unknown = (spot: Spot, why: Ignorance, reason: string): Judged => judged(spot, 'unknown', reason, {}, why);
