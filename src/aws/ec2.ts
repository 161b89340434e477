import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { partition } from '@aws-sdk/core/client';
import { AwsEc2QueryProtocol } from '@aws-sdk/core/protocols';
import { makeBuilder } from '@smithy/core/client';
import { getEndpointPlugin } from '@smithy/core/endpoints';
import type { MetadataBearer, StaticListSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';

const namespace = 'com.amazonaws.ec2';
const version = '2016-11-15';

/**
 * EC2, for one of its 700 operations: the SDK's own package takes 0.6 s and 45 MB for all of them. Credentials, retries
 * and clock are STS's, whose protocol is nearly the same; what differs is here.
 * Source: EC2's API model (endpoint rules, aws.protocols#ec2Query) and EC2 API reference, DescribeRegions.
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

const region: StaticStructureSchema = [3, namespace, 'Region', 0, ['RegionName'], [[0, { xmlName: 'regionName' }]]];
const regions: StaticListSchema = [1, namespace, 'RegionList', 0, [() => region, { xmlName: 'item' }]];
const request: StaticStructureSchema = [3, namespace, 'DescribeRegionsRequest', 0, [], []];
const result: StaticStructureSchema = [
  3,
  namespace,
  'DescribeRegionsResult',
  0,
  ['Regions'],
  [[() => regions, { xmlName: 'regionInfo' }]],
];
const operation: StaticOperationSchema = [9, namespace, 'DescribeRegions', 0, () => request, () => result];

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
export class DescribeRegionsCommand extends command<object, Regions>({}, () => [], 'DescribeRegions', operation) {}
