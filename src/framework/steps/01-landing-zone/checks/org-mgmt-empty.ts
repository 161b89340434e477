import * as z from 'zod';
import { parseJson } from '../../../../words/json.ts';
import { type Answer, type Asking, all } from '../../../asks.ts';
import type { About } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { aggregated } from '../../../used.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { inOrganization } from '../facts.ts';

const about: About = {
  id: 'org-mgmt-empty',
  version: 1,
  title: 'Nothing runs in the management account',
  severity: 'medium',
  why: 'No policy binds the management account: whoever gets out of a workload there has the whole organization.',
  passes: 'Config’s aggregator has no instance, function or database in it, but those of the landing zone’s own tools.',
  fix: [
    '# move it to a workload account, then remove it here',
    'aws ec2 terminate-instances --instance-ids INSTANCE-ID',
    'aws lambda delete-function --function-name FUNCTION-NAME',
    'aws rds delete-db-instance --db-instance-identifier DATABASE --final-db-snapshot-identifier LAST-SNAPSHOT',
  ].join('\n'),
  references: [
    'CIS v7.0 2.1.3',
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_best-practices_mgmt-acct.html',
  ],
};

const workloads = [
  'AWS::EC2::Instance',
  'AWS::ECS::Cluster',
  'AWS::EKS::Cluster',
  'AWS::Lambda::Function',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
];

/** What Control Tower and the Landing Zone Accelerator keep there themselves. */
const ownTools = /^(?:aws-controltower-|AWSAccelerator-)/i;

/** Things that are named in a sentence. */
const named = 10;

interface Facts {
  /** What of it is recorded at all: an account without any row is not recorded, and says nothing. */
  recorded: Answer<readonly string[]>;
  found: Answer<readonly string[]>;
}

export const check = inOrganization(about, facts, judge);

function* facts(estate: Estate): Asking<Facts> {
  const { account } = organizationSpot(estate);
  const types = workloads.map((type) => `'${type}'`).join(', ');
  const [recorded, found] = yield* all([
    aggregated(estate, `SELECT resourceType, COUNT(*) WHERE accountId = '${account}' GROUP BY resourceType`),
    aggregated(
      estate,
      `SELECT resourceType, resourceName, resourceId, awsRegion WHERE accountId = '${account}' AND resourceType IN (${types})`,
    ),
  ]);
  if (recorded === undefined || found === undefined) throw new Error('The aggregator was not asked.');
  return { recorded, found };
}

const Item = z.object({
  resourceType: z.string(),
  resourceName: z.string().optional(),
  resourceId: z.string(),
  awsRegion: z.string(),
});

function judge({ recorded, found }: Facts, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (found.is === 'unknown') return [unknownFrom(spot, found)];
  if (recorded.is === 'unknown') return [unknownFrom(spot, recorded)];
  if (found.is === 'absent' || recorded.is === 'absent')
    return [
      unknown(spot, 'not asked', 'Config has no aggregator of the organization that could tell what runs there.'),
    ];
  if (recorded.value.length === 0)
    return [
      unknown(spot, 'not asked', 'The aggregator has nothing of the management account: Config does not record it.'),
    ];
  const items = found.value.map((row) => Item.safeParse(parseJson(row)));
  if (items.some(({ success }) => !success))
    return [unknown(spot, 'not asked', 'The answer of the aggregator cannot be read.')];
  const known = items.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (known.length === 0) return [pass(spot, 'No instance, function or database runs in the management account.')];
  const names = known.map(({ resourceType, resourceName, resourceId, awsRegion }) => ({
    name: resourceName ?? resourceId,
    told: `${resourceType.split('::').slice(1).join(' ')} ${resourceName ?? resourceId} in ${awsRegion}`,
  }));
  const more = names.length > named ? ` and ${names.length - named} more` : '';
  const list = `${names
    .slice(0, named)
    .map(({ told }) => told)
    .join(', ')}${more}`;
  const toolsAlone = names.every(({ name }) => ownTools.test(name));
  return [fail(spot, `In the management account: ${list}.`, toolsAlone ? { severity: 'low' } : {})];
}
