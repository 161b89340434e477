import type {
  DescribeInstancesResult,
  DescribeRegionsRequest,
  DescribeRegionsResult,
  Region,
} from '@aws-sdk/client-ec2';
import { sessionManagerIn } from '../../organization/session-manager.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { networkOperations } from './networks.ts';

/** Regions that accounts must turn on themselves; none of the sandbox's has. Source: EC2 user guide, "AWS Regions". */
const optIn = ['af-south-1', 'ap-east-1', 'ap-south-2', 'eu-central-2', 'eu-south-1', 'il-central-1', 'me-central-1'];

/** The regions of an account, and its networks. Source: EC2 API reference. */
export const ec2: Service = {
  signingName: 'ec2',
  sdk: () => import('@aws-sdk/client-ec2'),
  operations: {
    ...networkOperations,

    DescribeInstances: ({ account, region: where, organization }: Call<object>): DescribeInstancesResult => ({
      Reservations: sessionManagerIn(organization, { account, region: where }).nodes.map(({ id, role }) => ({
        Instances: [
          { InstanceId: id, IamInstanceProfile: { Arn: `arn:aws:iam::${account}:instance-profile/${role}` } },
        ],
      })),
    }),

    DescribeRegions: ({ account, organization, input }: Call<DescribeRegionsRequest>): DescribeRegionsResult => {
      const enabled = organization.accounts.find(({ id }) => id === account)?.regions ?? [];
      const all = [
        ...enabled.map((name) => region(name, 'opt-in-not-required')),
        ...optIn.map((name) => region(name, 'not-opted-in')),
      ];
      const { RegionNames, AllRegions = false, Filters = [] } = input;
      const unknown = (RegionNames ?? []).filter((name) => !all.some(({ RegionName }) => RegionName === name));
      if (unknown.length > 0)
        throw new AwsError(
          'InvalidParameterValue',
          `Invalid region${unknown.length > 1 ? 's' : ''} provided: [${unknown}]`,
        );
      return {
        Regions: all
          .filter(({ RegionName = '' }) => RegionNames === undefined || RegionNames.includes(RegionName))
          .filter(({ OptInStatus }) => AllRegions || OptInStatus !== 'not-opted-in')
          .filter((one) => Filters.every(({ Name = '', Values = [] }) => Values.includes(one[filterOf(Name)] ?? ''))),
      };
    },
  },
};

const region = (name: string, status: string) =>
  ({
    RegionName: name,
    Endpoint: `ec2.${name}.amazonaws.com`,
    OptInStatus: status,
  }) satisfies Region;

function filterOf(name: string): 'RegionName' | 'Endpoint' | 'OptInStatus' {
  switch (name) {
    case 'region-name':
      return 'RegionName';
    case 'endpoint':
      return 'Endpoint';
    case 'opt-in-status':
      return 'OptInStatus';
    default:
      throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  }
}
