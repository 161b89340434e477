import type { ConfigServiceClient } from '@aws-sdk/client-config-service';
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { partitionOfRegion } from '../../../alerts/arn.ts';
import { configRuleLink } from '../../../alerts/console-links.ts';
import type { EvidenceControl, EvidenceSnapshot } from '../../../framework/evidence/snapshot.ts';

/** What AWS Config's conformance packs say in one account and region. Source: AWS Config API reference. */
export async function configEvidence(
  client: ConfigServiceClient,
  { account, region }: { account: string; region: string },
): Promise<Pick<EvidenceSnapshot, 'assessments' | 'controls'>> {
  const sdk = await import('@aws-sdk/client-config-service');
  const assessments: EvidenceSnapshot['assessments'] = [];
  const controls: EvidenceControl[] = [];
  const scores = new Map<string, number>();
  for await (const page of sdk.paginateListConformancePackComplianceScores({ client }, {}))
    for (const { ConformancePackName = '', Score } of page.ConformancePackComplianceScores ?? []) {
      const score = Number(Score);
      if (Number.isFinite(score)) scores.set(ConformancePackName, score);
    }
  for await (const page of sdk.paginateDescribeConformancePacks({ client }, {}))
    for (const { ConformancePackName: pack = '', ConformancePackArn: arn = pack } of page.ConformancePackDetails ??
      []) {
      assessments.push({ id: arn, name: pack, score: scores.get(pack) ?? null });
      for await (const rules of sdk.paginateDescribeConformancePackCompliance(
        { client },
        { ConformancePackName: pack },
      ))
        for (const {
          ConfigRuleName: rule = '',
          ComplianceType: type,
          Controls,
        } of rules.ConformancePackRuleComplianceList ?? [])
          controls.push({
            key: JSON.stringify(['config', account, region, pack, rule]),
            name: rule,
            assessment: pack,
            set: account,
            domain: Controls?.[0] ?? null,
            counts: {
              compliant: type === 'COMPLIANT' ? 1 : 0,
              noncompliant: type === 'NON_COMPLIANT' ? 1 : 0,
              inconclusive: type === 'INSUFFICIENT_DATA' ? 1 : 0,
            },
            total: null,
            week: null,
            lastEvidence: null,
            link: configRuleLink({ partition: partitionOfRegion(region), region }, rule).url,
          });
    }
  return { assessments, controls };
}

/** Findings are read at most this far: the numbers of an account with more are said to be incomplete. */
const mostFindings = 20_000;

/**
 * What Security Hub's standards say in one account and region: its active findings, counted by control of a standard.
 * Source: AWS Security Hub API reference, GetFindings; PASSED and FAILED are the rulings, all else is inconclusive.
 */
export async function securityHubEvidence(
  client: SecurityHubClient,
  { account, region }: { account: string; region: string },
): Promise<Pick<EvidenceSnapshot, 'assessments' | 'controls' | 'remarks'>> {
  const sdk = await import('@aws-sdk/client-securityhub');
  const standards = new Map<string, string>();
  for await (const page of sdk.paginateGetEnabledStandards({ client }, {}))
    for (const { StandardsArn: arn } of page.StandardsSubscriptions ?? [])
      if (arn !== undefined) standards.set(arn.replace(/^arn:[^:]*:securityhub:[^:]*::/, ''), standardName(arn));
  const titles = new Map<string, string>();
  for await (const page of sdk.paginateListSecurityControlDefinitions({ client }, {}))
    for (const { SecurityControlId: id, Title: title } of page.SecurityControlDefinitions ?? [])
      if (id !== undefined && title !== undefined) titles.set(id, title);
  const controls = new Map<string, EvidenceControl>();
  const remarks: string[] = [];
  let read = 0;
  const wanted = {
    AwsAccountId: [{ Value: account, Comparison: 'EQUALS' as const }],
    RecordState: [{ Value: 'ACTIVE', Comparison: 'EQUALS' as const }],
  };
  for await (const page of sdk.paginateGetFindings({ client, pageSize: 100 }, { Filters: wanted })) {
    for (const { Compliance: compliance } of page.Findings ?? []) {
      const id = compliance?.SecurityControlId;
      if (id === undefined) continue;
      for (const { StandardsId = '' } of compliance?.AssociatedStandards ?? []) {
        const assessment = standards.get(StandardsId) ?? standardName(StandardsId);
        const key = JSON.stringify(['security-hub', account, region, StandardsId, id]);
        const control = controls.get(key) ?? {
          key,
          name: `${id}: ${titles.get(id) ?? 'a control'}`,
          assessment,
          set: account,
          domain: id.split('.')[0] ?? null,
          counts: { compliant: 0, noncompliant: 0, inconclusive: 0 },
          total: null,
          week: null,
          lastEvidence: null,
          link: `https://${region}.console.aws.amazon.com/securityhub/home?region=${region}#/controls/${encodeURIComponent(id)}`,
        };
        const ruling =
          compliance?.Status === 'PASSED'
            ? 'compliant'
            : compliance?.Status === 'FAILED'
              ? 'noncompliant'
              : 'inconclusive';
        control.counts[ruling] += 1;
        controls.set(key, control);
      }
    }
    read += page.Findings?.length ?? 0;
    if (read < mostFindings) continue;
    remarks.push(
      `Account ${account} has more than ${mostFindings.toLocaleString('en')} findings in Security Hub: the rest was not counted.`,
    );
    break;
  }
  const assessments = [...standards].map(([id, name]) => ({ id, name, score: null }));
  return { assessments, controls: [...controls.values()], remarks };
}

/** `standards/cis-aws-foundations-benchmark/v/1.4.0` → "cis aws foundations benchmark 1.4.0". */
const standardName = (id: string): string =>
  (/(?:standards|ruleset)\/([^/]+)(?:\/v\/(.+))?$/.exec(id)?.slice(1) ?? [id])
    .filter((part) => part !== undefined)
    .join(' ')
    .replaceAll('-', ' ');
