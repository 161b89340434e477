import { partitionOfRegion } from '../../aws-names/arn.ts';
import { configRuleLink } from '../../aws-names/console-links.ts';
import type { EvidenceControl } from './snapshot.ts';

/** A rule of a conformance pack, with AWS's verdict. Source: DescribeConformancePackCompliance. */
export interface PackRule {
  pack: string;
  rule: string;
  /** COMPLIANT, NON_COMPLIANT or INSUFFICIENT_DATA. */
  verdict: string;
  domain: string | null;
  /** ISO 8601: when the rule was last evaluated; null: not known. */
  evaluatedAt: string | null;
  failing: readonly { resource: string; since: string | null }[];
}

export const configSource = 'AWS Config';

const statuses = { COMPLIANT: 'PASSED', NON_COMPLIANT: 'FAILED', INSUFFICIENT_DATA: 'NO_DATA' } as const;

/** The rules of conformance packs as controls: what has too little data for a verdict has no evidence. */
export const packControls = (
  rules: readonly PackRule[],
  { account, region }: { account: string; region: string },
): EvidenceControl[] =>
  rules.map(({ pack, rule, verdict, domain, evaluatedAt, failing }) => ({
    key: JSON.stringify(['config', account, region, pack, rule]),
    name: rule,
    assessment: pack,
    set: account,
    domain,
    counts: {
      compliant: verdict === 'COMPLIANT' ? 1 : 0,
      noncompliant: verdict === 'NON_COMPLIANT' ? 1 : 0,
      inconclusive: Object.hasOwn(statuses, verdict) ? 0 : 1,
    },
    total: null,
    week: null,
    lastEvidence: evaluatedAt,
    link: configRuleLink({ partition: partitionOfRegion(region), region }, rule).url,
    at: { account, region, source: configSource },
    status:
      verdict === 'COMPLIANT' || verdict === 'NON_COMPLIANT' || verdict === 'INSUFFICIENT_DATA'
        ? statuses[verdict]
        : 'UNKNOWN',
    severity: null,
    failing: [...failing],
    suppressed: [],
    manual: false,
    usualDays: null,
  }));
