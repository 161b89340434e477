import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { judge } from '../../../../src/alerts/sources/cloudtrail/judge.ts';
import { Record } from '../../../../src/alerts/sources/cloudtrail/record.ts';
import { payloadFromText, readSignals } from '../../../../src/alerts/sources/index.ts';
import { dataFile, dataFiles, dataJson, hasData } from '../../../data.ts';

const Labelled = z.object({ rule: z.string(), severity: z.string(), expectedResult: z.boolean(), log: z.unknown() });
const telling = (severity: string) => ['critical', 'high', 'medium'].includes(severity.toLowerCase());

describe.skipIf(!hasData)('judged against labelled records', () => {
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

const everybody = (action: string) =>
  JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action: action, Resource: '*' }] });
const called = (service: string, eventName: string, requestParameters: object = {}, more: object = {}) =>
  record({ eventSource: `${service}.amazonaws.com`, eventName, requestParameters, ...more });

describe('calls that no label is about', () => {
  test.each([
    [
      'a search domain opened to everybody',
      called('es', 'UpdateElasticsearchDomainConfig', { accessPolicies: everybody('es:*') }),
    ],
    ['a layer that everybody may read', called('lambda', 'AddLayerVersionPermission20181031', { principal: '*' })],
    ['traffic copied elsewhere', called('ec2', 'CreateTrafficMirrorSession')],
    ['volumes without encryption', called('ec2', 'DisableEbsEncryptionByDefault')],
    [
      'a database restored into the open',
      called('rds', 'RestoreDBInstanceFromDBSnapshot', { publiclyAccessible: true }),
    ],
    ['a database that can be deleted', called('rds', 'ModifyDBInstance', { deletionProtection: false })],
    ['a database without backups', called('rds', 'ModifyDBInstance', { backupRetentionPeriod: 0 })],
    [
      'logs deleted after a day',
      called('s3', 'PutBucketLifecycle', { LifecycleConfiguration: { Rule: [{ Expiration: { Days: 1 } }] } }),
    ],
    [
      'copies for another account',
      called('s3', 'PutBucketReplication', {
        ReplicationConfiguration: { Rule: { Destination: { Account: '999999999999' } } },
      }),
    ],
    ['the serial console opened', called('ec2', 'EnableSerialConsoleAccess')],
    ['a federated session of a user', called('sts', 'GetFederationToken', { name: 'x' })],
    ['a domain given away', called('route53domains', 'TransferDomainToAnotherAwsAccount')],
    ['a trust anchor', called('rolesanywhere', 'CreateTrustAnchor')],
    [
      'passwords of machines, though refused',
      called('ec2', 'GetPasswordData', {}, { errorCode: 'Client.UnauthorizedOperation' }),
    ],
  ])('%s is telling', (_name, call) => {
    expect(telling(judge(call).severity)).toBe(true);
    expect(judge(call).reasons[0]).toMatch(/ /);
  });

  test.each([
    ['the same search domain looked at', called('es', 'DescribeElasticsearchDomainConfig', {}, { readOnly: true })],
    [
      'a database restored into a private network',
      called('rds', 'RestoreDBInstanceFromDBSnapshot', { publiclyAccessible: false }),
    ],
    ['a database made larger', called('rds', 'ModifyDBInstance', { allocatedStorage: 200 })],
    [
      'logs deleted after a year',
      called('s3', 'PutBucketLifecycle', { LifecycleConfiguration: { Rule: [{ Expiration: { Days: 365 } }] } }),
    ],
    [
      'copies for the own account',
      called('s3', 'PutBucketReplication', {
        ReplicationConfiguration: { Rule: { Destination: { Account: '111122223333' } } },
      }),
    ],
    [
      'the console by an identity provider that asked for MFA',
      called(
        'signin',
        'ConsoleLogin',
        {},
        {
          additionalEventData: { MFAUsed: 'No', SamlProviderArn: 'arn:aws:iam::111122223333:saml-provider/Okta' },
          responseElements: { ConsoleLogin: 'Success' },
        },
      ),
    ],
  ])('%s is not', (_name, call) => {
    expect(telling(judge(call).severity)).toBe(false);
  });
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
