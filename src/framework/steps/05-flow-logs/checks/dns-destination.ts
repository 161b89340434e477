import type { Answer, Asking } from '../../../asks.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { type ArchiveBuckets, archiveBuckets, isCentral } from '../../../log-archive.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { associationOf, failingOpen, notOffered, type QueryLogging, queryLogging } from '../dns.ts';
import { judgeNetworks } from '../facts.ts';

const about: About = {
  id: 'dns-destination',
  version: 1,
  title: 'DNS queries are kept in the log archive',
  severity: 'low',
  why: 'Who took over an account can delete the query logs that are kept in it.',
  passes: 'The query logging configuration of each network delivers to the log archive account.',
  fix: 'aws route53resolver create-resolver-query-log-config --name central --creator-request-id central-1 --destination-arn arn:aws:s3:::ARCHIVE-BUCKET --region {region}\naws ram create-resource-share --name query-logs --resource-arns QUERY-LOG-CONFIG-ARN --principals ORGANIZATION-ARN --region {region}\naws route53resolver disassociate-resolver-query-log-config --resolver-query-log-config-id OLD-QUERY-LOG-CONFIG --resource-id {resource} --region {region}\naws route53resolver associate-resolver-query-log-config --resolver-query-log-config-id QUERY-LOG-CONFIG --resource-id {resource} --region {region}',
  references: [
    'https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-choosing-target-resource.html',
  ],
};

interface Facts {
  logging: QueryLogging;
  archive: Answer<ArchiveBuckets>;
  open: ReadonlySet<string>;
}

export const check = regionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  const logging = yield* queryLogging(scope);
  return { logging, archive: yield* archiveBuckets(scope.estate), open: yield* failingOpen(scope, logging) };
}

function judge({ logging, archive, open }: Facts, scope: RegionScope): Judged[] {
  const { networks, associations, configs } = logging;
  return judgeNetworks(networks, scope, (vpc) => {
    const spot = { account: scope.account.id, region: scope.region, resource: vpc };
    if (associations.is === 'unknown') return unknownFrom(spot, associations);
    if (associations.is === 'absent') return notApplicable(spot, notOffered);
    if (configs.is === 'unknown') return unknownFrom(spot, configs);
    const id = associationOf(associations.value, vpc)?.ResolverQueryLogConfigId;
    if (id === undefined) return fail(spot, 'The network’s queries are not logged.', { cause: 'dns-vpc-covered' });
    const config = configs.is === 'value' ? configs.value.find(({ Id }) => Id === id) : undefined;
    const where = config?.DestinationArn;
    if (where === undefined)
      return unknown(spot, 'not readable', `The configuration ${id} is not among those the account sees.`);
    const note = open.has(vpc) ? ' DNS Firewall lets queries through when it fails.' : '';
    if (archive.is !== 'value')
      return unknown(
        spot,
        archive.is === 'unknown' ? archive.why : 'not asked',
        `Queries go to ${where}; which account is the log archive is not known: set framework.logArchive.`,
      );
    return isCentral(where, archive) === true
      ? pass(spot, `Queries go to ${where} in the log archive.${note}`)
      : fail(spot, `Queries go to ${where}, not to the log archive.${note}`);
  });
}
