import { expect, test } from 'vitest';
import { event, readMessage, readOne } from './reading.ts';

/** Texts made to keep a pattern busy: each must be read at once, whatever source takes it. */
const long = 200_000;

test.each([
  ['digits in the reason of an alarm', { AlarmName: 'a', NewStateValue: 'ALARM', NewStateReason: '1'.repeat(long) }],
  [
    'brackets in the reason of an alarm',
    { AlarmName: 'a', NewStateValue: 'ALARM', NewStateReason: '[1'.repeat(long / 2) },
  ],
  [
    'a description without a full stop',
    event('aws.guardduty', 'GuardDuty Finding', { description: 'a '.repeat(long / 2) }),
  ],
  ['a domain of hyphens', event('aws.route53resolver', 'DNS Firewall Alert', { 'query-name': 'a-'.repeat(long / 2) })],
  ['a queried domain of hyphens', { query_name: 'a-'.repeat(long / 2), query_type: 'A' }],
  [
    'an ARN of colons',
    event('aws.config', 'Config Configuration Item Change', {
      configurationItem: { resourceType: 'AWS::S3::Bucket', ARN: `arn:${'a:'.repeat(long / 2)}` },
    }),
  ],
  [
    'a state of one word',
    event('aws.codepipeline', 'CodePipeline Pipeline Execution State Change', { state: `x ${'a'.repeat(long)}` }),
  ],
  ['a subject full of drift', { Subject: 'drift '.repeat(long / 6), Message: 'x' }],
])('%s is read at once', (_, payload) => {
  const before = performance.now();
  const signal = readOne(payload);
  expect(performance.now() - before).toBeLessThan(1_000);
  expect(signal.title.length).toBeLessThanOrEqual(150);
  expect(signal.dedupKey.length).toBeLessThanOrEqual(512);
});

test.each([
  `${'0'.repeat(64)} bucket [24/Nov/2026:09:00:38 +0000] - - - REST.GET.OBJECT ${'[ '.repeat(long / 2)}`,
  `Budget Name: ${'a '.repeat(long / 2)}\nAlert Threshold: > $1`,
  `An AWS Backup job ${'Resource ARN : arn:'.repeat(long / 20)}`,
  `StackId='arn:x'\nResourceStatus='${'a'.repeat(long)}'`,
])('plain text is read at once', (text) => {
  const before = performance.now();
  expect(readMessage(text).title).not.toBe('');
  expect(performance.now() - before).toBeLessThan(1_000);
});
