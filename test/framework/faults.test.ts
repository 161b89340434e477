import { CloudTrailClient, CreateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient, PutMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AwsError } from '../../sandbox/aws/service.ts';
import type { Row } from '../../src/framework/verdict.ts';
import { type Lab, startLab } from './lab.ts';

/** What is too much, too large or refused: the right verdict, and nothing that is not known counted as pass. */
let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const web = { accounts: ['prod-web'], regions: ['eu-west-1', 'us-east-1'] };
const said = (rows: readonly Row[]) => new Set(rows.map(({ verdict, unknown }) => unknown ?? verdict));

test('denied in half of the accounts, those are unknown and the others stand', async () => {
  const before = await lab.rows('s3-logged');
  const known = [
    ...new Set(before.filter(({ verdict }) => verdict === 'pass' || verdict === 'fail').map(({ account }) => account)),
  ];
  const half = new Set(known.filter((_, at) => at % 2 === 0));
  const withdraw = [...half].map((account) =>
    lab.faults.inject({
      operation: 's3:ListBuckets',
      account,
      effect: new AwsError('AccessDenied', 'Access Denied', 403),
    }),
  );
  const rows = await lab.rows('s3-logged');
  for (const each of withdraw) each();
  expect(said(rows.filter(({ account }) => half.has(account)))).toEqual(new Set(['denied']));
  const others = (all: readonly Row[]) =>
    all
      .filter(({ account }) => !half.has(account))
      .map(({ account, verdict }) => `${account} ${verdict}`)
      .toSorted();
  expect(others(rows)).toEqual(others(before));
});

test.each([
  ['a region that a policy of the organization closes', 'denied by organization', 'UnauthorizedOperation', 403],
  ['throttling without end', 'throttled', 'RequestLimitExceeded', 503],
])('%s is unknown: %s', async (_, unknown, code, status) => {
  const message = `${code}: not authorized, with an explicit deny in a service control policy`;
  const withdraw = lab.faults.inject({
    operation: 'ec2:DescribeVpcs',
    region: 'eu-west-1',
    effect: new AwsError(code, status === 503 ? 'Request limit exceeded.' : message, status),
  });
  const rows = await lab.rows('flow-vpc-covered', { ...web, regions: ['eu-west-1'] });
  withdraw();
  expect(said(rows)).toEqual(new Set([unknown]));
});

test('an account that is suspended is listed under every check of an account or region, and never judged', async () => {
  const asleep = lab.organization.accounts.find(({ state }) => state === 'SUSPENDED')?.id;
  const of = ['org-accounts-placed', 'trail-account-covered', 'config-recording', 's3-logged', 'flow-vpc-covered'];
  const rows = (await lab.rows(of, { accounts: ['legacy-shop', 'prod-web'], regions: ['eu-west-1'] })).filter(
    ({ account }) => account === asleep,
  );
  expect(rows.map(({ check }) => check).toSorted()).toEqual(of.toSorted());
  expect(said(rows)).toEqual(new Set(['not applicable']));
  expect(rows.every(({ reason }) => reason.includes('SUSPENDED'))).toBe(true);
  // Alone it is no mistake to ask for it.
  const alone = await lab.rows('s3-logged', { accounts: ['legacy-shop'], regions: ['eu-west-1'] });
  expect(alone).toMatchObject([{ account: asleep, verdict: 'not applicable', region: 'global' }]);
});

test('an organization of one account: every check has its verdict, and what is in others is not known', async () => {
  await using alone = await startLab({}, { discover: false });
  alone.faults.inject({
    operation: 'organizations:DescribeOrganization',
    effect: new AwsError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.'),
  });
  const { trail, homeAccount } = alone.organization;
  const every = Array.from({ length: 16 }, (_, at) => String(at + 1));
  const rows = await alone.rows(every, { regions: ['eu-west-1', 'us-east-1'] });
  expect(new Set(rows.map(({ step }) => step)).size).toBe(16);
  expect(rows.filter(({ reason }) => /failed in itself|AWS knows nothing of it/.test(reason))).toEqual([]);
  // The trail that it sees sends to the log archive, which nobody reads here: those rows are unknown.
  const elsewhere = rows.filter(({ account }) => account !== homeAccount);
  const archive = elsewhere.filter(({ step, account }) => step === 3 && account === trail.account);
  expect(archive.filter(({ verdict }) => verdict === 'pass' || verdict === 'fail')).toEqual([]);
  expect(said(rows.filter(({ step }) => step === 1))).toEqual(new Set(['not applicable']));
});

test('beside a hundred trails that are off the one that records is found', async () => {
  const { trail, managementAccount } = lab.organization;
  const client = lab.client(CloudTrailClient, { account: managementAccount });
  for (let number = 1; number < 100; number += 1)
    await client.send(
      new CreateTrailCommand({ Name: `spare-${number}`, S3BucketName: trail.bucket, IsMultiRegionTrail: true }),
    );
  expect(await lab.rows('trail-org-wide', web)).toMatchObject([{ verdict: 'pass', resource: trail.arn }]);
});

test('among five hundred filters the one that matters is found', async () => {
  const { logGroup, account } = lab.organization.trail;
  const before = said(await lab.rows('alarm-kms', web));
  const client = lab.client(CloudWatchLogsClient, { account });
  for (let number = 1; number < 500; number += 1)
    await client.send(
      new PutMetricFilterCommand({
        logGroupName: logGroup,
        filterName: `other-${number}`,
        filterPattern: `{ $.eventName = "Other${number}" }`,
        metricTransformations: [{ metricName: `other-${number}`, metricNamespace: 'Other', metricValue: '1' }],
      }),
    );
  expect(before).toEqual(new Set(['pass']));
  expect(said(await lab.rows('alarm-kms', web))).toEqual(before);
});

test('a policy of 20 KB is read to its end', async () => {
  const { bucket: Bucket, account } = lab.organization.trail;
  const client = lab.client(S3Client, { account });
  const { Policy = '' } = await client.send(new GetBucketPolicyCommand({ Bucket }));
  const policy: { Statement: object[] } = JSON.parse(Policy);
  const own = Array.from({ length: 400 }, (_, number) => `arn:aws:iam::${account}:role/reader-number-${number}`);
  const read = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` };
  const stranger = { ...read, Sid: 'Last', Principal: { AWS: 'arn:aws:iam::999988887777:role/stranger' } };
  const text = JSON.stringify({
    ...policy,
    Statement: [...policy.Statement, { ...read, Sid: 'Own', Principal: { AWS: own } }, stranger],
  });
  expect(text.length).toBeGreaterThan(20_000);
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy: text }));
  const [row] = await lab.rows('archive-policy-tight', web);
  expect(row).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('Last allows') });
  expect(row?.reason).not.toContain('Own');
});

test('a pattern with a thousand values is one rule among others', async () => {
  const before = await lab.rows('iam-alerts-match', web);
  await lab.client(EventBridgeClient, { account: '111122334444', region: 'us-east-1' }).send(
    new PutRuleCommand({
      Name: 'wide',
      // As many as fit into the 4,096 characters that a pattern may have.
      EventPattern: JSON.stringify({ detail: { size: Array.from({ length: 1000 }, (_, number) => number) } }),
    }),
  );
  const rows = await lab.rows('iam-alerts-match', web);
  expect(rows.map(({ verdict, proof }) => [verdict, proof])).toEqual(
    before.map(({ verdict, proof }) => [verdict, proof]),
  );
});
