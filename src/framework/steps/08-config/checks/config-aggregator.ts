import type { Answer, Asking } from '../../../asks.ts';
import type { SourceStatus } from '../../../calls/config.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { activeAccounts, type Estate, type EstateAccount, organizationSpot, unknownFrom } from '../../../estate.ts';
import { type Aggregator, aggregator, sources } from '../../../used.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';

const about: About = {
  id: 'config-aggregator',
  version: 1,
  title: 'One place has what every account records',
  severity: 'medium',
  why: 'Without an aggregator a question about all accounts is asked in each of them, and a silent one is not noticed.',
  passes: 'An aggregator of the organization and of all regions that gets something from every account and region.',
  fix: 'aws configservice put-configuration-aggregator --configuration-aggregator-name organization --organization-aggregation-source RoleArn=arn:aws:iam::{account}:role/aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations,AllAwsRegions=true --region REGION',
  references: [
    'SRA-CONFIG-04',
    'SRA-CONFIG-05',
    'SRA-CONFIG-09',
    'https://docs.aws.amazon.com/config/latest/developerguide/aggregate-data.html',
  ],
};

interface Facts {
  found: Answer<Aggregator>;
  sources: Answer<readonly SourceStatus[]>;
}

export const check = organizationCheck(about, facts, judge);

function* facts(estate: Estate): Asking<Facts> {
  return { found: yield* aggregator(estate), sources: yield* sources(estate) };
}

function judge({ found, sources }: Facts, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (estate.organization.is === 'absent') return [notApplicable(spot, 'There is no organization to aggregate.')];
  if (found.is === 'unknown') return [unknownFrom(spot, found)];
  if (found.is === 'absent') return [fail(spot, found.message)];
  const { name, arn, everyRegion, account, region } = found.value;
  const at = { account, region, resource: arn };
  if (!everyRegion) return [fail(at, `The aggregator ${name} is not of all regions.`)];
  if (sources.is === 'unknown') return [unknownFrom(at, sources)];
  const rows = sources.is === 'value' ? sources.value : [];
  const byAccount = Map.groupBy(rows, ({ SourceId }) => SourceId ?? '');
  return activeAccounts(estate).map((one) => ofAccount(one, byAccount.get(one.id) ?? [], found.value));
}

function ofAccount({ id, regions }: EstateAccount, rows: readonly SourceStatus[], { name, arn }: Aggregator): Judged {
  const spot = { account: id, region: 'global', resource: arn };
  const heard = new Set(rows.map(({ AwsRegion }) => AwsRegion));
  const missing = regions.is === 'value' ? regions.value.filter((region) => !heard.has(region)) : [];
  const broken = rows.filter(
    ({ LastUpdateStatus, AwsRegion = '' }) =>
      LastUpdateStatus?.toUpperCase() !== 'SUCCEEDED' && (regions.is !== 'value' || regions.value.includes(AwsRegion)),
  );
  if (missing.length > 0)
    return fail(spot, `The aggregator ${name} knows nothing of ${missing.slice(0, 5).join(', ')} of the account.`);
  const first = broken.find((row) => ['FAILED', 'OUTDATED'].includes(row.LastUpdateStatus?.toUpperCase() ?? ''));
  if (first !== undefined)
    return fail(
      spot,
      `The aggregator ${name} gets nothing new from ${first.AwsRegion} of the account: ${first.LastUpdateStatus}${
        first.LastErrorCode === undefined ? '' : ` (${first.LastErrorCode})`
      }.`,
    );
  const [strange] = broken;
  if (strange !== undefined)
    return unknown(
      spot,
      'not asked',
      `What the aggregator ${name} gets from ${strange.AwsRegion} is ${strange.LastUpdateStatus}, a word that is not known.`,
    );
  if (regions.is === 'unknown') return unknownFrom(spot, regions);
  return pass(spot, `The aggregator ${name} has what the account records in each region.`, {
    inheritedFrom: `Config aggregator ${name}`,
  });
}
