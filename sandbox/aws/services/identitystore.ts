import type {
  DescribeUserRequest,
  DescribeUserResponse,
  ListUsersRequest,
  ListUsersResponse,
  User,
} from '@aws-sdk/client-identitystore';
import type { OrganizationPerson } from '../../organization/organization.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/**
 * The directory of IAM Identity Center, in one region, for the management account and its delegated administrator.
 * Source: Identity Store API reference.
 */
export const identityStore: Service = {
  signingName: 'identitystore',
  sdk: () => import('@aws-sdk/client-identitystore'),
  operations: {
    ListUsers: (call: Call<ListUsersRequest>): ListUsersResponse => {
      requireStore(call);
      const { NextToken: token, MaxResults: size = 100, ...request } = call.input;
      const [filter, ...more] = request.Filters ?? [];
      if (more.length > 0 || (filter !== undefined && filter.AttributePath !== 'UserName'))
        throw invalid('Users can be filtered by one UserName only.');
      const { identityStore } = call.organization;
      const wanted = identityStore.people.filter(
        ({ userName }) => filter === undefined || userName === filter.AttributeValue,
      );
      const { items, next } = pageOf(wanted, { token, size, request });
      return { Users: items.map((person) => userOf(identityStore.id, person)), NextToken: next };
    },

    DescribeUser: (call: Call<DescribeUserRequest>): DescribeUserResponse => {
      requireStore(call);
      const { identityStore } = call.organization;
      const found = identityStore.people.find(({ userId }) => userId === call.input.UserId);
      if (found === undefined) throw absent('USER not found.');
      return userOf(identityStore.id, found);
    },
  },
};

function requireStore({ account, region, organization, input }: Call<{ IdentityStoreId: string | undefined }>): void {
  if (account !== organization.managementAccount && account !== organization.homeAccount)
    throw new AwsError('AccessDeniedException', 'The account does not administer the identity store.', 403);
  if (region !== homeRegion || input.IdentityStoreId !== organization.identityStore.id)
    throw absent('IDENTITY_STORE not found.');
}

const userOf = (IdentityStoreId: string, { userId, userName, displayName }: OrganizationPerson) => {
  const [given = displayName, ...family] = displayName.split(' ');
  return {
    IdentityStoreId,
    UserId: userId,
    UserName: userName,
    DisplayName: displayName,
    Name: { GivenName: given, FamilyName: family.join(' ') || given, Formatted: displayName },
    Emails: [{ Value: userName, Type: 'work', Primary: true }],
  } satisfies User;
};

const absent = (message: string) => new AwsError('ResourceNotFoundException', message, 404);
const invalid = (message: string) => new AwsError('ValidationException', message);
