import { type Severity, severityRank } from '../alerts/severity.ts';
import type { Row } from './verdict.ts';

/** How a step stands. */
export interface StepScore {
  step: number;
  /**
   * 0 not in place, 1 partly, 2 in place everywhere as far as settings say, 3 proven, 4 proven and nothing open;
   * null: the step does not apply.
   */
  level: 0 | 1 | 2 | 3 | 4 | null;
  /** How many rows of each verdict; passes and fails by how they are known. */
  counts: { proven: number; configured: number; failed: number; unknown: number; notApplicable: number };
  /** Accounts without a fail and without anything unknown, of those to which the step applies. */
  accounts: { ok: number; total: number };
  /** The newest proof, ISO 8601 UTC; null: nothing is proven. */
  provenAt: string | null;
  /** The worst thing that is open and not accepted; null: nothing. */
  worst: Row | null;
}

/** The key of a result. Accounts and regions are part of it: findings of two regions are two. */
export const keyOf = ({
  step,
  check,
  account,
  region,
  resource,
}: Pick<Row, 'step' | 'check' | 'account' | 'region' | 'resource'>): string =>
  JSON.stringify([step, check, account, region, resource]);

/** Scores the rows of one step; `accepted` holds the keys of fails that are accepted and in date. */
export function scoreOf(step: number, rows: readonly Row[], accepted: ReadonlySet<string> = new Set()): StepScore {
  const tally = new StepTally(step);
  for (const row of rows) tally.add(row, accepted);
  return tally.score();
}

/** Counts the rows of one step as they come: what it holds does not grow with them. */
export class StepTally {
  readonly #step: number;
  readonly #counts = { proven: 0, configured: 0, failed: 0, unknown: 0, notApplicable: 0 };
  readonly #applying = new Set<string>();
  readonly #notOk = new Set<string>();
  /** Checks that pass somewhere, those of weight, and those that are proven somewhere. */
  readonly #passing = new Set<string>();
  readonly #weighty = new Set<string>();
  readonly #proven = new Set<string>();
  /** The severities that are open, and the critical checks among them. */
  readonly #open = new Set<Severity>();
  readonly #critical = new Set<string>();
  #accepted = 0;
  #provenAt: string | null = null;
  #worst: Row | null = null;

  constructor(step: number) {
    this.#step = step;
  }

  add(row: Row, accepted: ReadonlySet<string>): void {
    if (row.verdict === 'not applicable') {
      this.#counts.notApplicable += 1;
      return;
    }
    this.#applying.add(row.account);
    if (row.verdict === 'unknown') {
      this.#counts.unknown += 1;
      this.#notOk.add(row.account);
    } else if (row.verdict === 'pass') this.#pass(row);
    else this.#fail(row, accepted);
  }

  #pass({ check, severity, proof, askedAt }: Row): void {
    this.#passing.add(check);
    if (severity === 'critical' || severity === 'high') this.#weighty.add(check);
    if (proof !== 'proven') {
      this.#counts.configured += 1;
      return;
    }
    this.#counts.proven += 1;
    this.#proven.add(check);
    if (this.#provenAt === null || askedAt > this.#provenAt) this.#provenAt = askedAt;
  }

  #fail(row: Row, accepted: ReadonlySet<string>): void {
    this.#counts.failed += 1;
    if (accepted.has(keyOf(row))) {
      this.#accepted += 1;
      return;
    }
    this.#notOk.add(row.account);
    this.#open.add(row.severity);
    if (row.severity === 'critical') this.#critical.add(row.check);
    if (this.#worst === null || worstOf(row, this.#worst) < 0) this.#worst = row;
  }

  score(): StepScore {
    return {
      step: this.#step,
      level: this.#level(),
      counts: { ...this.#counts },
      accounts: { ok: this.#applying.size - this.#notOk.size, total: this.#applying.size },
      provenAt: this.#provenAt,
      worst: this.#worst,
    };
  }

  /** A step is as good as its worst critical check; what is unknown keeps it at 2. */
  #level(): StepScore['level'] {
    const passed = this.#passing.size > 0;
    const unknown = this.#counts.unknown > 0;
    if (!(passed || this.#open.size > 0 || unknown || this.#accepted > 0)) return null;
    const dead = this.#critical.difference(this.#passing).size > 0;
    if (dead || (!passed && this.#open.size > 0)) return 0;
    if (!this.#open.isDisjointFrom(new Set(['critical', 'high', 'medium']))) return 1;
    if (unknown) return passed ? 2 : 0;
    const shown = this.#weighty.size === 0 ? this.#passing : this.#weighty;
    if (shown.difference(this.#proven).size > 0) return 2;
    return this.#open.size > 0 || this.#accepted > 0 ? 3 : 4;
  }
}

/** By severity, then what follows from no other check; what is alike by its key, so that two runs name the same. */
const worstOf = (a: Row, b: Row): number =>
  severityRank(a.severity) - severityRank(b.severity) ||
  Number(a.cause !== null) - Number(b.cause !== null) ||
  (keyOf(a) < keyOf(b) ? -1 : 1);

/** Whether a fail follows from another check's, of those that fail: a broken trail is one finding, not fifteen. */
export const isExplained = ({ cause }: Pick<Row, 'cause'>, failing: ReadonlySet<string>): boolean =>
  cause !== null && failing.has(cause);

/** Fails without those that follow from another check's fail. */
export function rootCauses(rows: readonly Row[]): Row[] {
  const fails = rows.filter(({ verdict }) => verdict === 'fail');
  const failing = new Set(fails.map(({ check }) => check));
  return fails.filter((row) => !isExplained(row, failing));
}
