import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { judge } from '../../../../src/alerts/sources/cloudtrail/judge.ts';
import { Record } from '../../../../src/alerts/sources/cloudtrail/record.ts';
import { payloadFromText, readSignals } from '../../../../src/alerts/sources/index.ts';
import { dataFile, dataFiles, dataJson, hasData } from '../../../data.ts';
import { telling as loud, quiet, recordOf } from './calls.ts';

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
