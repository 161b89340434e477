import * as z from 'zod';
import { parseJson } from '../words/json.ts';
import { isWord } from '../words/text.ts';
import { type Answer, type Asking, all, ask, mapped, type Place } from './asks.ts';
import {
  describeConfigurationAggregatorSourcesStatus,
  describeConfigurationAggregators,
  type SourceStatus,
  selectAggregateResourceConfig,
} from './calls/config.ts';
import { getCallerIdentity } from './calls/sts.ts';
import type { RegionScope } from './check.ts';
import { activeAccounts, administratorOf, type Estate, globalPlace, regionsOf } from './estate.ts';

/** An aggregator of AWS Config, which has what other accounts and regions record. */
export interface Aggregator extends Place {
  name: string;
  arn: string;
  ofOrganization: boolean;
  everyRegion: boolean;
}

/** The aggregators of the account that administers Config and of the management account; the best comes first. */
function* aggregators(estate: Estate): Asking<Answer<readonly Aggregator[]>> {
  const { home, accounts } = estate;
  const regions = new Set([
    home.region,
    ...accounts.flatMap(({ regions }) => (regions.is === 'value' ? regions.value : [])),
  ]);
  const places = askersOf(estate).flatMap((account) => [...regions].map((region) => ({ account, region })));
  const answers = yield* all(places.map(aggregatorsIn));
  const found = answers.flatMap((answer) => (answer.is === 'value' ? answer.value : []));
  const dark = answers.find((answer) => answer.is === 'unknown');
  if (found.length === 0 && dark !== undefined) return dark;
  const rank = (one: Aggregator): number => (one.ofOrganization ? 2 : 0) + (one.everyRegion ? 1 : 0);
  return { is: 'value', value: found.toSorted((a, b) => rank(b) - rank(a)), at: estate.now };
}

/** Accounts that may have an aggregator of the organization. */
function askersOf(estate: Estate): string[] {
  const { organization } = estate;
  const administrator = administratorOf(estate, 'config.amazonaws.com');
  return [
    ...new Set([
      ...(administrator.is === 'value' ? [administrator.value] : []),
      ...(organization.is === 'value' ? [organization.value.managementAccount] : []),
    ]),
  ];
}

function* aggregatorsIn(place: Place): Asking<Answer<readonly Aggregator[]>> {
  return mapped(yield* ask(describeConfigurationAggregators, place), ({ ConfigurationAggregators }) =>
    ConfigurationAggregators.map((one) => ({
      ...place,
      name: one.ConfigurationAggregatorName,
      arn: one.ConfigurationAggregatorArn,
      ofOrganization: one.OrganizationAggregationSource !== undefined,
      everyRegion: one.OrganizationAggregationSource?.AllAwsRegions === true,
    })),
  );
}

/** The aggregator of the whole organization: absent where there is none. */
export function* aggregator(estate: Estate): Asking<Answer<Aggregator>> {
  // It is nearly always where the bot is, and is asked for again by every check.
  const [administrator] = askersOf(estate);
  const near =
    administrator === undefined
      ? undefined
      : yield* aggregatorsIn({ account: administrator, region: estate.home.region });
  const best = near?.is === 'value' ? near.value.find(({ everyRegion }) => everyRegion) : undefined;
  if (best !== undefined) return { is: 'value', value: best, at: estate.now };
  const found = yield* aggregators(estate);
  if (found.is !== 'value') return found;
  const [first] = found.value;
  if (first?.ofOrganization === true) return { is: 'value', value: first, at: found.at };
  const message = 'AWS Config has no aggregator of the organization.';
  return { is: 'absent', error: 'NoAggregator', message, at: found.at };
}

/** What the aggregator of the organization gets from each account and region. */
export function* sources(estate: Estate): Asking<Answer<readonly SourceStatus[]>> {
  const found = yield* aggregator(estate);
  if (found.is !== 'value') return found;
  const { account, region, name } = found.value;
  const answer = yield* ask(
    describeConfigurationAggregatorSourcesStatus,
    { account, region },
    { ConfigurationAggregatorName: name },
  );
  return mapped(answer, ({ AggregatedSourceStatusList }) => AggregatedSourceStatusList);
}

/** Asks the aggregator of the organization in Config's SQL; each row is JSON. */
export function* aggregated(estate: Estate, Expression: string): Asking<Answer<readonly string[]>> {
  const found = yield* aggregator(estate);
  if (found.is !== 'value') return found;
  const { name, account, region } = found.value;
  const answer = yield* ask(
    selectAggregateResourceConfig,
    { account, region },
    { ConfigurationAggregatorName: name, Expression },
  );
  return answer.is === 'value' ? { ...answer, value: answer.value.Results } : answer;
}

/** Kinds of resources that a company makes itself, and that are worth guarding. */
export const madeByCustomers: readonly string[] = [
  'AWS::DynamoDB::Table',
  'AWS::EC2::Instance',
  'AWS::EC2::VPC',
  'AWS::ECS::Cluster',
  'AWS::EKS::Cluster',
  'AWS::KMS::Key',
  'AWS::Lambda::Function',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
];

/** Whether an account uses a region: `silent` where the aggregator has nothing of it, so that only asking there tells. */
export type Use = 'used' | 'unused' | 'silent';

/**
 * Whether resources of these types are in a region of an account, as the aggregator counts them: where it gets nothing new
 * of a place it is silent. Every region in which
 * Config records has something that AWS made itself, so a region without any row is one that is not recorded, and says
 * nothing.
 */
export function* regionUse(
  { estate, account, region }: RegionScope,
  types: readonly string[] = madeByCustomers,
): Asking<Use> {
  const list = types.map((type) => `'${type}'`).join(', ');
  const [every, meant] = yield* all([
    aggregated(estate, 'SELECT accountId, awsRegion, COUNT(*) GROUP BY accountId, awsRegion'),
    aggregated(
      estate,
      `SELECT accountId, awsRegion, COUNT(*) WHERE resourceType IN (${list}) GROUP BY accountId, awsRegion`,
    ),
  ]);
  if (every?.is !== 'value' || meant?.is !== 'value') return 'silent';
  const place = `${account.id} ${region}`;
  if (placesIn(meant.value).has(place)) return 'used';
  if (!placesIn(every.value).has(place)) return 'silent';
  const known = yield* sources(estate);
  return known.is === 'value' && failingOf(known.value).has(place) ? 'silent' : 'unused';
}

/** The regions that some account uses, as the aggregator counts; every region where it counts nothing at all. */
export function* usedRegions(estate: Estate): Asking<readonly string[]> {
  const regions = regionsOf(estate);
  const uses = yield* all(regions.map((region) => usedBySome(estate, region)));
  return uses.includes(true) ? regions.filter((_, at) => uses[at]) : regions;
}

function* usedBySome(estate: Estate, region: string): Asking<boolean> {
  for (const account of activeAccounts(estate))
    if ((yield* regionUse({ estate, account, region })) === 'used') return true;
  return false;
}

/**
 * Whether a place need not be asked: the aggregator knows of nothing there of these types, and the bot can look into the
 * account. One into which it cannot look is asked all the same, so that it says so.
 */
export function* isIdle(scope: RegionScope, types: readonly string[]): Asking<boolean> {
  if ((yield* regionUse(scope, types)) !== 'unused') return false;
  const identity = yield* ask(getCallerIdentity, globalPlace(scope.estate, scope.account.id));
  return identity.is === 'value';
}

/** Read once for each answer. */
const failing = new WeakMap<readonly SourceStatus[], ReadonlySet<string>>();

/** Places of which the aggregator gets nothing new: that it has nothing of them says nothing. */
function failingOf(rows: readonly SourceStatus[]): ReadonlySet<string> {
  const known = failing.get(rows);
  if (known !== undefined) return known;
  const places = new Set(
    rows.flatMap(({ SourceId, AwsRegion, LastUpdateStatus }) =>
      isWord(LastUpdateStatus, 'SUCCEEDED') ? [] : [`${SourceId} ${AwsRegion}`],
    ),
  );
  failing.set(rows, places);
  return places;
}

const Counted = z.object({ accountId: z.string(), awsRegion: z.string() });

/** Read once for each answer: thousands of rows are asked for thousands of times. */
const read = new WeakMap<readonly string[], ReadonlySet<string>>();

function placesIn(rows: readonly string[]): ReadonlySet<string> {
  const known = read.get(rows);
  if (known !== undefined) return known;
  const places = new Set(
    rows.flatMap((row) => {
      const { success, data } = Counted.safeParse(parseJson(row));
      return success ? [`${data.accountId} ${data.awsRegion}`] : [];
    }),
  );
  read.set(rows, places);
  return places;
}
