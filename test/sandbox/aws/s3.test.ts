import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { archiveBucket } from '../../../sandbox/aws/services/buckets.ts';
import { type Harness, startHarness } from './harness.ts';

const dayMs = 24 * 60 * 60_000;

function archive(aws: Harness) {
  const account = aws.organization.homeAccount;
  return { s3: aws.client(S3Client, { account, maxAttempts: 3 }), Bucket: archiveBucket(account) };
}

test('a file is kept under Object Lock with its digest, and cannot be deleted before its time', async () => {
  await using aws = await startHarness();
  const { s3, Bucket } = archive(aws);
  const lock = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
  expect(lock.ObjectLockConfiguration).toMatchObject({ ObjectLockEnabled: 'Enabled' });

  const Key = 'digests/2026-W48/findings with, commas & "quotes".csv';
  const Body = Buffer.from('user,finding\nana,"x"\n');
  const ChecksumSHA256 = createHash('sha256').update(Body).digest('base64');
  const until = new Date(Math.floor((aws.now().getTime() + 30 * dayMs) / 1000) * 1000);
  const put = await s3.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body,
      ContentType: 'text/csv',
      ChecksumSHA256,
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: until,
      IfNoneMatch: '*',
    }),
  );
  expect(put.ChecksumSHA256).toBe(ChecksumSHA256);
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))).toMatchObject({
    ContentLength: Body.length,
    ObjectLockMode: 'COMPLIANCE',
    ChecksumSHA256,
  });
  const { Retention } = await s3.send(new GetObjectRetentionCommand({ Bucket, Key }));
  expect(Retention).toEqual({ Mode: 'COMPLIANCE', RetainUntilDate: until });
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(await got.Body?.transformToString()).toBe(Body.toString());
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'digests/' }));
  expect(Contents).toMatchObject([{ Key, Size: Body.length }]);

  const again = new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' });
  await expect(s3.send(again)).rejects.toMatchObject({ name: 'PreconditionFailed' });
  const remove = new DeleteObjectCommand({ Bucket, Key, VersionId: put.VersionId });
  await expect(s3.send(remove)).rejects.toMatchObject({ name: 'AccessDenied' });
  aws.moveClock(31 * dayMs);
  await s3.send(remove);
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NotFound' });
});

test('what S3 refuses is refused: a wrong digest, a lock without a bucket for it, a time that is over, strangers', async () => {
  await using aws = await startHarness();
  const { s3, Bucket } = archive(aws);
  const { homeAccount, managementAccount } = aws.organization;
  const Body = Buffer.from('x');
  const lock = { ObjectLockMode: 'COMPLIANCE' as const, ObjectLockRetainUntilDate: new Date(Date.now() + dayMs) };
  const put = (input: Partial<ConstructorParameters<typeof PutObjectCommand>[0]>) =>
    s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body, ...input }));
  await expect(put({ ChecksumSHA256: createHash('sha256').update('y').digest('base64') })).rejects.toMatchObject({
    name: 'BadDigest',
  });
  await expect(put({ ...lock, Bucket: `audit-reports-${homeAccount}` })).rejects.toMatchObject({
    name: 'InvalidRequest',
  });
  await expect(put({ ...lock, ObjectLockRetainUntilDate: new Date(Date.now() - dayMs) })).rejects.toMatchObject({
    name: 'InvalidArgument',
  });
  await expect(put({ Bucket: 'nobody-has-this' })).rejects.toMatchObject({ name: 'NoSuchBucket' });
  const stranger = aws.client(S3Client, { account: managementAccount });
  await expect(stranger.send(new PutObjectCommand({ Bucket, Key: 'a', Body }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await expect(s3.send(new HeadBucketCommand({ Bucket: 'nobody-has-this' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'missing' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('a legal hold keeps a version past its time, whoever may bypass that', async () => {
  await using aws = await startHarness();
  const { s3, Bucket } = archive(aws);
  const lock = { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: new Date(Date.now() + dayMs) };
  const put = { Bucket, Key: 'held', Body: 'x', ...lock, ObjectLockLegalHoldStatus: 'ON' as const };
  const { VersionId } = await s3.send(new PutObjectCommand(put));
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'held' }))).toMatchObject({
    ObjectLockLegalHoldStatus: 'ON',
  });
  const gone = { Bucket, Key: 'held', VersionId, BypassGovernanceRetention: true };
  await expect(s3.send(new DeleteObjectCommand(gone))).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('without headers the retention is that of the bucket; a bucket without Object Lock has none', async () => {
  await using aws = await startHarness();
  const { s3, Bucket } = archive(aws);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x' }));
  const { Retention } = await s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'b' }));
  expect(Retention?.Mode).toBe('COMPLIANCE');
  expect(Retention?.RetainUntilDate?.getTime()).toBeGreaterThan(Date.now() + 364 * dayMs);
  const plain = `audit-reports-${aws.organization.homeAccount}`;
  await s3.send(new PutObjectCommand({ Bucket: plain, Key: 'b', Body: 'x' }));
  await expect(s3.send(new GetObjectRetentionCommand({ Bucket: plain, Key: 'b' }))).rejects.toMatchObject({
    name: 'NoSuchObjectLockConfiguration',
  });
});
