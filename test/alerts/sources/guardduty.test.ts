import { describe, expect, test } from 'vitest';
import { event, fieldOf, readFile, readOne } from './reading.ts';

const arn = 'arn:aws:guardduty:eu-west-1:111122223333:detector/d1/finding/f1';

const finding = (changes: object): Record<string, unknown> => ({
  schemaVersion: '2.0',
  accountId: '111122223333',
  region: 'eu-west-1',
  partition: 'aws',
  id: 'f1',
  arn,
  type: 'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS',
  title: 'Credentials for the EC2 instance role web were used from an external IP address.',
  description: 'Credentials created exclusively for an EC2 instance are used from 203.0.113.9. They should not be.',
  severity: 8,
  updatedAt: '2026-11-24T09:20:00.000Z',
  resource: {
    resourceType: 'AccessKey',
    accessKeyDetails: {
      accessKeyId: 'ASIAEXAMPLE123456789',
      principalId: 'AROAEXAMPLE:ana@example.com',
      userName: 'web',
      userType: 'AssumedRole',
    },
  },
  service: {
    count: 3,
    archived: false,
    action: {
      actionType: 'AWS_API_CALL',
      awsApiCallAction: {
        api: 'GetObject',
        serviceName: 's3.amazonaws.com',
        remoteIpDetails: { ipAddressV4: '203.0.113.9', country: { countryName: 'Norway' }, city: { cityName: 'Oslo' } },
      },
    },
  },
  ...changes,
});

const read = (changes: object) => readOne(event('aws.guardduty', 'GuardDuty Finding', finding(changes)));

/** The API's spelling of the same record. */
const pascal = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(pascal)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value).map(([key, item]) => [key.charAt(0).toUpperCase() + key.slice(1), pascal(item)]),
        )
      : value;

describe('a GuardDuty finding', () => {
  test('says what, who, from where and how often', () => {
    const signal = read({});
    expect(signal).toMatchObject({
      source: 'guardduty',
      kind: 'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS',
      dedupKey: arn,
      severity: 'high',
      state: 'firing',
      title: 'Credentials for the EC2 instance role web were used from an external IP address',
      sentence: 'Credentials created exclusively for an EC2 instance are used from 203.0.113.9.',
      account: '111122223333',
      region: 'eu-west-1',
      resource: { name: 'web', type: 'IAM role' },
      actor: {
        type: 'role',
        name: 'web/ana@example.com',
        human: 'ana@example.com',
        accessKeyId: 'ASIAEXAMPLE123456789',
      },
      sourceIp: '203.0.113.9',
      time: '2026-11-24T09:20:00.000Z',
    });
    expect(fieldOf(signal, 'Action')).toBe('GetObject was called on s3');
    expect(fieldOf(signal, 'Remote')).toBe('203.0.113.9 (Oslo, Norway)');
    expect(fieldOf(signal, 'Seen')).toBe('3 times');
    expect(signal.links[0]?.url).toContain('console.aws.amazon.com/guardduty/home?region=eu-west-1#/findings');
  });

  test('reads alike in camelCase and in PascalCase, in an event and bare', () => {
    const { raw: _, ...expected } = read({});
    for (const payload of [
      event('aws.guardduty', 'GuardDuty Finding', pascal(finding({}))),
      finding({}),
      pascal(finding({})),
    ]) {
      const { raw: __, ...signal } = readOne(payload);
      expect(signal).toEqual(expected);
    }
  });

  test('is over when it is archived, under the key of the open one', () => {
    expect(read({ service: { archived: true } })).toMatchObject({ state: 'resolved', dedupKey: arn });
    expect(read({ service: { archived: 'true' } })).toMatchObject({ state: 'resolved' });
  });

  test.each([
    [0, 'info'],
    [1, 'low'],
    [3.9, 'low'],
    [4, 'medium'],
    [6.9, 'medium'],
    [7, 'high'],
    [8.9, 'high'],
    [9, 'critical'],
    ['5.0', 'medium'],
    [null, 'medium'],
  ])('of score %s is %s', (severity, expected) => {
    expect(read({ severity }).severity).toBe(expected);
  });

  test('links into the console of its own partition', () => {
    const gov = read({ region: 'us-gov-west-1', partition: 'aws-us-gov' });
    expect(gov).toMatchObject({ partition: 'aws-us-gov', region: 'us-gov-west-1' });
    expect(gov.links[0]?.url).toMatch(/^https:\/\/console\.amazonaws-us-gov\.com\//);
  });

  test.each([
    [
      {
        resourceType: 'Instance',
        instanceDetails: { instanceId: 'i-0123456789abcdef0', tags: [{ key: 'team', value: 'shop' }] },
      },
      {
        arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0',
        name: 'i-0123456789abcdef0',
        type: 'EC2 instance',
      },
    ],
    [
      { resourceType: 'S3Bucket', s3BucketDetails: [{ arn: 'arn:aws:s3:::logs', name: 'logs' }] },
      { arn: 'arn:aws:s3:::logs', name: 'logs', type: 'S3 bucket' },
    ],
    [
      {
        resourceType: 'EKSCluster',
        eksClusterDetails: { name: 'prod', arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod' },
      },
      { arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod', name: 'prod', type: 'EKS cluster' },
    ],
    [
      {
        resourceType: 'RDSDBInstance',
        rdsDbInstanceDetails: {
          dbInstanceIdentifier: 'orders',
          dbInstanceArn: 'arn:aws:rds:eu-west-1:111122223333:db:orders',
        },
      },
      { arn: 'arn:aws:rds:eu-west-1:111122223333:db:orders', name: 'orders', type: 'RDS instance' },
    ],
    [
      {
        resourceType: 'Lambda',
        lambdaDetails: { functionName: 'pay', functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:pay' },
      },
      { arn: 'arn:aws:lambda:eu-west-1:111122223333:function:pay', name: 'pay', type: 'Lambda function' },
    ],
    [
      {
        resourceType: 'ECSCluster',
        ecsClusterDetails: { name: 'jobs', arn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/jobs' },
      },
      { arn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/jobs', name: 'jobs', type: 'ECS cluster' },
    ],
    [
      { resourceType: 'Container', containerDetails: { name: 'miner', image: 'evil:1' } },
      { name: 'miner', type: 'container' },
    ],
  ])('names the resource by its type: %j', (resource, expected) => {
    expect(read({ resource }).resource).toEqual(expected);
  });

  test.each([
    [
      { actionType: 'DNS_REQUEST', dnsRequestAction: { domain: 'evil.example', blocked: true } },
      'DNS request for evil.example, blocked',
    ],
    [
      {
        actionType: 'NETWORK_CONNECTION',
        networkConnectionAction: {
          connectionDirection: 'INBOUND',
          protocol: 'TCP',
          localPortDetails: { port: 22, portName: 'SSH' },
        },
      },
      'Inbound connection on TCP port 22 (SSH)',
    ],
    [
      {
        actionType: 'PORT_PROBE',
        portProbeAction: {
          portProbeDetails: [
            { localPortDetails: { port: 22, portName: 'SSH' } },
            { localPortDetails: { port: 8080, portName: 'Unknown' } },
          ],
        },
      },
      'Probe of port 22 (SSH) and port 8080',
    ],
    [
      { kubernetesApiCallAction: { verb: 'create', requestUri: '/api/v1/pods', statusCode: 201 } },
      'Kubernetes API call create /api/v1/pods, answered 201',
    ],
    [
      {
        rdsLoginAttemptAction: {
          loginAttributes: [{ user: 'admin', failedLoginAttempts: 20, successfulLoginAttempts: 1 }],
        },
      },
      'Database login as admin: 20 failures, 1 success',
    ],
  ])('says the action in words: %j', (action, words) => {
    expect(fieldOf(read({ service: { action } }), 'Action')).toBe(words);
  });

  test('of an attack sequence is critical, whatever its score, and names actor, resource and signals', () => {
    const signal = read({
      type: 'AttackSequence:IAM/CompromisedCredentials',
      severity: 7,
      resource: { resourceType: 'AttackSequence' },
      service: {
        detection: {
          sequence: {
            description: 'A sequence of actions that points to stolen credentials.',
            actors: [
              {
                user: { name: 'ben', type: 'IAMUser', credentialUid: 'AKIAEXAMPLE123456789' },
                session: { mfaStatus: 'DISABLED' },
              },
            ],
            resources: [
              { uid: 'AKIAEXAMPLE123456789', resourceType: 'ACCESS_KEY' },
              { uid: 'arn:aws:s3:::customer-data', resourceType: 'S3_BUCKET' },
            ],
            endpoints: [{ ip: '203.0.113.9', location: { city: 'Oslo', country: 'Norway' } }],
            signals: [
              { name: 'Stealth:IAMUser/CloudTrailLoggingDisabled' },
              { name: 'Exfiltration:S3/AnomalousBehavior' },
            ],
          },
        },
      },
    });
    expect(signal).toMatchObject({
      severity: 'critical',
      resource: { name: 'customer-data', type: 'S3 bucket' },
      actor: { type: 'user', name: 'ben', accessKeyId: 'AKIAEXAMPLE123456789', mfa: false },
      sourceIp: '203.0.113.9',
    });
    expect(fieldOf(signal, 'Signals')).toBe(
      'Stealth:IAMUser/CloudTrailLoggingDisabled and Exfiltration:S3/AnomalousBehavior',
    );
  });

  test('that is empty is still an alert', () => {
    expect(readOne(event('aws.guardduty', 'GuardDuty Finding', {}))).toMatchObject({
      source: 'guardduty',
      severity: 'medium',
      title: 'GuardDuty finding without details',
    });
  });
});

describe('a malware scan result', () => {
  const scan = (scanResultStatus: string, threats: object[] = []) =>
    readOne(
      event('aws.guardduty', 'GuardDuty Malware Protection Object Scan Result', {
        scanStatus: 'COMPLETED',
        s3ObjectDetails: { bucketName: 'uploads', objectKey: 'a.exe' },
        scanResultDetails: { scanResultStatus, threats },
      }),
    );

  test('is high where threats were found, and resolved by the next clean scan of the object', () => {
    const found = scan('THREATS_FOUND', [{ name: 'Worm.X' }]);
    expect(found).toMatchObject({
      severity: 'high',
      state: 'firing',
      title: 'Malware found in S3 object uploads/a.exe',
      sentence: 'GuardDuty found Worm.X in S3 object uploads/a.exe.',
    });
    expect(scan('NO_THREATS_FOUND')).toMatchObject({ severity: 'info', state: 'resolved', dedupKey: found.dedupKey });
    expect(scan('ACCESS_DENIED')).toMatchObject({
      severity: 'low',
      state: 'firing',
      sentence: 'GuardDuty could not scan S3 object uploads/a.exe: access denied.',
    });
  });

  test('of an EC2 instance reads too', () => {
    const signal = readOne(
      event('aws.guardduty', 'GuardDuty Malware Protection EC2 Scan Result', {
        scanStatus: 'COMPLETED',
        resourceArn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0',
        scanResultDetails: { scanResult: 'INFECTED' },
      }),
    );
    expect(signal).toMatchObject({ severity: 'high', resource: { name: 'i-0123456789abcdef0', type: 'EC2 instance' } });
  });

  test('a protection that fails is an alert that its recovery resolves', () => {
    const bad = readOne(
      event('aws.guardduty', 'GuardDuty Runtime Protection Unhealthy', { resourceType: 'EKS' }, [
        'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
      ]),
    );
    expect(bad).toMatchObject({ severity: 'medium', state: 'firing' });
    const good = readOne(
      event('aws.guardduty', 'GuardDuty Runtime Protection Healthy', { resourceType: 'EKS' }, [
        'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
      ]),
    );
    expect(good).toMatchObject({ severity: 'info', state: 'resolved', dedupKey: bad.dedupKey });
  });
});

describe('recorded GuardDuty findings', () => {
  test('of the API', () => {
    expect(readFile('guardduty-finding/Recon-IAMUser-UserPermissions-7c3aa5e2.json')).toMatchObject({
      severity: 'medium',
      actor: { type: 'user', name: 'testuser' },
      sourceIp: '52.94.36.7',
      title: 'Unusual user permission reconnaissance activity by testuser',
    });
  });

  test('that are templates keep their holes readable', () => {
    expect(readFile('guardduty-eventbridge/GuardDuty-Finding-0ab76cd8.json')).toMatchObject({
      severity: 'high',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: payloads made from templates come with their holes
      resource: { type: 'S3 bucket', name: '${bucket_name}' },
    });
  });
});
