import type {
  Account,
  DelegatedAdministrator,
  DescribeAccountRequest,
  DescribeAccountResponse,
  DescribeOrganizationalUnitRequest,
  DescribeOrganizationalUnitResponse,
  DescribeOrganizationResponse,
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
} from '@aws-sdk/client-organizations';
import type { Organization, OrganizationAccount } from '../../organization/organization.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

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
          FeatureSet: 'ALL',
          MasterAccountId: managementAccount,
          MasterAccountArn: accountArn(organization, managementAccount),
          MasterAccountEmail: email,
          AvailablePolicyTypes: [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }],
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
      const { organization } = call;
      return {
        Roots: [
          {
            Id: organization.rootId,
            Arn: arn(organization, 'root', `${organization.id}/${organization.rootId}`),
            Name: 'Root',
            PolicyTypes: [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }],
          },
        ],
      };
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
      const home = accountOf(organization, organization.homeAccount);
      const asked = input.ServicePrincipal;
      const administrators: DelegatedAdministrator[] =
        asked === undefined || delegated.includes(asked)
          ? [{ ...describe(organization, home), DelegationEnabledDate: home.joined }]
          : [];
      return { DelegatedAdministrators: administrators };
    },
  },
};

/** What the security account administers for the organization. */
const delegated = [
  'access-analyzer.amazonaws.com',
  'auditmanager.amazonaws.com',
  'cloudtrail.amazonaws.com',
  'config.amazonaws.com',
  'detective.amazonaws.com',
  'guardduty.amazonaws.com',
  'securityhub.amazonaws.com',
  'sso.amazonaws.com',
];

function requireAdministrator({ account, organization }: Call<unknown>): void {
  if (account !== organization.managementAccount && account !== organization.homeAccount)
    throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");
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

const invalidToken = new AwsError('InvalidInputException', 'You specified an invalid value for nextToken.');

/** One page. The second one is always empty and has a token: the API reference tells callers to expect that. */
function listed<T>(
  { input }: Call<{ NextToken?: string | undefined; MaxResults?: number | undefined }>,
  all: readonly T[],
): { items: readonly T[]; next: string | undefined } {
  const { NextToken: token, MaxResults: size = 20, ...request } = input;
  const pages = [all.slice(0, size), []];
  for (let start = size; start < all.length; start += size) pages.push(all.slice(start, start + size));
  const { items, next } = pageOf(pages, { token, size: 1, request, refusal: invalidToken });
  return { items: items[0] ?? [], next };
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
