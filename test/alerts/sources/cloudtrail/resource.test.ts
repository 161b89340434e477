import { expect, test } from 'vitest';
import { event, fieldOf, readOne } from '../reading.ts';

const here = 'eu-west-1:111122223333:';

const call = (service: string, eventName: string, requestParameters: object | null, more: object = {}): unknown =>
  event(`aws.${service}`, 'AWS API Call via CloudTrail', {
    eventVersion: '1.09',
    userIdentity: {
      type: 'IAMUser',
      arn: 'arn:aws:iam::111122223333:user/mira',
      accountId: '111122223333',
      userName: 'mira',
    },
    eventTime: '2026-11-24T09:30:00Z',
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: 'eu-west-1',
    sourceIPAddress: '198.51.100.7',
    requestParameters,
    recipientAccountId: '111122223333',
    ...more,
  });

/** What a call acts on, rather than what stands beside it. */
test.each<[string, string, object, string]>([
  ['ecr', 'PutImage', { registryId: '111122223333', repositoryName: 'pay', imageTag: 'v2' }, 'pay'],
  ['lambda', 'UpdateFunctionCode20150331v2', { s3Bucket: 'artifacts', functionName: 'pay' }, 'pay'],
  ['eks', 'AssociateAccessPolicy', { name: 'prod', policyArn: 'arn:aws:eks::aws:cluster-access-policy/Admin' }, 'prod'],
  [
    'sts',
    'AssumeRoot',
    { targetPrincipal: '444455556666', taskPolicyArn: { arn: 'arn:aws:iam::aws:policy/x' } },
    '444455556666',
  ],
  ['logs', 'DeleteMetricFilter', { filterName: 'root', logGroupName: '/trail' }, '/trail'],
  ['sqs', 'PurgeQueue', { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/audit' }, 'audit'],
  ['monitoring', 'DeleteAlarms', { alarmNames: ['root-use', 'no-mfa'] }, 'root-use and no-mfa'],
  [
    'events',
    'PutTargets',
    { targets: [{ id: '1', arn: `arn:aws:lambda:${here}function:x` }], rule: 'nightly' },
    'nightly',
  ],
  ['organizations', 'AttachPolicy', { policyId: 'p-1', targetId: '444455556666' }, '444455556666'],
  ['ecs', 'UpdateService', { cluster: 'prod', service: 'pay' }, 'pay'],
])('%s %s with %j acts on %s', (service, name, parameters, resource) => {
  const signal = readOne(call(service, name, parameters));
  expect(signal.resource?.name).toBe(resource);
  expect(signal.title).toContain(resource);
  expect(signal.title).not.toMatch(/20\d{6}/);
});

test('says what a call was made with', () => {
  const opened = readOne(
    call('ec2', 'AuthorizeSecurityGroupIngress', {
      groupId: 'sg-0a1b2c3d4e5f60718',
      ipPermissions: {
        items: [{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }],
      },
    }),
  );
  expect(fieldOf(opened, 'With')).toBe('ip protocol tcp, from port 22, to port 22, cidr ip 0.0.0.0/0');
  const given = readOne(
    call('s3', 'PutBucketPolicy', {
      bucketName: 'payroll',
      bucketPolicy: {
        Statement: [{ Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 's3:*', Resource: '*' }],
      },
    }),
  );
  expect(fieldOf(given, 'With')).toBe('allow s3:* on * to 444455556666');
});

test('a sign-in through Identity Center is of a person, and may fail', () => {
  const step = (UserName: string, outcome: string) =>
    readOne(
      call('signin', 'CredentialVerification', null, {
        userIdentity: { type: 'Unknown', accountId: '111122223333' },
        eventType: 'AwsServiceEvent',
        additionalEventData: { UserName },
        serviceEventDetails: { CredentialVerification: outcome },
      }),
    );
  expect(step('ana@example.com', 'Success')).toMatchObject({ severity: 'info', actor: { name: 'ana@example.com' } });
  expect(step('ana@example.com', 'Failure')).toMatchObject({
    severity: 'low',
    title: 'Credential verification of ana@example.com (failed)',
  });
  expect(step('ana@example.com', 'Failure').dedupKey).not.toBe(step('ben@example.com', 'Failure').dedupKey);
});

test('a policy that AWS attaches because a key leaked is no act of root', () => {
  const signal = readOne(
    call(
      'iam',
      'AttachUserPolicy',
      { userName: 'mailer', policyArn: 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3' },
      {
        userIdentity: { type: 'Root', arn: 'arn:aws:iam::111122223333:root', accountId: '111122223333' },
        sourceIPAddress: 'AWS Internal',
      },
    ),
  );
  expect(signal).toMatchObject({
    severity: 'critical',
    title: 'AWS put mailer into quarantine: an access key leaked',
    actor: { name: 'AWS' },
  });
  expect(signal.judgement?.reasons.join()).not.toContain('root');
});
