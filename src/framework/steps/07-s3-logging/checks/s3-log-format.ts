import { type Answer, type Asking, all, ask, mapped } from '../../../asks.ts';
import { getBucketLogging } from '../../../calls/s3.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { arnOf, type Bucket, type Buckets, buckets } from '../facts.ts';

const about: About = {
  id: 's3-log-format',
  version: 1,
  title: 'Access logs lie in folders by day',
  severity: 'low',
  why: 'Without them a question about one day reads the logs of all years.',
  passes: 'The keys of access logs are partitioned by the time of the event.',
  fix: 'aws s3api put-bucket-logging --bucket {name} --bucket-logging-status \'{"LoggingEnabled":{"TargetBucket":"LOG-BUCKET","TargetPrefix":"{name}/","TargetObjectKeyFormat":{"PartitionedPrefix":{"PartitionDateSource":"EventTime"}}}}\' --region {region}',
  references: ['https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#server-access-logging-overview'],
};

interface Facts {
  buckets: Buckets;
  /** One bucket of each target, with how its logs are named: those of one target are set up alike. */
  samples: readonly { bucket: Bucket; byEventTime: Answer<boolean> }[];
}

export const check = accountCheck(about, facts, judge);

function* facts(scope: AccountScope): Asking<Facts> {
  const found = yield* buckets(scope);
  const byTarget = new Map<string, Bucket>();
  for (const bucket of found.all.is === 'value' ? found.all.value : [])
    if (bucket.logging.is === 'value' && bucket.logging.value !== null && !byTarget.has(bucket.logging.value.bucket))
      byTarget.set(bucket.logging.value.bucket, bucket);
  const sampled = [...byTarget.values()];
  const answers = yield* all(sampled.map(({ name, place }) => ask(getBucketLogging, place, { Bucket: name })));
  return {
    buckets: found,
    samples: answers.flatMap((answer, at) => {
      const bucket = sampled[at];
      if (bucket === undefined) return [];
      const byEventTime = mapped(
        answer,
        ({ LoggingEnabled }) =>
          LoggingEnabled?.TargetObjectKeyFormat?.PartitionedPrefix?.PartitionDateSource?.toUpperCase() === 'EVENTTIME',
      );
      return [{ bucket, byEventTime }];
    }),
  };
}

function judge({ buckets, samples }: Facts, { estate, account }: AccountScope): Judged[] {
  const spot = { account: account.id, region: 'global' };
  if (buckets.all.is === 'unknown') return [unknownFrom(spot, buckets.all)];
  if (samples.length === 0) return [notApplicable(spot, 'No bucket of the account has access logging.')];
  return samples.map(({ bucket: { name, place }, byEventTime }) => {
    const at = { ...place, resource: arnOf(estate, name) };
    if (byEventTime.is === 'unknown') return unknownFrom(at, byEventTime);
    return byEventTime.is === 'value' && byEventTime.value
      ? pass(at, 'Its access logs lie in folders by the day of the event.')
      : fail(at, 'Its access logs lie in one folder.');
  });
}
