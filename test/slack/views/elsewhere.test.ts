import { expect, test } from 'vitest';
import { eventRow } from '../../../src/cloudtrail/row.ts';
import { Tally } from '../../../src/cloudtrail/tally.ts';
import { elsewhereOf } from '../../../src/slack/views/elsewhere.ts';

const [from, to] = ['2026-11-23T10:00:00.000Z', '2026-11-24T10:00:00.000Z'];
const span = `--since ${from} --until ${to}`;

/** The lines for what was asked about and one event. */
function lines(subject: [kind: string, value: string] | null, event?: Record<string, unknown>): string[] {
  const tally = new Tally();
  if (event !== undefined) tally.add([eventRow({ eventTime: to, recipientAccountId: '111122223333', ...event })]);
  const subjects = subject === null ? [] : [{ kind: subject[0], value: subject[1], arn: null }];
  return elsewhereOf({ subjects, summary: tally.summary(), rows: tally.newest, from, to }).map(({ line }) => line);
}

const by = (arn: string, accessKeyId = 'ASIAIOSFODNN7EXAMPLE') => ({
  userIdentity: { type: arn.includes('/i-') || arn.includes('assumed') ? 'AssumedRole' : 'IAMUser', arn, accessKeyId },
});

test.each([
  // Nothing found in CloudTrail is when the other logs are needed most.
  ['an address', ['ip', '203.0.113.7'], undefined, [`flows 203.0.113.7 ${span}`, 'watch ip 203.0.113.7']],
  ['a network', ['ip', '203.0.113.0/24'], undefined, [`flows 203.0.113.0/24 ${span}`, 'watch ip 203.0.113.0/24']],
  [
    'an address inside',
    ['ip', '10.1.2.3'],
    undefined,
    [`flows 10.1.2.3 ${span}`, `dns 10.1.2.3 ${span}`, 'watch ip 10.1.2.3'],
  ],
  ['a bucket by its ARN', ['resource', 'arn:aws:s3:::my-bucket/a/b'], undefined, [`s3 my-bucket ${span}`]],
  ['a name that may be no bucket', ['resource', 'my-function'], undefined, []],
  ['a key', ['key', 'AKIAIOSFODNN7EXAMPLE'], undefined, ['watch key AKIAIOSFODNN7EXAMPLE']],
  ['a user', ['user', 'alice'], undefined, ['access "alice"', 'findings "alice"', 'watch user alice']],
  ['an account outside', ['user', '999988887777'], undefined, ['watch user 999988887777']],
  [
    'an instance, by its session',
    null,
    { ...by('arn:aws:sts::111122223333:assumed-role/app/i-0c1a23fc456b7ab89'), sourceIPAddress: 'ec2.amazonaws.com' },
    [
      `flows i-0c1a23fc456b7ab89 ${span}`,
      `dns i-0c1a23fc456b7ab89 ${span}`,
      'access "arn:aws:iam::111122223333:role/app"',
      'findings "app"',
      'investigate show arn:aws:iam::111122223333:role/app',
      'watch key ASIAIOSFODNN7EXAMPLE',
    ],
  ],
  [
    'a bucket from an address',
    ['ip', '203.0.113.7'],
    {
      ...by('arn:aws:iam::111122223333:user/eve', 'AKIAIOSFODNN7EXAMPLE'),
      eventSource: 's3.amazonaws.com',
      eventName: 'PutBucketPolicy',
      requestParameters: { bucketName: 'exports' },
      sourceIPAddress: '203.0.113.7',
    },
    [
      `flows 203.0.113.7 ${span}`,
      `s3 exports --who 203.0.113.7 ${span}`,
      'access "arn:aws:iam::111122223333:user/eve"',
      'findings "eve"',
      'investigate show arn:aws:iam::111122223333:user/eve',
      'watch ip 203.0.113.7',
    ],
  ],
] as const)('beside %s', (_, subject, event, expected) =>
  expect(lines(subject === null ? null : [subject[0], subject[1]], event)).toEqual(expected),
);
