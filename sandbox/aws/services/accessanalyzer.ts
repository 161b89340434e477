import type {
  CheckNoPublicAccessRequest,
  CheckNoPublicAccessResponse,
  CreateAnalyzerRequest,
  CreateAnalyzerResponse,
  CreateArchiveRuleRequest,
  Criterion,
  DeleteAnalyzerRequest,
  DeleteArchiveRuleRequest,
  FindingSummaryV2,
  GetFindingV2Request,
  GetFindingV2Response,
  ListAnalyzersRequest,
  ListAnalyzersResponse,
  ListArchiveRulesRequest,
  ListArchiveRulesResponse,
  ListFindingsV2Request,
  ListFindingsV2Response,
  UpdateArchiveRuleRequest,
  UpdateFindingsRequest,
} from '@aws-sdk/client-accessanalyzer';
import { analyzers, analyzersAt, createAnalyzer } from '../../organization/analyzers.ts';
import { type AccessFinding, externalAccess, statusOf, unusedAccess } from '../../organization/findings.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { dayMs } from '../../organization/stable.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { isPublic } from './bucket-settings.ts';

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
      const [isPublic, others] = [criteria.find(([field]) => field === 'isPublic')?.[1], withoutPublic(criteria)];
      const wanted = findingsOf(call)
        .filter((finding) => isPublic === undefined || meetsPublic(finding, isPublic))
        .map((finding) => summaryOf(finding, call.now))
        .filter((summary) => others.every(([field, criterion]) => matches(summary, field, criterion)));
      const { attributeName = 'updatedAt', orderBy = 'DESC' } = request.sort ?? {};
      const sign = orderBy === 'ASC' ? 1 : -1;
      const sorted = wanted.toSorted((a, b) => {
        const [one, other] = [attributeOf(a, attributeName), attributeOf(b, attributeName)];
        return one === other ? 0 : one < other ? -sign : sign;
      });
      const { items, next } = pageOf(sorted, { token, size, request });
      return { findings: items, nextToken: next };
    },

    CreateAnalyzer: (call: Call<CreateAnalyzerRequest>): CreateAnalyzerResponse => {
      const { account, region, organization, input } = call;
      const { analyzerName: name = '', type = 'ACCOUNT' } = input;
      if (analyzersOf(call).some((one) => one.name === name))
        throw new AwsError('ConflictException', `Analyzer ${name} already exists.`, 409);
      const { managementAccount, homeAccount } = organization;
      if (type.startsWith('ORGANIZATION') && ![managementAccount, homeAccount].includes(account))
        throw new AwsError(
          'AccessDeniedException',
          'Only an administrator creates analyzers of the organization.',
          403,
        );
      const made = createAnalyzer(organization, { account, region, name, type });
      analyzers(organization).push(made);
      return { arn: made.summary.arn };
    },

    DeleteAnalyzer: (call: Call<DeleteAnalyzerRequest>): object => {
      const all = analyzers(call.organization);
      all.splice(all.indexOf(analyzerOf(call)), 1);
      return {};
    },

    ListArchiveRules: (call: Call<ListArchiveRulesRequest>): ListArchiveRulesResponse => {
      const { nextToken: token, maxResults: size = 100, ...request } = call.input;
      const all = [...analyzerOf(call).rules].map(([ruleName, rule]) => ({ ruleName, ...rule }));
      const { items, next } = pageOf(all, { token, size, request });
      return { archiveRules: items, nextToken: next };
    },

    CreateArchiveRule: (call: Call<CreateArchiveRuleRequest>): object => {
      const { ruleName = '', filter = {} } = call.input;
      const { rules } = analyzerOf(call);
      if (rules.has(ruleName)) throw new AwsError('ConflictException', `Archive rule ${ruleName} already exists.`, 409);
      rules.set(ruleName, { filter, createdAt: call.now, updatedAt: call.now });
      return {};
    },

    UpdateArchiveRule: (call: Call<UpdateArchiveRuleRequest>): object => {
      Object.assign(ruleOf(call), { filter: call.input.filter, updatedAt: call.now });
      return {};
    },

    DeleteArchiveRule: (call: Call<DeleteArchiveRuleRequest>): object => {
      ruleOf(call);
      analyzerOf(call).rules.delete(call.input.ruleName ?? '');
      return {};
    },

    /** Of policies of buckets. */
    CheckNoPublicAccess: ({ input }: Call<CheckNoPublicAccessRequest>): CheckNoPublicAccessResponse =>
      isPublic(input.policyDocument ?? '')
        ? {
            result: 'FAIL',
            message: 'The resource policy grants public access for the given resource type.',
            reasons: [{ description: 'Public access granted in the statement with index: 0.', statementIndex: 0 }],
          }
        : {
            result: 'PASS',
            message: 'The resource policy does not grant public access for the given resource type.',
            reasons: [],
          },

    UpdateFindings: (call: Call<UpdateFindingsRequest>): object => {
      const ids = new Set(call.input.ids);
      const found = findingsOf(call).filter(({ id }) => ids.has(id));
      if (found.length < ids.size) throw new AwsError('ResourceNotFoundException', 'A finding does not exist.', 404);
      for (const { id } of found) archived(call.organization).set(id, call.input.status === 'ARCHIVED');
      return {};
    },

    GetFindingV2: (call: Call<GetFindingV2Request>): GetFindingV2Response => {
      const found = findingsOf(call).find(({ id }) => id === call.input.id);
      if (found === undefined)
        throw new AwsError('ResourceNotFoundException', `Finding ${call.input.id} does not exist.`, 404);
      return { ...summaryOf(found, call.now), findingDetails: [...found.details] };
    },
  },
};

const analyzersOf = ({ account, region, organization, now }: Call<unknown>) =>
  analyzersAt(organization, { account, region, now });

/** An analyzer of the caller, by name. */
function analyzerOf({ account, region, organization, input }: Call<{ analyzerName: string | undefined }>) {
  const found = analyzers(organization).find(
    (one) => one.account === account && one.region === region && one.summary.name === input.analyzerName,
  );
  if (found === undefined)
    throw new AwsError('ResourceNotFoundException', `Analyzer ${input.analyzerName} does not exist.`, 404);
  return found;
}

function ruleOf(call: Call<{ analyzerName: string | undefined; ruleName: string | undefined }>) {
  const rule = analyzerOf(call).rules.get(call.input.ruleName ?? '');
  if (rule === undefined)
    throw new AwsError('ResourceNotFoundException', `Archive rule ${call.input.ruleName} does not exist.`, 404);
  return rule;
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
    .filter(({ createdAt }) => createdAt <= now)
    .map((finding) => ({ ...finding, archived: archived(organization).get(finding.id) ?? finding.archived }));
}

/** Findings that somebody archived or opened again here, by id. */
const archived = perOrganization(() => new Map<string, boolean>());

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

const withoutPublic = (criteria: [string, Criterion][]) => criteria.filter(([field]) => field !== 'isPublic');

/** Whether a finding is public can be asked for, and is not in its summary. */
const meetsPublic = ({ details }: AccessFinding, { eq }: Criterion): boolean =>
  eq?.includes(String(details.some(({ externalAccessDetails }) => externalAccessDetails?.isPublic === true))) ?? true;

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
