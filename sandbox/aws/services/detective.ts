import type {
  CreateGraphRequest,
  CreateGraphResponse,
  CreateMembersRequest,
  CreateMembersResponse,
  DescribeOrganizationConfigurationRequest,
  DescribeOrganizationConfigurationResponse,
  GetInvestigationRequest,
  GetInvestigationResponse,
  Indicator,
  InvestigationDetail,
  ListDatasourcePackagesRequest,
  ListDatasourcePackagesResponse,
  ListGraphsRequest,
  ListGraphsResponse,
  ListIndicatorsRequest,
  ListIndicatorsResponse,
  ListInvestigationsRequest,
  ListInvestigationsResponse,
  ListMembersRequest,
  ListMembersResponse,
  ListOrganizationAdminAccountsRequest,
  ListOrganizationAdminAccountsResponse,
  MemberDetail,
  SortCriteria,
  StartInvestigationRequest,
  StartInvestigationResponse,
  StartMonitoringMemberRequest,
  UpdateDatasourcePackagesRequest,
  UpdateInvestigationStateRequest,
  UpdateOrganizationConfigurationRequest,
} from '@aws-sdk/client-detective';
import { detectiveSettings } from '../../organization/detective.ts';
import {
  graphArn,
  graphCreated,
  graphMembers,
  type Investigation,
  indicatorsOf,
  inGraph,
  investigationId,
  pastInvestigations,
  severityOf,
} from '../../organization/graph.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { dayMs, hexOf, minuteMs, numberOf } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/** How long an investigation is RUNNING, by the world's clock. */
const runningMs = 2 * minuteMs;
/** The longest scope that the console offers. Longer ones are refused here so that nobody relies on them. */
const longestScopeMs = 30 * dayMs;

const iamEntity = /^arn:aws[-\w]*:iam::\d{12}:(user|role)\/[\w+=,.@/-]+$/;

/** Investigations that somebody started here, newest first, and those whose state was changed. */
const states = perOrganization(() => ({
  started: [] as Investigation[],
  archived: new Map<string, boolean>(),
}));

const investigations = ({ organization, now }: Call<unknown>): Investigation[] => {
  const { started, archived } = states(organization);
  return [...started, ...pastInvestigations(organization)]
    .filter(({ createdAt }) => createdAt <= now)
    .map((one) => ({ ...one, archived: archived.get(one.id) ?? one.archived }));
};

function find(call: Call<{ GraphArn: string | undefined; InvestigationId: string | undefined }>): Investigation {
  requireGraph(call);
  const found = investigations(call).find(({ id }) => id === call.input.InvestigationId);
  if (found === undefined) throw absent('The investigation does not exist.');
  return found;
}

/**
 * Amazon Detective with one graph, in the home account and region.
 * Source: Amazon Detective API reference.
 */
export const detective: Service = {
  signingName: 'detective',
  sdk: () => import('@aws-sdk/client-detective'),
  operations: {
    ListGraphs: ({ account, region, organization }: Call<ListGraphsRequest>): ListGraphsResponse => {
      const Arn = detectiveSettings(organization).graphs.get(`${account} ${region}`);
      return { GraphList: Arn === undefined ? [] : [{ Arn, CreatedTime: graphCreated(organization) }] };
    },

    CreateGraph: ({ account, region, organization }: Call<CreateGraphRequest>): CreateGraphResponse => {
      const { graphs } = detectiveSettings(organization);
      if (graphs.has(`${account} ${region}`))
        throw new AwsError('ConflictException', 'The account administers a behavior graph already.', 409);
      const GraphArn = `arn:aws:detective:${region}:${account}:graph:${hexOf('graph', account, region).slice(0, 32)}`;
      graphs.set(`${account} ${region}`, GraphArn);
      return { GraphArn };
    },

    CreateMembers: (call: Call<CreateMembersRequest>): CreateMembersResponse => {
      requireGraph(call);
      const { enabled, absent } = detectiveSettings(call.organization);
      for (const { AccountId = '' } of call.input.Accounts ?? []) {
        absent.delete(AccountId);
        enabled.add(AccountId);
      }
      return { Members: membersNow(call), UnprocessedAccounts: [] };
    },

    StartMonitoringMember: (call: Call<StartMonitoringMemberRequest>): object => {
      requireGraph(call);
      detectiveSettings(call.organization).enabled.add(call.input.AccountId ?? '');
      return {};
    },

    DescribeOrganizationConfiguration: (
      call: Call<DescribeOrganizationConfigurationRequest>,
    ): DescribeOrganizationConfigurationResponse => {
      requireGraph(call);
      return { AutoEnable: detectiveSettings(call.organization).autoEnable };
    },

    UpdateOrganizationConfiguration: (call: Call<UpdateOrganizationConfigurationRequest>): object => {
      requireGraph(call);
      detectiveSettings(call.organization).autoEnable = call.input.AutoEnable ?? false;
      return {};
    },

    UpdateDatasourcePackages: (call: Call<UpdateDatasourcePackagesRequest>): object => {
      requireGraph(call);
      const { stopped } = detectiveSettings(call.organization);
      for (const name of call.input.DatasourcePackages ?? []) stopped.delete(name);
      return {};
    },

    ListMembers: (call: Call<ListMembersRequest>): ListMembersResponse => {
      const { NextToken: token, MaxResults: size = 200, ...request } = call.input;
      requireGraph(call);
      const { items, next } = pageOf(membersNow(call), { token, size, request });
      return { MemberDetails: items, NextToken: next };
    },

    ListDatasourcePackages: (call: Call<ListDatasourcePackagesRequest>): ListDatasourcePackagesResponse => {
      requireGraph(call);
      const { stopped } = detectiveSettings(call.organization);
      const stateOf = (name: string) => {
        const state = stopped.has(name) ? ('STOPPED' as const) : ('STARTED' as const);
        return {
          DatasourcePackageIngestState: state,
          LastIngestStateChange: { [state]: { Timestamp: graphCreated(call.organization) } },
        };
      };
      const names = ['DETECTIVE_CORE', 'ASFF_SECURITYHUB_FINDING', 'EKS_AUDIT'];
      return { DatasourcePackages: Object.fromEntries(names.map((name) => [name, stateOf(name)])) };
    },

    ListOrganizationAdminAccounts: ({
      account,
      region,
      organization,
    }: Call<ListOrganizationAdminAccountsRequest>): ListOrganizationAdminAccountsResponse => {
      if (account !== organization.managementAccount)
        throw denied('Only the management account of the organization may ask for its administrators.');
      const Administrators =
        region === homeRegion
          ? [
              {
                AccountId: organization.homeAccount,
                GraphArn: graphArn(organization),
                DelegationTime: graphCreated(organization),
              },
            ]
          : [];
      return { Administrators };
    },

    StartInvestigation: (call: Call<StartInvestigationRequest>): StartInvestigationResponse => {
      const { organization, input, now } = call;
      requireGraph(call);
      const { EntityArn = '', ScopeStartTime, ScopeEndTime } = input;
      if (!iamEntity.test(EntityArn)) throw invalid('EntityArn must be the ARN of an IAM user or an IAM role.');
      if (!inGraph(organization, EntityArn)) throw invalid('The entity is not in an account of the behavior graph.');
      if (ScopeStartTime === undefined || ScopeEndTime === undefined || ScopeStartTime >= ScopeEndTime)
        throw invalid('ScopeStartTime must be before ScopeEndTime.');
      if (ScopeEndTime > now) throw invalid('ScopeEndTime must not be in the future.');
      if (ScopeEndTime.getTime() - ScopeStartTime.getTime() > longestScopeMs)
        throw invalid('The scope time must not be longer than 30 days.');
      const { started } = states(organization);
      const id = investigationId('started', organization.id, started.length);
      const investigation: Investigation = {
        id,
        entityArn: EntityArn,
        createdAt: now,
        scopeStart: ScopeStartTime,
        scopeEnd: ScopeEndTime,
        archived: false,
      };
      started.unshift(investigation);
      return { InvestigationId: id };
    },

    GetInvestigation: (call: Call<GetInvestigationRequest>): GetInvestigationResponse => {
      const found = find(call);
      return {
        ...detailOf(call, found),
        GraphArn: call.input.GraphArn,
        ScopeStartTime: found.scopeStart,
        ScopeEndTime: found.scopeEnd,
      };
    },

    ListInvestigations: (call: Call<ListInvestigationsRequest>): ListInvestigationsResponse => {
      const { NextToken: token, MaxResults: size = 100, ...request } = call.input;
      requireGraph(call);
      const { Severity, Status, State, EntityArn, CreatedTime } = request.FilterCriteria ?? {};
      const wanted = investigations(call)
        .filter(({ entityArn }) => EntityArn === undefined || entityArn === EntityArn.Value)
        .filter(
          ({ createdAt }) =>
            CreatedTime === undefined ||
            (createdAt >= (CreatedTime.StartInclusive ?? createdAt) &&
              createdAt <= (CreatedTime.EndInclusive ?? createdAt)),
        )
        .map((one) => detailOf(call, one))
        .filter(
          (detail) =>
            (Severity === undefined || detail.Severity === Severity.Value) &&
            (Status === undefined || detail.Status === Status.Value) &&
            (State === undefined || detail.State === State.Value),
        );
      const { items, next } = pageOf(sorted(wanted, request.SortCriteria), { token, size, request });
      return { InvestigationDetails: items, NextToken: next };
    },

    ListIndicators: (call: Call<ListIndicatorsRequest>): ListIndicatorsResponse => {
      const { NextToken: token, MaxResults: size = 100, ...request } = call.input;
      const found = find(call);
      const indicators = found.createdAt.getTime() + runningMs > call.now.getTime() ? [] : known(call, found);
      const wanted = indicators.filter(
        ({ IndicatorType }) => request.IndicatorType === undefined || IndicatorType === request.IndicatorType,
      );
      const { items, next } = pageOf(wanted, { token, size, request });
      return { GraphArn: request.GraphArn, InvestigationId: found.id, Indicators: items, NextToken: next };
    },

    UpdateInvestigationState: (call: Call<UpdateInvestigationStateRequest>): object => {
      states(call.organization).archived.set(find(call).id, call.input.State === 'ARCHIVED');
      return {};
    },
  },
};

function requireGraph({ account, region, organization, input }: Call<{ GraphArn: string | undefined }>): void {
  const { graphs } = detectiveSettings(organization);
  if (![...graphs.values()].some((arn) => arn === input.GraphArn)) throw absent('The behavior graph does not exist.');
  if (graphs.get(`${account} ${region}`) !== input.GraphArn)
    throw denied('The caller is not the administrator of the behavior graph in this Region.');
}

/** The members of a graph as they are now, with what each sent in the last days. */
function membersNow({ organization, now }: Call<unknown>): MemberDetail[] {
  const { absent, enabled, countedAgoMs } = detectiveSettings(organization);
  const counted = new Date(now.getTime() - countedAgoMs);
  return graphMembers(organization)
    .filter(({ AccountId = '' }) => !absent.has(AccountId))
    .map(({ DisabledReason, ...member }): MemberDetail => {
      const { AccountId = '', Status } = member;
      if (Status !== 'ENABLED' && !enabled.has(AccountId))
        return { ...member, ...(DisabledReason !== undefined && { DisabledReason }) };
      const bytes = 1_000_000 * (1 + numberOf(900, 'volume', AccountId));
      return {
        ...member,
        Status: 'ENABLED',
        DatasourcePackageIngestStates: { DETECTIVE_CORE: 'STARTED' },
        VolumeUsageByDatasourcePackage: {
          DETECTIVE_CORE: { VolumeUsageInBytes: bytes, VolumeUsageUpdateTime: counted },
        },
      };
    });
}

const looked = perOrganization(() => new Map<string, Indicator[]>());

/** An investigation's indicators, looked up in the trail once. */
function known({ organization }: Call<unknown>, { entityArn, scopeStart, scopeEnd }: Investigation): Indicator[] {
  const mine = looked(organization);
  const key = `${entityArn} ${scopeStart.getTime()} ${scopeEnd.getTime()}`;
  const indicators = mine.get(key) ?? indicatorsOf(organization, entityArn, scopeStart, scopeEnd);
  mine.set(key, indicators);
  return indicators;
}

function detailOf(call: Call<unknown>, investigation: Investigation): InvestigationDetail {
  const { id, entityArn, createdAt, archived } = investigation;
  const running = createdAt.getTime() + runningMs > call.now.getTime();
  return {
    InvestigationId: id,
    EntityArn: entityArn,
    EntityType: entityArn.includes(':user/') ? 'IAM_USER' : 'IAM_ROLE',
    CreatedTime: createdAt,
    Status: running ? 'RUNNING' : 'SUCCESSFUL',
    Severity: running ? 'INFORMATIONAL' : severityOf(known(call, investigation)),
    State: archived ? 'ARCHIVED' : 'ACTIVE',
  };
}

const severities = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
const statuses = ['RUNNING', 'FAILED', 'SUCCESSFUL'];

/** Newest first unless asked otherwise. */
function sorted(details: readonly InvestigationDetail[], criteria: SortCriteria | undefined): InvestigationDetail[] {
  const rank = (detail: InvestigationDetail): number => {
    if (criteria?.Field === 'SEVERITY') return severities.indexOf(detail.Severity ?? '');
    if (criteria?.Field === 'STATUS') return statuses.indexOf(detail.Status ?? '');
    return detail.CreatedTime?.getTime() ?? 0;
  };
  const sign = criteria?.SortOrder === 'ASC' ? 1 : -1;
  return details.toSorted((a, b) => sign * (rank(a) - rank(b)));
}

const invalid = (message: string) => new AwsError('ValidationException', message);
const absent = (message: string) => new AwsError('ResourceNotFoundException', message, 404);
const denied = (message: string) => new AwsError('AccessDeniedException', message, 403);
