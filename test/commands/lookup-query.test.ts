import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineOf } from '../../src/commands/lookup.ts';
import {
  lookupFlags,
  lookupValueWords,
  type Question,
  type Reading,
  readLookup,
} from '../../src/commands/lookup-query.ts';
import { readTyped } from '../../src/commands/words.ts';

const reader = { now: new Date('2026-11-24T10:30:00Z'), zone: 'Europe/Prague', partition: 'aws', history: false };
const read = (line: string, more: Partial<typeof reader> = {}): Reading =>
  readLookup(readTyped(line, lookupFlags, lookupValueWords), { ...reader, ...more });

const asked = (line: string): Question => {
  const reading = read(line);
  if (!('question' in reading)) throw new Error(JSON.stringify(reading));
  return reading.question;
};
const wrong = (line: string, more: Partial<typeof reader> = {}): string => {
  const reading = read(line, more);
  return 'wrong' in reading ? reading.wrong : JSON.stringify(reading);
};
const minutes = ({ span }: Question): number => (span.to.getTime() - span.from.getTime()) / 60_000;

describe('subjects', () => {
  test.each([
    ['user alice', 'user', 'alice'],
    ['USER alice@example.com', 'user', 'alice@example.com'],
    ['user arn:aws:iam::111122223333:user/team/alice', 'user', 'alice'],
    ['user arn:aws:sts::111122223333:assumed-role/admin/alice@example.com', 'user', 'alice@example.com'],
    ['user arn:aws:iam::111122223333:root', 'user', 'root'],
    ['role deploy', 'role', 'deploy'],
    ['role arn:aws:iam::111122223333:role/ci/deploy', 'role', 'deploy'],
    ['role arn:aws:sts::111122223333:assumed-role/deploy/i-0123', 'role', 'deploy'],
    ['key akiaiosfodnn7example', 'key', 'AKIAIOSFODNN7EXAMPLE'],
    ['ip 203.0.113.7', 'ip', '203.0.113.7'],
    ['ip 2001:db8::1', 'ip', '2001:db8::1'],
    ['resource my-bucket', 'resource', 'my-bucket'],
    ['event stoplogging', 'event', 'StopLogging'],
    ['event someNewCall', 'event', 'SomeNewCall'],
    ['service IAM', 'service', 'iam.amazonaws.com'],
    ['service cloudwatch', 'service', 'monitoring.amazonaws.com'],
    ['service s3.amazonaws.com', 'service', 's3.amazonaws.com'],
    ['id 7C6E2B4C-30E6-4F43-9F55-F1D20F0E3A8B', 'id', '7c6e2b4c-30e6-4f43-9f55-f1d20f0e3a8b'],
    // What can be nothing else needs no word before it.
    ['AKIAIOSFODNN7EXAMPLE', 'key', 'AKIAIOSFODNN7EXAMPLE'],
    ['203.0.113.7', 'ip', '203.0.113.7'],
    ['arn:aws:iam::111122223333:role/deploy', 'role', 'deploy'],
    ['arn:aws:s3:::logs', 'resource', 'arn:aws:s3:::logs'],
    ['alice@example.com', 'user', 'alice@example.com'],
  ])('%s', (line, kind, value) => expect(asked(line).subject).toMatchObject({ kind, value }));

  test('without a value the form asks for it, with what is known filled in', () => {
    expect(read('')).toEqual({ draft: {} });
    expect(read('user --since 7d --region eu-west-1')).toEqual({
      draft: { kind: 'user', since: '7d', region: 'eu-west-1' },
    });
  });
});

describe('options', () => {
  test('all together, typed on a phone', () => {
    const question = asked(
      'user alice —since yesterday 14:00 —until 14:30 -errors –account prod-web,staging —region=EU-WEST-1 --all',
    );
    expect(question).toMatchObject({
      narrowing: { errors: true, writes: false },
      accounts: ['prod-web', 'staging'],
      regions: ['eu-west-1'],
      all: true,
      span: { from: new Date('2026-11-23T13:00:00Z'), to: new Date('2026-11-23T13:30:00Z') },
    });
  });

  test('a day for most, a week for a key, the whole history for an event id', () => {
    expect(minutes(asked('user alice'))).toBe(24 * 60);
    expect(minutes(asked('AKIAIOSFODNN7EXAMPLE'))).toBe(7 * 24 * 60);
    expect(minutes(asked('id 7c6e2b4c-30e6-4f43-9f55-f1d20f0e3a8b'))).toBe(90 * 24 * 60);
  });
});

describe('stock questions', () => {
  const of = (line: string) => {
    const { subject, narrowing } = asked(line);
    return { subject: subject && `${subject.kind} ${subject.value}`, ...narrowing, minutes: minutes(asked(line)) };
  };
  test.each([
    ['deletes', { subject: null, writes: true, only: 'deletes', minutes: 120 }],
    ['deletes --since 1h', { subject: null, only: 'deletes', minutes: 60 }],
    ['changes arn:aws:s3:::logs', { subject: 'resource arn:aws:s3:::logs', writes: true, only: null }],
    ['before 11:00', { subject: null, writes: true, minutes: 30 }],
    ['before yesterday 14:30 --since yesterday 14:00', { writes: true, minutes: 30 }],
    ['around 10:00', { subject: null, writes: false, minutes: 30 }],
    ['around 11:25', { subject: null, minutes: 20 }],
    ['everything', { subject: null, only: null, minutes: 60 }],
    ['user alice --only denied', { subject: 'user alice', only: 'denied' }],
    ['logins', { subject: 'event ConsoleLogin', only: null }],
    ['logins --no-mfa', { only: 'no-mfa' }],
    ['logins --not-from 203.0.113.0/24,198.51.100.7', { notFrom: ['203.0.113.0/24', '198.51.100.7'] }],
    ['pivots alice', { subject: 'user alice', only: 'pivots' }],
    ['pivots AKIAIOSFODNN7EXAMPLE', { subject: 'key AKIAIOSFODNN7EXAMPLE', only: 'pivots' }],
    ['secret prod/db', { subject: 'resource prod/db', only: 'secrets' }],
    ['denied', { subject: null, errors: true, only: 'denied' }],
    ['denied role deploy', { subject: 'role deploy', only: 'denied' }],
    ['denied alice', { subject: 'user alice', only: 'denied' }],
  ])('%s', (line, expected) => expect(of(line)).toMatchObject(expected));
});

test('a question written as a line is the same question', () => {
  const value = fc.stringMatching(/^[\w+=,.@-]{1,40}$/);
  const option = fc.constantFrom(
    '--errors',
    '--writes',
    '--all',
    '--only denied',
    '--region eu-*',
    '--account prod-*,staging',
    '--since 3h',
    '--since=yesterday',
  );
  const start = fc.oneof(
    value.map((name) => `user ${name}`),
    fc.constantFrom(
      'deletes',
      'logins --no-mfa --not-from 10.0.0.0/8',
      'before 10:00',
      'around 10:00',
      'everything',
      'denied',
      'secret "a b"',
    ),
  );
  fc.assert(
    fc.property(start, fc.uniqueArray(option), (first, options) => {
      const reading = read([first, ...options].join(' '));
      if (!('question' in reading)) return;
      expect(asked(lineOf(reading.question).replace(/^lookup /, ''))).toEqual(reading.question);
    }),
  );
});

describe('what makes no sense is told in one sentence', () => {
  test.each([
    ['usr alice', /"usr" is nothing that I can look up. Did you mean "lookup user"/],
    ['delets', /Did you mean "lookup deletes"/],
    ['quux', /Look up one of user, role/],
    ['user alice --sinse 2h', /no option --sinse. Did you mean --since\?/],
    ['user alice --since', /--since needs a value/],
    [`user ${'a'.repeat(3000)}`, /too long \(3,000 characters\)/],
    ['user al*ce', /whole name, not by a pattern/],
    ['event Delete*', /audit lookup deletes/],
    ['user @ana', /Slack names are not AWS names/],
    ['user "a b; drop table"', /cannot be the name of a user/],
    ['role a|b', /cannot be the name of a role/],
    ['key hello', /no access key id/],
    ['ip 203.0.113.0/24', /one address at a time/],
    ['ip 300.1.1.1', /no IP address/],
    ['id 42', /no event id/],
    ['event Stop;Logging', /no event name/],
    ['service "a\'b"', /no AWS service/],
    ['user arn:aws:iam:oops', /no whole ARN/],
    ['user arn:aws-cn:iam::111122223333:user/alice', /partition aws-cn; Trailwatch reads aws only/],
    ['user alice --since 91d', /CloudTrail keeps 90 days/],
    ['user alice --since 2h --until 5h', /not after the beginning/],
    ['user alice --since tomorrow', /"tomorrow" is no time/],
    ['user alice --region mars', /"mars" is no region/],
    ['user alice --no-mfa', /belongs to sign-ins/],
    ['logins --not-from home', /neither an address nor a network/],
    ['before', /Say which time/],
    ['before noonish', /no time that I understand/],
    ['user alice --only bad', /--only takes one of deletes/],
    ['around 14:00 --since 2h', /already says when/],
    ['before 2027-01-01', /in the future/],
    ['deletes everything', /takes nothing before its options/],
  ])('%s', (line, expected) => {
    const sentence = wrong(line);
    expect(sentence).toMatch(expected);
    expect(sentence.length).toBeLessThan(400);
  });

  test('past 90 days with a source of history is a question', () => {
    expect(read('user alice --since 91d', { history: true })).toHaveProperty('question');
  });

  test('any line is answered, and no question is outside of what may be asked', () => {
    const piece = fc.oneof(
      fc.constantFrom('user', 'role', 'denied', 'before', '--since', '--until', '24h', '14:00', '--errors', '“', '—'),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const reading = read(pieces.join(' '));
        if (!('question' in reading)) return;
        expect(reading.question.span.to <= reader.now).toBe(true);
        expect(reading.question.subject?.value.length ?? 1).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
