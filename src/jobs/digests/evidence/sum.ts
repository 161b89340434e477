import { z } from 'zod';
import { severityRank } from '../../../alerts/severity.ts';
import {
  type ComparedControl,
  compareEvidence,
  type EvidenceComparison,
  isNoncompliant,
  toRemember,
  worstFirst as worstControl,
} from '../../../framework/evidence/compare.ts';
import {
  type EvidenceByType,
  type EvidenceControl,
  type EvidenceCounts,
  EvidenceSnapshot,
} from '../../../framework/evidence/snapshot.ts';
import { switchedOff } from '../../../framework/looks.ts';
import { type AskedException, exceptionsHeld } from '../../../store/digests/people.ts';
import { placesOf } from '../../../store/digests/places.ts';
import type { DigestRun } from '../../../store/digests/runs.ts';
import { memoryBefore, remember, snapshotOf } from '../../../store/digests/snapshots.ts';
import type { DigestParts } from '../digest.ts';
import { insightsOfLastWeek } from './daily.ts';

/** What is asked once for all accounts. */
export const Shared = z.object({
  source: z.enum(['audit-manager', 'config']),
  /** What GetAccountStatus said. */
  status: z.string(),
});

/** A control with what became of it, and the exception that covers it. */
export type ReportedControl = ComparedControl & { accepted: AskedException | null };

/** How many controls there are, how many have evidence against them, how many none at all. */
export interface AssessmentNumbers {
  controls: number;
  against: number;
  without: number;
}

/** What all accounts of a run answered, beside the run before. */
export interface EvidenceSum {
  source: EvidenceSnapshot['source'];
  /** What Audit Manager says of itself. */
  status: string;
  first: boolean;
  controls: ReportedControl[];
  withoutEvidence: EvidenceControl[];
  stopped: EvidenceControl[];
  snapshots: (Pick<
    EvidenceSnapshot,
    'assessments' | 'reviews' | 'delegations' | 'reports' | 'changes' | 'remarks' | 'countedAt' | 'looks'
  > & { account: string })[];
  domains: Map<string, { noncompliant: number; total: number }>;
  /** By the name of the assessment, pack or standard. */
  assessments: Map<string, AssessmentNumbers>;
  week: EvidenceByType | null;
  /** Sentences on sources that were switched off since the last time. */
  switchedOff: string[];
  /** Names of accounts at which nothing looks: no pack, no standard. */
  unlooked: string[];
  /** Findings that somebody suppressed in Security Hub, in sentences. */
  suppressed: string[];
  /** Pieces of evidence in the snapshots that were compared with; null on the first run. */
  evidenceBefore: EvidenceCounts | null;
  totals: ReturnType<typeof noTotals>;
}

const noTotals = () => ({
  controls: 0,
  noncompliant: 0,
  new: 0,
  fixed: 0,
  removed: 0,
  silent: 0,
  notSeen: 0,
  baseline: 0,
  before: 0,
  withoutEvidence: 0,
  stopped: 0,
  accepted: 0,
  compliantEvidence: 0,
  noncompliantEvidence: 0,
  inconclusiveEvidence: 0,
});

export const emptySum = ({ source, status }: z.infer<typeof Shared>): EvidenceSum => ({
  source,
  status,
  first: true,
  controls: [],
  withoutEvidence: [],
  stopped: [],
  snapshots: [],
  domains: new Map(),
  assessments: new Map(),
  week: null,
  switchedOff: [],
  unlooked: [],
  suppressed: [],
  evidenceBefore: null,
  totals: noTotals(),
});

/** One pass over the places: what changed in each, and what the next run has to know. */
export async function sumUp(parts: DigestParts, run: DigestRun): Promise<EvidenceSum> {
  const { db } = parts.database;
  const held = await exceptionsHeld(db, 'evidence', run.started_at);
  const accepted = new Map(held.map((exception) => [exception.finding, exception]));
  const sum = emptySum(Shared.parse(run.shared));
  for (const { account, name, state } of await placesOf(db, run.id)) {
    const known = EvidenceSnapshot.safeParse(await memoryBefore(db, run, account)).data ?? null;
    const kept = await snapshotOf(db, run.id, account);
    if (kept !== undefined) {
      const snapshot = EvidenceSnapshot.parse(kept.content);
      const before = await comparable(parts, run, snapshot, known);
      if (before !== null) sum.first = false;
      const found = compareEvidence(snapshot, before);
      await remember(db, run.id, account, toRemember(snapshot, found, before));
      addSeen(sum, account, snapshot, found, accepted);
      sum.switchedOff.push(...switchedOff(account, snapshot.looks, before?.seen ?? []));
      // It answered, and what it says is that nothing looks there.
      if (state !== 'answered') sum.unlooked.push(name ?? account);
    } else if (known !== null && state !== 'left') addUnseen(sum, known, accepted);
    else if (known !== null) addLeft(sum, known, accepted);
  }
  return sum;
}

/** What a snapshot is compared with. Those of different sources have nothing in common: Audit Manager was switched on or off since. */
async function comparable(
  parts: DigestParts,
  run: DigestRun,
  { source }: EvidenceSnapshot,
  known: EvidenceSnapshot | null,
): Promise<EvidenceSnapshot | null> {
  if (known?.source === source) return known;
  return source === 'audit-manager' ? insightsOfLastWeek(parts, run.started_at) : null;
}

type Accepted = ReadonlyMap<string, AskedException>;

/** Adds what an account answered. */
export function addSeen(
  sum: EvidenceSum,
  account: string,
  snapshot: EvidenceSnapshot,
  found: EvidenceComparison,
  accepted: Accepted,
): void {
  const { totals } = sum;
  addChanges(sum, found, accepted);
  addAssessments(sum, found.all, found.withoutEvidence);
  addDomains(sum, found);
  sum.withoutEvidence.push(...found.withoutEvidence);
  sum.stopped.push(...found.stopped);
  sum.week = plusWeek(sum.week, found.week);
  sum.evidenceBefore = plusCounts(sum.evidenceBefore, found.totalsBefore);
  totals.controls += found.all.length;
  totals.withoutEvidence += found.withoutEvidence.length;
  totals.stopped += found.stopped.length;
  totals.compliantEvidence += found.totals.compliant;
  totals.noncompliantEvidence += found.totals.noncompliant;
  totals.inconclusiveEvidence += found.totals.inconclusive;
  const { assessments, reviews, delegations, reports, changes, remarks, countedAt, looks } = snapshot;
  sum.snapshots.push({ account, assessments, reviews, delegations, reports, changes, remarks, countedAt, looks });
  for (const { name, at, suppressed } of snapshot.controls)
    for (const { resource, by, note } of suppressed)
      sum.suppressed.push(
        `${name}: ${resource} in ${at?.account ?? account}, ${at?.region ?? ''}, by ${by ?? 'somebody without a note'}${note === null ? '' : `: ${note}`}`,
      );
}

function addChanges(
  { controls, totals }: EvidenceSum,
  found: Pick<EvidenceComparison, 'controls'>,
  accepted: Accepted,
): void {
  for (const each of found.controls) {
    const exception = accepted.get(each.control.key) ?? null;
    controls.push({ ...each, accepted: exception });
    if (stands(each.change)) totals.noncompliant += 1;
    if (each.change !== 'new' && each.change !== 'baseline') totals.before += 1;
    if (each.change === 'not-seen') totals.notSeen += 1;
    else if (each.change !== 'open') totals[each.change] += 1;
    if (exception !== null && stands(each.change)) totals.accepted += 1;
  }
}

function addDomains({ domains }: EvidenceSum, found: EvidenceComparison): void {
  for (const { name, noncompliant, total } of found.domains) {
    const domain = domains.get(name) ?? { noncompliant: 0, total: 0 };
    domains.set(name, { noncompliant: domain.noncompliant + noncompliant, total: domain.total + total });
  }
}

/** Two weeks' evidence added; null where nobody counts it. */
const plusWeek = (a: EvidenceByType | null, b: EvidenceByType | null): EvidenceByType | null =>
  a === null || b === null
    ? (a ?? b)
    : {
        configurationData: a.configurationData + b.configurationData,
        manual: a.manual + b.manual,
        complianceCheck: a.complianceCheck + b.complianceCheck,
        userActivity: a.userActivity + b.userActivity,
      };

/** Two counts added; null where there are none. */
const plusCounts = (a: EvidenceCounts | null, b: EvidenceCounts | null): EvidenceCounts | null =>
  a === null || b === null
    ? (a ?? b)
    : {
        compliant: a.compliant + b.compliant,
        noncompliant: a.noncompliant + b.noncompliant,
        inconclusive: a.inconclusive + b.inconclusive,
      };

/** Counts controls by what they are assessed for. */
function addAssessments(
  { assessments }: EvidenceSum,
  controls: readonly EvidenceControl[],
  without: readonly EvidenceControl[],
) {
  const of = (name: string): AssessmentNumbers => {
    const numbers = assessments.get(name) ?? { controls: 0, against: 0, without: 0 };
    assessments.set(name, numbers);
    return numbers;
  };
  for (const control of controls) {
    of(control.assessment).controls += 1;
    if (isNoncompliant(control)) of(control.assessment).against += 1;
  }
  for (const { assessment } of without) of(assessment).without += 1;
}

/** Of a place without an answer: what was against its controls the last time still counts, and is said to be old. */
function addUnseen(sum: EvidenceSum, known: EvidenceSnapshot, accepted: Accepted): void {
  sum.first = false;
  sum.totals.controls += known.controls.length;
  addAssessments(sum, known.controls, []);
  addChanges(sum, { controls: asAll(known, 'not-seen') }, accepted);
}

/** Of an account that left the organization: its controls went with it. */
function addLeft(sum: EvidenceSum, known: EvidenceSnapshot, accepted: Accepted): void {
  sum.first = false;
  addChanges(sum, { controls: asAll(known, 'removed') }, accepted);
}

const asAll = ({ controls }: EvidenceSnapshot, change: ComparedControl['change']): ComparedControl[] =>
  controls.filter(isNoncompliant).map((control) => ({ control, change }));

/** Whether there is evidence against a control now, as far as anybody knows. */
const stands = (change: ComparedControl['change']): boolean =>
  change === 'open' || change === 'new' || change === 'baseline' || change === 'not-seen';

/** All controls: those that count now first, the gravest, then the new ones among them, then by how much evidence is against them. */
export const worstFirst = ({ controls }: EvidenceSum): ReportedControl[] =>
  controls.toSorted(
    (a, b) =>
      Number(stands(b.change)) - Number(stands(a.change)) ||
      severityRank(a.control.severity ?? 'medium') - severityRank(b.control.severity ?? 'medium') ||
      Number(b.change === 'new') - Number(a.change === 'new') ||
      worstControl(a.control, b.control),
  );

/** What counts now, and nobody accepted. */
export const openControls = (sum: EvidenceSum): ReportedControl[] =>
  worstFirst(sum).filter(({ change, accepted }) => accepted === null && stands(change));
