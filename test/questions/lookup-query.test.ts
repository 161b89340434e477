import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineOf } from '../../src/questions/answer.ts';
import {
  draftOf,
  type LookupReading,
  lookupGrammar,
  type Question,
  readLookup,
} from '../../src/questions/lookup-query.ts';
import { readTyped } from '../../src/words/typed.ts';

const reader = {
  now: new Date('2026-11-24T10:30:00Z'),
  zone: 'Europe/Prague',
  partition: 'aws',
  history: false,
  networks: new Map([['office', ['203.0.113.0/24', '2001:db8::/48']]]),
};
const read = (line: string, more: Partial<typeof reader> = {}): LookupReading =>
  readLookup(readTyped(line, lookupGrammar), { ...reader, ...more });

const asked = (line: string): Question => {
  const reading = read(line);
  if (!('question' in reading)) throw new Error(JSON.stringify(reading));
  return reading.question;
};
const wrong = (line: string, more: Partial<typeof reader> = {}): string => {
  const reading = read(line, more);
  return 'wrong' in reading ? reading.wrong.sentence : JSON.stringify(reading);
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
    ['service step functions', 'service', 'states.amazonaws.com'],
    ['service security-hub', 'service', 'securityhub.amazonaws.com'],
    ['service access-analyzer', 'service', 'access-analyzer.amazonaws.com'],
    ['event putbucketlifecycle', 'event', 'PutBucketLifecycle'],
    ['user ops-admin/alice', 'user', 'ops-admin/alice'],
    ['user 999988887777', 'user', '999988887777'],
    ['user AIDACKCEVSQ6C2EXAMPLE', 'user', 'AIDACKCEVSQ6C2EXAMPLE'],
    ['user lambda.amazonaws.com', 'user', 'lambda.amazonaws.com'],
    ['ip 2001:DB8:0:0:0:0:0:1', 'ip', '2001:db8::1'],
    ['ip 203.0.113.0/24', 'ip', '203.0.113.0/24'],
    ['ip ::FFFF:203.0.113.7', 'ip', '203.0.113.7'],
    ['service s3.amazonaws.com', 'service', 's3.amazonaws.com'],
    ['id 7C6E2B4C-30E6-4F43-9F55-F1D20F0E3A8B', 'id', '7c6e2b4c-30e6-4f43-9f55-f1d20f0e3a8b'],
    // As the command line writes a call, and as people do.
    ['event create-user', 'event', 'CreateUser'],
    ['event Create Access Key', 'event', 'CreateAccessKey'],
    ['event describe_db_instances', 'event', 'DescribeDBInstances'],
    // What can be nothing else needs no word before it.
    ['sg-0aa11bb22cc33dd44', 'resource', 'sg-0aa11bb22cc33dd44'],
    ['i-0123456789abcdef0', 'resource', 'i-0123456789abcdef0'],
    ['tgw-attach-0123456789abcdef0', 'resource', 'tgw-attach-0123456789abcdef0'],
    ['AROACKCEVSQ6C2EXAMPLE', 'user', 'AROACKCEVSQ6C2EXAMPLE'],
    ['999988887777', 'user', '999988887777'],
    ['root', 'user', 'root'],
    ['AKIAIOSFODNN7EXAMPLE', 'key', 'AKIAIOSFODNN7EXAMPLE'],
    ['203.0.113.7', 'ip', '203.0.113.7'],
    ['arn:aws:iam::111122223333:role/deploy', 'role', 'deploy'],
    ['arn:aws:s3:::logs', 'resource', 'arn:aws:s3:::logs'],
    ['alice@example.com', 'user', 'alice@example.com'],
    ['user alice\u200B', 'user', 'alice'],
  ])('%s', (line, kind, value) => expect(asked(line).subject).toMatchObject({ kind, value }));

  test('without a value the form asks for it, with what is known filled in', () => {
    const draft = (line: string) => draftOf(readTyped(line, lookupGrammar));
    expect(draft('')).toEqual({});
    expect(draft('User --since 7d --region eu-west-1')).toEqual({ kind: 'user', since: '7d', region: 'eu-west-1' });
    expect(draft('user alice')).toBeUndefined();
    // What is wrong is told, not dropped.
    expect(draft('user --sinse 7d')).toBeUndefined();
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

describe('several things at once', () => {
  const of = (line: string) => {
    const { subject, also } = asked(line);
    return [subject, ...also].map((each) => each && `${each.kind} ${each.value}`).join(', ');
  };
  test.each([
    ['event CreateUser,CreateAccessKey', 'event CreateUser, event CreateAccessKey'],
    ['event createuser attachrolepolicy', 'event CreateUser, event AttachRolePolicy'],
    // CloudTrail is asked for what finds the fewest.
    ['ip 203.0.113.7 --user alice', 'user alice, ip 203.0.113.7'],
    [
      'service iam --event CreateUser --key AKIAIOSFODNN7EXAMPLE',
      'key AKIAIOSFODNN7EXAMPLE, event CreateUser, service iam.amazonaws.com',
    ],
    ['everything --event StopLogging,DeleteTrail', 'event StopLogging, event DeleteTrail'],
    ['--user alice --service s3', 'user alice, service s3.amazonaws.com'],
    ['logins --user alice', 'user alice, event ConsoleLogin'],
    ['user 999988887777 --service sts', 'service sts.amazonaws.com, user 999988887777'],
    ['user alice --from 10.0.0.0/8', 'user alice, ip 10.0.0.0/8'],
    ['service iam sts', 'service iam.amazonaws.com, service sts.amazonaws.com'],
  ])('%s', (line, expected) => expect(of(line)).toBe(expected));

  test('kinds, grade, reads and user agent', () => {
    const { narrowing } = asked('user alice --kind persistence,impact --severity HIGH+ --reads --user-agent Terraform');
    expect(narrowing).toMatchObject({
      only: ['persistence', 'impact'],
      severity: 'high',
      reads: true,
      agent: 'Terraform',
    });
    expect(asked('user alice --account a --account b').accounts).toEqual(['a', 'b']);
  });

  test('what is typed beside a kind without a value is not dropped into a form that has no field for it', () => {
    expect(draftOf(readTyped('user --errors', lookupGrammar))).toBeUndefined();
    expect(wrong('user --errors')).toMatch(/Say which user/);
  });
});

describe('what is said in words is an option too', () => {
  test.each([
    ['user alice since 2h', 'user alice --since 2h'],
    ['user alice in the last 3 hours', 'user alice --since 3h'],
    ['user alice last 24h', 'user alice --since 24h'],
    ['user alice in eu-west-1 since yesterday 14:00', 'user alice --region eu-west-1 --since "yesterday 14:00"'],
    ['event RunInstances in account prod-web', 'event RunInstances --account prod-web'],
    ['deletes by bob in prod-web', 'deletes --user bob --account prod-web'],
    ['event StopLogging by AKIAIOSFODNN7EXAMPLE', 'event StopLogging --key AKIAIOSFODNN7EXAMPLE'],
    ['user alice from 08:00 to 09:00', 'user alice --since 08:00 --until 09:00'],
    ['user alice --from 08:00 --to 09:00', 'user alice --since 08:00 --until 09:00'],
    ['user alice from 10.0.0.0/8', 'user alice --ip 10.0.0.0/8'],
    ['user alice --start 08:00 --end 09:00', 'user alice --since 08:00 --until 09:00'],
    ['deletes between 08:00 and 09:00', 'deletes --since 08:00 --until 09:00'],
    ['user alice on 22.11.2026', 'user alice --since 22.11.2026 --until 22.11.2026'],
    ['user alice yesterday', 'user alice --since yesterday --until yesterday'],
    ['user alice since last night', 'user alice --since "last night"'],
    ['ip office', 'ip 203.0.113.0/24,2001:db8::/48'],
    ['user alice last night', 'user alice --since "last night" --until "last night"'],
    [
      'deletes yesterday evening in prod-web',
      'deletes --since "yesterday evening" --until "yesterday evening" --account prod-web',
    ],
    ['user alice this morning', 'user alice --since "this morning" --until "this morning"'],
    ['user alice on monday evening', 'user alice --since "monday evening" --until "monday evening"'],
    ['user alice in the morning', 'user alice --since morning --until morning'],
    ['around yesterday 14:00 in prod-web', 'around "yesterday 14:00" --account prod-web'],
    ['failed logins since 7d', 'logins --errors --since 7d'],
    ['deleted since 3h', 'deletes --since 3h'],
    ['user alice --only writes', 'user alice --writes'],
    ['everything in prod-web since 2h', 'everything --account prod-web --since 2h'],
    // Names that such words are, too.
    ['user since --since 2h', 'user "since" --since 2h'],
    ['service account --since 2h', 'service "account" --since 2h'],
  ])('%s', (line, same) => {
    expect(asked(line)).toEqual(asked(same));
  });

  test.each([
    ['event iam:CreateUser', 'event CreateUser, service iam.amazonaws.com'],
    ['event cloudwatch:PutMetricAlarm', 'event PutMetricAlarm, service monitoring.amazonaws.com'],
    ['ip 203.0.113.7:443', 'ip 203.0.113.7'],
    ['ip 203[.]0[.]113[.]7', 'ip 203.0.113.7'],
    ['ip [2001:db8::1]:443', 'ip 2001:db8::1'],
    ['address 203.0.113.7', 'ip 203.0.113.7'],
    ['resource s3://my-bucket/', 'resource my-bucket'],
    ['bucket s3://my-bucket/a/b.csv', 'resource arn:aws:s3:::my-bucket/a/b.csv'],
    ['role admin/ana', 'user admin/ana'],
  ])('%s', (line, expected) => {
    const { subject, also } = asked(line);
    expect([subject, ...also].map((each) => each && `${each.kind} ${each.value}`).join(', ')).toBe(expected);
  });
});

describe('stock questions', () => {
  const of = (line: string) => {
    const { subject, narrowing } = asked(line);
    return { subject: subject && `${subject.kind} ${subject.value}`, ...narrowing, minutes: minutes(asked(line)) };
  };
  test.each([
    ['deletes', { subject: null, writes: true, only: ['deletes'], minutes: 120 }],
    ['deletes --since 1h', { subject: null, only: ['deletes'], minutes: 60 }],
    ['changes arn:aws:s3:::logs', { subject: 'resource arn:aws:s3:::logs', writes: true, only: [] }],
    ['before 11:00', { subject: null, writes: true, minutes: 30 }],
    ['before yesterday 14:30 --since yesterday 14:00', { writes: true, minutes: 30 }],
    ['around 10:00', { subject: null, writes: false, minutes: 30 }],
    ['around 11:25', { subject: null, minutes: 20 }],
    ['everything', { subject: null, only: [], minutes: 60 }],
    ['user alice --only denied', { subject: 'user alice', only: ['denied'] }],
    ['logins', { subject: 'event ConsoleLogin', only: [] }],
    ['logins --no-mfa', { only: ['no-mfa'] }],
    ['logins --not-from 203.0.113.0/24,198.51.100.7', { notFrom: ['203.0.113.0/24', '198.51.100.7'] }],
    ['logins --not-from Office,198.51.100.7', { notFrom: ['203.0.113.0/24', '2001:db8::/48', '198.51.100.7'] }],
    ['pivots alice', { subject: 'user alice', only: ['pivots'] }],
    ['pivots AKIAIOSFODNN7EXAMPLE', { subject: 'key AKIAIOSFODNN7EXAMPLE', only: ['pivots'] }],
    ['secret prod/db', { subject: 'resource prod/db', only: ['secrets'] }],
    ['denied', { subject: null, errors: true, only: ['denied'] }],
    ['denied role deploy', { subject: 'role deploy', only: ['denied'] }],
    ['bad', { subject: null, severity: 'high', minutes: 24 * 60 }],
    ['from AKIAIOSFODNN7EXAMPLE', { subject: 'key AKIAIOSFODNN7EXAMPLE', minutes: 7 * 24 * 60 }],
    ['from ops-admin/alice', { subject: 'user ops-admin/alice' }],
    ['denied alice', { subject: 'user alice', only: ['denied'] }],
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
    ['usr alice', /cannot look up "usr"; did you mean "lookup user"\?/],
    ['delets', /did you mean "lookup deletes"/],
    ['quux', /did you mean "lookup user quux"\? Say what it is: user, role/],
    ['quux quux', /look up one of user, role/],
    ['user', /Say what to look up/],
    ['denied user', /Say which user: \/audit lookup denied user NAME/],
    ['user alice --errors=false', /--errors takes no value: leave out "false"/],
    ['user alice --reads --writes', /leave nothing/],
    ['user alice --severity worst', /--severity takes one of critical/],
    ['user alice --severity hihg', /did you mean "high"/],
    ['deletes --only persistence', /about deletes already/],
    ['user alice --since 1d --since 2d', /do not understand the time --since "1d,2d"/],
    ['event CreateUser --ip home', /neither an IP address nor a network/],
    ['from arn:aws:iam::111122223333:role/deploy', /takes an access key, a role session/],
    ['from', /Say from which key/],
    ['user a/b/c', /write it like role\/session/],
    ['user alice --sinse 2h', /no option --sinse; did you mean "--since"\?/],
    ['user alice --since', /--since needs a value/],
    [`user ${'a'.repeat(3000)}`, /too long \(3,000 characters\)/],
    ['user al*ce', /whole name, not by a pattern/],
    ['event Delete*', /audit lookup deletes/],
    ['user @ana', /Slack names are not AWS names/],
    ['user "a; drop table"', /cannot be the name of a user/],
    ['user alice evening', /"evening" behind the user alice is not understood/],
    ['user alice since yesterday teatime', /do not understand the time --since "yesterday teatime"/],
    ['from AKIAIOSFODNN7EXAMPLE --new', /tells all that came of a credential: leave out --new/],
    ['user alice --since 90d --new', /compares with the days before, .* a later --since/],
    ['account prod-web', /lookup everything --account/],
    ['frobbed logins', /did you mean "lookup logins"/],
    ['role admin ana', /behind the role admin/],
    ['role a|b', /cannot be the name of a role/],
    ['key hello', /not an access key id/],
    ['ip 203.0.113.0/33', /neither an IP address nor a network/],
    ['ip fe80::1%eth0', /neither an IP address nor a network/],
    ['fe80::1%eth0', /neither an IP address nor a network/],
    ['ip 300.1.1.1', /neither an IP address nor a network/],
    ['ip 203.0.113', /did you mean 203\.0\.113\.0\/24\?/],
    ['ip 10.2.*', /did you mean 10\.2\.0\.0\/16\?/],
    ['user alice --region us-east', /us-east-\* for several/],
    ['id 42', /not an event id/],
    ['event Stop;Logging', /not an event name/],
    ['service "a\'b"', /not an AWS service/],
    ['user arn:aws:iam:oops', /not a whole ARN/],
    ['user arn:aws-cn:iam::111122223333:user/alice', /partition aws-cn; Trailwatch reads aws only/],
    ['user alice --since 91d', /CloudTrail keeps 90 days/],
    ['user alice --since 2h --until 5h', /not after the beginning/],
    ['user alice --since tomorrow', /do not understand the time --since "tomorrow"/],
    ['user alice --region mars', /"mars" is not a region/],
    ['user alice --no-mfa', /belongs to sign-ins/],
    ['logins --not-from home', /neither an address nor a network nor one of office/],
    ['ip home', /neither an IP address nor a network nor one of office/],
    ['before', /Say which time/],
    ['before noonish', /do not understand the time "noonish"/],
    ['user alice --only bad', /--only takes deletes, denied/],
    ['around 14:00 --since 2h', /already says when/],
    ['before 2027-01-01', /in the future/],
    ['everything alice', /takes nothing before its options/],
    ['deletes everything', /takes nothing before its options/],
  ])('%s', (line, expected) => {
    const sentence = wrong(line);
    expect(sentence).toMatch(expected);
    expect(sentence.length).toBeLessThan(400);
  });

  test.each([
    ['user al*ce', 'value'],
    ['user alice --since tomorrow', 'since'],
    ['user alice --since 91d', 'since'],
    ['user alice --since 1h --until soon', 'until'],
    ['user alice --region mars', 'region'],
    ['user alice --account', 'account'],
  ])('%s is told at the field %s', (line, field) => expect(read(line)).toMatchObject({ wrong: { field } }));

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
