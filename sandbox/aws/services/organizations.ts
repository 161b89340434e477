import type {
  Account,
  DeregisterDelegatedAdministratorRequest,
  DescribeAccountRequest,
  DescribeAccountResponse,
  DescribeOrganizationalUnitRequest,
  DescribeOrganizationalUnitResponse,
  DescribeOrganizationResponse,
  EnableAllFeaturesResponse,
  ListAccountsForParentRequest,
  ListAccountsForParentResponse,
  ListAccountsRequest,
  ListAccountsResponse,
  ListDelegatedAdministratorsRequest,
  ListDelegatedAdministratorsResponse,
  ListOrganizationalUnitsForParentRequest,
  ListOrganizationalUnitsForParentResponse,
  ListParentsRequest,
  ListParentsResponse,
  ListRootsResponse,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  MoveAccountRequest,
  RegisterDelegatedAdministratorRequest,
} from '@aws-sdk/client-organizations';
import type { Organization, OrganizationAccount } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { listed, requireAdministrator, requireManagement } from './organization-callers.ts';
import { enabledTypes, policyOperations, rootOf } from './organization-policies.ts';

/**
 * The organization as its management account and its delegated administrator see it.
 * Source: Organizations API reference. `Status` of an account is gone since 2026-09-09: `State` stands in its place.
 */
export const organizations: Service = {
  signingName: 'organizations',
  sdk: () => import('@aws-sdk/client-organizations'),
  operations: {
    DescribeOrganization: ({ organization }: Call<object>): DescribeOrganizationResponse => {
      const { id, managementAccount } = organization;
      const { email } = accountOf(organization, managementAccount);
      return {
        Organization: {
          Id: id,
          Arn: arn(organization, 'organization', id),
          FeatureSet: state(organization).featureSet,
          MasterAccountId: managementAccount,
          MasterAccountArn: accountArn(organization, managementAccount),
          MasterAccountEmail: email,
          AvailablePolicyTypes: enabledTypes(organization),
        },
      };
    },

    DescribeAccount: (call: Call<DescribeAccountRequest>): DescribeAccountResponse => {
      requireAdministrator(call);
      return { Account: describe(call.organization, accountOf(call.organization, call.input.AccountId)) };
    },

    DescribeOrganizationalUnit: (call: Call<DescribeOrganizationalUnitRequest>): DescribeOrganizationalUnitResponse => {
      requireAdministrator(call);
      const { organization, input } = call;
      const unit = organization.organizationalUnits.find(({ id }) => id === input.OrganizationalUnitId);
      if (unit === undefined)
        throw new AwsError('OrganizationalUnitNotFoundException', "We can't find an organizational unit with that ID.");
      return { OrganizationalUnit: { Id: unit.id, Arn: unitArn(organization, unit.id), Name: unit.name } };
    },

    ListAccounts: (call: Call<ListAccountsRequest>): ListAccountsResponse => {
      requireAdministrator(call);
      const { items, next } = listed(call, call.organization.accounts);
      return { Accounts: items.map((account) => describe(call.organization, account)), NextToken: next };
    },

    ListAccountsForParent: (call: Call<ListAccountsForParentRequest>): ListAccountsForParentResponse => {
      requireAdministrator(call);
      requireParent(call);
      const within = call.organization.accounts.filter(
        ({ organizationalUnitId }) => organizationalUnitId === call.input.ParentId,
      );
      const { items, next } = listed(call, within);
      return { Accounts: items.map((account) => describe(call.organization, account)), NextToken: next };
    },

    ListOrganizationalUnitsForParent: (
      call: Call<ListOrganizationalUnitsForParentRequest>,
    ): ListOrganizationalUnitsForParentResponse => {
      requireAdministrator(call);
      requireParent(call);
      const { organization, input } = call;
      const within = organization.organizationalUnits.filter(({ parentId }) => parentId === input.ParentId);
      const { items, next } = listed(call, within);
      return {
        OrganizationalUnits: items.map(({ id, name }) => ({ Id: id, Arn: unitArn(organization, id), Name: name })),
        NextToken: next,
      };
    },

    ListParents: (call: Call<ListParentsRequest>): ListParentsResponse => {
      requireAdministrator(call);
      const { accounts, organizationalUnits } = call.organization;
      const { ChildId } = call.input;
      const parent =
        accounts.find(({ id }) => id === ChildId)?.organizationalUnitId ??
        organizationalUnits.find(({ id }) => id === ChildId)?.parentId;
      if (parent === undefined)
        throw new AwsError('ChildNotFoundException', "We can't find an organizational unit or account with that ID.");
      return { Parents: [{ Id: parent, Type: parent.startsWith('r-') ? 'ROOT' : 'ORGANIZATIONAL_UNIT' }] };
    },

    ListRoots: (call: Call<object>): ListRootsResponse => {
      requireAdministrator(call);
      return { Roots: [rootOf(call.organization)] };
    },

    ListTagsForResource: (call: Call<ListTagsForResourceRequest>): ListTagsForResourceResponse => {
      requireAdministrator(call);
      const { accounts, organizationalUnits, rootId } = call.organization;
      const { ResourceId } = call.input;
      const account = accounts.find(({ id }) => id === ResourceId);
      if (account === undefined && ResourceId !== rootId && !organizationalUnits.some(({ id }) => id === ResourceId))
        throw new AwsError('TargetNotFoundException', "We can't find a root, OU, account, or policy with that ID.");
      return { Tags: Object.entries(account?.tags ?? {}).map(([Key, Value]) => ({ Key, Value })) };
    },

    ListDelegatedAdministrators: (
      call: Call<ListDelegatedAdministratorsRequest>,
    ): ListDelegatedAdministratorsResponse => {
      requireAdministrator(call);
      const { organization, input } = call;
      const { delegated } = state(organization);
      const asked = input.ServicePrincipal;
      const ids = new Set([...delegated].flatMap(([service, all]) => (service === (asked ?? service) ? all : [])));
      const { items, next } = listed(
        call,
        [...ids].map((id) => accountOf(organization, id)),
      );
      return {
        DelegatedAdministrators: items.map((account) => ({
          ...describe(organization, account),
          DelegationEnabledDate: account.joined,
        })),
        NextToken: next,
      };
    },

    RegisterDelegatedAdministrator: (call: Call<RegisterDelegatedAdministratorRequest>): object => {
      requireManagement(call);
      const { organization, input } = call;
      const { id } = accountOf(organization, input.AccountId);
      const { ServicePrincipal = '' } = input;
      const known = state(organization).delegated.get(ServicePrincipal) ?? [];
      if (known.includes(id))
        throw new AwsError('AccountAlreadyRegisteredException', 'The account is a delegated administrator already.');
      if (id === organization.managementAccount)
        throw new AwsError('ConstraintViolationException', 'You cannot register the management account.');
      state(organization).delegated.set(ServicePrincipal, [...known, id]);
      return {};
    },

    DeregisterDelegatedAdministrator: (call: Call<DeregisterDelegatedAdministratorRequest>): object => {
      requireManagement(call);
      const { organization, input } = call;
      const { ServicePrincipal = '' } = input;
      const known = state(organization).delegated.get(ServicePrincipal) ?? [];
      if (!known.includes(input.AccountId ?? ''))
        throw new AwsError(
          'AccountNotRegisteredException',
          'The account is no delegated administrator of the service.',
        );
      state(organization).delegated.set(
        ServicePrincipal,
        known.filter((id) => id !== input.AccountId),
      );
      return {};
    },

    EnableAllFeatures: (call: Call<object>): EnableAllFeaturesResponse => {
      requireManagement(call);
      const { organization, now } = call;
      state(organization).featureSet = 'ALL';
      return {
        Handshake: { Id: 'h-allfeatures01', Action: 'ENABLE_ALL_FEATURES', State: 'ACCEPTED', RequestedTimestamp: now },
      };
    },

    MoveAccount: (call: Call<MoveAccountRequest>): object => {
      requireManagement(call);
      const { organization, input } = call;
      const account = accountOf(organization, input.AccountId);
      if (account.organizationalUnitId !== input.SourceParentId)
        throw new AwsError(
          'SourceParentNotFoundException',
          "We can't find a source root or OU with the ParentId that you specified.",
        );
      requireParent({ ...call, input: { ParentId: input.DestinationParentId } });
      account.organizationalUnitId = input.DestinationParentId ?? organization.rootId;
      return {};
    },

    ...policyOperations,
  },
};

/** What can be changed of the organization as a whole. The security account administers most services, Account Management none. */
const state = perOrganization(
  ({ homeAccount }): { featureSet: 'ALL' | 'CONSOLIDATED_BILLING'; delegated: Map<string, readonly string[]> } => ({
    featureSet: 'ALL',
    delegated: new Map(
      [
        'access-analyzer.amazonaws.com',
        'auditmanager.amazonaws.com',
        'cloudtrail.amazonaws.com',
        'config.amazonaws.com',
        'detective.amazonaws.com',
        'guardduty.amazonaws.com',
        'securityhub.amazonaws.com',
        'sso.amazonaws.com',
      ].map((service) => [service, [homeAccount]]),
    ),
  }),
);

/** Takes all features away, or a service's administrator, by no call. */
export function changeOrganization(
  organization: Organization,
  { billingOnly = false, undelegated }: { billingOnly?: boolean; undelegated?: string },
): void {
  if (billingOnly) state(organization).featureSet = 'CONSOLIDATED_BILLING';
  if (undelegated !== undefined) state(organization).delegated.delete(undelegated);
}

function requireParent({ organization, input }: Call<{ ParentId: string | undefined }>): void {
  const { rootId, organizationalUnits } = organization;
  if (input.ParentId !== rootId && !organizationalUnits.some(({ id }) => id === input.ParentId))
    throw new AwsError('ParentNotFoundException', "We can't find a root or OU with that ID.");
}

function accountOf(organization: Organization, id: string | undefined): OrganizationAccount {
  const account = organization.accounts.find((one) => one.id === id);
  if (account === undefined)
    throw new AwsError('AccountNotFoundException', "You specified an account that doesn't exist.");
  return account;
}

const describe = (organization: Organization, account: OrganizationAccount): Account => ({
  Id: account.id,
  Arn: accountArn(organization, account.id),
  Email: account.email,
  Name: account.name,
  State: account.state,
  JoinedMethod: account.id === organization.managementAccount ? 'INVITED' : 'CREATED',
  JoinedTimestamp: account.joined,
});

const arn = ({ managementAccount }: Organization, kind: string, id: string): string =>
  `arn:aws:organizations::${managementAccount}:${kind}/${id}`;
const accountArn = (organization: Organization, id: string): string =>
  arn(organization, 'account', `${organization.id}/${id}`);
const unitArn = (organization: Organization, id: string): string => arn(organization, 'ou', `${organization.id}/${id}`);
