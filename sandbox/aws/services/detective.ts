import type {
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
  SortCriteria,
  StartInvestigationRequest,
  StartInvestigationResponse,
  UpdateInvestigationStateRequest,
} from '@aws-sdk/client-detective';
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
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { dayMs, minuteMs } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/** How long an investigation is RUNNING, by the world's clock. */
const runningMs = 2 * minuteMs;
/** The longest scope that the console offers. Longer ones are refused here so that nobody relies on them. */
const longestScopeMs = 30 * dayMs;

const iamEntity = /^arn:aws[-\w]*:iam::\d{12}:(user|role)\/[\w+=,.@/-]+$/;

/** Investigations that somebody started here, newest first, and those whose state was changed. */
const states = perOrganization(() => ({ started: [] as Investigation[], archived: new Map<string, boolean>() }));

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
    ListGraphs: ({ account, region, organization }: Call<ListGraphsRequest>): ListGraphsResponse => ({
      GraphList: hasGraph(organization, account, region)
        ? [{ Arn: graphArn(organization), CreatedTime: graphCreated(organization) }]
        : [],
    }),

    ListMembers: (call: Call<ListMembersRequest>): ListMembersResponse => {
      const { NextToken: token, MaxResults: size = 200, ...request } = call.input;
      requireGraph(call);
      const { items, next } = pageOf(graphMembers(call.organization), { token, size, request });
      return { MemberDetails: items, NextToken: next };
    },

    ListDatasourcePackages: (call: Call<ListDatasourcePackagesRequest>): ListDatasourcePackagesResponse => {
      requireGraph(call);
      const since = (state: 'STARTED' | 'DISABLED') => ({
        DatasourcePackageIngestState: state,
        LastIngestStateChange: { [state]: { Timestamp: graphCreated(call.organization) } },
      });
      return {
        DatasourcePackages: {
          DETECTIVE_CORE: since('STARTED'),
          ASFF_SECURITYHUB_FINDING: since('STARTED'),
          EKS_AUDIT: since('DISABLED'),
        },
      };
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

const hasGraph = (organization: Organization, account: string, region: string): boolean =>
  account === organization.homeAccount && region === homeRegion;

function requireGraph({ account, region, organization, input }: Call<{ GraphArn: string | undefined }>): void {
  if (input.GraphArn !== graphArn(organization)) throw absent('The behavior graph does not exist.');
  if (!hasGraph(organization, account, region))
    throw denied('The caller is not the administrator of the behavior graph in this Region.');
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
