import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Signal } from '../../src/alerts/signal.ts';
import { event, readAll, readMessage, readOne } from './sources/reading.ts';

/** Nothing of these may be kept or shown, wherever in a payload it stands. Built here in parts: none is one of anybody's. */
const key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const body = 'Zx81kQp3Rt7Wm2Vb9Nc4Ld6Hf5Jg0Ys';
const secrets: Readonly<Record<string, { text: string; secret: string }>> = {
  'a secret access key': { text: key, secret: key },
  'a session token': { text: `IQoJb3JpZ2luX2Vj${body.repeat(6)}==`, secret: body },
  "Slack's bot token": { text: `xoxb-111122223333-444455556666-${body}`, secret: body },
  "Slack's app token": { text: `xapp-1-A0APP-1234567890-${body}`, secret: body },
  'a webhook of Slack': { text: `https://hooks.slack.com/services/T0TEAM/B0HOOK/${body}`, secret: body },
  'a token of GitHub': { text: `ghp_${body}Ab12`, secret: body },
  'a fine token of GitHub': { text: `github_pat_11AAAA_${body}`, secret: body },
  'a token of GitLab': { text: `glpat-${body}`, secret: body },
  'a JSON web token': { text: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${body}`, secret: body },
  'a bearer': { text: `Authorization: Bearer ${body}`, secret: body },
  'a basic authorization': { text: 'Authorization: Basic YWRtaW46aHVudGVyMg==', secret: 'YWRtaW46aHVudGVyMg' },
  'a password in an address': { text: 'postgres://app:hunter2hunter2@db.internal/app', secret: 'hunter2hunter2' },
  'a password in words': { text: 'started with password=hunter2hunter2 by hand', secret: 'hunter2hunter2' },
  'a password of a command': { text: 'mysqldump --password hunter2hunter2 shop', secret: 'hunter2hunter2' },
  'a setting of a shell': { text: `export AWS_SECRET_ACCESS_KEY=${key}`, secret: key },
  'a signed address': {
    text: `https://b.s3.amazonaws.com/o?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261124&X-Amz-Signature=${'0f1e'.repeat(16)}&X-Amz-Security-Token=${body}`,
    secret: '0f1e0f1e',
  },
  'a private key': {
    text: `-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----`,
    secret: body,
  },
};

/** Ways for a text to come in: every one is read by another source or another part of one. */
const places: Readonly<Record<string, (text: string) => Signal[]>> = {
  'a field of an unknown event': (text) => [readOne(event('my.app', 'Job Failed', { note: text }))],
  'deep in an unknown event': (text) => [readOne(event('my.app', 'Job Failed', { a: [{ b: { c: [text] } }] }))],
  'JSON in a text': (text) => [readOne(event('my.app', 'Job Failed', { body: JSON.stringify({ note: text }) }))],
  'JSON in a text in a text': (text) => [
    readOne(event('my.app', 'Job Failed', { body: JSON.stringify(JSON.stringify({ note: text })) })),
  ],
  'a name of a resource': (text) => [readOne(event('my.app', 'Job Failed', { resourceName: text }, [text]))],
  'a description of an alarm': (text) => [
    readOne({ AlarmName: 'cpu', AlarmDescription: text, NewStateValue: 'ALARM', NewStateReason: text }),
  ],
  'a name of an alarm': (text) => [readOne({ AlarmName: text, NewStateValue: 'ALARM', NewStateReason: 'high' })],
  'parameters of a call': (text) => [
    readOne(
      event('aws.ssm', 'AWS API Call via CloudTrail', {
        eventVersion: '1.09',
        userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/ana', userName: 'ana' },
        eventTime: '2026-11-24T09:30:00Z',
        eventSource: 'ssm.amazonaws.com',
        eventName: 'SendCommand',
        awsRegion: 'eu-west-1',
        sourceIPAddress: '203.0.113.9',
        userAgent: text,
        errorMessage: text,
        requestParameters: { documentName: 'AWS-RunShellScript', parameters: { commands: [text] } },
      }),
    ),
  ],
  'a finding': (text) => [
    readOne(
      event('aws.guardduty', 'GuardDuty Finding', {
        id: text,
        type: 'Recon:EC2/PortProbeUnprotectedPort',
        severity: 5,
        title: text,
        description: text,
      }),
    ),
  ],
  'a tag': (text) => [
    readOne(
      event('aws.securityhub', 'Security Hub Findings - Imported', {
        findings: [{ Id: 'f', Title: 'A finding', Resources: [{ Id: 'r', Tags: { note: text } }] }],
      }),
    ),
  ],
  'plain text': (text) => [readMessage(`The nightly job said: ${text} and went on.`)],
  'a subject': (text) => [readMessage('See the subject.', text)],
  'a line of a log': (text) =>
    readAll({
      messageType: 'DATA_MESSAGE',
      owner: '111122223333',
      logGroup: '/app',
      logStream: 's',
      subscriptionFilters: ['f'],
      logEvents: [{ id: '1', timestamp: 1_795_500_000_000, message: text }],
    }),
};

describe.each(Object.entries(secrets))('%s', (_, { text, secret }) => {
  test.each(Object.entries(places))('is shown nowhere when it comes as %s', (_place, read) => {
    const kept = JSON.stringify(read(text));
    expect(kept).not.toContain(secret);
    // A text of which nothing is left would hide that it was there.
    expect(kept).toContain('***');
  });
});

test.each([
  'password',
  'masterUserPassword',
  'MasterUserPassword',
  'master-user-password',
  'secretString',
  'SecretBinary',
  'secretAccessKey',
  'SessionToken',
  'authToken',
  'clientSecret',
  'privateKey',
  'api_key',
  'DB_PASSPHRASE',
])('a text named %s is shown nowhere', (name) => {
  const value = 'correct horse battery';
  for (const detail of [
    { [name]: value },
    { settings: { [name]: [value] } },
    { environment: [{ name, value }] },
    { tags: [{ Key: name, Value: value }] },
    { Parameters: [{ ParameterKey: name, ParameterValue: value }] },
    { body: JSON.stringify({ [name]: value }) },
  ])
    expect(JSON.stringify(readOne(event('my.app', 'Job Failed', detail)))).not.toContain('horse');
});

test.each([
  ['an access key id', 'AKIAIOSFODNN7EXAMPLE'],
  ['the hash of a commit', '0100e16b1ae91234cd3638a52220f3f96e63dacb'],
  ['the digest of an image', `sha256:${'7f5b2640fe6fb4f4'.repeat(4)}`],
  [
    'the path of a finding',
    'arn:aws:guardduty:eu-west-1:111122223333:detector/12cc51e1c99e833adf5924c71ac591b0/finding/b4b0',
  ],
  ['a path of words', 'matchmakingconfiguration/SampleConfiguration'],
  ['a word that only looks like one', 'PASSED: unauthorized access was basic and tokens were counted'],
])('%s is kept', (_, text) => {
  expect(JSON.stringify(readOne(event('my.app', 'Job Failed', { note: text })))).toContain(text);
});

test('a random key of 40 characters is shown nowhere, whatever stands around it', () => {
  const character = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
  const random = fc
    .array(character, { minLength: 40, maxLength: 40 })
    .map((characters) => characters.join(''))
    // What 30 random bytes look like; less than one in a million does not.
    .filter(
      (text) =>
        /[A-Z]/.test(text) &&
        /\d/.test(text) &&
        (text.match(/[a-z][A-Z0-9/+]|[A-Z][0-9/+]|\d[A-Za-z]/g)?.length ?? 0) >= 9,
    );
  const around = fc.constantFrom(' ', '"', "'", '\n', '\t', ':', ',', '(', ')', '\\', '<', '>', '—', 'é ', '');
  fc.assert(
    fc.property(random, around, around, fc.constantFrom(...Object.values(places)), (text, before, after, read) => {
      expect(JSON.stringify(read(`key ${before}${text}${after}`))).not.toContain(text.slice(3, 37));
    }),
    { numRuns: 2_000 },
  );
});
