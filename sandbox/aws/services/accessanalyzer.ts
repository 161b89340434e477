import type {
  AnalyzerSummary,
  Criterion,
  FindingSummaryV2,
  GetFindingV2Request,
  GetFindingV2Response,
  ListAnalyzersRequest,
  ListAnalyzersResponse,
  ListFindingsV2Request,
  ListFindingsV2Response,
} from '@aws-sdk/client-accessanalyzer';
import { type AccessFinding, externalAccess, statusOf, unusedAccess } from '../../organization/findings.ts';
import type { Organization } from '../../organization/organization.ts';
import { dayMs, hourMs } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/**
 * IAM Access Analyzer: in the home region every account has an analyzer of external access, and the home account two
 * more, of external and of unused access in the whole organization. Other regions have none.
 * Source: IAM Access Analyzer API reference.
 */
export const accessAnalyzer: Service = {
  signingName: 'access-analyzer',
  sdk: () => import('@aws-sdk/client-accessanalyzer'),
  operations: {
    ListAnalyzers: (call: Call<ListAnalyzersRequest>): ListAnalyzersResponse => {
      const { nextToken: token, maxResults: size = 100, ...request } = call.input;
      const wanted = analyzersOf(call).filter(({ type }) => request.type === undefined || type === request.type);
      const { items, next } = pageOf(wanted, { token, size, request });
      return { analyzers: items, nextToken: next };
    },

    ListFindingsV2: (call: Call<ListFindingsV2Request>): ListFindingsV2Response => {
      const { nextToken: token, maxResults: size = 100, ...request } = call.input;
      const criteria = Object.entries(request.filter ?? {});
      const wanted = findingsOf(call)
        .map((finding) => summaryOf(finding, call.now))
        .filter((summary) => criteria.every(([field, criterion]) => matches(summary, field, criterion)));
      const { attributeName = 'updatedAt', orderBy = 'DESC' } = request.sort ?? {};
      const sign = orderBy === 'ASC' ? 1 : -1;
      const sorted = wanted.toSorted((a, b) => {
        const [one, other] = [attributeOf(a, attributeName), attributeOf(b, attributeName)];
        return one === other ? 0 : one < other ? -sign : sign;
      });
      const { items, next } = pageOf(sorted, { token, size, request });
      return { findings: items, nextToken: next };
    },

    GetFindingV2: (call: Call<GetFindingV2Request>): GetFindingV2Response => {
      const found = findingsOf(call).find(({ id }) => id === call.input.id);
      if (found === undefined)
        throw new AwsError('ResourceNotFoundException', `Finding ${call.input.id} does not exist.`, 404);
      return { ...summaryOf(found, call.now), findingDetails: [...found.details] };
    },
  },
};

function analyzersOf({ account, region, organization, now }: Call<unknown>): AnalyzerSummary[] {
  if (region !== homeRegion) return [];
  const analyzer = (name: string, type: AnalyzerSummary['type']): AnalyzerSummary => ({
    arn: `arn:aws:access-analyzer:${region}:${account}:analyzer/${name}`,
    name,
    type,
    createdAt: organization.accounts.find(({ id }) => id === account)?.joined,
    lastResourceAnalyzed: `arn:aws:iam::${account}:role/trailwatch-read`,
    lastResourceAnalyzedAt: new Date(now.getTime() - hourMs),
    status: 'ACTIVE',
    ...(type === 'ORGANIZATION_UNUSED_ACCESS' && { configuration: { unusedAccess: { unusedAccessAge: 90 } } }),
  });
  return [
    analyzer('account-external', 'ACCOUNT'),
    ...(account === organization.homeAccount
      ? [
          analyzer('organization-external', 'ORGANIZATION'),
          analyzer('organization-unused', 'ORGANIZATION_UNUSED_ACCESS'),
        ]
      : []),
  ];
}

/** What an analyzer has found by now. */
function findingsOf(call: Call<{ analyzerArn: string | undefined }>): AccessFinding[] {
  const { organization, account, now, input } = call;
  const analyzer = analyzersOf(call).find(({ arn }) => arn === input.analyzerArn);
  if (analyzer === undefined)
    throw new AwsError('ResourceNotFoundException', `Analyzer ${input.analyzerArn} does not exist.`, 404);
  const accounts = analyzer.type === 'ACCOUNT' ? [account] : accountsOf(organization);
  return accounts
    .flatMap((id) =>
      analyzer.type === 'ORGANIZATION_UNUSED_ACCESS'
        ? unusedAccess(organization, id, now)
        : externalAccess(organization, id),
    )
    .filter(({ createdAt }) => createdAt <= now);
}

const accountsOf = ({ accounts }: Organization): string[] =>
  accounts.flatMap(({ id, state }) => (state === 'ACTIVE' ? [id] : []));

function summaryOf(finding: AccessFinding, now: Date): FindingSummaryV2 {
  const { id, account, type, resource, resourceType, createdAt } = finding;
  // Analyzers look again every day at the time of the first look.
  const days = Math.floor((now.getTime() - createdAt.getTime()) / dayMs);
  return {
    id,
    findingType: type,
    resource,
    resourceType,
    resourceOwnerAccount: account,
    status: statusOf(finding),
    createdAt,
    updatedAt: createdAt,
    analyzedAt: new Date(createdAt.getTime() + days * dayMs),
  };
}

const texts: Readonly<Record<string, (summary: FindingSummaryV2) => string | undefined>> = {
  id: ({ id }) => id,
  status: ({ status }) => status,
  findingType: ({ findingType }) => findingType,
  resource: ({ resource }) => resource,
  resourceType: ({ resourceType }) => resourceType,
  resourceOwnerAccount: ({ resourceOwnerAccount }) => resourceOwnerAccount,
  createdAt: ({ createdAt }) => createdAt?.toISOString(),
  updatedAt: ({ updatedAt }) => updatedAt?.toISOString(),
  analyzedAt: ({ analyzedAt }) => analyzedAt?.toISOString(),
};

function attributeOf(summary: FindingSummaryV2, name: string): string {
  const read = Object.hasOwn(texts, name) ? texts[name] : undefined;
  if (read === undefined) throw new AwsError('ValidationException', `The attribute ${name} is not supported.`);
  return read(summary) ?? '';
}

function matches(summary: FindingSummaryV2, field: string, { eq, neq, contains, exists }: Criterion): boolean {
  const value = attributeOf(summary, field);
  return (
    (eq === undefined || eq.includes(value)) &&
    (neq === undefined || !neq.includes(value)) &&
    (contains === undefined || contains.some((part) => value.includes(part))) &&
    (exists === undefined || exists === (value !== ''))
  );
}
