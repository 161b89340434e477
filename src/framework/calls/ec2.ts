import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Vpcs = z.object({
  Vpcs: z
    .array(z.object({ VpcId: z.string(), OwnerId: z.string().optional(), IsDefault: z.boolean().optional() }))
    .default([]),
});
/** Those that others share with the account are among them: `OwnerId` says whose they are. */
export const describeVpcs: Call<z.output<typeof Vpcs>> = {
  service: 'ec2',
  operation: 'DescribeVpcs',
  output: Vpcs,
  pages: pagedBy('NextToken', 'Vpcs'),
};

const FlowLogs = z.object({
  FlowLogs: z
    .array(
      z.object({
        FlowLogId: z.string(),
        ResourceId: z.string(),
        FlowLogStatus: z.string().optional(),
        TrafficType: z.string().optional(),
        LogDestinationType: z.string().optional(),
        LogDestination: z.string().optional(),
        LogGroupName: z.string().optional(),
        LogFormat: z.string().optional(),
        MaxAggregationInterval: z.number().optional(),
        DeliverLogsStatus: z.string().optional(),
        DeliverLogsErrorMessage: z.string().optional(),
        DeliverCrossAccountRole: z.string().optional(),
        CreationTime: z.date().optional(),
        DestinationOptions: z
          .object({ FileFormat: z.string().optional(), HiveCompatiblePartitions: z.boolean().optional() })
          .optional(),
      }),
    )
    .default([]),
});
/** Of networks, subnets and interfaces alike. */
export const describeFlowLogs: Call<z.output<typeof FlowLogs>> = {
  service: 'ec2',
  operation: 'DescribeFlowLogs',
  output: FlowLogs,
  pages: pagedBy('NextToken', 'FlowLogs'),
};
export type FlowLog = z.output<typeof FlowLogs>['FlowLogs'][number];

const Subnets = z.object({
  Subnets: z.array(z.object({ SubnetId: z.string(), VpcId: z.string() })).default([]),
});
export const describeSubnets: Call<z.output<typeof Subnets>> = {
  service: 'ec2',
  operation: 'DescribeSubnets',
  output: Subnets,
  pages: pagedBy('NextToken', 'Subnets'),
};

const Interfaces = z.object({
  NetworkInterfaces: z
    .array(
      z.object({
        NetworkInterfaceId: z.string(),
        VpcId: z.string().optional(),
        SubnetId: z.string().optional(),
        OwnerId: z.string().optional(),
        PrivateIpAddress: z.string().optional(),
        Description: z.string().optional(),
        Association: z.object({ PublicIp: z.string().optional() }).optional(),
        Attachment: z.object({ InstanceId: z.string().optional() }).optional(),
        Groups: z.array(z.object({ GroupId: z.string().optional() })).default([]),
      }),
    )
    .default([]),
});
export type NetworkInterface = z.output<typeof Interfaces>['NetworkInterfaces'][number];
export const describeNetworkInterfaces: Call<z.output<typeof Interfaces>> = {
  service: 'ec2',
  operation: 'DescribeNetworkInterfaces',
  output: Interfaces,
  pages: pagedBy('NextToken', 'NetworkInterfaces'),
};

const Reservations = z.object({
  Reservations: z
    .array(
      z.object({
        Instances: z
          .array(
            z.object({
              InstanceId: z.string(),
              IamInstanceProfile: z.object({ Arn: z.string().optional() }).optional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});
/** The instances of an account in a region, with the profile that gives each its role. */
export const describeInstances: Call<z.output<typeof Reservations>> = {
  service: 'ec2',
  operation: 'DescribeInstances',
  output: Reservations,
  pages: pagedBy('NextToken', 'Reservations'),
};
