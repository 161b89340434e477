import type { ControlSetStatus } from '@aws-sdk/client-auditmanager';
import { perOrganization } from './per-organization.ts';
import { dayMs, hourMs, numberOf, uuidOf } from './stable.ts';

/** Where a control's evidence comes from; Manual: only what people import. */
type Source = 'AWS Config' | 'AWS Security Hub' | 'AWS CloudTrail' | 'AWS API calls' | 'Manual';

/** How evidence comes in. `stops`: for four weeks in ten nothing does. `never`: nobody has ever given any. */
type Course = 'steady' | 'stops' | 'never';

export interface Control {
  id: string;
  name: string;
  domain: string;
  source: Source;
  course: Course;
  /** Spreads the changes, so that every week one control or another is due. */
  phase: number;
}

export interface ControlSet {
  id: string;
  controls: readonly Control[];
  phase: number;
}

export interface Assessment {
  id: string;
  name: string;
  complianceType: string;
  frameworkId: string;
  active: boolean;
  createdAt: Date;
  controlSets: readonly ControlSet[];
}

/** What one control collected on one day. */
export interface Folder {
  id: string;
  control: Control;
  controlSet: ControlSet;
  /** Midnight, UTC. */
  date: Date;
  compliant: number;
  noncompliant: number;
  /** Without a ruling: activity, configuration, manual. */
  inconclusive: number;
}

const domains = [
  'Identity and access management',
  'Logging and monitoring',
  'Data protection',
  'Incident response',
  'Change management',
] as const;

const catalogue: readonly [name: string, domain: (typeof domains)[number], source: Source, course?: Course][] = [
  ['Multi-factor authentication for people with console access', domains[0], 'AWS Config'],
  ['Access keys are rotated within 90 days', domains[0], 'AWS Config'],
  ['Root account has no access keys', domains[0], 'AWS Security Hub'],
  ['Permissions are given through groups and roles', domains[0], 'AWS Security Hub'],
  ['Access of leavers is removed within a day', domains[0], 'Manual', 'never'],
  ['Access rights are reviewed each quarter', domains[0], 'Manual'],
  ['Multi-region trail with log file validation', domains[1], 'AWS Config'],
  ['Alarms exist for changes of IAM policies', domains[1], 'AWS Security Hub'],
  ['Changes of the trail are recorded', domains[1], 'AWS CloudTrail', 'stops'],
  ['Flow logs are on in every VPC', domains[1], 'AWS Config', 'stops'],
  ['Console sign-ins are recorded', domains[1], 'AWS CloudTrail'],
  ['Buckets block public access', domains[2], 'AWS Security Hub'],
  ['Volumes are encrypted', domains[2], 'AWS Config'],
  ['Keys are rotated each year', domains[2], 'AWS API calls', 'stops'],
  ['Backups are restored in a test each year', domains[2], 'Manual', 'never'],
  ['GuardDuty is on in every account', domains[3], 'AWS Security Hub'],
  ['Incidents are handled by the runbook', domains[3], 'Manual'],
  ['On-call rota is kept', domains[3], 'Manual', 'never'],
  ['Recorder is on for all resource types', domains[4], 'AWS Config'],
  ['Changes in production are made by the pipeline', domains[4], 'AWS CloudTrail'],
  ['Security groups do not open administration ports', domains[4], 'AWS Security Hub'],
];

const plans = [
  { name: 'SOC 2 2026', complianceType: 'SOC2', take: 1, days: 320, active: true },
  { name: 'PCI DSS payments', complianceType: 'PCI DSS v4.0', take: 2, days: 200, active: true },
  { name: 'ISO 27001 Annex A', complianceType: 'ISO/IEC 27001:2013 Annex A', take: 3, days: 90, active: true },
  { name: 'PCI DSS payments 2025', complianceType: 'PCI DSS v3.2.1', take: 4, days: 600, active: false },
] as const;

/** How long an assessment that is over had been collecting. */
const inactiveAfterMs = 300 * dayMs;

/** The assessments of the organization, begun some time before the attack; they go on however far the clock is moved. */
export const assessmentsOf = perOrganization((organization): readonly Assessment[] => {
  const { from } = organization.attack;
  return plans.map(({ name, complianceType, take, days, active }) => {
    const id = uuidOf('assessment', organization.id, name);
    const chosen = catalogue.filter((_, place) => take === 1 || place % take !== take - 1);
    const controls = chosen.map(
      ([control, domain, source, course = 'steady'], phase): Control => ({
        id: uuidOf('control', id, control),
        name: control,
        domain,
        source,
        course,
        phase,
      }),
    );
    return {
      id,
      name,
      complianceType,
      frameworkId: uuidOf('framework', organization.id, complianceType),
      active,
      createdAt: midnight(from.getTime() - days * dayMs),
      controlSets: domains.map((domain, phase) => ({
        id: domain,
        controls: controls.filter((control) => control.domain === domain),
        phase: phase + take,
      })),
    };
  });
});

export const midnight = (at: number): Date => new Date(Math.floor(at / dayMs) * dayMs);

/** Whole weeks since a Monday long ago. */
export const weekOf = (at: Date): number => Math.floor((at.getTime() / dayMs + 3) / 7);

/** Each day's evidence is in by six in the morning. */
const collectedBy = 6 * hourMs;

/** A control fails for two weeks in eight; which ones is a matter of its phase. Those without a ruling never do. */
const failing = ({ source, phase }: Control, at: Date): boolean =>
  (source === 'AWS Config' || source === 'AWS Security Hub') && (weekOf(at) + phase) % 8 < 2;

const silentAt = ({ course, phase }: Control, at: Date): boolean => course === 'stops' && (weekOf(at) + phase) % 10 > 5;

/** What a control collected on the day that begins at `date`; undefined: nothing. */
function folderOf(assessment: Assessment, controlSet: ControlSet, control: Control, date: Date): Folder | undefined {
  if (control.course === 'never' || silentAt(control, date)) return undefined;
  // People import evidence now and then, not daily.
  if (control.source === 'Manual' && numberOf(21, 'imported', control.id, date.getTime()) !== 0) return undefined;
  const ruled = control.source === 'AWS Config' || control.source === 'AWS Security Hub';
  const checks = ruled ? 4 + numberOf(5, 'checks', control.id) : 0;
  const noncompliant = failing(control, date) ? 1 + numberOf(3, 'failing', control.id, weekOf(date)) : 0;
  return {
    id: uuidOf('folder', assessment.id, control.id, date.getTime()),
    control,
    controlSet,
    date,
    compliant: checks - noncompliant,
    noncompliant,
    inconclusive: ruled ? 0 : 1 + numberOf(4, 'activity', control.id, date.getTime()),
  };
}

/** The last day that an assessment has evidence of, at a time. */
function lastDay({ active, createdAt }: Assessment, now: Date): Date {
  const day = midnight(now.getTime() - collectedBy);
  const end = new Date(createdAt.getTime() + inactiveAfterMs);
  return active || day < end ? day : end;
}

/** The folders of some controls of an assessment, newest first. */
export function foldersOf(
  assessment: Assessment,
  now: Date,
  wanted: (controlSet: ControlSet, control: Control) => boolean = () => true,
): Folder[] {
  const last = lastDay(assessment, now).getTime();
  const known = filled.get(assessment);
  const all = known?.last === last ? known.folders : fill(assessment, last);
  filled.set(assessment, { last, folders: all });
  return all.filter(({ controlSet, control }) => wanted(controlSet, control));
}

/** The folders of an assessment up to its last day: they are asked for page by page, and are thousands. */
const filled = new WeakMap<Assessment, { last: number; folders: readonly Folder[] }>();

function fill(assessment: Assessment, last: number): Folder[] {
  const folders: Folder[] = [];
  for (let day = last; day >= assessment.createdAt.getTime(); day -= dayMs)
    for (const controlSet of assessment.controlSets)
      for (const control of controlSet.controls) {
        const folder = folderOf(assessment, controlSet, control, new Date(day));
        if (folder !== undefined) folders.push(folder);
      }
  return folders;
}

/** When the dashboard's numbers were last counted: each night at two, of the day before. */
export const countedAt = (now: Date): Date => new Date(midnight(now.getTime() - 2 * hourMs).getTime() + 2 * hourMs);

/** The evidence of the day that the dashboard shows, of some controls. */
export function countedFolders(
  assessment: Assessment,
  now: Date,
  wanted: (controlSet: ControlSet, control: Control) => boolean = () => true,
): Folder[] {
  const day = midnight(countedAt(now).getTime() - dayMs);
  // A new assessment shows nothing for a day.
  if (!assessment.active || day < assessment.createdAt) return [];
  return assessment.controlSets.flatMap((controlSet) =>
    controlSet.controls
      .filter((control) => wanted(controlSet, control))
      .flatMap((control) => folderOf(assessment, controlSet, control, day) ?? []),
  );
}

export interface Review {
  status: ControlSetStatus;
  /** Since when; undefined while the set has never been under review. */
  since: Date | undefined;
}

/** A set is four weeks under review, one week reviewed and one week open again: there is always one that waits too long. */
export function reviewOf({ active, createdAt }: Assessment, { phase }: ControlSet, now: Date): Review {
  if (!active) return { status: 'REVIEWED', since: new Date(createdAt.getTime() + inactiveAfterMs) };
  const turn = (weekOf(now) + phase) % 6;
  const monday = (weekOf(now) * 7 - 3) * dayMs;
  const [status, weeks] =
    turn < 4 ? (['UNDER_REVIEW', turn] as const) : ([turn === 4 ? 'REVIEWED' : 'ACTIVE', 0] as const);
  const since = new Date(Math.max(monday - weeks * 7 * dayMs + 9 * hourMs, createdAt.getTime()));
  return since > now ? { status: 'ACTIVE', since: undefined } : { status, since };
}
