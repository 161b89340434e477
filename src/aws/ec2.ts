import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { partition } from '@aws-sdk/core/client';
import { AwsEc2QueryProtocol } from '@aws-sdk/core/protocols';
import { makeBuilder } from '@smithy/core/client';
import { getEndpointPlugin } from '@smithy/core/endpoints';
import type { MetadataBearer, StaticListSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';

const namespace = 'com.amazonaws.ec2';
const version = '2016-11-15';

/**
 * EC2, for a few of its 700 operations: the SDK's own package takes 0.6 s and 45 MB for all of them. Credentials, retries
 * and clock are STS's, whose protocol is nearly the same; what differs is here.
 * Source: EC2's API model (endpoint rules, aws.protocols#ec2Query) and EC2 API reference.
 */
export class Ec2Client extends STSClient {
  constructor(settings: STSClientConfig) {
    super({
      ...settings,
      serviceId: 'EC2',
      protocol: AwsEc2QueryProtocol,
      protocolSettings: {
        defaultNamespace: namespace,
        xmlNamespace: `http://ec2.amazonaws.com/doc/${version}`,
        version,
      },
      endpointProvider: ({ Region = '', Endpoint, UseFIPS, UseDualStack }) => {
        const { name, dnsSuffix, dualStackDnsSuffix } = partition(Region);
        const suffix = UseDualStack === true ? dualStackDnsSuffix : dnsSuffix;
        // GovCloud's ordinary addresses are FIPS ones.
        const fips = UseFIPS === true && (UseDualStack === true || name !== 'aws-us-gov');
        return { url: new URL(Endpoint ?? `https://ec2${fips ? '-fips' : ''}.${Region}.${suffix}`) };
      },
      httpAuthSchemeProvider: ({ region }) => [
        {
          schemeId: 'aws.auth#sigv4',
          signingProperties: { signingName: 'ec2', signingRegion: region },
          propertiesExtractor: (config, context) => ({ signingProperties: { config, context } }),
        },
      ],
    });
  }
}

/** Types of members, as the SDK's schemas number them. */
const [text, integer, boolean, time] = [0, 1, 2, 4] as const;
type Member = typeof text | typeof integer | typeof boolean | typeof time | (() => StaticStructureSchema);

/** EC2 writes `VpcId` as `vpcId`. */
const xmlNameOf = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;

/** What is read of a thing; whatever else the answer holds is passed over. */
const structure = (name: string, members: Readonly<Record<string, Member>>): StaticStructureSchema => [
  3,
  namespace,
  name,
  0,
  Object.keys(members),
  Object.entries(members).map(([member, type]) => [type, { xmlName: xmlNameOf(member) }]),
];

const listOf = (item: StaticStructureSchema): StaticListSchema => [
  1,
  namespace,
  `${item[2]}List`,
  0,
  [() => item, { xmlName: 'item' }],
];

/** An operation that lists things; `set` is the list's name in the XML. `paged`: where it takes a token. */
function listing(
  name: string,
  { list, set, item, paged }: { list: string; set: string; item: StaticStructureSchema; paged: boolean },
): StaticOperationSchema {
  const request: StaticStructureSchema = paged
    ? [3, namespace, `${name}Request`, 0, ['NextToken', 'MaxResults'], [text, integer]]
    : [3, namespace, `${name}Request`, 0, [], []];
  const items = listOf(item);
  const result: StaticStructureSchema = [
    3,
    namespace,
    `${name}Result`,
    0,
    [list, 'NextToken'],
    [
      [() => items, { xmlName: set }],
      [text, { xmlName: 'nextToken' }],
    ],
  ];
  return [9, namespace, name, 0, () => request, () => result];
}

const regions = listing('DescribeRegions', {
  list: 'Regions',
  set: 'regionInfo',
  item: structure('Region', { RegionName: text }),
  paged: false,
});

interface Regions extends MetadataBearer {
  Regions?: { RegionName?: string }[];
}

const command = makeBuilder<STSClient['config'], object, MetadataBearer>(
  {
    Region: { type: 'builtInParams', name: 'region' },
    Endpoint: { type: 'builtInParams', name: 'endpoint' },
    UseFIPS: { type: 'builtInParams', name: 'useFipsEndpoint' },
    UseDualStack: { type: 'builtInParams', name: 'useDualstackEndpoint' },
  },
  'AmazonEC2',
  'EC2Client',
  getEndpointPlugin,
);

/** Without parameters the answer holds the regions that are enabled in the account. */
export class DescribeRegionsCommand extends command<object, Regions>({}, () => [], 'DescribeRegions', regions) {}

const vpcs = listing('DescribeVpcs', {
  list: 'Vpcs',
  set: 'vpcSet',
  item: structure('Vpc', { VpcId: text, OwnerId: text, IsDefault: boolean }),
  paged: true,
});
/** Networks that the account sees, those of others among them. */
export class DescribeVpcsCommand extends command<object, MetadataBearer>({}, () => [], 'DescribeVpcs', vpcs) {}

const destinationOptions = structure('DestinationOptionsResponse', {
  FileFormat: text,
  HiveCompatiblePartitions: boolean,
});
const flowLogs = listing('DescribeFlowLogs', {
  list: 'FlowLogs',
  set: 'flowLogSet',
  item: structure('FlowLog', {
    CreationTime: time,
    DeliverCrossAccountRole: text,
    DeliverLogsErrorMessage: text,
    DeliverLogsStatus: text,
    DestinationOptions: () => destinationOptions,
    FlowLogId: text,
    FlowLogStatus: text,
    LogDestination: text,
    LogDestinationType: text,
    LogFormat: text,
    LogGroupName: text,
    MaxAggregationInterval: integer,
    ResourceId: text,
    TrafficType: text,
  }),
  paged: true,
});
export class DescribeFlowLogsCommand extends command<object, MetadataBearer>(
  {},
  () => [],
  'DescribeFlowLogs',
  flowLogs,
) {}

const subnets = listing('DescribeSubnets', {
  list: 'Subnets',
  set: 'subnetSet',
  item: structure('Subnet', { SubnetId: text, VpcId: text }),
  paged: true,
});
export class DescribeSubnetsCommand extends command<object, MetadataBearer>({}, () => [], 'DescribeSubnets', subnets) {}

const association = structure('NetworkInterfaceAssociation', { PublicIp: text });
const attachment = structure('NetworkInterfaceAttachment', { InstanceId: text });
const groups = listOf(structure('GroupIdentifier', { GroupId: text }));
const networkInterface = structure('NetworkInterface', {
  Association: () => association,
  Attachment: () => attachment,
  Description: text,
  NetworkInterfaceId: text,
  OwnerId: text,
  PrivateIpAddress: text,
  SubnetId: text,
  VpcId: text,
});
/** With its one list, whose name in the XML is another. */
const withGroups: StaticStructureSchema = [
  3,
  namespace,
  'NetworkInterface',
  0,
  [...networkInterface[4], 'Groups'],
  [...networkInterface[5], [() => groups, { xmlName: 'groupSet' }]],
];
const networkInterfaces = listing('DescribeNetworkInterfaces', {
  list: 'NetworkInterfaces',
  set: 'networkInterfaceSet',
  item: withGroups,
  paged: true,
});
export class DescribeNetworkInterfacesCommand extends command<object, MetadataBearer>(
  {},
  () => [],
  'DescribeNetworkInterfaces',
  networkInterfaces,
) {}

const profile = structure('IamInstanceProfile', { Arn: text });
const instances = listOf(structure('Instance', { IamInstanceProfile: () => profile, InstanceId: text }));
const reservations = listing('DescribeInstances', {
  list: 'Reservations',
  set: 'reservationSet',
  item: [3, namespace, 'Reservation', 0, ['Instances'], [[() => instances, { xmlName: 'instancesSet' }]]],
  paged: true,
});
/** Those that were begun together are one reservation. */
export class DescribeInstancesCommand extends command<object, MetadataBearer>(
  {},
  () => [],
  'DescribeInstances',
  reservations,
) {}
