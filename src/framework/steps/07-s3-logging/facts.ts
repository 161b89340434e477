import * as z from 'zod';
import { parseJson } from '../../../words/json.ts';
import { type Answer, type Asking, all, ask, type Place } from '../../asks.ts';
import { describeDeliveries, describeDeliverySources } from '../../calls/logs.ts';
import { getBucketLocation, getBucketLogging, listBuckets } from '../../calls/s3.ts';
import type { AccountScope } from '../../check.ts';
import type { Estate } from '../../estate.ts';
import { aggregated } from '../../used.ts';
import { allTrails } from '../02-cloudtrail/facts.ts';
import { type DataTrails, dataTrails } from './data-events.ts';

/** Where a bucket's access logs go. */
export interface Logging {
  bucket: string;
  prefix: string;
}

/** A bucket of an account. */
export interface Bucket {
  name: string;
  place: Place;
  /** Null: it has no access logging. */
  logging: Answer<Logging | null>;
}

export interface Buckets {
  /** The general purpose buckets: the others have no access logs. */
  all: Answer<readonly Bucket[]>;
  /** The bucket of the organization's trail, which step 3 looks after. */
  archives: ReadonlySet<string>;
}

/** The buckets of an account with their logging, asked of each only where Config's aggregator does not know of any. */
export function* buckets({ estate, account }: AccountScope): Asking<Buckets> {
  const { meant } = yield* allTrails(estate);
  const archives = new Set(meant.map(({ trail }) => trail.S3BucketName));
  const listed = yield* ask(listBuckets, { account: account.id, region: estate.home.region });
  if (listed.is !== 'value') return { all: listed, archives };
  const known = yield* knownLogging(estate);
  const found = yield* all(
    listed.value.Buckets.map(({ Name, BucketRegion }) => bucketOf(estate, account.id, Name, BucketRegion, known)),
  );
  return { all: { ...listed, value: found }, archives };
}

function* bucketOf(
  estate: Estate,
  account: string,
  name: string,
  given: string | undefined,
  known: ReadonlyMap<string, Logging>,
): Asking<Bucket> {
  const region = given ?? (yield* regionOf(estate, account, name));
  const place = { account, region };
  const already = known.get(name);
  if (already !== undefined) return { name, place, logging: { is: 'value', value: already, at: estate.now } };
  const answer = yield* ask(getBucketLogging, place, { Bucket: name });
  if (answer.is !== 'value') return { name, place, logging: answer };
  const { TargetBucket, TargetPrefix = '' } = answer.value.LoggingEnabled ?? {};
  return {
    name,
    place,
    logging: { ...answer, value: TargetBucket === undefined ? null : { bucket: TargetBucket, prefix: TargetPrefix } },
  };
}

/** A bucket is asked for in its region alone. */
function* regionOf(estate: Estate, account: string, Bucket: string): Asking<string> {
  const answer = yield* ask(getBucketLocation, { account, region: estate.home.region }, { Bucket });
  if (answer.is !== 'value') return estate.home.region;
  return answer.value.LocationConstraint ?? 'us-east-1';
}

const Row = z.object({
  resourceName: z.string(),
  supplementaryConfiguration: z.object({ BucketLoggingConfiguration: z.unknown() }),
});
const Configuration = z.object({ destinationBucketName: z.string(), logFilePrefix: z.string().nullish() });

/** Read once for each answer: every account asks for the same rows. */
const read = new WeakMap<readonly string[], ReadonlyMap<string, Logging>>();

/** The buckets of which Config's aggregator knows where their access logs go: names of buckets are the world's. */
function* knownLogging(estate: Estate): Asking<ReadonlyMap<string, Logging>> {
  const rows = yield* aggregated(
    estate,
    "SELECT resourceName, supplementaryConfiguration.BucketLoggingConfiguration WHERE resourceType = 'AWS::S3::Bucket'",
  );
  if (rows.is !== 'value') return new Map();
  const kept = read.get(rows.value) ?? new Map(rows.value.flatMap(loggingIn));
  read.set(rows.value, kept);
  return kept;
}

function loggingIn(row: string): [string, Logging][] {
  const parsed = Row.safeParse(parseJson(row));
  if (!parsed.success) return [];
  const { BucketLoggingConfiguration: given } = parsed.data.supplementaryConfiguration;
  const logging = Configuration.safeParse(typeof given === 'string' ? parseJson(given) : given);
  if (!logging.success) return [];
  const { destinationBucketName: bucket, logFilePrefix } = logging.data;
  return [[parsed.data.resourceName, { bucket, prefix: logFilePrefix ?? '' }]];
}

/** What else may tell of requests to the buckets that have no access logging, by region. */
export interface Others {
  trails: DataTrails;
  /** ARNs of buckets whose access logs CloudWatch Logs delivers. */
  delivered: Answer<ReadonlySet<string>>;
}

export function* others(
  { estate, account }: AccountScope,
  regions: readonly string[],
): Asking<ReadonlyMap<string, Others>> {
  const found = yield* all(regions.map((region) => othersIn(estate, { account: account.id, region })));
  return new Map(found.map((one, at) => [regions[at] ?? '', one]));
}

export function* othersIn(estate: Estate, place: Place): Asking<Others> {
  return {
    trails: yield* dataTrails(estate, place.account, place.region),
    delivered: yield* deliveredIn(place),
  };
}

/** Source: CloudWatch Logs user guide, "Enable logging from AWS services". */
function* deliveredIn(place: Place): Asking<Answer<ReadonlySet<string>>> {
  const sources = yield* ask(describeDeliverySources, place);
  if (sources.is !== 'value') return sources;
  const wanted = sources.value.deliverySources.filter(
    ({ logType = '', status = 'ACTIVE' }) =>
      logType.toUpperCase() === 'S3_SERVER_ACCESS_LOGS' && status.toUpperCase() === 'ACTIVE',
  );
  if (wanted.length === 0) return { ...sources, value: new Set() };
  const deliveries = yield* ask(describeDeliveries, place);
  if (deliveries.is !== 'value') return deliveries;
  const delivering = new Set(deliveries.value.deliveries.map(({ deliverySourceName }) => deliverySourceName));
  return {
    ...deliveries,
    value: new Set(wanted.filter(({ name }) => delivering.has(name)).flatMap(({ resourceArns }) => resourceArns)),
  };
}

export const arnOf = (estate: Estate, bucket: string): string => `arn:${estate.home.partition}:s3:::${bucket}`;

/** The buckets to which others of the account log. */
export const targetsOf = (all: readonly Bucket[]): ReadonlySet<string> =>
  new Set(
    all.flatMap(({ logging }) => (logging.is === 'value' && logging.value !== null ? [logging.value.bucket] : [])),
  );
