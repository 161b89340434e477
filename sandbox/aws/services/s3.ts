import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type {
  DeleteObjectCommandInput,
  DeleteObjectCommandOutput,
  GetBucketLocationCommandInput,
  GetBucketLocationCommandOutput,
  GetObjectCommandInput,
  GetObjectCommandOutput,
  GetObjectLockConfigurationCommandInput,
  GetObjectLockConfigurationCommandOutput,
  GetObjectRetentionCommandInput,
  GetObjectRetentionCommandOutput,
  HeadBucketCommandInput,
  HeadBucketCommandOutput,
  HeadObjectCommandInput,
  HeadObjectCommandOutput,
  ListBucketsCommandInput,
  ListBucketsCommandOutput,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
  PutObjectCommandInput,
  PutObjectCommandOutput,
} from '@aws-sdk/client-s3';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { dayMs, hexOf } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

type Bare<Output> = Omit<Output, '$metadata'>;
/** As the server decodes it: bytes where the SDK would take a stream too. */
type Put = Omit<PutObjectCommandInput, 'Body'> & { Body?: Uint8Array };

interface Bucket {
  name: string;
  account: string;
  /** With Object Lock, every put makes a version, and the default retention holds where none is given. */
  lock: { mode: 'GOVERNANCE' | 'COMPLIANCE'; days: number } | null;
  /** By key, newest version first. */
  objects: Map<string, Stored[]>;
}

interface Stored {
  versionId: string;
  body: Uint8Array;
  at: Date;
  contentType: string;
  etag: string;
  sha256: string;
  metadata: Record<string, string>;
  retention: { mode: 'GOVERNANCE' | 'COMPLIANCE'; until: Date } | null;
}

/** The buckets of the home account: one with Object Lock for what must be kept, one without. */
const buckets = perOrganization(({ homeAccount }) => {
  const bucket = (name: string, lock: Bucket['lock']): [string, Bucket] => [
    name,
    { name, account: homeAccount, lock, objects: new Map() },
  ];
  return new Map([
    bucket(archiveBucket(homeAccount), { mode: 'COMPLIANCE', days: 365 }),
    bucket(`audit-reports-${homeAccount}`, null),
  ]);
});

/** The bucket with Object Lock. */
export const archiveBucket = (homeAccount: string): string => `audit-archive-${homeAccount}`;

/**
 * Amazon S3 as far as keeping files under Object Lock goes.
 * Source: Amazon S3 API reference; S3 user guide, "Object Lock considerations".
 */
export const s3: Service = {
  signingName: 's3',
  sdk: () => import('@aws-sdk/client-s3'),
  operations: {
    ListBuckets: ({ account, organization }: Call<ListBucketsCommandInput>): Bare<ListBucketsCommandOutput> => ({
      Buckets: [...buckets(organization).values()]
        .filter((bucket) => bucket.account === account)
        .map(({ name }) => ({ Name: name, BucketRegion: homeRegion, CreationDate: organization.attack.from })),
      Owner: { ID: hexOf('owner', account) },
    }),

    HeadBucket: (call: Call<HeadBucketCommandInput>): Bare<HeadBucketCommandOutput> => {
      findBucket(call);
      return { BucketRegion: homeRegion };
    },

    GetBucketLocation: (call: Call<GetBucketLocationCommandInput>): Bare<GetBucketLocationCommandOutput> => {
      findBucket(call);
      return { LocationConstraint: homeRegion };
    },

    GetObjectLockConfiguration: (
      call: Call<GetObjectLockConfigurationCommandInput>,
    ): Bare<GetObjectLockConfigurationCommandOutput> => {
      const { lock } = findBucket(call);
      if (lock === null)
        throw new AwsError(
          'ObjectLockConfigurationNotFoundError',
          'Object Lock configuration does not exist for this bucket',
          404,
        );
      return {
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: lock.mode, Days: lock.days } },
        },
      };
    },

    PutObject: (call: Call<Put>): Bare<PutObjectCommandOutput> => {
      const { input, now } = call;
      const bucket = findBucket(call);
      const { Key = '', Body = new Uint8Array() } = input;
      const versions = bucket.objects.get(Key) ?? [];
      if (input.IfNoneMatch === '*' && versions.length > 0)
        throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
      const sha256 = requireDigests(input, Body);
      const etag = `"${createHash('md5').update(Body).digest('hex')}"`;
      const stored: Stored = {
        versionId: bucket.lock === null ? 'null' : hexOf('version', Key, versions.length, etag).slice(0, 32),
        body: Body,
        at: now,
        contentType: input.ContentType ?? 'application/octet-stream',
        etag,
        sha256,
        metadata: { ...input.Metadata },
        retention: retentionOf(bucket, input, now),
      };
      bucket.objects.set(Key, bucket.lock === null ? [stored] : [stored, ...versions]);
      return { ETag: etag, ChecksumSHA256: sha256, ...versionOf(bucket, stored) };
    },

    GetObject: (
      call: Call<GetObjectCommandInput>,
    ): Omit<Bare<GetObjectCommandOutput>, 'Body'> & { Body: Uint8Array } => {
      const bucket = findBucket(call);
      const stored = findObject(bucket, call.input, 'NoSuchKey');
      return { ...headOf(bucket, stored), Body: stored.body };
    },

    HeadObject: (call: Call<HeadObjectCommandInput>): Bare<HeadObjectCommandOutput> => {
      const bucket = findBucket(call);
      return headOf(bucket, findObject(bucket, call.input, 'NotFound'));
    },

    GetObjectRetention: (call: Call<GetObjectRetentionCommandInput>): Bare<GetObjectRetentionCommandOutput> => {
      const { retention } = findObject(findBucket(call), call.input, 'NoSuchKey');
      if (retention === null)
        throw new AwsError(
          'NoSuchObjectLockConfiguration',
          'The specified object does not have a ObjectLock configuration',
          404,
        );
      return { Retention: { Mode: retention.mode, RetainUntilDate: retention.until } };
    },

    ListObjectsV2: (call: Call<ListObjectsV2CommandInput>): Bare<ListObjectsV2CommandOutput> => {
      const { ContinuationToken: token, MaxKeys: size = 1000, ...request } = call.input;
      const { name, objects } = findBucket(call);
      const wanted = [...objects]
        .flatMap(([key, [newest]]) =>
          newest !== undefined && key.startsWith(request.Prefix ?? '') ? [{ key, newest }] : [],
        )
        .sort((a, b) => (a.key < b.key ? -1 : 1));
      const { items, next } = pageOf(wanted, {
        token,
        size,
        request,
        refusal: new AwsError('InvalidArgument', 'The continuation token provided is incorrect'),
      });
      return {
        Name: name,
        Prefix: request.Prefix ?? '',
        MaxKeys: size,
        KeyCount: items.length,
        IsTruncated: next !== undefined,
        ...(next !== undefined && { NextContinuationToken: next }),
        Contents: items.map(({ key, newest }) => ({
          Key: key,
          Size: newest.body.byteLength,
          ETag: newest.etag,
          LastModified: newest.at,
          StorageClass: 'STANDARD',
        })),
      };
    },

    DeleteObject: (call: Call<DeleteObjectCommandInput>): Bare<DeleteObjectCommandOutput> => {
      const { input, now } = call;
      const bucket = findBucket(call);
      const { Key = '', VersionId } = input;
      const versions = bucket.objects.get(Key) ?? [];
      const locked = versions.find(({ versionId }) => versionId === VersionId)?.retention;
      if (locked && locked.until > now && !(locked.mode === 'GOVERNANCE' && input.BypassGovernanceRetention))
        throw new AwsError('AccessDenied', 'Access Denied because object protected by object lock.', 403);
      // Without a version a bucket that keeps versions only gets a delete marker.
      if (bucket.lock === null) bucket.objects.delete(Key);
      else if (VersionId !== undefined)
        bucket.objects.set(
          Key,
          versions.filter(({ versionId }) => versionId !== VersionId),
        );
      return {};
    },
  },
};

function findBucket({ account, region, organization, input }: Call<{ Bucket: string | undefined }>): Bucket {
  const bucket = buckets(organization).get(input.Bucket ?? '');
  if (bucket === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (bucket.account !== account) throw new AwsError('AccessDenied', 'Access Denied', 403);
  if (region !== homeRegion)
    throw new AwsError(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      301,
    );
  return bucket;
}

function findObject(
  { objects }: Bucket,
  { Key = '', VersionId }: { Key: string | undefined; VersionId?: string | undefined },
  code: 'NoSuchKey' | 'NotFound',
): Stored {
  const found = objects.get(Key)?.find(({ versionId }) => VersionId === undefined || VersionId === versionId);
  if (found === undefined) throw new AwsError(code, 'The specified key does not exist.', 404);
  return found;
}

/** The body's SHA-256, once every digest that came with it is right. */
function requireDigests({ ContentMD5, ChecksumSHA256, ChecksumCRC32 }: Put, body: Uint8Array): string {
  const sha256 = createHash('sha256').update(body).digest('base64');
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  if (ContentMD5 !== undefined && ContentMD5 !== createHash('md5').update(body).digest('base64'))
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  if (ChecksumSHA256 !== undefined && ChecksumSHA256 !== sha256)
    throw new AwsError('BadDigest', 'The SHA256 you specified did not match the calculated checksum.');
  if (ChecksumCRC32 !== undefined && ChecksumCRC32 !== crc.toString('base64'))
    throw new AwsError('BadDigest', 'The CRC32 you specified did not match the calculated checksum.');
  return sha256;
}

/** What the headers ask for, else the bucket's default. */
function retentionOf({ lock }: Bucket, input: Put, now: Date): Stored['retention'] {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = input;
  if (mode === undefined && until === undefined)
    return lock === null ? null : { mode: lock.mode, until: new Date(now.getTime() + lock.days * dayMs) };
  if (lock === null) throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  if (mode === undefined || until === undefined)
    throw new AwsError(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    );
  if (until <= now) throw new AwsError('InvalidArgument', 'The retain until date must be in the future!');
  if (input.ContentMD5 === undefined && input.ChecksumSHA256 === undefined && input.ChecksumCRC32 === undefined)
    throw new AwsError(
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  return { mode, until };
}

const versionOf = ({ lock }: Bucket, { versionId }: Stored) => (lock === null ? {} : { VersionId: versionId });

const headOf = (bucket: Bucket, stored: Stored) => ({
  ContentLength: stored.body.byteLength,
  ContentType: stored.contentType,
  ETag: stored.etag,
  LastModified: stored.at,
  ChecksumSHA256: stored.sha256,
  Metadata: stored.metadata,
  ...versionOf(bucket, stored),
  ...(stored.retention !== null && {
    ObjectLockMode: stored.retention.mode,
    ObjectLockRetainUntilDate: stored.retention.until,
  }),
});

/** The objects of a bucket by key, for tests: what a second look at the storage would find. */
export const objectsIn = (organization: Organization, bucket: string): ReadonlyMap<string, readonly Stored[]> =>
  buckets(organization).get(bucket)?.objects ?? new Map();
