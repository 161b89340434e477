import {
  CloudTrailClient,
  PutEventSelectorsCommand,
  type PutEventSelectorsCommandInput,
} from '@aws-sdk/client-cloudtrail';
import {
  CloudWatchLogsClient,
  CreateDeliveryCommand,
  DeleteDeliveryCommand,
  DescribeDeliveriesCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  PutBucketEncryptionCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { remakeBucket, removeBucket } from '../../../sandbox/aws/services/buckets.ts';
import { lakeBucket } from '../../../sandbox/aws/services/deliveries.ts';
import { known } from '../../../sandbox/organization/accounts.ts';
import { breaks } from '../../../sandbox/organization/breaks/07-s3-logging.ts';
import { homeRegion } from '../../../sandbox/organization/traces.ts';
import { type Lab, startLab } from '../lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const denied = new AwsError('AccessDenied', 'Access Denied', 403);
const s3 = (account: string) => lab.client(S3Client, { account, region: homeRegion });
const rowOf = async (check: string, account: string, bucket: string, settings = {}) =>
  (await lab.rows(check, { accounts: [account] }, settings)).find(
    ({ resource }) => resource === `arn:aws:s3:::${bucket}`,
  );
/** What the fix commands put. */
const logTo = (account: string, Bucket: string, TargetBucket: string, byTime = true) =>
  s3(account).send(
    new PutBucketLoggingCommand({
      Bucket,
      BucketLoggingStatus: {
        LoggingEnabled: {
          TargetBucket,
          TargetPrefix: `${Bucket}/`,
          ...(byTime && {
            TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' as const } },
          }),
        },
      },
    }),
  );
const selectors = (AdvancedEventSelectors: PutEventSelectorsCommandInput['AdvancedEventSelectors']) =>
  lab
    .client(CloudTrailClient, { account: lab.organization.managementAccount, region: homeRegion })
    .send(new PutEventSelectorsCommand({ TrailName: lab.organization.trail.arn, AdvancedEventSelectors }));
const management = { FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] };
const objects = (...more: { Field: string; Equals?: string[]; StartsWith?: string[] }[]) => ({
  FieldSelectors: [
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
    ...more,
  ],
});

test('the organization is in place but for what is planted, and nothing is unknown but the account without our role', {
  timeout: 90_000,
}, async () => {
  const rows = await lab.rows('7');
  const open = rows.filter(({ verdict }) => verdict === 'fail').map(({ check, resource }) => `${check} ${resource}`);
  expect(open.toSorted()).toEqual([
    's3-logged arn:aws:s3:::dev-scratch',
    's3-target-works arn:aws:s3:::prod-web-assets',
  ]);
  const dark = new Set(rows.filter(({ verdict }) => verdict === 'unknown').map(({ account }) => account));
  expect([...dark]).toEqual([known.experiments]);
});

describe('s3-logged', () => {
  const scratch = () => rowOf('s3-logged', known.dev, 'dev-scratch');

  test('(b) the delivery of CloudWatch Logs counts, until it is deleted', async () => {
    const lake = () => rowOf('s3-logged', known.data, lakeBucket);
    expect(await lake()).toMatchObject({ verdict: 'pass', reason: 'CloudWatch Logs delivers its access logs.' });
    const logs = lab.client(CloudWatchLogsClient, { account: known.data, region: homeRegion });
    const { deliveries: [delivery] = [] } = await logs.send(new DescribeDeliveriesCommand());
    await logs.send(new DeleteDeliveryCommand({ id: delivery?.id }));
    expect(await lake()).toMatchObject({ verdict: 'fail' });
    const { deliverySourceName, deliveryDestinationArn } = delivery ?? {};
    await logs.send(new CreateDeliveryCommand({ deliverySourceName, deliveryDestinationArn }));
    expect(await lake()).toMatchObject({ verdict: 'pass' });
  });

  test('(c) data events of all reads and writes count, (d) those of writes alone do not', async () => {
    await selectors([management, objects()]);
    expect(await scratch()).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('By data events') });
    await selectors([management, objects({ Field: 'readOnly', Equals: ['false'] })]);
    expect(await scratch()).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('reads are unseen') });
    await selectors([management, objects({ Field: 'resources.ARN', StartsWith: ['arn:aws:s3:::prod-'] })]);
    expect(await scratch()).toMatchObject({ verdict: 'fail' });
    await selectors([management]);
  });

  test('(e) a bucket that refuses is unknown and the others are judged; (f) without the list the account is unknown', async () => {
    const withdraw = lab.faults.inject({ operation: 's3:GetBucketLogging', account: known.data, effect: denied });
    expect(await lab.rows('s3-logged', { accounts: [known.data] })).toMatchObject([{ verdict: 'pass' }]);
    withdraw();
    const ofDev = lab.faults.inject({ operation: 's3:GetBucketLogging', account: known.dev, effect: denied });
    expect(await scratch()).toMatchObject({ verdict: 'unknown', unknown: 'denied' });
    ofDev();
    const list = lab.faults.inject({ operation: 's3:ListBuckets', account: known.dev, effect: denied });
    expect(await lab.rows('s3-logged', { accounts: [known.dev] })).toMatchObject([
      { verdict: 'unknown', unknown: 'denied', resource: null },
    ]);
    list();
  });

  test('(g) an account without buckets is not applicable, nor is (h) the target of the logs', async () => {
    expect(await lab.rows('s3-logged', { accounts: [known.staging] })).toMatchObject([{ verdict: 'not applicable' }]);
    expect(await rowOf('s3-logged', known.payments, 'prod-payments-access-logs')).toMatchObject({
      verdict: 'not applicable',
    });
  });

  test('(j) a bucket is asked for in its own region', async () => {
    remakeBucket(lab.organization, 'dev-scratch', 'us-east-1');
    expect(await scratch()).toMatchObject({ verdict: 'fail', region: 'us-east-1' });
    remakeBucket(lab.organization, 'dev-scratch', homeRegion);
  });

  test('an unlogged bucket fails until its logging is put', async () => {
    expect(await scratch()).toMatchObject({ verdict: 'fail', severity: 'medium' });
    await logTo(known.dev, 'dev-scratch', 'dev-logs');
    expect(await scratch()).toMatchObject({ verdict: 'pass' });
  });
});

describe('s3-target-works', () => {
  const [source, target] = ['payments-exports', 'prod-payments-access-logs'];
  const row = () => rowOf('s3-target-works', known.payments, source);
  const client = () => s3(known.payments);
  const encrypt = (account: string, Bucket: string, SSEAlgorithm: 'AES256' | 'aws:kms') =>
    s3(account).send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm } }] },
      }),
    );

  test('a key of KMS keeps logs out until the bucket encrypts by itself', async () => {
    const web = () => rowOf('s3-target-works', known.web, 'prod-web-assets');
    expect(await web()).toMatchObject({
      verdict: 'fail',
      severity: 'high',
      reason: expect.stringContaining('aws:kms'),
    });
    await encrypt(known.web, 'prod-web-access-logs', 'AES256');
    expect(await web()).toMatchObject({ verdict: 'pass', proof: 'proven' });
  });

  test('(i) Object Lock and Requester Pays keep them out', async () => {
    expect(await row()).toMatchObject({ verdict: 'pass', proof: 'proven' });
    const lock = (on: boolean) =>
      client().send(
        new PutObjectLockConfigurationCommand({
          Bucket: target,
          ObjectLockConfiguration: {
            ObjectLockEnabled: 'Enabled',
            ...(on && { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } }),
          },
        }),
      );
    await lock(true);
    expect(await row()).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('Object Lock') });
    await lock(false);
    const pay = (Payer: 'Requester' | 'BucketOwner') =>
      client().send(new PutBucketRequestPaymentCommand({ Bucket: target, RequestPaymentConfiguration: { Payer } }));
    await pay('Requester');
    expect(await row()).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('requester pays') });
    await pay('BucketOwner');
    expect(await row()).toMatchObject({ verdict: 'pass' });
  });

  test('a policy that lets S3 write for another account alone fails until it is put right', async () => {
    const put = (account: string) =>
      client().send(
        new PutBucketPolicyCommand({
          Bucket: target,
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'logging.s3.amazonaws.com' },
                Action: 's3:PutObject',
                Resource: `arn:aws:s3:::${target}/*`,
                Condition: { StringEquals: { 'aws:SourceAccount': account } },
              },
            ],
          }),
        }),
      );
    await put(known.web);
    expect(await row()).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('Neither the policy') });
    await put(known.payments);
    expect(await row()).toMatchObject({ verdict: 'pass' });
  });

  test('(a) a target that went to another region, or is gone, fails', async () => {
    remakeBucket(lab.organization, target, 'eu-central-1');
    expect(await row()).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('same region') });
    remakeBucket(lab.organization, target, homeRegion);
    removeBucket(lab.organization, target);
    expect(await row()).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('no bucket of the account') });
    expect(await rowOf('s3-logged', known.payments, source)).toMatchObject({ verdict: 'pass', proof: 'configured' });
  });
});

test('s3-data-events: a sensitive bucket fails until a trail records all of its reads and writes', async () => {
  const settings = { sensitiveBuckets: ['prod-data-*'] };
  const row = () => rowOf('s3-data-events', known.data, lakeBucket, settings);
  expect(await row()).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('every read and every write') });
  await selectors([management, objects({ Field: 'resources.ARN', StartsWith: [`arn:aws:s3:::${lakeBucket}/`] })]);
  expect(await row()).toMatchObject({ verdict: 'pass' });
  await selectors([
    management,
    objects({ Field: 'resources.ARN', StartsWith: [`arn:aws:s3:::${lakeBucket}/raw/`] }),
    objects({ Field: 'readOnly', Equals: ['true'] }),
  ]);
  expect(await row()).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('every write') });
  await selectors([management]);
  expect(await lab.rows('s3-data-events', { accounts: [known.data] })).toMatchObject([{ verdict: 'not applicable' }]);
});

test('s3-log-format: one folder fails until logs are partitioned by the time of the event', async () => {
  const row = () => rowOf('s3-log-format', known.web, 'prod-web-assets');
  expect(await row()).toMatchObject({ verdict: 'pass' });
  await logTo(known.web, 'prod-web-assets', 'prod-web-access-logs', false);
  expect(await row()).toMatchObject({ verdict: 'fail', severity: 'low' });
  await logTo(known.web, 'prod-web-assets', 'prod-web-access-logs');
  expect(await row()).toMatchObject({ verdict: 'pass' });
});

test('every break of the panel is found by its check', { timeout: 90_000 }, async () => {
  await using fresh = await startLab();
  for (const { check, title, break: doIt } of breaks) {
    const where = { accounts: ['prod-payments', 'log-archive'], regions: [homeRegion] };
    const failing = async () => (await fresh.rows(check, where)).filter(({ verdict }) => verdict === 'fail').length;
    const before = await failing();
    doIt(fresh.organization);
    expect(await failing(), title).toBeGreaterThan(before);
  }
});
