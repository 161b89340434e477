import { expect, test } from 'vitest';
import { parseEventPattern } from '../../../../sandbox/aws/patterns/event-pattern.ts';
import { PatternError } from '../../../../sandbox/aws/patterns/metric-filter.ts';

const event = {
  source: 'aws.iam',
  resources: ['arn:aws:iam::1:user/a', 'arn:aws:iam::1:user/b'],
  detail: {
    eventName: 'CreateUser',
    severity: 7.5,
    ip: '203.0.113.9',
    nothing: null,
    list: [
      { kind: 'a', size: 1 },
      { kind: 'b', size: 2 },
    ],
  },
};

test.each([
  [{ source: ['aws.iam'] }, true],
  [{ source: ['aws.s3', 'aws.iam'] }, true],
  [{ source: ['aws.s3'] }, false],
  [{ source: [{ prefix: 'aws.' }], detail: { eventName: ['CreateUser'] } }, true],
  [{ source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, true],
  [{ source: [{ suffix: 'iam' }] }, true],
  [{ source: [{ 'equals-ignore-case': 'AWS.IAM' }] }, true],
  [{ detail: { eventName: [{ 'anything-but': 'CreateUser' }] } }, false],
  [{ detail: { eventName: [{ 'anything-but': ['DeleteUser', 'CreateRole'] }] } }, true],
  [{ detail: { eventName: [{ 'anything-but': { prefix: 'Create' } }] } }, false],
  [{ detail: { eventName: [{ 'anything-but': { prefix: ['List', 'Get'] } }] } }, true],
  [{ detail: { eventName: [{ 'anything-but': { wildcard: '*User' } }] } }, false],
  [{ detail: { missing: [{ 'anything-but': 'x' }] } }, false],
  [{ detail: { severity: [{ numeric: ['>=', 7, '<', 8] }] } }, true],
  [{ detail: { severity: [{ numeric: ['>', 8] }] } }, false],
  [{ detail: { missing: [{ exists: false }], eventName: [{ exists: true }] } }, true],
  [{ detail: { eventName: [{ exists: false }] } }, false],
  [{ detail: { ip: [{ cidr: '203.0.113.0/24' }] } }, true],
  [{ detail: { ip: [{ cidr: '192.0.2.0/24' }] } }, false],
  [{ detail: { eventName: [{ wildcard: 'Create*r' }] } }, true],
  [{ detail: { nothing: [null] } }, true],
  [{ resources: [{ suffix: 'user/b' }] }, true],
  [{ $or: [{ source: ['aws.s3'] }, { detail: { eventName: ['CreateUser'] } }] }, true],
  // Of several objects one must match in all fields.
  [{ detail: { list: { kind: ['a'], size: [1] } } }, true],
  [{ detail: { list: { kind: ['a'], size: [2] } } }, false],
])('%j', (pattern, matches) => {
  expect(parseEventPattern(JSON.stringify(pattern))(event)).toBe(matches);
});

test.each([
  'no JSON',
  '[]',
  '{}',
  '{"source":"aws.iam"}',
  '{"source":[]}',
  '{"source":[{"regex":"x"}]}',
  '{"source":[{"prefix":"a","suffix":"b"}]}',
  '{"source":[{"prefix":5}]}',
  '{"detail":{"n":[{"numeric":["~",5]}]}}',
  '{"detail":{"n":[{"cidr":"300.1.1.1/8"}]}}',
  '{"source":[{"wildcard":"a**b"}]}',
  '{"$or":[{"source":["a"]}]}',
])('%s is refused', (pattern) => {
  expect(() => parseEventPattern(pattern)).toThrow(PatternError);
});
