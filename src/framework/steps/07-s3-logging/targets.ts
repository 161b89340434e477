import { type Answer, type Asking, all, ask, mapped } from '../../asks.ts';
import {
  anyObject,
  getBucketAcl,
  getBucketEncryption,
  getBucketOwnershipControls,
  getBucketPolicy,
  getBucketRequestPayment,
  getObjectLockConfiguration,
} from '../../calls/s3.ts';
import type { AccountScope } from '../../check.ts';
import type { Estate } from '../../estate.ts';
import type { Bucket } from './facts.ts';

/** What decides whether S3 can write access logs into a bucket. */
export interface Target {
  bucket: Bucket;
  locked: Answer<boolean>;
  requesterPays: Answer<boolean>;
  /** As `AES256`, `aws:kms`. */
  encryption: Answer<string>;
  /** Null: it has none. */
  policy: Answer<string | null>;
  /** Whether S3's log delivery group may write by the access control list; false where lists are off. */
  granted: Answer<boolean>;
}

const logDelivery = 'http://acs.amazonaws.com/groups/s3/LogDelivery';

/** Makes what is absent a value. */
const orElse = <Value>(answer: Answer<Value>, value: Value): Answer<Value> =>
  answer.is === 'absent' ? { is: 'value', value, at: answer.at } : answer;

export function* targetOf(bucket: Bucket): Asking<Target> {
  const { place, name: Bucket } = bucket;
  const lock = yield* ask(getObjectLockConfiguration, place, { Bucket });
  const payment = yield* ask(getBucketRequestPayment, place, { Bucket });
  const encryption = yield* ask(getBucketEncryption, place, { Bucket });
  const policy = yield* ask(getBucketPolicy, place, { Bucket });
  return {
    bucket,
    locked: orElse(
      mapped(lock, () => true),
      false,
    ),
    requesterPays: mapped(payment, ({ Payer = '' }) => Payer.toUpperCase() === 'REQUESTER'),
    encryption: orElse(
      mapped(
        encryption,
        ({ ServerSideEncryptionConfiguration: { Rules } }) =>
          Rules.map((rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).find(
            (algorithm) => algorithm !== undefined,
          ) ?? 'AES256',
      ),
      'AES256',
    ),
    policy: orElse<string | null>(
      mapped(policy, ({ Policy }) => Policy),
      null,
    ),
    granted: yield* grantedOn(bucket),
  };
}

function* grantedOn({ place, name: Bucket }: Bucket): Asking<Answer<boolean>> {
  const ownership = yield* ask(getBucketOwnershipControls, place, { Bucket });
  if (ownership.is === 'unknown') return ownership;
  const enforced =
    ownership.is === 'value' &&
    ownership.value.OwnershipControls.Rules.some(({ ObjectOwnership }) => ObjectOwnership === 'BucketOwnerEnforced');
  if (enforced) return { ...ownership, value: false };
  return mapped(yield* ask(getBucketAcl, place, { Bucket }), ({ Grants }) =>
    Grants.some(
      ({ Grantee, Permission }) =>
        Grantee?.URI === logDelivery && ['WRITE', 'FULL_CONTROL'].includes(Permission?.toUpperCase() ?? ''),
    ),
  );
}

const dayMs = 86_400_000;

/** Whether access logs of a bucket came to its target since yesterday; null: the bot cannot see it. */
export function* arrived({ estate }: AccountScope, source: Bucket, target: Bucket): Asking<boolean | null> {
  if (source.logging.is !== 'value' || source.logging.value === null) return null;
  const { prefix } = source.logging.value;
  const days = [0, dayMs].map((age) => new Date(estate.now.getTime() - age).toISOString().slice(0, 10));
  const prefixes = days.flatMap((day) => [
    `${prefix}${source.place.account}/${source.place.region}/${source.name}/${day.replaceAll('-', '/')}/`,
    `${prefix}${day}`,
  ]);
  const answers = yield* all(
    prefixes.map((Prefix) => ask(anyObject, target.place, { Bucket: target.name, Prefix, MaxKeys: 1 })),
  );
  if (answers.some((answer) => answer.is === 'value' && answer.value.Contents.length > 0)) return true;
  return answers.some((answer) => answer.is === 'unknown') ? null : false;
}

/** The access that S3 wants to write a log. Source: S3 user guide, "Permissions for log delivery". */
export const writing = (estate: Estate, source: Bucket, target: Bucket, prefix: string) => {
  const arn = (bucket: string): string => `arn:${estate.home.partition}:s3:::${bucket}`;
  return {
    principal: 'logging.s3.amazonaws.com',
    action: 's3:PutObject',
    resource: `${arn(target.name)}/${prefix}log`,
    context: {
      'aws:sourcearn': arn(source.name),
      'aws:sourceaccount': source.place.account,
      'aws:securetransport': 'true',
    },
  };
};
