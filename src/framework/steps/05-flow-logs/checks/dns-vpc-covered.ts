import { type Answer, type Asking, all } from '../../../asks.ts';
import type { QueryLogAssociation, QueryLogConfig } from '../../../calls/route53-resolver.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { archiveBuckets } from '../../../log-archive.ts';
import { fail, type Judged, notApplicable, pass, type Spot, unknown } from '../../../verdict.ts';
import { type Arrived, arrival } from '../arrivals.ts';
import { associationOf, notOffered, type QueryLogging, queryLogging, works } from '../dns.ts';
import { judgeNetworks } from '../facts.ts';

const about: About = {
  id: 'dns-vpc-covered',
  version: 1,
  title: 'The DNS queries of every network are logged',
  severity: 'medium',
  why: 'Flow logs do not have DNS queries, and the name that was asked for is often the first sign of malware.',
  passes: 'Each network that the account owns has an active association with a query logging configuration.',
  fix: 'aws route53resolver associate-resolver-query-log-config --resolver-query-log-config-id QUERY-LOG-CONFIG --resource-id {resource} --region {region}',
  references: ['https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html'],
};

interface Facts {
  logging: QueryLogging;
  arrived: ReadonlyMap<string, Arrived>;
}

export const check = regionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  const logging = yield* queryLogging(scope);
  const { networks, associations, configs } = logging;
  if (networks.is !== 'known' || associations.is !== 'value' || configs.is !== 'value')
    return { logging, arrived: new Map() };
  const archive = yield* archiveBuckets(scope.estate);
  const { own } = networks;
  const answers = yield* all(
    own.map((vpc) => {
      const config = configOf(associationOf(associations.value, vpc), configs);
      return arrival(
        scope.estate,
        config?.DestinationArn ?? '',
        archive,
        (day) => `AWSLogs/${scope.account.id}/vpcdnsquerylogs/${vpc}/${day}/`,
      );
    }),
  );
  return { logging, arrived: new Map(own.map((vpc, at) => [vpc, answers[at] ?? null])) };
}

const configOf = (
  association: QueryLogAssociation | undefined,
  configs: Answer<readonly QueryLogConfig[]>,
): QueryLogConfig | undefined =>
  configs.is === 'value' ? configs.value.find(({ Id }) => Id === association?.ResolverQueryLogConfigId) : undefined;

function judge({ logging, arrived }: Facts, scope: RegionScope): Judged[] {
  const { networks, associations, configs } = logging;
  return judgeNetworks(networks, scope, (vpc) => {
    const spot = { account: scope.account.id, region: scope.region, resource: vpc };
    if (associations.is === 'unknown') return unknownFrom(spot, associations);
    if (associations.is === 'absent') return notApplicable(spot, notOffered);
    const association = associationOf(associations.value, vpc);
    if (association === undefined) return fail(spot, 'No query logging configuration is associated with the network.');
    if (!works(association)) return notWorking(spot, association);
    if (configs.is === 'unknown') return unknownFrom(spot, configs);
    return ofConfig(spot, configOf(association, configs), arrived.get(vpc) ?? null);
  });
}

function notWorking(spot: Spot, { Status = '', Error: error = 'NONE', ErrorMessage }: QueryLogAssociation): Judged {
  const why = [error, ErrorMessage].filter((text) => text !== undefined).join(': ');
  switch (Status.toUpperCase()) {
    case 'CREATING':
      return unknown(spot, 'pending', 'The association is being made.');
    case 'ACTIVE':
    case 'ACTION_NEEDED':
    case 'FAILED':
    case 'DELETING':
      return fail(spot, `The association with the network is ${Status} (${why}).`);
    default:
      return unknown(spot, 'not asked', `The association has a status that is not known: ${Status}.`);
  }
}

function ofConfig(spot: Spot, config: QueryLogConfig | undefined, arrived: Arrived): Judged {
  const { Name = 'without a name', Status = '' } = config ?? {};
  if (config === undefined)
    return unknown(spot, 'not readable', 'The configuration of the association is not among those the account sees.');
  if (Status.toUpperCase() === 'CREATING') return unknown(spot, 'pending', `The configuration ${Name} is being made.`);
  if (['FAILED', 'DELETING'].includes(Status.toUpperCase()))
    return fail(spot, `The configuration ${Name} is ${Status}.`);
  if (Status.toUpperCase() !== 'CREATED')
    return unknown(spot, 'not asked', `The configuration ${Name} has a status that is not known: ${Status}.`);
  // A network in which nobody asked for a name since yesterday logs nothing: absence alone is no failure.
  return arrived?.arrived === true
    ? pass(spot, `Queries of the network came to ${arrived.where} lately.`, { proof: 'proven' })
    : pass(spot, `The configuration ${Name} logs the network’s queries.`);
}
