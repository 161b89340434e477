import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { AwsJson1_1Protocol } from '@aws-sdk/core/protocols';
import type { StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import { commandOf, listOf, ownSettings, structureOf } from './own-client.ts';

const namespace = 'com.amazonaws.route53resolver';

/**
 * Route 53 Resolver, for what is asked of the logging of DNS queries: the SDK's package stands still since 2024.
 * Source: Route 53 API reference, "Resolver query logging"; its API model for the target and shapes.
 */
export class Route53ResolverClient extends STSClient {
  constructor(settings: STSClientConfig) {
    super(
      ownSettings(settings, {
        serviceId: 'Route53Resolver',
        signingName: 'route53resolver',
        protocol: AwsJson1_1Protocol,
        protocolSettings: { defaultNamespace: namespace, serviceTarget: 'Route53Resolver' },
        host: ({ region, suffix }) => `route53resolver.${region}.${suffix}`,
      }),
    );
  }
}

const structure = (name: string, members: Parameters<typeof structureOf>[2]) => structureOf(namespace, name, members);

/** An operation that lists things by pages. */
const listing = (name: string, list: string, item: StaticStructureSchema): StaticOperationSchema => {
  const request = structure(`${name}Request`, { MaxResults: 1, NextToken: 0 });
  const response = structure(`${name}Response`, { NextToken: 0, [list]: listOf(namespace, `${list}List`, item) });
  return [9, namespace, name, 0, () => request, () => response];
};

const configs = listing(
  'ListResolverQueryLogConfigs',
  'ResolverQueryLogConfigs',
  structure('ResolverQueryLogConfig', {
    Id: 0,
    OwnerId: 0,
    Status: 0,
    ShareStatus: 0,
    Arn: 0,
    Name: 0,
    DestinationArn: 0,
  }),
);
const associations = listing(
  'ListResolverQueryLogConfigAssociations',
  'ResolverQueryLogConfigAssociations',
  structure('ResolverQueryLogConfigAssociation', {
    Id: 0,
    ResolverQueryLogConfigId: 0,
    ResourceId: 0,
    Status: 0,
    Error: 0,
    ErrorMessage: 0,
  }),
);
const firewalls = listing(
  'ListFirewallConfigs',
  'FirewallConfigs',
  structure('FirewallConfig', { Id: 0, ResourceId: 0, OwnerId: 0, FirewallFailOpen: 0 }),
);

const command = commandOf('Route53Resolver');

export class ListResolverQueryLogConfigsCommand extends command({}, () => [], 'ListResolverQueryLogConfigs', configs) {}
export class ListResolverQueryLogConfigAssociationsCommand extends command(
  {},
  () => [],
  'ListResolverQueryLogConfigAssociations',
  associations,
) {}
export class ListFirewallConfigsCommand extends command({}, () => [], 'ListFirewallConfigs', firewalls) {}
