import type { STSClient, STSClientConfig } from '@aws-sdk/client-sts';
import { partition } from '@aws-sdk/core/client';
import { makeBuilder } from '@smithy/core/client';
import { getEndpointPlugin } from '@smithy/core/endpoints';
import type { MetadataBearer, StaticListSchema, StaticStructureSchema } from '@smithy/types';

/** A service that the bot asks by a small client of its own, because the SDK's package lacks what is asked. */
export interface OwnService {
  serviceId: string;
  signingName: string;
  protocol: NonNullable<STSClientConfig['protocol']>;
  protocolSettings: NonNullable<STSClientConfig['protocolSettings']>;
  /** The host in a region; `suffix` is that of the partition, `account` what the request is about. */
  host: (at: { region: string; suffix: string; account: string }) => string;
}

/** The settings of such a client: credentials, retries and clock are those of STS's client. */
export const ownSettings = (settings: STSClientConfig, service: OwnService): STSClientConfig => ({
  ...settings,
  serviceId: service.serviceId,
  protocol: service.protocol,
  protocolSettings: service.protocolSettings,
  endpointProvider: ({ Region = '', Endpoint, ...context }) => {
    const account: unknown = Reflect.get(context, 'AccountId');
    const suffix = partition(Region).dnsSuffix;
    const host = service.host({ region: Region, suffix, account: typeof account === 'string' ? account : '' });
    return { url: new URL(Endpoint ?? `https://${host}`) };
  },
  httpAuthSchemeProvider: ({ region }) => [
    {
      schemeId: 'aws.auth#sigv4',
      signingProperties: { signingName: service.signingName, signingRegion: region },
      propertiesExtractor: (config, context) => ({ signingProperties: { config, context } }),
    },
  ],
});

/** What makes the command classes of such a service. */
export const commandOf = (name: string) =>
  makeBuilder<STSClient['config'], object, MetadataBearer>(
    {
      Region: { type: 'builtInParams', name: 'region' },
      Endpoint: { type: 'builtInParams', name: 'endpoint' },
      AccountId: { type: 'contextParams', name: 'AccountId' },
    },
    name,
    `${name}Client`,
    getEndpointPlugin,
  );

type Member = StaticStructureSchema[5][number];

/** A structure with its members, each 0 (text), 1 (number), 2 (yes or no), 15 (any document) or another shape. */
export const structureOf = (
  namespace: string,
  name: string,
  members: Readonly<Record<string, Member>>,
): StaticStructureSchema => [3, namespace, name, 0, Object.keys(members), Object.values(members)];

export const listOf = (namespace: string, name: string, member: StaticListSchema[4]): StaticListSchema => [
  1,
  namespace,
  name,
  0,
  member,
];
