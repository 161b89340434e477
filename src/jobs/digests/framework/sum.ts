import { severityRank } from '../../../alerts/severity.ts';
import type { About } from '../../../framework/check.ts';
import { type Change, type ChangeKind, stands, type Tracked } from '../../../framework/compare.ts';
import { keptItems } from '../../../framework/digest-result.ts';
import { isExplained, keyOf } from '../../../framework/score.ts';
import { Standing } from '../../../framework/standing.ts';
import type { StepChecks } from '../../../questions/framework/checks.ts';
import type { AcceptedRisk, ReportedResult } from '../../../reports/framework/result.ts';
import type { ComparedPlace } from './compared.ts';

/** What all places of a run answered, beside the run before. */
export class FrameworkSum {
  readonly standing: Standing;
  readonly accepted: ReadonlyMap<string, AcceptedRisk>;
  /** The results that are open, count, and follow from no other, the worst first; as many as are kept. */
  readonly worst: Change[] = [];
  /** How many results follow from the failure of a check, and are told with it. */
  readonly following = new Map<string, number>();
  /** Examples of what changed, as many as are kept, and how many there are. */
  readonly examples = new Map<ChangeKind, Change[]>();
  readonly changed = new Map<ChangeKind, number>();
  /** Changes of each step. */
  readonly changedOf = new Map<number, Map<ChangeKind, number>>();
  /** Accepted risks that something still stands for. */
  readonly acceptedNow: { change: Change; risk: AcceptedRisk }[] = [];
  readonly open = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  flapping = 0;
  /** Keys of results that were assigned and are not open any more. */
  readonly gone: string[] = [];
  readonly #failing: ReadonlySet<string>;
  readonly #assigned: ReadonlySet<string>;
  readonly #abouts: ReadonlyMap<string, About>;
  readonly #names: ReadonlyMap<string, string | null>;

  constructor(of: {
    steps: readonly StepChecks[];
    /** The checks that fail anywhere. */
    failing: ReadonlySet<string>;
    assigned: ReadonlySet<string>;
    accepted: ReadonlyMap<string, AcceptedRisk>;
    names: ReadonlyMap<string, string | null>;
  }) {
    this.#abouts = new Map(of.steps.flatMap(({ checks }) => checks.map(({ about }) => [about.id, about] as const)));
    this.#failing = of.failing;
    this.#assigned = of.assigned;
    this.#names = of.names;
    this.accepted = of.accepted;
    this.standing = new Standing(new Set(of.accepted.keys()));
  }

  /** Takes a place in, and says what the files tell of it. */
  *add({ rows, changes, changeOf }: ComparedPlace): Generator<ReportedResult, void> {
    const causes = new Map(rows.map((row) => [keyOf(row), row.cause]));
    for (const change of changes) this.#change(change, causes);
    for (const row of rows) {
      this.standing.add(row);
      const about = this.aboutOf(row);
      if (about === undefined) continue;
      const key = keyOf(row);
      const accepted = row.verdict === 'fail' ? (this.accepted.get(key) ?? null) : null;
      yield { row, about, accountName: this.nameOf(row.account), change: changeOf.get(key) ?? null, accepted };
    }
    this.#trim();
  }

  aboutOf({ check }: { check: string }): About | undefined {
    return this.#abouts.get(check);
  }

  nameOf(account: string): string | null {
    return this.#names.get(account) ?? null;
  }

  #change(change: Change, causes: ReadonlyMap<string, string | null>): void {
    const { kind, result, flapping } = change;
    const key = keyOf(result);
    this.changed.set(kind, (this.changed.get(kind) ?? 0) + 1);
    const ofStep = this.changedOf.get(result.step) ?? new Map<ChangeKind, number>();
    this.changedOf.set(result.step, ofStep.set(kind, (ofStep.get(kind) ?? 0) + 1));
    if (flapping) this.flapping += 1;
    const examples = this.examples.get(kind) ?? [];
    this.examples.set(kind, examples);
    examples.push(change);
    if (!stands(change)) {
      if (this.#assigned.has(key) && (kind === 'fixed' || kind === 'gone')) this.gone.push(key);
      return;
    }
    const risk = this.accepted.get(key);
    if (risk !== undefined) {
      this.acceptedNow.push({ change, risk });
      return;
    }
    const cause = causes.get(key) ?? null;
    if (cause !== null && isExplained({ cause }, this.#failing)) {
      this.following.set(cause, (this.following.get(cause) ?? 0) + 1);
      return;
    }
    this.open[result.severity] += 1;
    this.worst.push(change);
  }

  /** Only the worst and some examples are kept. */
  #trim(): void {
    for (const examples of this.examples.values()) examples.sort(worstFirst).splice(keptItems);
    this.worst.splice(0, this.worst.length, ...inTurn(this.worst).slice(0, keptItems));
  }

  /** All that is open and counts. */
  get openTotal(): number {
    return Object.values(this.open).reduce((sum, count) => sum + count, 0);
  }
}

/** By severity, then by age: what has been open the longest is the worst of its severity. */
const worstFirst = ({ result: a }: { result: Tracked }, { result: b }: { result: Tracked }): number =>
  severityRank(a.severity) - severityRank(b.severity) ||
  Date.parse(a.since) - Date.parse(b.since) ||
  (keyOf(a) < keyOf(b) ? -1 : 1);

/** The worst first; of one severity each check in its turn, so that one which fails everywhere hides no other. */
function inTurn(changes: readonly Change[]): Change[] {
  const before = new Map<string, number>();
  return changes
    .toSorted(worstFirst)
    .map((change) => {
      const turn = before.get(change.result.check) ?? 0;
      before.set(change.result.check, turn + 1);
      return { change, turn };
    })
    .toSorted(
      (a, b) => severityRank(a.change.result.severity) - severityRank(b.change.result.severity) || a.turn - b.turn,
    )
    .map(({ change }) => change);
}
