import type {
  CreateDetectorRequest,
  CreateDetectorResponse,
  CreateFilterRequest,
  CreateFilterResponse,
  CreatePublishingDestinationRequest,
  CreatePublishingDestinationResponse,
  DescribeOrganizationConfigurationRequest,
  DescribeOrganizationConfigurationResponse,
  DescribePublishingDestinationRequest,
  DescribePublishingDestinationResponse,
  DetectorFeatureResult,
  DisableOrganizationAdminAccountRequest,
  EnableOrganizationAdminAccountRequest,
  GetAdministratorAccountRequest,
  GetAdministratorAccountResponse,
  GetCoverageStatisticsRequest,
  GetCoverageStatisticsResponse,
  GetDetectorRequest,
  GetDetectorResponse,
  GetFilterRequest,
  GetFilterResponse,
  GetIPSetRequest,
  GetMemberDetectorsRequest,
  GetMemberDetectorsResponse,
  ListFiltersRequest,
  ListFiltersResponse,
  ListIPSetsRequest,
  ListIPSetsResponse,
  ListMembersRequest,
  ListMembersResponse,
  ListOrganizationAdminAccountsRequest,
  ListOrganizationAdminAccountsResponse,
  ListPublishingDestinationsRequest,
  ListPublishingDestinationsResponse,
  OrgFeature,
  StartMonitoringMembersRequest,
  StopMonitoringMembersRequest,
  UpdateDetectorRequest,
  UpdateFilterRequest,
  UpdateFilterResponse,
  UpdateMemberDetectorsRequest,
  UpdateOrganizationConfigurationRequest,
  UpdatePublishingDestinationRequest,
} from '@aws-sdk/client-guardduty';
import {
  createDetector,
  type DestinationState,
  type DetectorState,
  detectorAt,
  regionOf,
  relationshipOf,
} from '../../organization/guardduty.ts';
import { hexOf } from '../../organization/stable.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

const invalid = (message: string) => new AwsError('BadRequestException', `The request is rejected because ${message}`);

/** The caller's detector, which the request must name. */
export function requireDetector(call: Call<{ DetectorId: string | undefined }>): DetectorState {
  const detector = detectorAt(call.organization, call.account, call.region);
  if (detector === undefined || call.input.DetectorId !== detector.id)
    throw invalid('the input detectorId is not owned by the current account.');
  return detector;
}

/** What the administrator alone may ask. */
function requireAdministrator(call: Call<{ DetectorId: string | undefined }>) {
  requireDetector(call);
  const state = regionOf(call.organization, call.region);
  if (state.administrator !== call.account)
    throw invalid('the current account is not the GuardDuty delegated administrator of the organization.');
  return state;
}

function requireManagement({ account, organization }: Call<unknown>): void {
  if (account !== organization.managementAccount)
    throw invalid('the current account is not the management account of the organization.');
}

/** A page of a list by GuardDuty's manners: an empty token asks for the first. */
function page<T>(
  { input }: Call<{ NextToken?: string | undefined; MaxResults?: number | undefined }>,
  all: readonly T[],
): { items: T[]; NextToken: string | undefined } {
  const { NextToken: token, MaxResults: size = 50, ...request } = input;
  const { items, next } = pageOf(all, {
    token: token === '' ? undefined : token,
    size,
    request,
    refusal: invalid('the input nextToken is not valid.'),
  });
  return { items, NextToken: next };
}

const featuresOf = ({ features }: DetectorState) => [...features].map(([Name, Status]) => ({ Name, Status }));

/** The foundational sources are shown to the account itself alone. */
const foundational: readonly string[] = ['CLOUD_TRAIL', 'DNS_LOGS', 'FLOW_LOGS'];
const memberFeaturesOf = (detector: DetectorState) =>
  featuresOf(detector).flatMap(({ Name, Status }) => (isProtection(Name) ? [{ Name, Status }] : []));
const isProtection = (name: DetectorFeatureResult): name is OrgFeature => !foundational.includes(name);

/** What the older form of the answer still says. */
const olderSources = {
  CloudTrail: { Status: 'ENABLED' },
  DNSLogs: { Status: 'ENABLED' },
  FlowLogs: { Status: 'ENABLED' },
  S3Logs: { Status: 'ENABLED' },
} as const;

function setFeatures(
  { features }: DetectorState,
  wanted: UpdateDetectorRequest['Features'] | UpdateMemberDetectorsRequest['Features'],
): void {
  for (const { Name, Status } of wanted ?? [])
    if (Name !== undefined && Status !== undefined) features.set(Name, Status);
}

/** Detectors, members and what is set for the organization. Source: Amazon GuardDuty API reference. */
export const guardDutySettings = {
  CreateDetector: (call: Call<CreateDetectorRequest>): CreateDetectorResponse => {
    const { organization, account, region, input } = call;
    if (detectorAt(organization, account, region) !== undefined)
      throw invalid('a detector already exists for the current account.');
    const made = createDetector(organization, account, region);
    made.status = input.Enable === true ? 'ENABLED' : 'DISABLED';
    made.frequency = input.FindingPublishingFrequency ?? 'SIX_HOURS';
    setFeatures(made, input.Features);
    return { DetectorId: made.id };
  },

  GetDetector: (call: Call<GetDetectorRequest>): GetDetectorResponse => {
    const detector = requireDetector(call);
    const { account, organization } = call;
    const createdAt = organization.accounts.find(({ id }) => id === account)?.joined.toISOString();
    return {
      CreatedAt: createdAt,
      UpdatedAt: createdAt,
      FindingPublishingFrequency: detector.frequency,
      ServiceRole: `arn:aws:iam::${account}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty`,
      Status: detector.status,
      Features: featuresOf(detector),
    };
  },

  UpdateDetector: (call: Call<UpdateDetectorRequest>): object => {
    const detector = requireDetector(call);
    if (call.input.Enable !== undefined) detector.status = call.input.Enable ? 'ENABLED' : 'DISABLED';
    detector.frequency = call.input.FindingPublishingFrequency ?? detector.frequency;
    setFeatures(detector, call.input.Features);
    return {};
  },

  GetAdministratorAccount: (call: Call<GetAdministratorAccountRequest>): GetAdministratorAccountResponse => {
    requireDetector(call);
    const { administrator } = regionOf(call.organization, call.region);
    return {
      Administrator:
        administrator === null || administrator === call.account
          ? {}
          : { AccountId: administrator, RelationshipStatus: 'Enabled' },
    };
  },

  ListOrganizationAdminAccounts: (
    call: Call<ListOrganizationAdminAccountsRequest>,
  ): ListOrganizationAdminAccountsResponse => {
    requireManagement(call);
    const { administrator } = regionOf(call.organization, call.region);
    const all = administrator === null ? [] : [{ AdminAccountId: administrator, AdminStatus: 'ENABLED' as const }];
    const { items, NextToken } = page(call, all);
    return { AdminAccounts: items, NextToken };
  },

  EnableOrganizationAdminAccount: (call: Call<EnableOrganizationAdminAccountRequest>): object => {
    requireManagement(call);
    const { organization, region, input } = call;
    const state = regionOf(organization, region);
    if (state.administrator !== null && state.administrator !== input.AdminAccountId)
      throw invalid('another account is the delegated administrator already.');
    if (!organization.accounts.some(({ id }) => id === input.AdminAccountId))
      throw invalid('the account is not in the organization.');
    state.administrator = input.AdminAccountId ?? null;
    // The administrator gets a detector by itself.
    if (state.administrator !== null && detectorAt(organization, state.administrator, region) === undefined)
      createDetector(organization, state.administrator, region);
    return {};
  },

  DisableOrganizationAdminAccount: (call: Call<DisableOrganizationAdminAccountRequest>): object => {
    requireManagement(call);
    const state = regionOf(call.organization, call.region);
    if (state.administrator !== call.input.AdminAccountId)
      throw invalid('the account is not the delegated administrator.');
    state.administrator = null;
    return {};
  },

  ListMembers: (call: Call<ListMembersRequest>): ListMembersResponse => {
    const { administrator } = requireAdministrator(call);
    const { organization, region, input } = call;
    const members = organization.accounts
      .filter(({ id }) => id !== administrator)
      .flatMap(({ id, email, joined }) => {
        const status = relationshipOf(organization, id, region);
        if (status === undefined || (input.OnlyAssociated !== 'false' && !['Enabled', 'Paused'].includes(status)))
          return [];
        return [
          {
            AccountId: id,
            DetectorId: detectorAt(organization, id, region)?.id,
            MasterId: call.account,
            AdministratorId: call.account,
            Email: email,
            RelationshipStatus: status,
            InvitedAt: joined.toISOString(),
            UpdatedAt: joined.toISOString(),
          },
        ];
      });
    const { items, NextToken } = page(call, members);
    return { Members: items, NextToken };
  },

  GetMemberDetectors: (call: Call<GetMemberDetectorsRequest>): GetMemberDetectorsResponse => {
    requireAdministrator(call);
    const { organization, region, input } = call;
    const asked = (input.AccountIds ?? []).map((id) => ({ id, detector: detectorAt(organization, id, region) }));
    return {
      MemberDataSourceConfigurations: asked.flatMap(({ id, detector }) =>
        detector === undefined
          ? []
          : [{ AccountId: id, DataSources: olderSources, Features: memberFeaturesOf(detector) }],
      ),
      UnprocessedAccounts: asked.flatMap(({ id, detector }) =>
        detector === undefined
          ? [{ AccountId: id, Result: 'The request is rejected because the account is not a member.' }]
          : [],
      ),
    };
  },

  UpdateMemberDetectors: (call: Call<UpdateMemberDetectorsRequest>): object => {
    requireAdministrator(call);
    const { organization, region, input } = call;
    for (const id of input.AccountIds ?? []) {
      const detector = detectorAt(organization, id, region);
      if (detector !== undefined) setFeatures(detector, input.Features);
    }
    return { UnprocessedAccounts: [] };
  },

  StopMonitoringMembers: (call: Call<StopMonitoringMembersRequest>): object => {
    const { relationships } = requireAdministrator(call);
    for (const id of call.input.AccountIds ?? []) relationships.set(id, 'Paused');
    return { UnprocessedAccounts: [] };
  },

  StartMonitoringMembers: (call: Call<StartMonitoringMembersRequest>): object => {
    const { relationships } = requireAdministrator(call);
    for (const id of call.input.AccountIds ?? []) relationships.delete(id);
    return { UnprocessedAccounts: [] };
  },

  DescribeOrganizationConfiguration: (
    call: Call<DescribeOrganizationConfigurationRequest>,
  ): DescribeOrganizationConfigurationResponse => {
    const { autoEnable, features } = requireAdministrator(call);
    const all = [...features].map(([Name, AutoEnable]) => ({ Name, AutoEnable }));
    const { items, NextToken } = page(call, all);
    return {
      AutoEnable: autoEnable !== 'NONE',
      AutoEnableOrganizationMembers: autoEnable,
      MemberAccountLimitReached: false,
      Features: items,
      NextToken,
    };
  },

  UpdateOrganizationConfiguration: (call: Call<UpdateOrganizationConfigurationRequest>): object => {
    const state = requireAdministrator(call);
    const { organization, region, input } = call;
    state.autoEnable = input.AutoEnableOrganizationMembers ?? state.autoEnable;
    for (const { Name, AutoEnable } of input.Features ?? [])
      if (Name !== undefined && AutoEnable !== undefined) state.features.set(Name, AutoEnable);
    if (state.autoEnable === 'ALL')
      for (const { id, state: is } of organization.accounts)
        if (is === 'ACTIVE' && detectorAt(organization, id, region) === undefined)
          createDetector(organization, id, region);
    for (const [name, status] of state.features)
      if (status === 'ALL')
        for (const { id } of organization.accounts) detectorAt(organization, id, region)?.features.set(name, 'ENABLED');
    return {};
  },

  ListPublishingDestinations: (call: Call<ListPublishingDestinationsRequest>): ListPublishingDestinationsResponse => {
    requireDetector(call);
    const all = [...destinationsOf(call)].map(([DestinationId, { status }]) => ({
      DestinationId,
      DestinationType: 'S3' as const,
      Status: status,
    }));
    const { items, NextToken } = page(call, all);
    return { Destinations: items, NextToken };
  },

  DescribePublishingDestination: (
    call: Call<DescribePublishingDestinationRequest>,
  ): DescribePublishingDestinationResponse => {
    requireDetector(call);
    const found = destinationOf(call);
    return {
      DestinationId: call.input.DestinationId,
      DestinationType: 'S3',
      Status: found.status,
      PublishingFailureStartTimestamp: found.failedSince,
      DestinationProperties: { DestinationArn: found.bucketArn, KmsKeyArn: found.keyArn },
    };
  },

  CreatePublishingDestination: (
    call: Call<CreatePublishingDestinationRequest>,
  ): CreatePublishingDestinationResponse => {
    requireDetector(call);
    const { DestinationArn = '', KmsKeyArn = '' } = call.input.DestinationProperties ?? {};
    const id = hexOf('destination', call.account, call.region, DestinationArn).slice(0, 32);
    destinationsOf(call).set(id, {
      bucketArn: DestinationArn,
      keyArn: KmsKeyArn,
      status: 'PUBLISHING',
      failedSince: 0,
    });
    return { DestinationId: id };
  },

  UpdatePublishingDestination: (call: Call<UpdatePublishingDestinationRequest>): object => {
    requireDetector(call);
    const found = destinationOf(call);
    const { DestinationArn = found.bucketArn, KmsKeyArn = found.keyArn } = call.input.DestinationProperties ?? {};
    Object.assign(found, { bucketArn: DestinationArn, keyArn: KmsKeyArn, status: 'PUBLISHING', failedSince: 0 });
    return {};
  },

  ListFilters: (call: Call<ListFiltersRequest>): ListFiltersResponse => {
    requireDetector(call);
    const { items, NextToken } = page(call, [...filtersOf(call).keys()]);
    return { FilterNames: items, NextToken };
  },

  GetFilter: (call: Call<GetFilterRequest>): GetFilterResponse => {
    requireDetector(call);
    const { name, filter } = filterOf(call);
    return { Name: name, Action: filter.action, Rank: filter.rank, FindingCriteria: filter.criteria };
  },

  CreateFilter: (call: Call<CreateFilterRequest>): CreateFilterResponse => {
    requireDetector(call);
    const { Name = '', Action = 'NOOP', FindingCriteria = {}, Rank = 1 } = call.input;
    if (filtersOf(call).has(Name)) throw invalid('a filter with the same name exists already.');
    filtersOf(call).set(Name, { action: Action, criteria: FindingCriteria, rank: Rank });
    return { Name };
  },

  UpdateFilter: (call: Call<UpdateFilterRequest>): UpdateFilterResponse => {
    requireDetector(call);
    const { name, filter } = filterOf(call);
    filter.action = call.input.Action ?? filter.action;
    filter.criteria = call.input.FindingCriteria ?? filter.criteria;
    return { Name: name };
  },

  ListIPSets: (call: Call<ListIPSetsRequest>): ListIPSetsResponse => {
    requireDetector(call);
    return { IpSetIds: [] };
  },

  GetIPSet: (call: Call<GetIPSetRequest>): never => {
    requireDetector(call);
    throw invalid('the input ipSetId is not owned by the current account.');
  },

  GetCoverageStatistics: (call: Call<GetCoverageStatisticsRequest>): GetCoverageStatisticsResponse => {
    requireDetector(call);
    const { coverage } = regionOf(call.organization, call.region);
    return {
      CoverageStatistics: { CountByCoverageStatus: { HEALTHY: coverage.healthy, UNHEALTHY: coverage.unhealthy } },
    };
  },
} satisfies Service['operations'];

/** Filters and destinations of the administrator; members have none here. */
const filtersOf = ({ organization, account, region }: Call<unknown>) => {
  const { administrator, filters } = regionOf(organization, region);
  return account === administrator ? filters : new Map<string, never>();
};
const destinationsOf = ({ organization, account, region }: Call<unknown>): Map<string, DestinationState> => {
  const { administrator, destinations } = regionOf(organization, region);
  return account === administrator ? destinations : new Map();
};

function filterOf(call: Call<{ FilterName: string | undefined }>) {
  const name = call.input.FilterName ?? '';
  const filter = filtersOf(call).get(name);
  if (filter === undefined) throw invalid('the input filterName is not owned by the current account.');
  return { name, filter };
}

function destinationOf(call: Call<{ DestinationId: string | undefined }>): DestinationState {
  const found = destinationsOf(call).get(call.input.DestinationId ?? '');
  if (found === undefined) throw invalid('the input destinationId is not owned by the current account.');
  return found;
}
