import { type Asking, all } from '../../../asks.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { rulingOf } from '../../../policies.ts';
import { fail, type Judged, notApplicable, pass, type Spot, unknown } from '../../../verdict.ts';
import { arnOf, type Bucket, type Buckets, buckets, type Logging, targetsOf } from '../facts.ts';
import { arrived, type Target, targetOf, writing } from '../targets.ts';

const about: About = {
  id: 's3-target-works',
  version: 1,
  title: 'Access logs can be written where they go',
  severity: 'high',
  why: 'S3 drops access logs that it cannot write, and says so nowhere.',
  passes:
    'The target is another bucket of the account and region, without Object Lock and Requester Pays, encrypted by S3’s own keys, and S3 may write to it; proven where logs of today are there.',
  fix: [
    'aws s3api put-bucket-encryption --bucket LOG-BUCKET --server-side-encryption-configuration \'{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}\' --region {region}',
    'aws s3api put-bucket-policy --bucket LOG-BUCKET --policy \'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::LOG-BUCKET/*","Condition":{"StringEquals":{"aws:SourceAccount":"{account}"}}}]}\' --region {region}',
    'aws s3api put-bucket-logging --bucket {name} --bucket-logging-status \'{"LoggingEnabled":{"TargetBucket":"LOG-BUCKET","TargetPrefix":"{name}/"}}\' --region {region}',
  ].join('\n'),
  references: ['https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html'],
};

interface Facts {
  buckets: Buckets;
  /** By name, those of the account. */
  targets: ReadonlyMap<string, Target>;
  /** By the name of the bucket that is logged. */
  arrived: ReadonlyMap<string, boolean | null>;
}

export const check = accountCheck(about, facts, judge);

const loggedOf = ({ all }: Buckets): { bucket: Bucket; logging: Logging }[] =>
  (all.is === 'value' ? all.value : []).flatMap((bucket) =>
    bucket.logging.is === 'value' && bucket.logging.value !== null ? [{ bucket, logging: bucket.logging.value }] : [],
  );

function* facts(scope: AccountScope): Asking<Facts> {
  const found = yield* buckets(scope);
  const own = found.all.is === 'value' ? found.all.value : [];
  const names = targetsOf(own);
  const targets = yield* all(own.filter(({ name }) => names.has(name)).map(targetOf));
  const byName = new Map(targets.map((target) => [target.bucket.name, target]));
  const logged = loggedOf(found).flatMap(({ bucket, logging }) => {
    const target = byName.get(logging.bucket);
    return target === undefined ? [] : [{ bucket, target }];
  });
  const seen = yield* all(logged.map(({ bucket, target }) => arrived(scope, bucket, target.bucket)));
  return {
    buckets: found,
    targets: byName,
    arrived: new Map(logged.map(({ bucket }, at) => [bucket.name, seen[at] ?? null])),
  };
}

function judge({ buckets, targets, arrived }: Facts, scope: AccountScope): Judged[] {
  const spot = { account: scope.account.id, region: 'global' };
  if (buckets.all.is === 'unknown') return [unknownFrom(spot, buckets.all)];
  const logged = loggedOf(buckets);
  if (logged.length === 0) return [notApplicable(spot, 'No bucket of the account has access logging.')];
  return logged.map(({ bucket, logging }) => {
    const at = { ...bucket.place, resource: arnOf(scope.estate, bucket.name) };
    const target = targets.get(logging.bucket);
    if (logging.bucket === bucket.name)
      return fail(at, 'It logs into itself: each log that is written is logged again.');
    if (target === undefined) return fail(at, `Its logs go to ${logging.bucket}, which is no bucket of the account.`);
    if (target.bucket.place.region !== bucket.place.region)
      return fail(
        at,
        `Its logs go to ${logging.bucket} in ${target.bucket.place.region}: it has to be in the same region.`,
      );
    return (
      settingsOf(at, target) ??
      mayWrite(at, scope, { bucket, logging, target }) ??
      (arrived.get(bucket.name) === true
        ? pass(at, `Its logs come to ${logging.bucket}.`, { proof: 'proven' })
        : pass(at, `Its logs can be written to ${logging.bucket}.`))
    );
  });
}

/** What in the target's settings keeps logs out; null: nothing. */
function settingsOf(at: Spot, { bucket, locked, requesterPays, encryption }: Target): Judged | null {
  const { name } = bucket;
  if (locked.is === 'value' && locked.value) return fail(at, `Its logs go to ${name}, which has Object Lock.`);
  if (requesterPays.is === 'value' && requesterPays.value)
    return fail(at, `Its logs go to ${name}, where the requester pays.`);
  if (encryption.is === 'value' && encryption.value.toUpperCase() !== 'AES256')
    return fail(at, `Its logs go to ${name}, which encrypts with ${encryption.value}: S3 cannot write logs so.`);
  for (const answer of [locked, requesterPays, encryption]) if (answer.is === 'unknown') return unknownFrom(at, answer);
  return null;
}

/** Why S3 may not write into the target; null: it may. */
function mayWrite(
  at: Spot,
  { estate }: AccountScope,
  { bucket, logging, target }: { bucket: Bucket; logging: Logging; target: Target },
): Judged | null {
  const { policy, granted } = target;
  if (policy.is === 'unknown') return unknownFrom(at, policy);
  const access = writing(estate, bucket, target.bucket, logging.prefix);
  const ruling =
    policy.is === 'value' && policy.value !== null ? rulingOf(policy.value, access) : ('not allowed' as const);
  if (ruling === 'allowed') return null;
  if (ruling === 'denied') return fail(at, `The policy of ${logging.bucket} denies S3 to write its logs.`);
  if (granted.is === 'value' && granted.value && ruling === 'not allowed') return null;
  if (granted.is === 'unknown') return unknownFrom(at, granted);
  return ruling === 'unclear'
    ? unknown(at, 'not readable', `The policy of ${logging.bucket} has conditions that cannot be judged from outside.`)
    : fail(at, `Neither the policy nor the access control list of ${logging.bucket} lets S3 write its logs.`);
}
