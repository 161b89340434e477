import { known } from '../../organization/accounts.ts';
import { networks } from '../../organization/network.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { hexOf } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { modelled } from '../modelled.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

interface QueryLogConfig {
  id: string;
  /** Who made it; it is shared with the whole organization where `shared`. */
  account: string;
  region: string;
  name: string;
  destination: string;
  shared: boolean;
}

interface Association {
  id: string;
  config: string;
  vpc: string;
  account: string;
  region: string;
  status: 'CREATING' | 'ACTIVE' | 'ACTION_NEEDED' | 'FAILED';
  error: 'NONE' | 'DESTINATION_NOT_FOUND' | 'ACCESS_DENIED' | 'INTERNAL_SERVICE_ERROR';
}

/** The bucket in the archive account to which every network's DNS queries go. */
export const dnsLogBucket = ({ id }: Organization): string => `${id}-dns-logs`;

const configIn = (region: string): string => `rqlc-${hexOf('query log config', region).slice(0, 16)}`;

/** One configuration of shared services in each region, shared with everybody. */
const configs = perOrganization((organization): QueryLogConfig[] =>
  [homeRegion, 'us-east-1'].map((region) => ({
    id: configIn(region),
    account: known.sharedServices,
    region,
    name: 'organization',
    destination: `arn:aws:s3:::${dnsLogBucket(organization)}`,
    shared: true,
  })),
);

/** Every network logs its queries, but dev's second one, which was forgotten. */
const associations = perOrganization((organization): Association[] =>
  networks(organization)
    .filter(({ account, region }) => !(account === known.dev && region === 'us-east-1'))
    .map(({ id, account, region }) => ({
      id: `rqlca-${hexOf('association', id).slice(0, 16)}`,
      config: configIn(region),
      vpc: id,
      account,
      region,
      status: 'ACTIVE',
      error: 'NONE',
    })),
);

/** Lets the logging of a network's queries fail, which no call of the API can. */
export function breakQueryLogs(organization: Organization, vpc: string, error: Association['error']): void {
  for (const association of associations(organization))
    if (association.vpc === vpc) Object.assign(association, { status: 'ACTION_NEEDED', error });
}

/** Whether the queries of a network are logged to a bucket. */
export const logsQueries = (organization: Organization, vpc: string): boolean =>
  associations(organization).some((one) => one.vpc === vpc && one.status === 'ACTIVE');

/** Where the queries of each network go. */
export const queryLogDestinations = (organization: Organization): { vpc: string; destination: string }[] =>
  associations(organization)
    .filter(({ status, error }) => status === 'ACTIVE' && error === 'NONE')
    .flatMap(({ vpc, config }) => {
      const found = configs(organization).find(({ id }) => id === config);
      return found === undefined ? [] : [{ vpc, destination: found.destination }];
    });

/** What the SDK's package of Route 53 Resolver would type, had it not stood still. */
interface Paged {
  NextToken?: string;
  MaxResults?: number;
}

/** The logging of DNS queries. Source: Route 53 API reference, "Resolver query logging". */
export const route53Resolver: Service = {
  signingName: 'route53resolver',
  sdk: async () => modelled('route53resolver', 'aws.protocols#awsJson1_1'),
  operations: {
    ListResolverQueryLogConfigs: (call: Call<Paged>) => {
      const { items, next } = paged(call, configsSeen(call));
      return { ResolverQueryLogConfigs: items.map((config) => describeConfig(call, config)), NextToken: next };
    },

    ListResolverQueryLogConfigAssociations: (call: Call<Paged>) => {
      const mine = associations(call.organization).filter(
        ({ account, region }) => account === call.account && region === call.region,
      );
      const { items, next } = paged(call, mine);
      return { ResolverQueryLogConfigAssociations: items.map(describeAssociation), NextToken: next };
    },

    ListFirewallConfigs: (call: Call<Paged>) => {
      const { items, next } = paged(
        call,
        networks(call.organization).filter(({ account, region }) => account === call.account && region === call.region),
      );
      return {
        FirewallConfigs: items.map(({ id, account }) => ({
          Id: `rslvr-fc-${hexOf('firewall', id).slice(0, 16)}`,
          ResourceId: id,
          OwnerId: account,
          FirewallFailOpen: 'DISABLED',
        })),
        NextToken: next,
      };
    },

    CreateResolverQueryLogConfig: (call: Call<{ Name: string; DestinationArn: string; CreatorRequestId: string }>) => {
      const { Name: name, DestinationArn: destination, CreatorRequestId } = call.input;
      const config: QueryLogConfig = {
        id: `rqlc-${hexOf('query log config', call.account, call.region, CreatorRequestId).slice(0, 16)}`,
        account: call.account,
        region: call.region,
        name,
        destination,
        shared: false,
      };
      configs(call.organization).push(config);
      return { ResolverQueryLogConfig: describeConfig(call, config) };
    },

    AssociateResolverQueryLogConfig: (call: Call<{ ResolverQueryLogConfigId: string; ResourceId: string }>) => {
      const { ResolverQueryLogConfigId: config, ResourceId: vpc } = call.input;
      if (!configsSeen(call).some(({ id }) => id === config))
        throw new AwsError('ResourceNotFoundException', `[RSLVR-00802] There is no query log config ${config}.`);
      const own = networks(call.organization).some(({ id, account }) => id === vpc && account === call.account);
      if (!own) throw new AwsError('InvalidParameterException', `[RSLVR-00803] There is no VPC ${vpc}.`);
      const association: Association = {
        id: `rqlca-${hexOf('association', vpc, config).slice(0, 16)}`,
        config,
        vpc,
        account: call.account,
        region: call.region,
        status: 'ACTIVE',
        error: 'NONE',
      };
      associations(call.organization).push(association);
      return { ResolverQueryLogConfigAssociation: describeAssociation(association) };
    },

    DisassociateResolverQueryLogConfig: (call: Call<{ ResolverQueryLogConfigId: string; ResourceId: string }>) => {
      const { ResolverQueryLogConfigId: config, ResourceId: vpc } = call.input;
      const kept = associations(call.organization);
      const at = kept.findIndex((one) => one.vpc === vpc && one.config === config && one.account === call.account);
      const [gone] = at === -1 ? [] : kept.splice(at, 1);
      if (gone === undefined)
        throw new AwsError('ResourceNotFoundException', `[RSLVR-00804] ${vpc} is not associated with ${config}.`);
      return { ResolverQueryLogConfigAssociation: describeAssociation(gone) };
    },
  },
};

const configsSeen = ({ organization, account, region }: Call<unknown>): QueryLogConfig[] =>
  configs(organization).filter((one) => one.region === region && (one.account === account || one.shared));

function paged<Thing>(call: Call<Paged>, all: readonly Thing[]): { items: Thing[]; next: string | undefined } {
  const { NextToken: token, MaxResults: size = 100, ...request } = call.input;
  const refusal = new AwsError('InvalidNextTokenException', '[RSLVR-00801] The token is not valid.');
  return pageOf(all, { token, size, request, refusal });
}

const describeConfig = ({ account: asking }: Call<unknown>, config: QueryLogConfig) => ({
  Id: config.id,
  OwnerId: config.account,
  Status: 'CREATED',
  ShareStatus: config.account !== asking ? 'SHARED_WITH_ME' : config.shared ? 'SHARED_BY_ME' : 'NOT_SHARED',
  Arn: `arn:aws:route53resolver:${config.region}:${config.account}:resolver-query-log-config/${config.id}`,
  Name: config.name,
  DestinationArn: config.destination,
});

const describeAssociation = ({ id, config, vpc, status, error }: Association) => ({
  Id: id,
  ResolverQueryLogConfigId: config,
  ResourceId: vpc,
  Status: status,
  Error: error,
});
