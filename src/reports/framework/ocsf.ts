import type { Severity } from '../../alerts/severity.ts';
import { fixOf } from '../../framework/fix.ts';
import { keyOf } from '../../framework/score.ts';
import type { ReportedResult } from './result.ts';
import { uuidOf } from './uuid.ts';

/** Source: OCSF schema, "Base Event", `severity_id`. */
const severityIds: Readonly<Record<Severity, number>> = { info: 1, low: 2, medium: 3, high: 4, critical: 5 };
/** Source: OCSF schema, "Compliance", `status_id`: 1 pass, 3 fail. What is not known has neither. */
const passed = 1;
const failed = 3;

/**
 * A result as a Compliance Finding (class 2003) of OCSF 1.x. Results to which a check does not apply are none.
 * Source: https://schema.ocsf.io, class "compliance_finding"
 */
export function ocsfFinding({ row, about, accountName, change }: ReportedResult, version: string): object | null {
  if (row.verdict === 'not applicable') return null;
  const time = Date.parse(row.askedAt);
  const activity = change?.kind === 'new' || change?.kind === 'baseline' ? 1 : change?.kind === 'fixed' ? 3 : 2;
  const known = row.verdict === 'unknown' ? null : row.verdict === 'pass' ? passed : failed;
  return {
    class_uid: 2003,
    class_name: 'Compliance Finding',
    category_uid: 2,
    category_name: 'Findings',
    activity_id: activity,
    type_uid: 200_300 + activity,
    time,
    severity_id: severityIds[row.severity],
    severity: row.severity,
    message: row.reason,
    metadata: {
      version: '1.4.0',
      product: { name: 'Trailwatch', vendor_name: 'Trailwatch', version },
    },
    finding_info: {
      uid: uuidOf(keyOf(row)),
      title: about.title,
      desc: about.why,
      types: [`step ${row.step}`],
      ...(change === null ? {} : { first_seen_time: Date.parse(change.result.since) }),
      last_seen_time: time,
    },
    compliance: {
      control: about.id,
      desc: about.passes,
      requirements: about.references.filter((reference) => !reference.startsWith('http')),
      standards: ['Internal audit framework, 16 steps'],
      status: known === null ? 'Unknown' : known === passed ? 'Pass' : 'Fail',
      status_code: row.unknown ?? row.proof ?? row.verdict,
      status_detail: row.reason,
      ...(known === null ? {} : { status_id: known }),
    },
    remediation: {
      desc: fixOf(about.fix, row),
      references: about.references.filter((reference) => reference.startsWith('http')),
    },
    resources: [
      {
        uid: row.resource ?? `arn:aws:iam::${row.account}:root`,
        name: row.resource ?? accountName ?? row.account,
        type: row.resource === null ? 'AWS account' : 'AWS resource',
        region: row.region,
        owner: { account: { uid: row.account, ...(accountName === null ? {} : { name: accountName }) } },
      },
    ],
  };
}
