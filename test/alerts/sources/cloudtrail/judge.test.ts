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
      const judged = telling(judge(Record.parse(log)).severity);
      if (expectedResult && telling(severity)) count[judged ? 'hit' : 'missed']++;
      else if (!expectedResult) count[judged ? 'wrong' : 'quiet']++;
    }
    const recall = count.hit / (count.hit + count.missed);
    const precision = count.hit / (count.hit + count.wrong);
    console.log({ ...count, recall, precision });
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
