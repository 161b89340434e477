import type { EvidenceByType, EvidenceControl, EvidenceCounts, EvidenceSnapshot } from './snapshot.ts';

/** What became of a control since the snapshot before. */
export type ControlChange =
  /** Not compliant now, and was before. */
  | 'open'
  /** Not compliant now, and was not before. */
  | 'new'
  /** Not compliant now, and there is nothing to compare with. */
  | 'baseline'
  /** Was not compliant, and is now. */
  | 'fixed'
  /** Was not compliant, and the control is not there any more. */
  | 'removed'
  /** Was not compliant, and nothing says so or otherwise now: no evidence is no good news. */
  | 'silent'
  /** Was not compliant, and whoever knows gave no answer this time. */
  | 'not-seen';

export interface ComparedControl {
  control: EvidenceControl;
  change: ControlChange;
}

export interface EvidenceComparison {
  /** Controls that are or were not compliant, the worst first. */
  controls: readonly ComparedControl[];
  /** Nobody has ever collected anything for these. */
  withoutEvidence: readonly EvidenceControl[];
  /** Evidence came in before, and none for a week. */
  stopped: readonly EvidenceControl[];
  /** Domains by the share of controls that are not compliant, the worst first. */
  domains: readonly { name: string; noncompliant: number; total: number }[];
  totals: EvidenceCounts;
  /** Null on the first run. */
  totalsBefore: EvidenceCounts | null;
  /** What came in during the week, by type; null where nobody counts it. */
  week: EvidenceByType | null;
}

const dayMs = 86_400_000;
/** Evidence that is collected daily and has not come for this long has stopped. */
const stoppedMs = 7 * dayMs;

const isNoncompliant = ({ counts }: EvidenceControl): boolean => counts.noncompliant > 0;
const isSilent = ({ counts }: EvidenceControl): boolean => counts.noncompliant + counts.compliant === 0;

/**
 * The evidence now beside that of the last snapshot. Every control that was or is not compliant is exactly one change.
 * @param before null on the first run: then nothing is new, it is the baseline
 */
export function compareEvidence(now: EvidenceSnapshot, before: EvidenceSnapshot | null): EvidenceComparison {
  const known = new Map((before?.controls ?? []).map((control) => [control.key, control]));
  const seen = new Set(now.controls.map(({ key }) => key));
  const changes: ComparedControl[] = [];
  for (const control of now.controls) {
    const old = known.get(control.key);
    const was = old !== undefined && isNoncompliant(old);
    if (isNoncompliant(control)) changes.push({ control, change: before === null ? 'baseline' : was ? 'open' : 'new' });
    else if (was) changes.push({ control, change: isSilent(control) ? 'silent' : 'fixed' });
  }
  for (const control of known.values())
    if (isNoncompliant(control) && !seen.has(control.key)) changes.push({ control, change: 'removed' });
  return {
    controls: changes.sort((a, b) => worstFirst(a.control, b.control)),
    withoutEvidence: now.controls.filter(({ total }) => total === 0),
    stopped: now.controls.filter((control) => hasStopped(control, now.at)),
    domains: domainsOf(now.controls),
    totals: sum(now.controls),
    totalsBefore: before === null ? null : sum(before.controls),
    week: weekOf(now.controls),
  };
}

/** More evidence against it is worse; names make the order total. */
const worstFirst = (a: EvidenceControl, b: EvidenceControl): number =>
  b.counts.noncompliant - a.counts.noncompliant || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

const hasStopped = ({ total, lastEvidence }: EvidenceControl, at: string): boolean =>
  total !== 0 && lastEvidence !== null && Date.parse(at) - Date.parse(lastEvidence) > stoppedMs;

const sum = (controls: readonly EvidenceControl[]): EvidenceCounts =>
  controls.reduce(
    (all, { counts }) => ({
      compliant: all.compliant + counts.compliant,
      noncompliant: all.noncompliant + counts.noncompliant,
      inconclusive: all.inconclusive + counts.inconclusive,
    }),
    { compliant: 0, noncompliant: 0, inconclusive: 0 },
  );

function weekOf(controls: readonly EvidenceControl[]): EvidenceByType | null {
  const weeks = controls.flatMap(({ week }) => (week === null ? [] : [week]));
  if (weeks.length === 0) return null;
  return weeks.reduce((all, week) => ({
    configurationData: all.configurationData + week.configurationData,
    manual: all.manual + week.manual,
    complianceCheck: all.complianceCheck + week.complianceCheck,
    userActivity: all.userActivity + week.userActivity,
  }));
}

function domainsOf(controls: readonly EvidenceControl[]): { name: string; noncompliant: number; total: number }[] {
  const domains = new Map<string, { name: string; noncompliant: number; total: number }>();
  for (const control of controls) {
    const name = control.domain ?? control.assessment;
    const domain = domains.get(name) ?? { name, noncompliant: 0, total: 0 };
    domain.total += 1;
    if (isNoncompliant(control)) domain.noncompliant += 1;
    domains.set(name, domain);
  }
  const share = ({ noncompliant, total }: { noncompliant: number; total: number }) => noncompliant / total;
  return [...domains.values()].sort((a, b) => share(b) - share(a) || (a.name < b.name ? -1 : 1));
}
