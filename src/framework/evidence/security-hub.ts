import { z } from 'zod';
import type { Severity } from '../../alerts/severity.ts';
import { partitionOfRegion } from '../../aws-names/arn.ts';
import type { EvidenceControl } from './snapshot.ts';

/** A finding of a control, as far as it is counted. Source: AWS Security Finding Format (ASFF). */
export const HubFinding = z.object({
  Id: z.string(),
  AwsAccountId: z.string(),
  Region: z.string().optional(),
  FirstObservedAt: z.string().optional(),
  CreatedAt: z.string().optional(),
  UpdatedAt: z.string().optional(),
  Severity: z.object({ Label: z.string().optional() }).optional(),
  Resources: z.array(z.object({ Id: z.string().optional() })).optional(),
  Compliance: z
    .object({
      Status: z.string().optional(),
      SecurityControlId: z.string().optional(),
      AssociatedStandards: z.array(z.object({ StandardsId: z.string().optional() })).optional(),
    })
    .optional(),
  Workflow: z.object({ Status: z.string().optional() }).optional(),
  RecordState: z.string().optional(),
  Note: z.object({ Text: z.string().optional(), UpdatedBy: z.string().optional() }).optional(),
});

export type HubFinding = z.infer<typeof HubFinding>;

/** What AWS says of one Region of an account beside its findings. */
export interface Hub {
  account: string;
  region: string;
  /** ARNs of the standards that are on. */
  standards: readonly string[];
  /** Titles of controls, by their ids. */
  titles: ReadonlyMap<string, string>;
}

export const securityHubSource = 'Security Hub';

/** Failing resources that are listed of one control; its counts have all. */
const listedResources = 100;

const severities: Readonly<Record<string, Severity>> = {
  CRITICAL: 'critical',
  HIGH: 'high',
  MEDIUM: 'medium',
  LOW: 'low',
  INFORMATIONAL: 'info',
};

const order: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

/**
 * The controls of the standards of one account and Region. Findings of other accounts and Regions (an administrator and an
 * aggregation Region show them too), archived and suppressed ones do not count. Source: Security Hub user guide, "Evaluating
 * compliance status and control status": FAILED before UNKNOWN (WARNING, NOT_AVAILABLE) before PASSED, NO_DATA without any.
 */
export function hubControls(findings: Iterable<HubFinding>, hub: Hub): EvidenceControl[] {
  const controls = new Map<string, EvidenceControl>();
  const names = new Map(hub.standards.map((arn) => [idOf(arn), standardName(arn)]));
  for (const finding of findings) {
    const { Compliance, AwsAccountId, Region, RecordState } = finding;
    const id = Compliance?.SecurityControlId;
    if (id === undefined || AwsAccountId !== hub.account || (Region ?? hub.region) !== hub.region) continue;
    if ((RecordState ?? 'ACTIVE') !== 'ACTIVE') continue;
    for (const { StandardsId = '' } of Compliance?.AssociatedStandards ?? []) {
      const standard = idOf(StandardsId);
      const key = JSON.stringify(['security-hub', hub.account, hub.region, standard, id]);
      const control = controls.get(key) ?? blank(hub, key, names.get(standard) ?? standardName(standard), id);
      controls.set(key, control);
      add(control, finding);
    }
  }
  const assessed = new Set([...controls.values()].map(({ assessment }) => assessment));
  for (const [standard, name] of names)
    if (!assessed.has(name)) {
      const key = JSON.stringify(['security-hub', hub.account, hub.region, standard, '']);
      controls.set(key, { ...blank(hub, key, name, ''), name: 'No control of the standard has any finding' });
    }
  return [...controls.values()].map((control) => ({
    ...control,
    status:
      control.counts.noncompliant > 0
        ? 'FAILED'
        : control.counts.inconclusive > 0
          ? 'UNKNOWN'
          : control.counts.compliant > 0
            ? 'PASSED'
            : 'NO_DATA',
  }));
}

const blank = ({ account, region, titles }: Hub, key: string, assessment: string, id: string): EvidenceControl => ({
  key,
  name: `${id}: ${titles.get(id) ?? 'a control'}`,
  assessment,
  set: account,
  domain: id.split('.')[0] || null,
  counts: { compliant: 0, noncompliant: 0, inconclusive: 0 },
  total: null,
  week: null,
  lastEvidence: null,
  link: `https://${region}.console.${partitionOfRegion(region) === 'aws-cn' ? 'amazonaws.cn' : 'aws.amazon.com'}/securityhub/home?region=${region}#/controls/${encodeURIComponent(id)}`,
  at: { account, region, source: securityHubSource },
  status: null,
  severity: null,
  failing: [],
  suppressed: [],
  manual: false,
  usualDays: null,
});

function add(
  control: EvidenceControl,
  { Compliance, Workflow, Severity, Resources, Note, ...times }: HubFinding,
): void {
  const resource = Resources?.[0]?.Id ?? '';
  const updated = times.UpdatedAt ?? null;
  if (updated !== null && (control.lastEvidence === null || Date.parse(updated) > Date.parse(control.lastEvidence)))
    control.lastEvidence = updated;
  if (Workflow?.Status === 'SUPPRESSED') {
    control.suppressed.push({ resource, by: Note?.UpdatedBy ?? null, note: Note?.Text ?? null });
    return;
  }
  const status = Compliance?.Status;
  const ruling = status === 'PASSED' ? 'compliant' : status === 'FAILED' ? 'noncompliant' : 'inconclusive';
  control.counts[ruling] += 1;
  if (ruling !== 'noncompliant') return;
  const severity = severities[Severity?.Label ?? ''] ?? null;
  if (severity !== null && (control.severity === null || order.indexOf(severity) < order.indexOf(control.severity)))
    control.severity = severity;
  if (control.failing.length < listedResources)
    control.failing.push({ resource, since: times.FirstObservedAt ?? times.CreatedAt ?? null });
}

/** A standard without partition and Region, as findings name it. */
const idOf = (arn: string): string => arn.replace(/^arn:[^:]*:securityhub:[^:]*::/, '');

const upperCase = new Set(['aws', 'cis', 'pci', 'dss', 'nist', 'sp']);

/** `standards/cis-aws-foundations-benchmark/v/1.4.0` → "CIS AWS Foundations Benchmark 1.4.0". */
export const standardName = (id: string): string =>
  (/(?:standards|ruleset)\/([^/]+)(?:\/v\/(.+))?$/.exec(id)?.slice(1) ?? [id])
    .filter((part) => part !== undefined)
    .join(' ')
    .split(/[- ]/)
    .map((word) => (upperCase.has(word) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1)))
    .join(' ');
