import type {
  ConformancePackDetail,
  ConformancePackEvaluationResult,
  ConformancePackRuleCompliance,
  DescribeConfigRuleEvaluationStatusRequest,
  DescribeConfigRuleEvaluationStatusResponse,
  DescribeConformancePackComplianceRequest,
  DescribeConformancePackComplianceResponse,
  DescribeConformancePackStatusRequest,
  DescribeConformancePackStatusResponse,
  DescribeConformancePacksRequest,
  DescribeConformancePacksResponse,
  DescribeOrganizationConformancePackStatusesRequest,
  DescribeOrganizationConformancePackStatusesResponse,
  GetConformancePackComplianceDetailsRequest,
  GetConformancePackComplianceDetailsResponse,
  GetConformancePackComplianceSummaryRequest,
  GetConformancePackComplianceSummaryResponse,
  GetResourceConfigHistoryRequest,
  GetResourceConfigHistoryResponse,
  ListConformancePackComplianceScoresRequest,
  ListConformancePackComplianceScoresResponse,
  ListDiscoveredResourcesRequest,
  ListDiscoveredResourcesResponse,
  PutOrganizationConformancePackRequest,
  PutOrganizationConformancePackResponse,
  SelectResourceConfigRequest,
  SelectResourceConfigResponse,
} from '@aws-sdk/client-config-service';
import { type Judged, judge, type Rule, type Ruling } from '../../organization/compliance.ts';
import {
  configurationItem,
  deletedUsers,
  type Recorded,
  recordedBuckets,
  recordedIdentities,
  recordingSince,
} from '../../organization/configuration.ts';
import { evidenceSettings } from '../../organization/evidence.ts';
import { dayMs, hexOf, hourMs } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { aggregatedOperations } from './aggregated.ts';
import { forgotten, outdated, recorderOperations } from './recorders.ts';

/** Two packs in every account, of the rules that have a requirement in each benchmark. */
const packs = [
  {
    name: 'OrgConformsPack-CIS-AWS-1-4-k3j8x2q1',
    suffix: 'conformance-pack-cis14qx7',
    requirement: (rule: Rule) => rule.cis,
  },
  {
    name: 'OrgConformsPack-PCI-DSS-m9w4z7p2',
    suffix: 'conformance-pack-pcid4wz2',
    requirement: (rule: Rule) => rule.pci,
  },
] as const;

type Pack = (typeof packs)[number];

/** What one call of GetResourceConfigHistory looks at, whatever it finds there. */
const historyWindowMs = 7 * dayMs;

/**
 * AWS Config: a recorder in every account and region, the global IAM types recorded in the home region only, two
 * conformance packs in the home region. Compliance is a function of the clock, history follows from the trail.
 * Source: AWS Config API reference.
 */
export const config: Service = {
  signingName: 'config',
  sdk: () => import('@aws-sdk/client-config-service'),
  operations: {
    ...recorderOperations,
    ...aggregatedOperations,

    DescribeConformancePacks: (call: Call<DescribeConformancePacksRequest>): DescribeConformancePacksResponse => {
      const { NextToken: token, Limit: size, ...request } = call.input;
      const names = request.ConformancePackNames ?? [];
      const wanted = names.length === 0 ? packsIn(call) : names.map((name) => findPack(call, name));
      const { items, next } = pageOf(wanted, { token, size: size || 20, request, refusal: badToken });
      return { ConformancePackDetails: items.map((pack) => detailOf(call, pack)), NextToken: next };
    },

    DescribeConformancePackCompliance: (
      call: Call<DescribeConformancePackComplianceRequest>,
    ): DescribeConformancePackComplianceResponse => {
      const { NextToken: token, Limit: size, ...request } = call.input;
      const pack = findPack(call, request.ConformancePackName);
      const { ConfigRuleNames = [], ComplianceType } = request.Filters ?? {};
      const wanted = ruleCompliance(call, pack).filter(
        ({ ConfigRuleName = '', ComplianceType: is }) =>
          (ConfigRuleNames.length === 0 || ConfigRuleNames.includes(ConfigRuleName)) &&
          (ComplianceType === undefined || is === ComplianceType),
      );
      const { items, next } = pageOf(wanted, { token, size: size || 1000, request, refusal: badToken });
      return { ConformancePackName: pack.name, ConformancePackRuleComplianceList: items, NextToken: next };
    },

    GetConformancePackComplianceSummary: (
      call: Call<GetConformancePackComplianceSummaryRequest>,
    ): GetConformancePackComplianceSummaryResponse => ({
      ConformancePackComplianceSummaryList: (call.input.ConformancePackNames ?? []).map((name) => ({
        ConformancePackName: name,
        ConformancePackComplianceStatus: evidenceSettings(call.organization).packs.blind.has(name)
          ? 'INSUFFICIENT_DATA'
          : worst(
              ruleCompliance(call, findPack(call, name)).map(
                ({ ComplianceType }) => ComplianceType ?? 'INSUFFICIENT_DATA',
              ),
            ),
      })),
    }),

    DescribeConformancePackStatus: (
      call: Call<DescribeConformancePackStatusRequest>,
    ): DescribeConformancePackStatusResponse => {
      const { NextToken: token, Limit: size, ...request } = call.input;
      const failed = evidenceSettings(call.organization).packs.failed.has(call.account);
      const { items, next } = pageOf(packsIn(call), { token, size: size || 20, request, refusal: badToken });
      return {
        ConformancePackStatusDetails: items.map((pack) => {
          const { ConformancePackName, ConformancePackId, ConformancePackArn } = detailOf(call, pack);
          return {
            ConformancePackName,
            ConformancePackId,
            ConformancePackArn,
            ConformancePackState: failed ? ('CREATE_FAILED' as const) : ('CREATE_COMPLETE' as const),
            ...(failed && { ConformancePackStatusReason: 'The recorder of the account is off' }),
            StackArn: `arn:aws:cloudformation:${call.region}:${call.account}:stack/awsconfigconforms-${ConformancePackId}/0`,
            LastUpdateRequestedTime: recordingSince(call.organization),
          };
        }),
        NextToken: next,
      };
    },

    DescribeConfigRuleEvaluationStatus: (
      call: Call<DescribeConfigRuleEvaluationStatusRequest>,
    ): DescribeConfigRuleEvaluationStatusResponse => {
      const { NextToken: token, Limit: size, ...request } = call.input;
      const evaluated = new Date(call.now.getTime() - evidenceSettings(call.organization).packs.evaluatedAgoMs);
      const rules = packsIn(call).flatMap((pack) =>
        ruleCompliance(call, pack).map(({ ConfigRuleName }) => ({
          ConfigRuleName,
          LastSuccessfulInvocationTime: evaluated,
          LastSuccessfulEvaluationTime: evaluated,
          FirstEvaluationStarted: true,
        })),
      );
      const { items, next } = pageOf(rules, { token, size: size || 50, request, refusal: badToken });
      return { ConfigRulesEvaluationStatus: items, NextToken: next };
    },

    DescribeOrganizationConformancePackStatuses: (
      call: Call<DescribeOrganizationConformancePackStatusesRequest>,
    ): DescribeOrganizationConformancePackStatusesResponse => {
      requireAdministrator(call);
      const { NextToken: token, Limit: size, ...request } = call.input;
      const { items, next } = pageOf(packsIn(call), { token, size: size || 20, request, refusal: badToken });
      return {
        OrganizationConformancePackStatuses: items.map(({ name }) => ({
          OrganizationConformancePackName: name.replace(/^OrgConformsPack-/, '').replace(/-\w+$/, ''),
          Status: 'CREATE_SUCCESSFUL',
          LastUpdateTime: recordingSince(call.organization),
        })),
        NextToken: next,
      };
    },

    PutOrganizationConformancePack: (
      call: Call<PutOrganizationConformancePackRequest>,
    ): PutOrganizationConformancePackResponse => {
      requireAdministrator(call);
      const name = call.input.OrganizationConformancePackName ?? '';
      const { packs: state } = evidenceSettings(call.organization);
      state.deployed = true;
      state.failed.clear();
      return {
        OrganizationConformancePackArn: `arn:aws:config:${call.region}:${call.account}:organization-conformance-pack/${name}-${hexOf('pack', name).slice(0, 8)}`,
      };
    },

    ListConformancePackComplianceScores: (
      call: Call<ListConformancePackComplianceScoresRequest>,
    ): ListConformancePackComplianceScoresResponse => {
      const { NextToken: token, Limit: size, ...request } = call.input;
      const names = request.Filters?.ConformancePackNames;
      const sign = request.SortOrder === 'ASCENDING' ? 1 : -1;
      const scores = packsIn(call)
        .filter(({ name }) => names === undefined || names.includes(name))
        .map((pack) => ({ pack, score: scoreOf(call, pack) }))
        .sort((a, b) => sign * (a.score - b.score));
      const { items, next } = pageOf(scores, { token, size: size || 20, request, refusal: badToken });
      return {
        ConformancePackComplianceScores: items.map(({ pack, score }) => ({
          ConformancePackName: pack.name,
          Score: score.toFixed(2),
          LastUpdatedTime: new Date(call.now.getTime() - hourMs),
        })),
        NextToken: next,
      };
    },

    GetConformancePackComplianceDetails: (
      call: Call<GetConformancePackComplianceDetailsRequest>,
    ): GetConformancePackComplianceDetailsResponse => {
      const { NextToken: token, Limit: size, ...request } = call.input;
      const pack = findPack(call, request.ConformancePackName);
      const { ConfigRuleNames = [], ComplianceType, ResourceIds = [], ResourceType } = request.Filters ?? {};
      const wanted = judged(call, pack).flatMap((one): ConformancePackEvaluationResult[] => {
        const name = ruleName(pack, one.rule);
        const type = configType(one.rule);
        // Without data there is nothing to show for a resource.
        if (one.ruling === 'INSUFFICIENT_DATA') return [];
        if (ConfigRuleNames.length > 0 && !ConfigRuleNames.includes(name)) return [];
        if (ComplianceType !== undefined && one.ruling !== ComplianceType) return [];
        if (ResourceIds.length > 0 && !ResourceIds.includes(one.resourceId)) return [];
        if (ResourceType !== undefined && type !== ResourceType) return [];
        const at = new Date(Math.floor(call.now.getTime() / dayMs) * dayMs);
        return [
          {
            ComplianceType: one.ruling,
            EvaluationResultIdentifier: {
              EvaluationResultQualifier: {
                ConfigRuleName: name,
                ResourceType: type,
                ResourceId: one.resourceId,
                EvaluationMode: 'DETECTIVE',
              },
              OrderingTimestamp: at,
            },
            ConfigRuleInvokedTime: at,
            ResultRecordedTime: new Date(at.getTime() + 1000),
          },
        ];
      });
      const { items, next } = pageOf(wanted, { token, size: size || 100, request, refusal: badToken });
      return { ConformancePackName: pack.name, ConformancePackRuleEvaluationResults: items, NextToken: next };
    },

    SelectResourceConfig: (call: Call<SelectResourceConfigRequest>): SelectResourceConfigResponse => {
      const { NextToken: token, Limit: size, ...request } = call.input;
      const { fields, conditions } = readExpression(request.Expression ?? '');
      const rows = recordedIn(call)
        .map((resource) => rowOf(call, resource))
        .filter((row) => conditions.every(([field, value]) => row[field] === value));
      const { items, next } = pageOf(rows, { token, size: size || 25, request, refusal: badToken });
      return {
        Results: items.map((row) => JSON.stringify(Object.fromEntries(fields.map((field) => [field, row[field]])))),
        QueryInfo: { SelectFields: fields.map((Name) => ({ Name })) },
        NextToken: next,
      };
    },

    ListDiscoveredResources: (call: Call<ListDiscoveredResourcesRequest>): ListDiscoveredResourcesResponse => {
      const { nextToken: token, limit: size, ...request } = call.input;
      const { resourceType, resourceIds, resourceName, includeDeletedResources = false } = request;
      if (resourceIds !== undefined && resourceName !== undefined)
        throw new AwsError('ValidationException', 'Resource ids and a resource name cannot both be given.');
      const all = [...recordedIn(call), ...(includeDeletedResources ? deletedIn(call) : [])].filter(
        ({ type, id, name }) =>
          type === resourceType &&
          (resourceIds === undefined || resourceIds.includes(id)) &&
          (resourceName === undefined || name === resourceName),
      );
      const { items, next } = pageOf(all, { token, size: size || 100, request, refusal: badToken });
      return {
        resourceIdentifiers: items.map(({ type, id, name, versions }) => ({
          resourceType: type,
          resourceId: id,
          resourceName: name,
          resourceDeletionTime: versions.at(-1)?.status === 'ResourceDeleted' ? versions.at(-1)?.at : undefined,
        })),
        nextToken: next,
      };
    },

    GetResourceConfigHistory: (call: Call<GetResourceConfigHistoryRequest>): GetResourceConfigHistoryResponse => {
      const { resourceType, resourceId, laterTime = call.now, chronologicalOrder = 'Reverse' } = call.input;
      const earlierTime = call.input.earlierTime ?? recordingSince(call.organization);
      if (earlierTime > laterTime)
        throw new AwsError('InvalidTimeRangeException', 'The earlierTime must not be later than the laterTime.');
      const resource = [...recordedIn(call), ...deletedIn(call)].find(
        ({ id, type }) => id === resourceId && type === resourceType,
      );
      if (resource === undefined)
        throw new AwsError(
          'ResourceNotDiscoveredException',
          `Resource ${resourceId} of resourceType:${resourceType} is unknown or has not been discovered`,
        );
      const { nextToken: token, limit: size, ...request } = call.input;
      const steps = historySteps(earlierTime, laterTime, chronologicalOrder, size || 10, resource, call.now);
      // Each window is at least one page, though nothing happened in it.
      const { items, next } = pageOf(steps, { token, size: 1, request, refusal: badToken });
      const places = items[0] ?? [];
      return {
        configurationItems: places.map((place) => configurationItem(call.account, call.region, resource, place)),
        nextToken: next,
      };
    },
  },
};

const badToken = new AwsError('InvalidNextTokenException', 'The specified next token is not valid.');

const packsIn = ({ region, organization }: Call<unknown>): readonly Pack[] =>
  region === homeRegion && evidenceSettings(organization).packs.deployed ? packs : [];

function requireAdministrator({ account, organization }: Call<unknown>): void {
  if (account !== organization.managementAccount && account !== organization.homeAccount)
    throw new AwsError(
      'OrganizationAccessDeniedException',
      'This account is neither the management account nor a delegated administrator of AWS Config.',
    );
}

function findPack(call: Call<unknown>, name: string | undefined): Pack {
  const found = packsIn(call).find((pack) => pack.name === name);
  if (found === undefined)
    throw new AwsError('NoSuchConformancePackException', `Cannot find conformance pack with name '${name}'.`);
  return found;
}

const detailOf = (call: Call<unknown>, { name, suffix }: Pack): ConformancePackDetail => ({
  ConformancePackName: name,
  ConformancePackArn: `arn:aws:config:${call.region}:${call.account}:conformance-pack/${name}/${suffix}`,
  ConformancePackId: suffix,
  LastUpdateRequestedTime: recordingSince(call.organization),
  CreatedBy: 'config-multiaccountsetup.amazonaws.com',
});

const judged = ({ account, region, now }: Call<unknown>, { requirement }: Pack): Judged[] =>
  judge(account, region, now).filter(({ rule }) => requirement(rule) !== null);

const ruleName = ({ suffix }: Pack, rule: Rule): string => `${rule.config}-${suffix}`;

function ruleCompliance(call: Call<unknown>, pack: Pack): ConformancePackRuleCompliance[] {
  const byRule = Map.groupBy(judged(call, pack), ({ rule }) => rule);
  return [...byRule].map(([rule, all]) => ({
    ConfigRuleName: ruleName(pack, rule),
    ComplianceType: worst(all.map(({ ruling }) => ruling)),
    Controls: [pack.requirement(rule) ?? ''],
  }));
}

/** What many rulings come to. */
function worst(rulings: readonly Ruling[]): Ruling {
  if (rulings.includes('NON_COMPLIANT')) return 'NON_COMPLIANT';
  return rulings.includes('COMPLIANT') ? 'COMPLIANT' : 'INSUFFICIENT_DATA';
}

/** The share of compliant pairs of rule and resource, in percent. Source: ListConformancePackComplianceScores. */
function scoreOf(call: Call<unknown>, pack: Pack): number {
  const known = judged(call, pack).filter(({ ruling }) => ruling !== 'INSUFFICIENT_DATA');
  return known.length === 0 ? 0 : (100 * known.filter(({ ruling }) => ruling === 'COMPLIANT').length) / known.length;
}

const configTypes: Readonly<Record<string, string>> = {
  AwsAccount: 'AWS::::Account',
  AwsIamUser: 'AWS::IAM::User',
  AwsIamPolicy: 'AWS::IAM::Policy',
  AwsCloudTrailTrail: 'AWS::CloudTrail::Trail',
  AwsS3Bucket: 'AWS::S3::Bucket',
  AwsEc2Vpc: 'AWS::EC2::VPC',
  AwsEc2SecurityGroup: 'AWS::EC2::SecurityGroup',
  AwsEc2Volume: 'AWS::EC2::Volume',
  AwsKmsKey: 'AWS::KMS::Key',
};

const configType = ({ resourceType }: Rule): string => configTypes[resourceType] ?? resourceType;

/** What is recorded in this region: IAM in the home region only. */
const recordedIn = ({ account, region, organization, now }: Call<unknown>): Recorded[] =>
  (region === homeRegion
    ? [...recordedIdentities(organization, account, now), ...recordedBuckets(organization, account)]
    : []
  )
    .filter(
      ({ id, versions }) => versions[0] !== undefined && versions[0].at <= now && !forgotten(organization).has(id),
    )
    .map((resource) => asItWas(resource, outdated(organization).get(resource.id)));

const deletedIn = ({ account, region, organization, now }: Call<unknown>): Recorded[] =>
  region === homeRegion ? deletedUsers(organization, account, now) : [];

/** A role whose history has another trust policy. */
const asItWas = (resource: Recorded, trust: string | undefined): Recorded =>
  trust === undefined
    ? resource
    : {
        ...resource,
        versions: resource.versions.map((version) => ({
          ...version,
          configuration: { ...version.configuration, assumeRolePolicyDocument: encodeURIComponent(trust) },
        })),
      };

function rowOf({ account, region, now }: Call<unknown>, resource: Recorded): Record<string, string> {
  const { type, id, name, arn } = resource;
  const awsRegion = type.startsWith('AWS::IAM::') ? 'global' : region;
  const captured = resource.versions.findLast(({ at }) => at <= now)?.at ?? now;
  return {
    accountId: account,
    awsRegion,
    resourceId: id,
    resourceName: name,
    resourceType: type,
    arn,
    configurationItemCaptureTime: captured.toISOString(),
  };
}

const selectable = [
  'accountId',
  'awsRegion',
  'resourceId',
  'resourceName',
  'resourceType',
  'arn',
  'configurationItemCaptureTime',
];

/** The part of Config's SQL that names resources: `SELECT a, b WHERE c = 'x' AND d = 'y'`. */
function readExpression(expression: string): { fields: string[]; conditions: [string, string][] } {
  const [, list, where] = /^\s*select\s+([\w\s.,]+?)(?:\s+where\s+(.+?))?\s*;?\s*$/is.exec(expression) ?? [];
  if (list === undefined) throw wrong('The expression is not a SELECT statement.');
  const fields = list.split(',').map((field) => field.trim());
  const conditions = (where === undefined ? [] : where.split(/\s+and\s+/i)).map((text): [string, string] => {
    const [, field, value] = /^\s*([\w.]+)\s*=\s*'((?:[^']|'')*)'\s*$/.exec(text) ?? [];
    if (field === undefined || value === undefined) throw wrong(`The condition ${text} is not understood.`);
    return [field, value.replaceAll("''", "'")];
  });
  const unknown = [...fields, ...conditions.map(([field]) => field)].find((field) => !selectable.includes(field));
  if (unknown !== undefined) throw wrong(`The property ${unknown} is not known.`);
  return { fields, conditions };
}

const wrong = (message: string) => new AwsError('InvalidExpressionException', message);

/** Which versions of a resource each page shows: windows of seven days, cut again where one has more than `limit`. */
function historySteps(
  earlier: Date,
  later: Date,
  order: 'Reverse' | 'Forward',
  limit: number,
  { versions }: Recorded,
  now: Date,
): number[][] {
  const steps: number[][] = [];
  for (let end = later.getTime(); end >= earlier.getTime(); end -= historyWindowMs) {
    const start = Math.max(end - historyWindowMs, earlier.getTime() - 1);
    const inside = versions
      .flatMap(({ at }, place) => (at.getTime() > start && at.getTime() <= end && at <= now ? [place] : []))
      .reverse();
    const pages = Math.max(1, Math.ceil(inside.length / limit));
    for (let page = 0; page < pages; page++) steps.push(inside.slice(page * limit, (page + 1) * limit));
  }
  return order === 'Reverse' ? steps : steps.reverse().map((places) => places.toReversed());
}
