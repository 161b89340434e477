import { severityRank } from '../../alerts/severity.ts';
import { dayMs, weekMs } from '../../words/time.ts';
import { lookName, readBy, seenNext } from '../looks.ts';
import {
  type EvidenceByType,
  type EvidenceControl,
  type EvidenceCounts,
  type EvidenceSnapshot,
  statusOf,
} from './snapshot.ts';

/** What became of a control since the snapshot before. */
type ControlChange =
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
  /** Every control as it stands: as it is now, or, where it could not be looked at this time, as it was. */
  all: readonly EvidenceControl[];
  /** Nobody has ever collected anything for these. */
  withoutEvidence: readonly EvidenceControl[];
  /** Evidence came in before, and none for longer than it takes. */
  stopped: readonly EvidenceControl[];
  /** Domains by the share of controls that are not compliant, the worst first. */
  domains: readonly { name: string; noncompliant: number; total: number }[];
  totals: EvidenceCounts;
  /** Null on the first run. */
  totalsBefore: EvidenceCounts | null;
  /** What came in during the week, by type; null where nobody counts it. */
  week: EvidenceByType | null;
}

/** Evidence that is collected daily and has not come for this long has stopped. */
const stoppedMs = weekMs;

export const isNoncompliant = (control: EvidenceControl): boolean => statusOf(control) === 'FAILED';

/**
 * The evidence now beside that of the last snapshot. Every control that was or is not compliant is exactly one change.
 * @param before null on the first run: then nothing is new, it is the baseline
 */
export function compareEvidence(now: EvidenceSnapshot, before: EvidenceSnapshot | null): EvidenceComparison {
  const known = new Map((before?.controls ?? []).map((control) => [control.key, control]));
  const isRead = readBy(now.looks);
  const whole = ({ at }: EvidenceControl): boolean => at === null || isRead(at);
  const firstLook = ({ at }: EvidenceControl): boolean =>
    before === null || (at !== null && before.seen?.includes(lookName(at)) === false);
  const changes: ComparedControl[] = [];
  // What was read in part shows what fails; that nothing fails it does not show.
  const certain = now.controls.filter(
    (control) => whole(control) || isNoncompliant(control) || !known.has(control.key),
  );
  const seen = new Set(certain.map(({ key }) => key));
  for (const control of certain) {
    const old = known.get(control.key);
    const was = old !== undefined && isNoncompliant(old);
    if (isNoncompliant(control))
      changes.push({ control, change: was ? 'open' : firstLook(control) ? 'baseline' : 'new' });
    else if (was) changes.push({ control, change: statusOf(control) === 'PASSED' ? 'fixed' : 'silent' });
  }
  const absent = [...known.values()].filter(({ key }) => !seen.has(key));
  for (const control of absent)
    if (isNoncompliant(control)) changes.push({ control, change: whole(control) ? 'removed' : 'not-seen' });
  const all = [...certain, ...absent.filter((control) => !whole(control))];
  return {
    controls: changes.sort((a, b) => worstFirst(a.control, b.control)),
    all,
    withoutEvidence: certain.filter((control) => statusOf(control) === 'NO_DATA' && (control.total ?? 0) === 0),
    stopped: certain.filter((control) => hasStopped(control, now.at)),
    domains: domainsOf(all),
    totals: sum(certain),
    totalsBefore: before === null ? null : sum(before.controls),
    week: weekOf(certain),
  };
}

/** What the next run has to know: the controls as they stand, and where anybody has ever looked. */
export const toRemember = (
  now: EvidenceSnapshot,
  { all }: EvidenceComparison,
  before: EvidenceSnapshot | null,
): EvidenceSnapshot => {
  const seen = seenNext(before?.seen ?? [], now.looks);
  return { ...now, controls: [...all], seen: before !== null && before.seen === null ? null : seen };
};

/** The graver control first, then more evidence against it; names make the order total. */
export const worstFirst = (a: EvidenceControl, b: EvidenceControl): number =>
  rankOf(a) - rankOf(b) ||
  b.counts.noncompliant - a.counts.noncompliant ||
  (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

const rankOf = ({ severity }: EvidenceControl): number => severityRank(severity ?? 'medium');

/** Evidence stops when none came for much longer than it usually takes; what people bring by hand has its own period. */
function hasStopped({ total, lastEvidence, manual, usualDays, at: where }: EvidenceControl, at: string): boolean {
  if (total === 0 || lastEvidence === null || where !== null) return false;
  const silentMs = Date.parse(at) - Date.parse(lastEvidence);
  if (manual) return usualDays !== null && silentMs > 1.5 * usualDays * dayMs;
  return silentMs > Math.max(stoppedMs, 2 * (usualDays ?? 1) * dayMs);
}

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
