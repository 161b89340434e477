import type {
  CreateFlowLogsRequest,
  CreateFlowLogsResult,
  DeleteFlowLogsRequest,
  DeleteFlowLogsResult,
  DescribeFlowLogsRequest,
  DescribeFlowLogsResult,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  Filter,
  FlowLog,
} from '@aws-sdk/client-ec2';
import { known } from '../../organization/accounts.ts';
import { networks, type Vpc, vpcsSeen } from '../../organization/network.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { hexOf, minuteMs } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call } from '../service.ts';

/** A flow log, in the account and region of what it watches. */
interface KeptFlowLog {
  account: string;
  region: string;
  log: FlowLog;
}

/** The bucket in the archive account to which every network's flow logs go. */
export const flowLogBucket = ({ id }: Organization): string => `${id}-flow-logs`;

/** Source: VPC user guide, "Flow log records", version 2. */
const defaultFields =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';

/** With the fields by which a peer behind a NAT gateway is known. */
const wideFields = `${defaultFields} vpc-id subnet-id instance-id tcp-flags pkt-srcaddr pkt-dstaddr flow-direction`;

const formatOf = (fields: string): string => fields.replaceAll(/\S+/g, (name) => `\${${name}}`);

/**
 * Every network of the organization logs to the archive. Three things are wrong: prod-data's second network lost the
 * right to deliver, dev sees rejected traffic alone, and prod-web's second network has no flow log.
 * Those of shared-services are kept as Parquet.
 */
const flowLogs = perOrganization((organization): KeptFlowLog[] => [
  ...networks(organization)
    .filter(({ account, region }) => !(account === known.web && region === 'us-east-1'))
    .map(
      (vpc): KeptFlowLog => ({
        account: vpc.account,
        region: vpc.region,
        log: {
          FlowLogId: `fl-0${hexOf('flow log', vpc.id).slice(0, 16)}`,
          ResourceId: vpc.id,
          FlowLogStatus: 'ACTIVE',
          TrafficType: vpc.account === known.dev ? 'REJECT' : 'ALL',
          LogDestinationType: 's3',
          LogDestination: `arn:aws:s3:::${flowLogBucket(organization)}`,
          LogFormat: formatOf(wideFields),
          ...(vpc.account === known.sharedServices && { DestinationOptions: { FileFormat: 'parquet' } }),
          MaxAggregationInterval: 60,
          CreationTime: new Date(organization.attack.from.getTime() - 200 * 24 * 60 * minuteMs),
          ...(vpc.account === known.data && vpc.region === 'us-east-1'
            ? { DeliverLogsStatus: 'FAILED', DeliverLogsErrorMessage: 'Access error' }
            : { DeliverLogsStatus: 'SUCCESS' }),
          Tags: [],
        },
      }),
    ),
  ...networks(organization)
    .filter(({ account, region }) => account === known.payments && region === homeRegion)
    .map((vpc) => ({ account: vpc.account, region: vpc.region, log: teamsOwn(organization, vpc) })),
]);

/** What the payments team keeps beside the archive's, for a week, in an order of its own. */
const teamsOwn = (organization: Organization, vpc: Vpc): FlowLog => ({
  FlowLogId: `fl-0${hexOf('own flow log', vpc.id).slice(0, 16)}`,
  ResourceId: vpc.id,
  FlowLogStatus: 'ACTIVE',
  TrafficType: 'ALL',
  LogDestinationType: 'cloud-watch-logs',
  LogGroupName: 'payments-flows',
  LogFormat: formatOf(
    'start end action interface-id pkt-srcaddr pkt-dstaddr srcaddr dstaddr srcport dstport protocol packets bytes log-status flow-direction vpc-id instance-id account-id version',
  ),
  MaxAggregationInterval: 60,
  CreationTime: new Date(organization.attack.from.getTime() - 90 * 24 * 60 * minuteMs),
  DeliverLogsStatus: 'SUCCESS',
  Tags: [],
});

/** Lets the deliveries of the flow logs of a network fail, which no call of the API can. */
export function breakFlowLogs(
  organization: Organization,
  resource: string,
  error: FlowLog['DeliverLogsErrorMessage'],
): void {
  for (const { log } of flowLogs(organization))
    if (log.ResourceId === resource)
      Object.assign(log, { DeliverLogsStatus: 'FAILED', DeliverLogsErrorMessage: error });
}

/** Deletes the flow logs of a network. */
export function deleteFlowLogs(organization: Organization, resource: string): void {
  const kept = flowLogs(organization);
  kept.splice(0, kept.length, ...kept.filter(({ log }) => log.ResourceId !== resource));
}

/** Lets the flow logs of a network record accepted traffic alone. */
export function narrowFlowLogs(organization: Organization, resource: string): void {
  for (const { log } of flowLogs(organization)) if (log.ResourceId === resource) log.TrafficType = 'ACCEPT';
}

/** The flow logs of the organization as a delivery to the archive sees them. */
export const deliveringFlowLogs = (organization: Organization): readonly KeptFlowLog[] =>
  flowLogs(organization).filter(({ log }) => log.DeliverLogsStatus === 'SUCCESS');

/** Networks, and what is logged of them. Source: EC2 API reference. */
export const networkOperations = {
  DescribeVpcs: (call: Call<DescribeVpcsRequest>): DescribeVpcsResult => {
    const { VpcIds = [], Filters = [], NextToken, MaxResults } = call.input;
    const seen = here(call);
    requireAll(
      VpcIds,
      seen.map(({ id }) => id),
      'InvalidVpcID.NotFound',
      'vpc ID',
    );
    const wanted = seen
      .filter(({ id }) => VpcIds.length === 0 || VpcIds.includes(id))
      .filter(matching(Filters, { 'vpc-id': ({ id }: Vpc) => id, 'owner-id': ({ account }: Vpc) => account }));
    const { items, next } = paged(call.input, wanted, { NextToken, MaxResults });
    return {
      Vpcs: items.map(({ id, account, cidr, isDefault }) => ({
        VpcId: id,
        OwnerId: account,
        CidrBlock: cidr,
        State: 'available',
        IsDefault: isDefault,
        InstanceTenancy: 'default',
      })),
      NextToken: next,
    };
  },

  DescribeSubnets: (call: Call<DescribeSubnetsRequest>): DescribeSubnetsResult => {
    const { Filters = [], SubnetIds = [], NextToken, MaxResults } = call.input;
    const all = here(call).flatMap((vpc) => vpc.subnets.map((subnet) => ({ ...subnet, vpc })));
    type Seen = (typeof all)[number];
    const wanted = all
      .filter(({ id }) => SubnetIds.length === 0 || SubnetIds.includes(id))
      .filter(matching(Filters, { 'vpc-id': ({ vpc }: Seen) => vpc.id, 'subnet-id': ({ id }: Seen) => id }));
    const { items, next } = paged(call.input, wanted, { NextToken, MaxResults });
    return {
      Subnets: items.map(({ id, cidr, zone, vpc }) => ({
        SubnetId: id,
        VpcId: vpc.id,
        OwnerId: vpc.account,
        CidrBlock: cidr,
        AvailabilityZone: zone,
        State: 'available',
      })),
      NextToken: next,
    };
  },

  DescribeNetworkInterfaces: (call: Call<DescribeNetworkInterfacesRequest>): DescribeNetworkInterfacesResult => {
    const { Filters = [], NetworkInterfaceIds = [], NextToken, MaxResults } = call.input;
    // Of a network that is shared, everybody sees their own interfaces alone.
    const all = here(call)
      .filter(({ account }) => account === call.account)
      .flatMap((vpc) => vpc.interfaces.map((one) => ({ ...one, vpc })));
    type Seen = (typeof all)[number];
    requireAll(
      NetworkInterfaceIds,
      all.map(({ id }) => id),
      'InvalidNetworkInterfaceID.NotFound',
      'networkInterface ID',
    );
    const wanted = all
      .filter(({ id }) => NetworkInterfaceIds.length === 0 || NetworkInterfaceIds.includes(id))
      .filter(
        matching(Filters, {
          'vpc-id': ({ vpc }: Seen) => vpc.id,
          'subnet-id': ({ subnet }: Seen) => subnet,
          'private-ip-address': ({ address }: Seen) => address,
          'addresses.private-ip-address': ({ address }: Seen) => address,
          'attachment.instance-id': ({ instance }: Seen) => instance,
          'group-id': ({ group }: Seen) => group,
          'network-interface-id': ({ id }: Seen) => id,
        }),
      );
    const { items, next } = paged(call.input, wanted, { NextToken, MaxResults });
    return {
      NetworkInterfaces: items.map(({ id, subnet, address, instance, group, vpc }) => ({
        NetworkInterfaceId: id,
        VpcId: vpc.id,
        SubnetId: subnet,
        OwnerId: vpc.account,
        PrivateIpAddress: address,
        InterfaceType: 'interface',
        Status: 'in-use',
        Attachment: { InstanceId: instance, Status: 'attached', DeviceIndex: 0 },
        Groups: [{ GroupId: group, GroupName: 'app' }],
      })),
      NextToken: next,
    };
  },

  DescribeFlowLogs: (call: Call<DescribeFlowLogsRequest>): DescribeFlowLogsResult => {
    const { Filter: filters = [], FlowLogIds = [], NextToken, MaxResults } = call.input;
    const wanted = flowLogs(call.organization)
      .filter(({ account, region }) => account === call.account && region === call.region)
      .map(({ log }) => log)
      .filter(({ FlowLogId = '' }) => FlowLogIds.length === 0 || FlowLogIds.includes(FlowLogId))
      .filter(
        matching(filters, {
          'resource-id': ({ ResourceId = '' }: FlowLog) => ResourceId,
          'flow-log-id': ({ FlowLogId = '' }: FlowLog) => FlowLogId,
          'traffic-type': ({ TrafficType }: FlowLog) => TrafficType ?? '',
          'deliver-log-status': ({ DeliverLogsStatus = '' }: FlowLog) => DeliverLogsStatus,
        }),
      );
    const { items, next } = paged(call.input, wanted, { NextToken, MaxResults });
    return { FlowLogs: items, NextToken: next };
  },

  CreateFlowLogs: (call: Call<CreateFlowLogsRequest>): CreateFlowLogsResult => {
    const {
      ResourceIds = [],
      ResourceType,
      TrafficType,
      LogDestinationType,
      LogDestination,
      LogGroupName,
    } = call.input;
    if (TrafficType === undefined && ResourceType !== 'TransitGateway')
      throw new AwsError('InvalidParameter', 'TrafficType is required.');
    if (LogDestination === undefined && LogGroupName === undefined)
      throw new AwsError('InvalidParameter', 'LogDestination or LogGroupName has to be given.');
    const made = ResourceIds.map((resource) => {
      requireOwn(call, resource);
      const log: FlowLog = {
        FlowLogId: `fl-0${hexOf('flow log', resource, String(call.now.getTime()), LogDestination ?? '').slice(0, 16)}`,
        ResourceId: resource,
        FlowLogStatus: 'ACTIVE',
        ...(TrafficType !== undefined && { TrafficType }),
        LogDestinationType: LogDestinationType ?? 'cloud-watch-logs',
        LogDestination,
        LogGroupName,
        LogFormat: call.input.LogFormat ?? formatOf(defaultFields),
        MaxAggregationInterval: call.input.MaxAggregationInterval ?? 600,
        CreationTime: call.now,
        DeliverLogsStatus: 'SUCCESS',
        DestinationOptions: call.input.DestinationOptions,
        Tags: [],
      };
      flowLogs(call.organization).push({ account: call.account, region: call.region, log });
      return log.FlowLogId ?? '';
    });
    return { FlowLogIds: made, Unsuccessful: [] };
  },

  DeleteFlowLogs: (call: Call<DeleteFlowLogsRequest>): DeleteFlowLogsResult => {
    const kept = flowLogs(call.organization);
    const unknown = (call.input.FlowLogIds ?? []).filter((id) => {
      const at = kept.findIndex(
        ({ account, region, log }) => account === call.account && region === call.region && log.FlowLogId === id,
      );
      if (at !== -1) kept.splice(at, 1);
      return at === -1;
    });
    return {
      Unsuccessful: unknown.map((ResourceId) => ({
        ResourceId,
        Error: { Code: 'InvalidFlowLogId.NotFound', Message: `The flow log ID '${ResourceId}' does not exist` },
      })),
    };
  },
};

const here = ({ organization, account, region }: Call<unknown>): Vpc[] => vpcsSeen(organization, account, region);

/** A flow log is made by the owner alone. */
function requireOwn(call: Call<unknown>, resource: string): void {
  const owned = here(call).some(
    ({ id, account, subnets, interfaces }) =>
      account === call.account &&
      [id, ...subnets.map((one) => one.id), ...interfaces.map((one) => one.id)].includes(resource),
  );
  if (!owned) throw new AwsError('InvalidParameter', `The resource '${resource}' does not exist or is not yours.`);
}

function requireAll(wanted: readonly string[], known: readonly string[], code: string, what: string): void {
  const unknown = wanted.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new AwsError(code, `The ${what} '${unknown}' does not exist`);
}

/** Whether a thing has one of the values of each filter. */
function matching<Thing>(
  filters: readonly Filter[],
  readers: Readonly<Record<string, (thing: Thing) => string>>,
): (thing: Thing) => boolean {
  const wanted = filters.map(({ Name = '', Values = [] }) => {
    const reader = readers[Name];
    if (reader === undefined) throw new AwsError('InvalidParameterValue', `The filter '${Name}' is invalid`);
    return (thing: Thing) => Values.includes(reader(thing));
  });
  return (thing) => wanted.every((has) => has(thing));
}

function paged<Thing>(
  input: object,
  all: readonly Thing[],
  { NextToken, MaxResults }: { NextToken: string | undefined; MaxResults: number | undefined },
): { items: Thing[]; next: string | undefined } {
  return pageOf(all, {
    token: NextToken,
    size: MaxResults ?? 1000,
    request: { ...input, NextToken: undefined, MaxResults: undefined },
    refusal: new AwsError('InvalidNextToken', 'The token is not valid.'),
  });
}
