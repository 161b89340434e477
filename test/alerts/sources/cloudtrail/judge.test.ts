import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { judge } from '../../../../src/alerts/sources/cloudtrail/judge.ts';
import { payloadFromText, readSignals } from '../../../../src/alerts/sources/index.ts';
import { Record } from '../../../../src/cloudtrail/record.ts';
import { dataFile, dataFiles, dataJson } from '../../../data.ts';
import { account, allow, type Call, telling as loud, policy, quiet, recordOf, stranger } from './calls.ts';
import { graded, labelledRules } from './catalogue.ts';

const Labelled = z.object({ rule: z.string(), severity: z.string(), expectedResult: z.boolean(), log: z.unknown() });
const telling = (severity: string) => ['critical', 'high', 'medium'].includes(severity.toLowerCase());

describe('judged against labelled records', () => {
  test('recall is at least 0.9 and precision at least 0.8', () => {
    const count = { hit: 0, missed: 0, wrong: 0, quiet: 0 };
    for (const file of dataFiles('labelled-cloudtrail')) {
      const { severity, expectedResult, log } = Labelled.parse(dataJson(file));
      const [signal] = readSignals(payloadFromText(JSON.stringify(log), '2026-11-23T03:00:00.000Z'));
      const judged = telling(signal?.severity ?? 'info');
      if (expectedResult && telling(severity)) count[judged ? 'hit' : 'missed']++;
      else if (!expectedResult) count[judged ? 'wrong' : 'quiet']++;
    }
    const recall = count.hit / (count.hit + count.missed);
    const precision = count.hit / (count.hit + count.wrong);
    expect(recall).toBeGreaterThanOrEqual(0.9);
    expect(precision).toBeGreaterThanOrEqual(0.8);
  });

  test.each(['cloudtrail-record', 'eventbridge-cloudtrail', 'labelled-cloudtrail'])(
    'every record of %s is read as what it is',
    (folder) => {
      for (const file of dataFiles(folder)) {
        const json = folder === 'labelled-cloudtrail' ? Labelled.parse(dataJson(file)).log : undefined;
        const text = json === undefined ? dataFile(file) : JSON.stringify(json);
        const [signal] = readSignals(payloadFromText(text, '2026-11-23T03:00:00.000Z'));
        expect(signal?.title, file).toBeTruthy();
        // A few labelled records are fragments, without what makes a CloudTrail record one.
        if (!/"eventSource": ?"[a-z]/.test(text) || !/"eventVersion"/.test(text)) continue;
        expect(signal?.source, file).not.toBe('generic');
        if (/"recipientAccountId": ?"\d{12}"/.test(text)) expect(signal?.account, file).toMatch(/^\d{12}$/);
      }
    },
  );
});

describe('judged against what public rules mean', () => {
  test.each(labelledRules())('$rule: $why ($expected)', ({ expected, event }) => {
    const [signal] = readSignals(payloadFromText(JSON.stringify(event), '2026-11-23T03:00:00.000Z'));
    expect(telling(signal?.severity ?? 'info'), signal?.judgement?.reasons.join('; ')).toBe(expected === 'yes');
  });

  test.each(graded())('$what is $grade ($rule)', ({ grade, record }) => {
    const { severity, reasons } = judge(Record.parse(record));
    if (grade === 'high' || grade === 'medium') expect(severity, reasons.join('; ')).toBe(grade);
    else expect(telling(severity), reasons.join('; ')).toBe(false);
  });
});

/** What happened and the reason that is given for it, with the values that decided. */
const given: readonly (readonly [reason: string, ...Call])[] = [
  [
    'changed a trail (includeManagementEvents: false)',
    'selectors without management events',
    'cloudtrail',
    'PutEventSelectors',
    { trailName: 'org', eventSelectors: [{ readWriteType: 'ReadOnly', includeManagementEvents: false }] },
  ],
  [
    'opened port 22 to the internet (0.0.0.0/0)',
    'a port',
    'ec2',
    'AuthorizeSecurityGroupIngress',
    {
      groupId: 'sg-1',
      ipPermissions: {
        items: [{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }],
      },
    },
  ],
  [
    'opened ports 3000 to 4000 to the internet (::/0)',
    'a range',
    'ec2',
    'AuthorizeSecurityGroupIngress',
    {
      ipPermissions: {
        items: [{ ipProtocol: 'tcp', fromPort: 3000, toPort: 4000, ipv6Ranges: { items: [{ cidrIpv6: '::/0' }] } }],
      },
    },
  ],
  [
    'opened everything to the internet (0.0.0.0/0)',
    'all protocols',
    'ec2',
    'AuthorizeSecurityGroupIngress',
    { ipPermissions: { items: [{ ipProtocol: '-1', ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }] } },
  ],
  [
    'opened port 22 to the internet (0.0.0.0/1)',
    'half of the internet',
    'ec2',
    'AuthorizeSecurityGroupIngress',
    {
      ipPermissions: {
        items: [{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipRanges: { items: [{ cidrIp: '0.0.0.0/1' }] } }],
      },
    },
  ],
  [
    'opened a security group by hand: port 5432 to 10.0.0.0/8',
    'a network',
    'ec2',
    'AuthorizeSecurityGroupIngress',
    {
      ipPermissions: {
        items: [{ ipProtocol: 'tcp', fromPort: 5432, toPort: 5432, ipRanges: { items: [{ cidrIp: '10.0.0.0/8' }] } }],
      },
    },
  ],
  [
    'gave AdministratorAccess to dev-2',
    'a right',
    'iam',
    'AttachUserPolicy',
    { userName: 'dev-2', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
  ],
  [
    'put dev-2 into the group administrators',
    'a group',
    'iam',
    'AddUserToGroup',
    { userName: 'dev-2', groupName: 'administrators' },
  ],
  [
    'wrote a policy that allows everything (web)',
    'a policy',
    'iam',
    'PutRolePolicy',
    { roleName: 'web', policyName: 'x', policyDocument: policy(allow('*')) },
  ],
  [
    'wrote a policy whose holder can take any rights (iam:PassRole and lambda:Create*)',
    'a way up',
    'iam',
    'CreatePolicy',
    { policyName: 'x', policyDocument: policy(allow('iam:PassRole'), allow('lambda:Create*')) },
  ],
  [
    `another account (${stranger}) may use it now`,
    'a bucket',
    's3',
    'PutBucketPolicy',
    {
      bucketName: 'b',
      bucketPolicy: {
        Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${stranger}:root` }, Action: 's3:*' }],
      },
    },
  ],
  [
    `shared a snapshot with another account (${stranger})`,
    'a snapshot',
    'rds',
    'ModifyDBSnapshotAttribute',
    { dBSnapshotIdentifier: 's', attributeName: 'restore', valuesToAdd: [stranger] },
  ],
  [
    'data is no longer protected as it was (deletionProtection: false)',
    'a setting',
    'rds',
    'ModifyDBInstance',
    { dBInstanceIdentifier: 'd', deletionProtection: false },
  ],
  [
    'public access is no longer blocked in the whole account (BlockPublicPolicy: false)',
    "the account's block",
    's3',
    'PutAccountPublicAccessBlock',
    { accountId: account, PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: false } },
  ],
  [
    'deleted logs that an audit needs (aws-controltower/CloudTrailLogs)',
    'the group of a trail',
    'logs',
    'DeleteLogGroup',
    { logGroupName: 'aws-controltower/CloudTrailLogs' },
  ],
  [
    'stored files are deleted after a day',
    'a lifecycle',
    's3',
    'PutBucketLifecycle',
    { bucketName: 'b', LifecycleConfiguration: { Rule: { Status: 'Enabled', Expiration: { Days: 1 } } } },
  ],
  [
    'a database is watched less (rds.force_ssl: 0)',
    'a parameter',
    'rds',
    'ModifyDBParameterGroup',
    {
      parameters: [
        { parameterName: 'rds.force_ssl', parameterValue: '0' },
        { parameterName: 'work_mem', parameterValue: '0' },
      ],
    },
  ],
];

test.each(given.map(([reason, ...call]) => ({ reason, call })))('$reason', ({ reason, call }) => {
  expect(judge(Record.parse(recordOf(call))).reasons).toContain(reason);
});

test('a reason quotes few values, and short ones', () => {
  const many = Array.from({ length: 20 }, (_, i) => ({ Effect: 'Allow', Principal: { AWS: `${100000000000 + i}` } }));
  const { reasons } = judge(
    Record.parse(recordOf(['x', 's3', 'PutBucketPolicy', { bucketPolicy: { Statement: many } }])),
  );
  expect(reasons[0]).toBe('another account (100000000000, 100000000001, 100000000002 and 17 more) may use it now');
  const long = judge(Record.parse(recordOf(['x', 'iam', 'CreateAccessKey', { userName: `a\n${'b'.repeat(500)}` }])));
  expect(long.reasons[0]?.length).toBeLessThan(200);
  expect(long.reasons[0]).not.toContain('\n');
});

test('what a stranger writes at length is judged in no more than the usual time', () => {
  for (const unit of [':', 'policy/', '/static/', 'AgentCore', 'encrypt', '::/', 'enable', '-controller']) {
    const long = unit.repeat(200_000 / unit.length);
    for (const call of ['PutObject', 'AttachUserPolicy', 'AuthorizeSecurityGroupIngress', 'UpdateDomainConfig'])
      judge(
        Record.parse({
          ...recordOf([
            'x',
            'iam',
            call,
            { key: long, policyArn: long, [long]: false, logs: { [long]: false }, a: [long] },
          ]),
          userAgent: long,
          userIdentity: { type: 'AssumedRole', arn: `arn:aws:sts::${account}:assumed-role/${long}` },
        }),
      );
  }
});

test("AWS's own accounts are strangers but for writing logs into a bucket", () => {
  const redshift = '193672423079';
  const call = (Action: string | string[]): Call => [
    'x',
    's3',
    'PutBucketPolicy',
    {
      bucketPolicy: {
        Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${redshift}:user/logs` }, Action }],
      },
    },
  ];
  expect(telling(judge(Record.parse(recordOf(call(['s3:PutObject', 's3:GetBucketAcl'])))).severity)).toBe(false);
  expect(telling(judge(Record.parse(recordOf(call(['s3:PutObject', 's3:GetObject'])))).severity)).toBe(true);
  expect(telling(judge(Record.parse(recordOf(call([])))).severity)).toBe(true);
});

const record = (more: object) =>
  Record.parse({
    eventVersion: '1.11',
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateAccessKey',
    recipientAccountId: '111122223333',
    userIdentity: {
      type: 'IAMUser',
      userName: 'ana',
      arn: 'arn:aws:iam::111122223333:user/ana',
      accountId: '111122223333',
    },
    ...more,
  });

test.each([
  ['a key for oneself', {}, 'info'],
  ['a key for somebody else', { requestParameters: { userName: 'ben' } }, 'medium'],
  ['the same, refused', { requestParameters: { userName: 'ben' }, errorCode: 'AccessDenied' }, 'info'],
  ['logging stopped', { eventSource: 'cloudtrail.amazonaws.com', eventName: 'StopLogging' }, 'high'],
  [
    'logging looked at',
    { eventSource: 'cloudtrail.amazonaws.com', eventName: 'GetTrailStatus', readOnly: true },
    'info',
  ],
  ['root changes something', { eventName: 'UpdateAccountName', userIdentity: { type: 'Root' } }, 'high'],
  [
    'a bucket for everybody',
    {
      eventSource: 's3.amazonaws.com',
      eventName: 'PutBucketPolicy',
      requestParameters: {
        bucketPolicy: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' }] },
      },
    },
    'high',
  ],
  [
    'a bucket for one organization',
    {
      eventSource: 's3.amazonaws.com',
      eventName: 'PutBucketPolicy',
      requestParameters: {
        bucketPolicy: {
          Statement: [
            { Effect: 'Allow', Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
          ],
        },
      },
    },
    'low',
  ],
  [
    'the world may come in',
    {
      eventSource: 'ec2.amazonaws.com',
      eventName: 'AuthorizeSecurityGroupIngress',
      requestParameters: { ipPermissions: { items: [{ ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }] } },
    },
    'high',
  ],
  [
    'a tool opens a group to a network',
    {
      eventSource: 'ec2.amazonaws.com',
      eventName: 'AuthorizeSecurityGroupIngress',
      userAgent: 'cloudformation.amazonaws.com',
      requestParameters: { cidrIp: '10.0.0.0/8' },
    },
    'info',
  ],
])('%s', (_name, more, severity) => {
  expect([severity, 'low', 'info'].includes(judge(record(more)).severity)).toBe(true);
  expect(telling(judge(record(more)).severity)).toBe(telling(severity));
});

describe('what public catalogues look for', () => {
  const signalOf = (call: object) => {
    const [signal] = readSignals(payloadFromText(JSON.stringify(call), '2026-11-23T03:00:00.000Z'));
    return signal;
  };

  test.each(loud.map((call) => ({ what: call[0], call })))('$what is told', ({ call }) => {
    const signal = signalOf(recordOf(call));
    expect(signal?.source).toBe('cloudtrail');
    expect(telling(signal?.severity ?? 'info'), signal?.title).toBe(true);
    expect(signal?.judgement?.reasons[0]).toMatch(/ /);
  });

  test.each(quiet.map((call) => ({ what: call[0], call })))('$what is not', ({ call }) => {
    const signal = signalOf(recordOf(call));
    expect(telling(signal?.severity ?? 'info'), signal?.judgement?.reasons.join('; ')).toBe(false);
  });

  test('the service of AWS in China is the same service', () => {
    const [stopped] = loud;
    if (stopped === undefined) throw new Error('no calls');
    expect(judge(Record.parse({ ...recordOf(stopped), eventSource: 'cloudtrail.amazonaws.com.cn' }))).toMatchObject({
      severity: 'high',
      technique: expect.stringMatching(/^T1562/),
    });
  });
});

test.each([
  ['as text', (value: object) => JSON.stringify(value)],
  ['as text in text', (value: object) => JSON.stringify(JSON.stringify(value))],
  [
    'with its parts as text and its names in lower case, as a log store answers',
    (value: object) =>
      JSON.stringify(
        Object.fromEntries(
          Object.entries(value).map(([key, inner]) => [
            key.toLowerCase(),
            typeof inner === 'object' && inner !== null ? JSON.stringify(inner) : inner,
          ]),
        ),
      ),
  ],
  [
    'without version and kind of event',
    (value: object) => JSON.stringify({ ...value, eventVersion: undefined, eventType: undefined }),
  ],
])('a record %s is judged like any other', (_name, written) => {
  const call = recordOf(['a key', 'iam', 'CreateAccessKey', { userName: 'billing' }]);
  const [signal] = readSignals(payloadFromText(written(call), '2026-11-23T03:00:00.000Z'));
  expect(signal).toMatchObject({
    source: 'cloudtrail',
    kind: 'CreateAccessKey',
    severity: 'medium',
    account: '111122223333',
    region: 'eu-west-1',
    actor: { name: 'mira' },
    resource: { name: 'billing' },
  });
});

test('a cut record without its service is still a call, and a row of a DynamoDB stream is none', () => {
  const read = (value: object) => readSignals(payloadFromText(JSON.stringify(value), '2026-11-23T03:00:00.000Z'))[0];
  expect(
    read({ eventName: 'DeleteBucket', eventType: 'AwsApiCall', recipientAccountId: '111122223333' }),
  ).toMatchObject({ source: 'cloudtrail', kind: 'DeleteBucket', account: '111122223333' });
  expect(read({ eventName: 'INSERT', eventSource: 'aws:dynamodb', eventVersion: '1.1' })?.source).not.toBe(
    'cloudtrail',
  );
});

test('a record whose names a log store wrote in lower case is read like any other', () => {
  const call = {
    eventversion: '1.08',
    eventname: 'StopLogging',
    eventsource: 'cloudtrail.amazonaws.com',
    eventtime: '2026-11-23T02:59:00Z',
    awsregion: 'eu-west-1',
    recipientaccountid: '111122223333',
    sourceipaddress: '198.51.100.7',
    useridentity: {
      type: 'IAMUser',
      username: 'ana',
      accountid: '111122223333',
      arn: 'arn:aws:iam::111122223333:user/ana',
    },
  };
  const [signal] = readSignals(payloadFromText(JSON.stringify(call), '2026-11-23T03:00:00.000Z'));
  expect(signal).toMatchObject({
    source: 'cloudtrail',
    kind: 'StopLogging',
    severity: 'high',
    account: '111122223333',
    region: 'eu-west-1',
    sourceIp: '198.51.100.7',
    actor: { name: 'ana' },
    time: '2026-11-23T02:59:00.000Z',
  });
});

test('a session named after somebody is not taken for that person, unless Identity Center named it', () => {
  const session = (role: string) =>
    JSON.stringify({
      eventVersion: '1.11',
      eventName: 'StopLogging',
      eventSource: 'cloudtrail.amazonaws.com',
      userIdentity: { type: 'AssumedRole', arn: `arn:aws:sts::111122223333:assumed-role/${role}/ana@example.com` },
    });
  const actor = (role: string) => readSignals(payloadFromText(session(role), '2026-11-23T03:00:00.000Z'))[0]?.actor;
  expect(actor('deploy')).toMatchObject({ name: 'deploy/ana@example.com' });
  expect(actor('deploy')).not.toHaveProperty('human');
  expect(actor('AWSReservedSSO_Admin_0123456789abcdef')).toMatchObject({ human: 'ana@example.com' });
});
