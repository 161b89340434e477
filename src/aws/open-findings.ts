import type { Severity } from '../alerts/severity.ts';
import { partitionOfRegion } from '../aws-names/arn.ts';
import { accessAnalyzerFindingLink, guarddutyFindingLink } from '../aws-names/console-links.ts';
import type { OpenFinding } from '../framework/open-findings.ts';
import type { Asker, Aws, Place } from './aws.ts';

/** Source: GuardDuty user guide, "Severity levels". */
const severityOf = (score: number): Severity =>
  score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';

/** The unarchived findings of one account, null where there is no detector: an administrator's list holds those of its members too, which are asked themselves. */
async function guardDutyFindings(aws: Aws, where: Place, asker: Asker): Promise<OpenFinding[] | null> {
  const sdk = await import('@aws-sdk/client-guardduty');
  const client = await aws.client('guardDuty', where, asker);
  const found: OpenFinding[] = [];
  let on = false;
  const criteria = { Criterion: { 'service.archived': { Equals: ['false'] }, accountId: { Equals: [where.account] } } };
  for await (const detectors of sdk.paginateListDetectors({ client }, {}))
    for (const DetectorId of detectors.DetectorIds ?? []) {
      on = true;
      for await (const page of sdk.paginateListFindings({ client }, { DetectorId, FindingCriteria: criteria })) {
        if ((page.FindingIds ?? []).length === 0) continue;
        const { Findings = [] } = await client.send(
          new sdk.GetFindingsCommand({ DetectorId, FindingIds: page.FindingIds }),
        );
        for (const { Id = '', Arn = Id, Title = Id, Severity = 0, CreatedAt, Resource, AccountId } of Findings)
          if (AccountId === where.account && CreatedAt !== undefined)
            found.push({
              key: Arn,
              source: 'GuardDuty',
              title: Title,
              severity: severityOf(Severity),
              account: where.account,
              region: where.region,
              resource:
                Resource?.InstanceDetails?.InstanceId ??
                Resource?.AccessKeyDetails?.UserName ??
                Resource?.ResourceType ??
                '',
              since: CreatedAt,
              link: guarddutyFindingLink({ partition: partitionOfRegion(where.region), region: where.region }, Id).url,
            });
      }
    }
  return on ? found : null;
}

/** The active findings about resources of one account; null where there is no analyzer. */
async function analyzerFindings(aws: Aws, where: Place, asker: Asker): Promise<OpenFinding[] | null> {
  const sdk = await import('@aws-sdk/client-accessanalyzer');
  const client = await aws.client('accessAnalyzer', where, asker);
  const found: OpenFinding[] = [];
  let on = false;
  for await (const analyzers of sdk.paginateListAnalyzers({ client }, {}))
    for (const { arn: analyzerArn, name } of analyzers.analyzers ?? []) {
      if (analyzerArn === undefined) continue;
      on = true;
      const input = { analyzerArn, filter: { status: { eq: ['ACTIVE'] } } };
      for await (const page of sdk.paginateListFindingsV2({ client }, input))
        for (const {
          id = '',
          createdAt,
          resource = '',
          resourceType,
          findingType,
          resourceOwnerAccount,
        } of page.findings ?? [])
          if (resourceOwnerAccount === where.account && createdAt !== undefined)
            found.push({
              key: `${analyzerArn}/${id}`,
              source: 'Access Analyzer',
              title: `${findingType ?? 'Finding'}: ${resourceType ?? 'a resource'}`,
              severity: findingType === 'ExternalAccess' ? 'high' : findingType === 'InternalAccess' ? 'medium' : 'low',
              account: where.account,
              region: where.region,
              resource,
              since: createdAt.toISOString(),
              link: accessAnalyzerFindingLink(
                { partition: partitionOfRegion(where.region), region: where.region },
                name,
                id,
              ).url,
            });
    }
  return on ? found : null;
}

/** What tells of open findings about one account in one region, asked there; null: the source is off there. */
export const findingSources = [
  ['GuardDuty', guardDutyFindings],
  ['Access Analyzer', analyzerFindings],
] as const;
