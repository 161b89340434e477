import type {
  Condition,
  Finding,
  GetFindingsRequest,
  GetFindingsResponse,
  ListDetectorsRequest,
  ListDetectorsResponse,
  ListFindingsRequest,
  ListFindingsResponse,
  SortCriteria,
} from '@aws-sdk/client-guardduty';
import { type GuardDutyFinding, guardDutyFindings } from '../../organization/findings.ts';
import { detectorAt } from '../../organization/guardduty.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { guardDutySettings, requireDetector } from './guardduty-settings.ts';

/**
 * Amazon GuardDuty in every account and region but one: where the newest active account is not yet covered in its last
 * region. The home account is the administrator, sees the findings of all accounts and holds what is set. Answers are in the API's form,
 * PascalCase in the SDK, where EventBridge delivers camelCase.
 * Source: Amazon GuardDuty API reference.
 */
export const guardDuty: Service = {
  signingName: 'guardduty',
  sdk: () => import('@aws-sdk/client-guardduty'),
  operations: {
    ListDetectors: ({ account, region, organization }: Call<ListDetectorsRequest>): ListDetectorsResponse => {
      const detector = detectorAt(organization, account, region);
      return { DetectorIds: detector === undefined ? [] : [detector.id] };
    },

    ...guardDutySettings,

    ListFindings: (call: Call<ListFindingsRequest>): ListFindingsResponse => {
      requireDetector(call);
      const { NextToken: token, MaxResults: size = 50, ...request } = call.input;
      const criterion = Object.entries(request.FindingCriteria?.Criterion ?? {});
      const wanted = visible(call).filter((finding) => criterion.every(([field, is]) => matches(finding, field, is)));
      const { items, next } = pageOf(sorted(wanted, request.SortCriteria), {
        token: token === '' ? undefined : token,
        size,
        request,
        refusal: invalid('The request is rejected because the input nextToken is not valid.'),
      });
      // GuardDuty says that there is no more by an empty token.
      return { FindingIds: items.flatMap(({ Id }) => Id ?? []), NextToken: next ?? '' };
    },

    GetFindings: (call: Call<GetFindingsRequest>): GetFindingsResponse => {
      requireDetector(call);
      const { FindingIds = [], SortCriteria } = call.input;
      const wanted = visible(call).filter(({ Id = '' }) => FindingIds.includes(Id));
      return { Findings: sorted(wanted, SortCriteria) };
    },
  },
};

const invalid = (message: string) => new AwsError('BadRequestException', message);

const findings = perOrganization((organization): readonly GuardDutyFinding[] =>
  organization.accounts.flatMap(({ id }) => guardDutyFindings(organization, id)),
);

const visible = ({ account, region, organization, now }: Call<unknown>): Finding[] =>
  findings(organization)
    .filter(({ at, finding }) => at <= now && finding.Region === region)
    .filter(({ finding }) => account === organization.homeAccount || finding.AccountId === account)
    .map(({ finding }) => finding);

/** The attributes that findings can be asked for by; times are milliseconds. Source: ListFindings, FindingCriteria. */
const attributes: Readonly<Record<string, (finding: Finding) => string | number | undefined>> = {
  accountId: ({ AccountId }) => AccountId,
  id: ({ Id }) => Id,
  region: ({ Region }) => Region,
  severity: ({ Severity }) => Severity,
  type: ({ Type }) => Type,
  createdAt: ({ CreatedAt }) => Date.parse(CreatedAt ?? ''),
  updatedAt: ({ UpdatedAt }) => Date.parse(UpdatedAt ?? ''),
  'resource.resourceType': ({ Resource }) => Resource?.ResourceType,
  'resource.accessKeyDetails.principalId': ({ Resource }) => Resource?.AccessKeyDetails?.PrincipalId,
  'resource.accessKeyDetails.userName': ({ Resource }) => Resource?.AccessKeyDetails?.UserName,
  'resource.instanceDetails.instanceId': ({ Resource }) => Resource?.InstanceDetails?.InstanceId,
  'service.action.awsApiCallAction.api': ({ Service }) => Service?.Action?.AwsApiCallAction?.Api,
  'service.action.awsApiCallAction.remoteIpDetails.ipAddressV4': ({ Service }) =>
    Service?.Action?.AwsApiCallAction?.RemoteIpDetails?.IpAddressV4,
  'service.archived': ({ Service }) => String(Service?.Archived ?? false),
};

function attributeOf(finding: Finding, field: string): string | number | undefined {
  const read = Object.hasOwn(attributes, field) ? attributes[field] : undefined;
  if (read === undefined) throw invalid(`The request is rejected because the criterion ${field} is not supported.`);
  return read(finding);
}

function matches(finding: Finding, field: string, condition: Condition): boolean {
  const value = attributeOf(finding, field);
  const text = String(value ?? '');
  const number = typeof value === 'number' ? value : Number.NaN;
  const { Equals = condition.Eq, NotEquals = condition.Neq } = condition;
  const {
    GreaterThan = condition.Gt,
    GreaterThanOrEqual = condition.Gte,
    LessThan = condition.Lt,
    LessThanOrEqual = condition.Lte,
  } = condition;
  return (
    (Equals === undefined || Equals.includes(text)) &&
    (NotEquals === undefined || !NotEquals.includes(text)) &&
    (GreaterThan === undefined || number > GreaterThan) &&
    (GreaterThanOrEqual === undefined || number >= GreaterThanOrEqual) &&
    (LessThan === undefined || number < LessThan) &&
    (LessThanOrEqual === undefined || number <= LessThanOrEqual)
  );
}

function sorted(list: readonly Finding[], criteria: SortCriteria | undefined): Finding[] {
  const field = criteria?.AttributeName ?? 'updatedAt';
  const sign = criteria?.OrderBy === 'ASC' ? 1 : -1;
  return list.toSorted((a, b) => {
    const [one, other] = [attributeOf(a, field) ?? '', attributeOf(b, field) ?? ''];
    return one === other ? 0 : one < other ? -sign : sign;
  });
}
