import {
  CloudTrailClient,
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  CloudWatchLogsClient,
  CreateDeliveryCommand,
  PutDeliveryDestinationCommand,
  PutDeliverySourceCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CancelKeyDeletionCommand, EnableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import {
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { archiveBucket } from '../../../sandbox/aws/services/buckets.ts';
import { blockAccount } from '../../../sandbox/aws/services/s3control.ts';
import { breaks } from '../../../sandbox/organization/breaks/03-log-archive.ts';
import type { Row } from '../../../src/framework/verdict.ts';
import { type Lab, startLab } from '../lab.ts';

const verdicts = (rows: readonly Row[]) => rows.map(({ verdict }) => verdict);
const byCheck = (rows: readonly Row[]) => Object.fromEntries(rows.map(({ check, verdict }) => [check, verdict]));
const workloads = { accounts: ['prod-*', 'log-archive'] };
const s3 = (lab: Lab) => lab.client(S3Client, { account: lab.organization.trail.account });

interface Policy {
  Statement: { Sid: string; [key: string]: unknown }[];
}

/** Puts the archive's policy with its statements changed. */
async function changePolicy(lab: Lab, change: (statements: Policy['Statement']) => object[]): Promise<void> {
  const Bucket = lab.organization.trail.bucket;
  const { Policy = '' } = await s3(lab).send(new GetBucketPolicyCommand({ Bucket }));
  const policy: Policy = JSON.parse(Policy);
  const text = JSON.stringify({ ...policy, Statement: change(policy.Statement) });
  await s3(lab).send(new PutBucketPolicyCommand({ Bucket, Policy: text }));
}

test('the archive as it stands: two defects, the rest passes', async () => {
  await using lab = await startLab();
  const rows = await lab.rows('3', workloads);
  expect(byCheck(rows)).toEqual({
    'archive-encrypted': 'pass',
    'archive-immutable': 'pass',
    'archive-isolated': 'pass',
    'archive-kept': 'pass',
    'archive-key-alive': 'pass',
    'archive-not-public': 'pass',
    'archive-policy-tight': 'fail',
    'archive-separate': 'pass',
    'archive-watched': 'fail',
  });
  expect(rows.find(({ check }) => check === 'archive-isolated')?.proof).toBe('proven');
  expect(rows.find(({ check }) => check === 'archive-policy-tight')?.reason).toContain('LegacyAnalysis');
  expect(new Set(rows.map(({ account }) => account))).toEqual(new Set([lab.organization.trail.account]));
});

describe('a fix turns its check green', () => {
  test('archive-policy-tight and archive-watched, the two defects', async () => {
    await using lab = await startLab();
    const Bucket = lab.organization.trail.bucket;
    await changePolicy(lab, (statements) => statements.filter(({ Sid }) => Sid !== 'LegacyAnalysis'));
    await s3(lab).send(
      new PutBucketLoggingCommand({
        Bucket,
        BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'access-logs', TargetPrefix: `${Bucket}/` } },
      }),
    );
    const rows = await lab.rows(['archive-policy-tight', 'archive-watched'], workloads);
    expect(verdicts(rows)).toEqual(['pass', 'pass']);
  });

  test('archive-watched: by the two halves of data events, not by one, and by the delivery of CloudWatch Logs', async () => {
    await using lab = await startLab();
    const { trail, managementAccount } = lab.organization;
    const cloudTrail = lab.client(CloudTrailClient, { account: managementAccount });
    const half = (readOnly: string) => ({
      FieldSelectors: [
        { Field: 'eventCategory', Equals: ['Data'] },
        { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
        { Field: 'resources.ARN', StartsWith: [`arn:aws:s3:::${trail.bucket}/`] },
        { Field: 'readOnly', Equals: [readOnly] },
      ],
    });
    const record = (...halves: string[]) =>
      cloudTrail.send(
        new PutEventSelectorsCommand({
          TrailName: trail.arn,
          AdvancedEventSelectors: [
            { FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
            ...halves.map(half),
          ],
        }),
      );
    const rows = () => lab.rows('archive-watched', workloads);
    await record('false');
    expect(await rows()).toMatchObject([{ verdict: 'fail', reason: expect.stringContaining('writes') }]);
    await record('false', 'true');
    expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
    await record();
    expect(verdicts(await rows())).toEqual(['fail']);
    const logs = lab.client(CloudWatchLogsClient, { account: trail.account });
    await logs.send(
      new PutDeliverySourceCommand({
        name: 'archive',
        resourceArn: `arn:aws:s3:::${trail.bucket}`,
        logType: 'S3_SERVER_ACCESS_LOGS',
      }),
    );
    const { deliveryDestination } = await logs.send(
      new PutDeliveryDestinationCommand({
        name: 'archive',
        deliveryDestinationConfiguration: {
          destinationResourceArn: `arn:aws:logs:eu-west-1:${trail.account}:log-group:access`,
        },
      }),
    );
    await logs.send(
      new CreateDeliveryCommand({ deliverySourceName: 'archive', deliveryDestinationArn: deliveryDestination?.arn }),
    );
    expect(await rows()).toMatchObject([{ verdict: 'pass', reason: 'CloudWatch Logs delivers its access logs.' }]);
  });

  test('archive-policy-tight: a source that is any trail of any account is none', async () => {
    await using lab = await startLab();
    const put = (aws: string) =>
      changePolicy(lab, (statements) =>
        statements.flatMap((statement) => {
          if (statement.Sid === 'LegacyAnalysis') return [];
          const service = JSON.stringify(statement['Principal'] ?? '').includes('cloudtrail.amazonaws.com');
          return service ? [{ ...statement, Condition: { StringLike: { 'aws:SourceArn': aws } } }] : [statement];
        }),
      );
    await put('arn:aws:cloudtrail:*:*:trail/*');
    expect(await lab.rows('archive-policy-tight', workloads)).toMatchObject([
      { verdict: 'fail', reason: expect.stringContaining('for any account') },
    ]);
    await put(`arn:aws:cloudtrail:*:${lab.organization.managementAccount}:trail/*`);
    expect(verdicts(await lab.rows('archive-policy-tight', workloads))).toEqual(['pass']);
  });

  test('archive-separate: (a) the bucket in the management account, or another than is configured', async () => {
    await using lab = await startLab();
    const { trail, homeAccount, managementAccount } = lab.organization;
    expect(verdicts(await lab.rows('archive-separate', workloads, { logArchive: homeAccount }))).toEqual(['fail']);
    const cloudTrail = lab.client(CloudTrailClient, { account: managementAccount });
    const point = (S3BucketName: string) => cloudTrail.send(new UpdateTrailCommand({ Name: trail.arn, S3BucketName }));
    await point(archiveBucket(homeAccount));
    const [row] = await lab.rows('archive-separate', workloads, { logArchive: trail.account });
    expect(row).toMatchObject({ verdict: 'fail', account: homeAccount });
    await point(trail.bucket);
    expect(verdicts(await lab.rows('archive-separate', workloads, { logArchive: trail.account }))).toEqual(['pass']);
  });

  test('archive-not-public: (f) the stricter of bucket and account counts', async () => {
    await using lab = await startLab();
    const Bucket = lab.organization.trail.bucket;
    const rows = () => lab.rows('archive-not-public', workloads);
    await s3(lab).send(new DeletePublicAccessBlockCommand({ Bucket }));
    expect(verdicts(await rows())).toEqual(['fail']);
    blockAccount(lab.organization, lab.organization.trail.account, true);
    expect(await rows()).toMatchObject([{ verdict: 'pass', reason: expect.stringContaining('by the account') }]);
    blockAccount(lab.organization, lab.organization.trail.account, false);
    expect(verdicts(await rows())).toEqual(['fail']);
    await s3(lab).send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      }),
    );
    expect(verdicts(await rows())).toEqual(['pass']);
    // What AWS charges for is asked where that is wanted alone.
    expect(lab.calls().filter(({ operation }) => operation === 'CheckNoPublicAccess')).toEqual([]);
    const reasoned = () => lab.rows('archive-not-public', workloads, { paidChecks: true });
    expect(await reasoned()).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
    const operation = 'access-analyzer:CheckNoPublicAccess';
    let withdraw = lab.faults.inject({ operation, effect: { instead: { PASS: 'DREAMING' } } });
    expect(await reasoned()).toMatchObject([{ verdict: 'unknown', reason: expect.stringContaining('DREAMING') }]);
    withdraw();
    withdraw = lab.faults.inject({ operation, effect: new AwsError('AccessDeniedException', 'no', 403) });
    expect(await reasoned()).toMatchObject([{ verdict: 'unknown', unknown: 'denied' }]);
    withdraw();
    await s3(lab).send(new DeletePublicAccessBlockCommand({ Bucket }));
    const everybody = { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 's3:GetObject' };
    await changePolicy(lab, (all) => [...all, { ...everybody, Resource: `arn:aws:s3:::${Bucket}/*` }]);
    expect(await reasoned()).toMatchObject([{ verdict: 'fail', proof: 'proven' }]);
  });

  test('archive-immutable: (e) a lock, or versions with MFA', async () => {
    await using lab = await startLab();
    const Bucket = lab.organization.trail.bucket;
    const rows = () => lab.rows('archive-immutable', workloads);
    const lock = (Days: number) =>
      s3(lab).send(
        new PutObjectLockConfigurationCommand({
          Bucket,
          ObjectLockConfiguration: {
            ObjectLockEnabled: 'Enabled',
            Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days } },
          },
        }),
      );
    breaks.find(({ check }) => check === 'archive-immutable')?.break(lab.organization);
    expect(verdicts(await rows())).toEqual(['fail']);
    await s3(lab).send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled', MFADelete: 'Enabled' } }),
    );
    expect(verdicts(await rows())).toEqual(['pass']);
    await s3(lab).send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await lock(30);
    expect(verdicts(await rows())).toEqual(['fail']);
    const operation = 's3:GetBucketVersioning';
    const withdraw = lab.faults.inject({ operation, effect: { instead: { Enabled: 'DREAMING' } } });
    expect(await rows()).toMatchObject([{ verdict: 'unknown', reason: expect.stringContaining('DREAMING') }]);
    withdraw();
    await lock(365);
    expect(verdicts(await rows())).toEqual(['pass']);
  });

  test('archive-kept: (g) noncurrent versions, where nothing locks them', async () => {
    await using lab = await startLab();
    const { bucket: Bucket, logGroup, account } = lab.organization.trail;
    const rows = () => lab.rows('archive-kept', workloads);
    const rule = (Days: number | undefined, NoncurrentDays: number) =>
      s3(lab).send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [
              {
                ID: 'keep',
                Status: 'Enabled',
                Filter: { Prefix: '' },
                ...(Days !== undefined && { Expiration: { Days } }),
                NoncurrentVersionExpiration: { NoncurrentDays },
              },
            ],
          },
        }),
      );
    await rule(undefined, 90);
    expect(verdicts(await rows())).toEqual(['pass', 'pass']);
    breaks.find(({ check }) => check === 'archive-immutable')?.break(lab.organization);
    expect(verdicts(await rows())).toEqual(['fail', 'pass']);
    const operation = 's3:GetBucketLifecycleConfiguration';
    const withdraw = lab.faults.inject({ operation, effect: { instead: { Enabled: 'DREAMING' } } });
    expect(verdicts(await rows())).toEqual(['unknown', 'pass']);
    withdraw();
    await rule(400, 400);
    expect(verdicts(await rows())).toEqual(['pass', 'pass']);
    const logs = lab.client(CloudWatchLogsClient, { account });
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: logGroup, retentionInDays: 30 }));
    expect(verdicts(await rows())).toEqual(['pass', 'fail']);
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: logGroup, retentionInDays: 400 }));
    expect(verdicts(await rows())).toEqual(['pass', 'pass']);
  });

  test('archive-encrypted and archive-key-alive', async () => {
    await using lab = await startLab();
    const { bucket: Bucket, account } = lab.organization.trail;
    const [alive] = await lab.rows('archive-key-alive', workloads);
    const KeyId = alive?.resource ?? '';
    const kms = lab.client(KMSClient, { account });
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(await lab.rows('archive-key-alive', workloads)).toMatchObject([{ verdict: 'fail', severity: 'critical' }]);
    expect(await lab.rows('trail-encrypted', workloads)).toMatchObject([
      { verdict: 'fail', cause: 'archive-key-alive' },
    ]);
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    await kms.send(new EnableKeyCommand({ KeyId }));
    expect(verdicts(await lab.rows('archive-key-alive', workloads))).toEqual(['pass']);
    breaks.find(({ check }) => check === 'archive-encrypted')?.break(lab.organization);
    expect(verdicts(await lab.rows('archive-encrypted', workloads))).toEqual(['fail']);
    await s3(lab).send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KeyId },
              BucketKeyEnabled: true,
            },
          ],
        },
      }),
    );
    expect(verdicts(await lab.rows('archive-encrypted', workloads))).toEqual(['pass']);
  });

  test('archive-isolated: (d) the organization is not the world, and still too wide', async () => {
    await using lab = await startLab();
    const checks = ['archive-not-public', 'archive-policy-tight', 'archive-isolated'];
    breaks.find(({ id }) => id === 'archive-to-organization')?.break(lab.organization);
    const rows = await lab.rows(checks, workloads);
    expect(byCheck(rows)).toEqual({
      'archive-not-public': 'pass',
      'archive-policy-tight': 'fail',
      'archive-isolated': 'fail',
    });
    expect(rows.find(({ check }) => check === 'archive-isolated')).toMatchObject({
      proof: 'proven',
      reason: expect.stringContaining('s3:GetObject'),
    });
    await changePolicy(lab, (statements) => statements.filter(({ Sid }) => Sid !== 'OrganizationReads'));
    expect(verdicts(await lab.rows('archive-isolated', workloads))).toEqual(['pass']);
  });
});

test('(b) the policy may not be read: what depends on it is unknown, the rest stands', async () => {
  await using lab = await startLab();
  lab.faults.inject({
    operation: 's3:GetBucketPolicy',
    effect: new AwsError('AccessDenied', 'with an explicit deny in a resource-based policy: Sid OnlyTwoRoles', 403),
  });
  const rows = await lab.rows(['archive-policy-tight', 'archive-isolated', 'archive-separate'], workloads);
  expect(rows).toMatchObject([
    { check: 'archive-isolated', verdict: 'unknown', unknown: 'denied' },
    {
      check: 'archive-policy-tight',
      verdict: 'unknown',
      unknown: 'denied',
      reason: expect.stringContaining('Sid OnlyTwoRoles'),
    },
    { check: 'archive-separate', verdict: 'pass' },
  ]);
});

test('(c) no role in the log archive: all is not readable', async () => {
  await using lab = await startLab();
  const account = lab.organization.trail.account;
  lab.faults.inject({
    operation: 's3:ListBuckets',
    account,
    effect: new AwsError('AccessDenied', 'You may not.', 403),
  });
  const rows = await lab.rows('3', workloads);
  expect(rows).toHaveLength(9);
  expect(new Set(rows.map(({ unknown }) => unknown))).toEqual(new Set(['not readable']));
});

test('(h) a simulation that was not told everything proves nothing', async () => {
  await using lab = await startLab();
  await changePolicy(lab, (statements) => [
    ...statements,
    {
      Sid: 'ByOrganization',
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${lab.organization.trail.bucket}/*`,
      Condition: { StringEqualsIfExists: { 'aws:SourceOrgID': lab.organization.id } },
    },
  ]);
  const [row] = await lab.rows('archive-isolated', workloads);
  expect(row).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('aws:SourceOrgID') });
});

test('(i) no trail: not applicable, step 2 carries the fail', async () => {
  await using lab = await startLab();
  const { managementAccount, trail } = lab.organization;
  const cloudTrail = lab.client(CloudTrailClient, { account: managementAccount });
  await cloudTrail.send(new DeleteTrailCommand({ Name: trail.arn }));
  expect(new Set(verdicts(await lab.rows('3', workloads)))).toEqual(new Set(['not applicable']));
});

test.each(breaks)('“$title” is found by $check', async ({ check, break: doIt }) => {
  await using lab = await startLab();
  doIt(lab.organization);
  expect(verdicts(await lab.rows(check, workloads))).toContain('fail');
});
