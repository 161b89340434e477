import { type Answer, type Asking, ask, mapped } from '../../asks.ts';
import {
  listFirewallConfigs,
  listResolverQueryLogConfigAssociations,
  listResolverQueryLogConfigs,
  type QueryLogAssociation,
  type QueryLogConfig,
} from '../../calls/route53-resolver.ts';
import type { RegionScope } from '../../check.ts';
import { type Networks, networks } from './facts.ts';

/** The logging of the DNS queries of an account's networks in a region. */
export interface QueryLogging {
  networks: Networks;
  associations: Answer<readonly QueryLogAssociation[]>;
  /** Those of the account, and those that are shared with it. */
  configs: Answer<readonly QueryLogConfig[]>;
}

export function* queryLogging(scope: RegionScope): Asking<QueryLogging> {
  const found = yield* networks(scope);
  if (found.is !== 'known' || found.own.length === 0) {
    const none = { is: 'value' as const, value: [], at: scope.estate.now };
    return { networks: found, associations: none, configs: none };
  }
  const place = { account: scope.account.id, region: scope.region };
  return {
    networks: found,
    associations: mapped(
      yield* ask(listResolverQueryLogConfigAssociations, place),
      ({ ResolverQueryLogConfigAssociations }) => ResolverQueryLogConfigAssociations,
    ),
    configs: mapped(
      yield* ask(listResolverQueryLogConfigs, place),
      ({ ResolverQueryLogConfigs }) => ResolverQueryLogConfigs,
    ),
  };
}

/** Networks whose DNS Firewall lets queries through when it fails; nothing where that cannot be asked. */
export function* failingOpen(scope: RegionScope, { networks }: QueryLogging): Asking<ReadonlySet<string>> {
  if (networks.is !== 'known' || networks.own.length === 0) return new Set();
  const answer = yield* ask(listFirewallConfigs, { account: scope.account.id, region: scope.region });
  if (answer.is !== 'value') return new Set();
  return new Set(
    answer.value.FirewallConfigs.flatMap(({ FirewallFailOpen, ResourceId }) =>
      FirewallFailOpen?.toUpperCase() === 'ENABLED' && ResourceId !== undefined ? [ResourceId] : [],
    ),
  );
}

export const notOffered = 'Query logging of Route 53 Resolver is not offered in this region.';

/** An association that works, or the one that is nearest to it. */
export function associationOf(
  associations: readonly QueryLogAssociation[],
  vpc: string,
): QueryLogAssociation | undefined {
  const own = associations.filter(({ ResourceId }) => ResourceId === vpc);
  return own.find(works) ?? own[0];
}

export const works = ({ Status = '', Error: error = 'NONE' }: QueryLogAssociation): boolean =>
  Status.toUpperCase() === 'ACTIVE' && error.toUpperCase() === 'NONE';
