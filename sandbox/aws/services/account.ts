import type { ListRegionsRequest, ListRegionsResponse } from '@aws-sdk/client-account';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/** Opt-in regions, which are off where an account has not asked for them. Source: AWS General Reference, "Regions". */
const optIn = ['af-south-1', 'ap-east-1', 'ap-southeast-3', 'eu-south-1', 'eu-south-2', 'il-central-1', 'me-south-1'];

/**
 * The regions of an account. The management account and the delegated administrator may ask about every account of the
 * organization, and must not name their own. Source: Account Management API reference, ListRegions.
 */
export const account: Service = {
  signingName: 'account',
  sdk: () => import('@aws-sdk/client-account'),
  operations: {
    ListRegions: (call: Call<ListRegionsRequest>): ListRegionsResponse => {
      const { organization, input } = call;
      const { AccountId, RegionOptStatusContains: wanted = [], NextToken: token, MaxResults: size = 50 } = input;
      if (AccountId !== undefined && ![organization.managementAccount, organization.homeAccount].includes(call.account))
        throw new AwsError('AccessDeniedException', 'You do not have access to the account that is specified.', 403);
      if (AccountId === call.account)
        throw new AwsError('ValidationException', 'The AccountId must not be that of the calling account.');
      const found = organization.accounts.find(({ id }) => id === (AccountId ?? call.account));
      if (found === undefined)
        throw new AwsError('AccessDeniedException', 'You do not have access to the account that is specified.', 403);
      const regions = [...found.regions, ...optIn.filter((region) => !found.regions.includes(region))].map(
        (RegionName) => ({
          RegionName,
          RegionOptStatus: !found.regions.includes(RegionName)
            ? ('DISABLED' as const)
            : optIn.includes(RegionName)
              ? ('ENABLED' as const)
              : ('ENABLED_BY_DEFAULT' as const),
        }),
      );
      const meant = regions.filter(({ RegionOptStatus }) => wanted.length === 0 || wanted.includes(RegionOptStatus));
      const { items, next } = pageOf(meant, { token, size, request: { ...input, NextToken: undefined } });
      return { Regions: items, NextToken: next };
    },
  },
};
