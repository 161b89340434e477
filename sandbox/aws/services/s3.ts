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
  ListObjectsCommandInput,
  ListObjectsCommandOutput,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
  ListObjectVersionsCommandInput,
  ListObjectVersionsCommandOutput,
  PutObjectCommandInput,
  PutObjectCommandOutput,
  PutObjectLockConfigurationCommandInput,
} from '@aws-sdk/client-s3';
import { dayMs, hexOf } from '../../organization/stable.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { settingOperations } from './bucket-settings.ts';
import { type Bucket, buckets, findBucket, ownBucket, type Stored } from './buckets.ts';
import { logFilesUnder } from './log-files.ts';
import { trailFile, trailFilesUnder } from './trail-files.ts';

type Bare<Output> = Omit<Output, '$metadata'>;
/** As the server decodes it: bytes where the SDK would take a stream too. */
type Put = Omit<PutObjectCommandInput, 'Body'> & { Body?: Uint8Array };

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
        .map(({ name, region }) => ({ Name: name, BucketRegion: region, CreationDate: organization.attack.from })),
      Owner: { ID: hexOf('owner', account) },
    }),

    HeadBucket: (call: Call<HeadBucketCommandInput>): Bare<HeadBucketCommandOutput> => {
      return { BucketRegion: findBucket(call).region };
    },

    GetBucketLocation: (call: Call<GetBucketLocationCommandInput>): Bare<GetBucketLocationCommandOutput> => {
      // Asked in us-east-1 it is told of every bucket. Source: Amazon S3 API reference, GetBucketLocation.
      const { region } = call.region === 'us-east-1' ? ownBucket(call) : findBucket(call);
      return region === 'us-east-1' ? {} : { LocationConstraint: region };
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

    PutObjectLockConfiguration: (call: Call<PutObjectLockConfigurationCommandInput>): object => {
      const bucket = findBucket(call);
      const { Mode, Days, Years = 0 } = call.input.ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
      bucket.lock = Mode === undefined ? null : { mode: Mode, days: Days ?? Years * 365 };
      return {};
    },

    ...settingOperations,

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
        held: input.ObjectLockLegalHoldStatus === 'ON',
      };
      bucket.objects.set(Key, bucket.lock === null ? [stored] : [stored, ...versions]);
      return { ETag: etag, ChecksumSHA256: sha256, ...versionOf(bucket, stored) };
    },

    GetObject: (
      call: Call<GetObjectCommandInput>,
    ): Omit<Bare<GetObjectCommandOutput>, 'Body'> & { Body: Uint8Array } => {
      const bucket = findBucket(call);
      const stored = readObject(call, bucket, 'NoSuchKey');
      return { ...headOf(bucket, stored), Body: stored.body };
    },

    HeadObject: (call: Call<HeadObjectCommandInput>): Bare<HeadObjectCommandOutput> => {
      const bucket = findBucket(call);
      return headOf(bucket, readObject(call, bucket, 'NotFound'));
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
      const { items, next } = pageOf(objectsUnder(call), {
        token,
        size,
        request,
        refusal: new AwsError('InvalidArgument', 'The continuation token provided is incorrect'),
      });
      return {
        Name: request.Bucket,
        Prefix: request.Prefix ?? '',
        MaxKeys: size,
        KeyCount: items.length,
        IsTruncated: next !== undefined,
        ...(next !== undefined && { NextContinuationToken: next }),
        Contents: items,
      };
    },

    /** The first version, which goes on after a key. */
    ListObjects: (call: Call<ListObjectsCommandInput>): Bare<ListObjectsCommandOutput> => {
      const { Marker = '', MaxKeys: size = 1000, Bucket, Prefix = '' } = call.input;
      const after = objectsUnder(call).filter(({ Key }) => Key > Marker);
      const Contents = after.slice(0, size);
      return { Name: Bucket, Prefix, Marker, MaxKeys: size, IsTruncated: after.length > size, Contents };
    },

    /** Versions of one key, the newest first. */
    ListObjectVersions: (call: Call<ListObjectVersionsCommandInput>): Bare<ListObjectVersionsCommandOutput> => {
      const { MaxKeys: size = 1000, KeyMarker, VersionIdMarker, Prefix = '' } = call.input;
      const { name, objects } = findBucket(call);
      const all = [...objects]
        .filter(([key]) => key.startsWith(Prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([key, versions]) => versions.map((version, at) => ({ key, version, newest: at === 0 })));
      const marked = all.findIndex(
        ({ key, version }) => key === KeyMarker && (!VersionIdMarker || version.versionId === VersionIdMarker),
      );
      const page = all.slice(marked + 1, marked + 1 + size);
      const last = page.at(-1);
      const more = last !== undefined && last !== all.at(-1);
      return {
        Name: name,
        Prefix,
        MaxKeys: size,
        IsTruncated: more,
        ...(more && { NextKeyMarker: last.key, NextVersionIdMarker: last.version.versionId }),
        Versions: page.map(({ key, version, newest }) => ({
          Key: key,
          VersionId: version.versionId,
          IsLatest: newest,
          ETag: version.etag,
          Size: version.body.byteLength,
          LastModified: version.at,
          StorageClass: 'STANDARD',
        })),
      };
    },

    DeleteObject: (call: Call<DeleteObjectCommandInput>): Bare<DeleteObjectCommandOutput> => {
      const { input, now } = call;
      const bucket = findBucket(call);
      const { Key = '', VersionId } = input;
      const versions = bucket.objects.get(Key) ?? [];
      const { retention: locked, held = false } = versions.find(({ versionId }) => versionId === VersionId) ?? {};
      const kept = locked && locked.until > now && !(locked.mode === 'GOVERNANCE' && input.BypassGovernanceRetention);
      if (held || kept)
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

/** The objects of a bucket under a prefix, by their keys: what was put there, and what logs wrote. */
function objectsUnder(call: Call<ListObjectsV2CommandInput | ListObjectsCommandInput>) {
  const { Prefix = '' } = call.input;
  const { name, objects } = findBucket(call);
  const stored = [...objects].flatMap(([key, [newest]]) =>
    newest !== undefined && key.startsWith(Prefix)
      ? [{ key, size: newest.body.byteLength, etag: newest.etag, at: newest.at }]
      : [],
  );
  const written =
    name === call.organization.trail.bucket
      ? trailFilesUnder(call.organization, Prefix, call.now)
          .filter(({ key }) => !objects.has(key))
          .map(({ key, at }) => ({ key, at, size: 1184, etag: `"${hexOf(key).slice(0, 32)}"` }))
      : logFilesUnder(call);
  return [...stored, ...written]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, size, etag, at }) => ({
      Key: key,
      Size: size,
      ETag: etag,
      LastModified: at,
      StorageClass: 'STANDARD' as const,
    }));
}

/** An object that was put into a bucket, or that the organization's trail wrote there. */
function readObject(
  { organization, input, now }: Call<GetObjectCommandInput | HeadObjectCommandInput>,
  bucket: Bucket,
  code: 'NoSuchKey' | 'NotFound',
): Stored {
  const { Key = '' } = input;
  const written = bucket.name === organization.trail.bucket && !bucket.objects.has(Key);
  const file = written ? trailFile(organization, Key, now) : undefined;
  if (file === undefined) return findObject(bucket, input, code);
  return {
    ...file,
    versionId: hexOf('version', Key).slice(0, 32),
    contentType: 'application/json',
    etag: `"${hexOf(Key).slice(0, 32)}"`,
    sha256: createHash('sha256').update(file.body).digest('base64'),
    retention: null,
    held: false,
  };
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
  ...(stored.held && { ObjectLockLegalHoldStatus: 'ON' as const }),
});
