import type { Severity } from '../alerts/severity.ts';
import { partitionOfRegion } from '../aws-names/arn.ts';
import { accessAnalyzerFindingLink, guarddutyFindingLink } from '../aws-names/console-links.ts';
import type { OpenFinding } from '../framework/open-findings.ts';
import type { Asker, Aws, Place } from './aws.ts';

/** Source: GuardDuty user guide, "Severity levels". */
const severityOf = (score: number): Severity =>
  score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';

/** What a source says about one account in one region. */
interface SourceAnswer {
  findings: readonly OpenFinding[];
  /** Keys of those that were open before and are archived now. */
  archived: readonly string[];
  /** What looks there, as the keys of its findings begin; empty: the source is off, or suspended. */
  readers: string[];
  /** Whether one of them looks at the whole organization. */
  organization: boolean;
}

/** How many ids GuardDuty and Access Analyzer take at a time. */
const idsAtATime = 20;

/** The ids of those that were open, that this reader found, and that it does not list any more; some at a time. */
function* unlisted(known: readonly OpenFinding[], found: readonly OpenFinding[], reader: string): Generator<string[]> {
  const listed = new Set(found.map(({ key }) => key));
  const ids = known.flatMap(({ key }) =>
    key.startsWith(reader) && !listed.has(key) ? [key.slice(reader.length)] : [],
  );
  for (let from = 0; from < ids.length; from += idsAtATime) yield ids.slice(from, from + idsAtATime);
}

/**
 * The unarchived findings of one account: an administrator's list holds those of its members too, which are asked themselves.
 * A suspended detector finds nothing any more.
 * @param known what was open before: of those, what is archived now is told
 */
async function guardDutyFindings(
  aws: Aws,
  where: Place,
  asker: Asker,
  known: readonly OpenFinding[],
): Promise<SourceAnswer> {
  const sdk = await import('@aws-sdk/client-guardduty');
  const client = await aws.client('guardDuty', where, asker);
  const partition = partitionOfRegion(where.region);
  const found: OpenFinding[] = [];
  const archived: string[] = [];
  const readers: string[] = [];
  const criteria = { Criterion: { 'service.archived': { Equals: ['false'] }, accountId: { Equals: [where.account] } } };
  for await (const detectors of sdk.paginateListDetectors({ client }, {}))
    for (const DetectorId of detectors.DetectorIds ?? []) {
      const reader = `arn:${partition}:guardduty:${where.region}:${where.account}:detector/${DetectorId}/finding/`;
      const { Status } = await client.send(new sdk.GetDetectorCommand({ DetectorId }));
      if (Status === 'ENABLED') readers.push(reader);
      for await (const page of sdk.paginateListFindings({ client }, { DetectorId, FindingCriteria: criteria })) {
        if ((page.FindingIds ?? []).length === 0) continue;
        const { Findings = [] } = await client.send(
          new sdk.GetFindingsCommand({ DetectorId, FindingIds: page.FindingIds }),
        );
        for (const { Id = '', Arn = `${reader}${Id}`, Title = Id, Severity = 0, ...rest } of Findings)
          if (rest.AccountId === where.account && rest.CreatedAt !== undefined)
            found.push({
              key: Arn,
              source: 'GuardDuty',
              title: Title,
              severity: severityOf(Severity),
              account: where.account,
              region: where.region,
              resource:
                rest.Resource?.InstanceDetails?.InstanceId ??
                rest.Resource?.AccessKeyDetails?.UserName ??
                rest.Resource?.ResourceType ??
                '',
              since: rest.CreatedAt,
              link: guarddutyFindingLink({ partition, region: where.region }, Id).url,
            });
      }
      for (const FindingIds of unlisted(known, found, reader)) {
        const { Findings = [] } = await client.send(new sdk.GetFindingsCommand({ DetectorId, FindingIds }));
        archived.push(...Findings.flatMap(({ Id, Service }) => (Service?.Archived === true ? [`${reader}${Id}`] : [])));
      }
    }
  return { findings: found, archived, readers, organization: false };
}

/**
 * The active findings about resources of one account, and, where an analyzer of the organization is, about those of every
 * account. An analyzer that is being made, disabled or broken finds nothing.
 * @param known what was open before: of those, what is archived now is told
 */
async function analyzerFindings(
  aws: Aws,
  where: Place,
  asker: Asker,
  known: readonly OpenFinding[],
): Promise<SourceAnswer> {
  const sdk = await import('@aws-sdk/client-accessanalyzer');
  const client = await aws.client('accessAnalyzer', where, asker);
  const place = { partition: partitionOfRegion(where.region), region: where.region };
  const found: OpenFinding[] = [];
  const archived: string[] = [];
  const readers: string[] = [];
  let organization = false;
  for await (const analyzers of sdk.paginateListAnalyzers({ client }, {}))
    for (const { arn: analyzerArn, name, type, status } of analyzers.analyzers ?? []) {
      if (analyzerArn === undefined) continue;
      const reader = `${analyzerArn}/`;
      const ofAll = type?.startsWith('ORGANIZATION') === true;
      if (status === 'ACTIVE') readers.push(reader);
      if (status === 'ACTIVE' && ofAll) organization = true;
      const input = { analyzerArn, filter: { status: { eq: ['ACTIVE'] } } };
      for await (const page of sdk.paginateListFindingsV2({ client }, input))
        for (const { id = '', createdAt, resource = '', resourceType, findingType, ...rest } of page.findings ?? []) {
          const account = rest.resourceOwnerAccount;
          if (account === undefined || createdAt === undefined || !(ofAll || account === where.account)) continue;
          found.push({
            key: `${reader}${id}`,
            source: 'Access Analyzer',
            title: `${findingType ?? 'Finding'}: ${resourceType ?? 'a resource'}`,
            severity: findingType === 'ExternalAccess' ? 'high' : findingType === 'InternalAccess' ? 'medium' : 'low',
            account,
            region: where.region,
            resource,
            since: createdAt.toISOString(),
            link: accessAnalyzerFindingLink(place, name, id).url,
          });
        }
      for (const ids of unlisted(known, found, reader)) {
        const filter = { id: { eq: ids }, status: { eq: ['ARCHIVED'] } };
        for await (const page of sdk.paginateListFindingsV2({ client }, { analyzerArn, filter }))
          archived.push(...(page.findings ?? []).flatMap(({ id }) => (id === undefined ? [] : [`${reader}${id}`])));
      }
    }
  return { findings: found, archived, readers, organization };
}

/** What tells of open findings about one account in one region, asked there. */
export const findingSources = [
  ['GuardDuty', guardDutyFindings],
  ['Access Analyzer', analyzerFindings],
] as const;
