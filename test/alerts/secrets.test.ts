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

const hex = '9f86d081884c7d659a2feaa0c55ad015';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Tokens that their issuers made recognizable, and secrets that words around them give away. */
const others: Readonly<Record<string, [text: string, secret: string]>> = {
  Stripe: [`sk_${'live'}_${body}`, body],
  'Stripe, restricted': [`rk_${'test'}_${body}`, body],
  'a webhook of Stripe': [`whsec_${body}`, body],
  Google: [`AIza${'Sy'}${body}Ab-9`, body],
  'an OAuth client of Google': [`GOCSPX-${body}`, body],
  'an access token of Google': [`ya29.a0${body}`, body],
  npm: [`npm_${body}Abcde`, body],
  PyPI: [`pypi-AgEIcHlwaS5vcmc${body}`, body],
  RubyGems: [`rubygems_${hex}0011223344556677`, hex],
  'Docker Hub': [`dckr_pat_${body}`, body],
  SendGrid: [`SG.${body.slice(0, 22)}.${body}`, body],
  OpenAI: [`sk-proj-${body}`, body],
  Anthropic: [`sk-ant-api03-${body}`, body],
  'Hugging Face': [`hf_${body}Abc`, body],
  DigitalOcean: [`dop_v1_${hex}${hex}`, hex],
  Databricks: [`dapi${hex}`, hex],
  Shopify: [`shpat_${hex}`, hex],
  Square: [`sq0atp-${body}`, body],
  Atlassian: [`ATATT3xFfGF0${body}`, body],
  Linear: [`lin_api_${body}`, body],
  Notion: [`ntn_${body}`, body],
  Figma: [`figd_${body}`, body],
  Postman: [`PMAK-${hex.slice(0, 24)}-${hex}0a`, hex.slice(0, 24)],
  'New Relic': ['NRAK-ABCDEFGHIJKLMNOP0123456789A', 'ABCDEFGHIJKLMNOP'],
  Grafana: [`glsa_${body}_0a1b2c3d`, body],
  'Grafana Cloud': [`glc_${body}`, body],
  Dynatrace: [`dt0c01.${'A1B2C3D4E5F6G7H8I9J0K1L2'}.${'A1B2C3D4'.repeat(8)}`, 'A1B2C3D4A1B2C3D4'],
  Doppler: [`dp.pt.${body}`, body],
  Vault: [`hvs.${body}`, body],
  'HCP Terraform': [`AbCdEfGh123456.atlasv1.${body}${body}`, body],
  PlanetScale: [`pscale_tkn_${body}`, body],
  Pulumi: [`pul-${hex}00112233`, hex],
  Sentry: [`sntrys_${body}`, body],
  Heroku: [`HRKU-${body}`, body],
  Supabase: [`sbp_${hex}00112233`, hex],
  'GitLab, a runner': [`glrt-${body}`, body],
  'an age identity': [`AGE-SECRET-KEY-1${'QPZRY9X8'.repeat(8)}`, 'QPZRY9X8QPZRY9X8'],
  'Amazon Bedrock': [`ABSK${body.repeat(3)}`, body],
  'Microsoft Entra': [`abc8Q~${body}AbC`, body],
  Telegram: [`123456789:AA${body}Ab`, body],
  'a storage account of Azure': [`DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${body}==`, body],
  'a shared access key of Azure': [`Endpoint=sb://a/;SharedAccessKeyName=Root;SharedAccessKey=${body}=`, body],
  'a shared access signature of Azure': [`https://a.blob.core.windows.net/c?sv=2024&sig=${body}%3D`, body],
  'a cookie': [`Cookie: theme=dark; session=${body}`, body],
  'a cookie that is set': [`Set-Cookie: sid=${body}; Path=/; HttpOnly`, body],
  'a header of curl': [`curl -H 'Cookie: sid=${body}' https://a`, body],
  'a user of curl': ['curl -u admin:hunter2hunter2 https://a', 'hunter2hunter2'],
  'a token in a header': [`Authorization: Token ${body}`, body],
  'a key in a header': [`X-Api-Key: ${body}`, body],
  'a password that is said': ['by the way, the password is hunter2hunter2', 'hunter2hunter2'],
  'a password that is a word': ['The password for admin is swordfish!', 'swordfish'],
  'a passcode that is said': ['passcode was 493871', '493871'],
  'a token that is said': [`the API token is "${body}"`, body],
  'a password of a connection': ['Server=db;User Id=app;Pwd=hunter2hunter2;', 'hunter2hunter2'],
  'a code of a device': ['mfaCode=493871', '493871'],
  'a script in base64': [
    base64(`#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2\nrun --fast\n`),
    base64('hunter2hunter2').slice(2, 14),
  ],
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

test.each(Object.entries(others))('%s is shown nowhere', (_, [text, secret]) => {
  for (const read of [
    'a field of an unknown event',
    'JSON in a text in a text',
    'parameters of a call',
    'plain text',
  ]) {
    const kept = JSON.stringify(places[read]?.(text));
    expect(kept).not.toContain(secret);
    expect(kept).toContain('***');
  }
});

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
  'passcode',
  'mfaCode',
  'MFA_CODE',
  'tokenCode',
  'authenticationCode1',
  'otp',
  'Cookie',
  'set-cookie',
  'userData',
  'UserData',
  'user_data',
  'AccountKey',
  'SharedAccessKey',
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
  ['a request id', '7a62c49f-347e-4fc4-9331-6e8eEXAMPLE'],
  ['an extended request id', `${'MIIE'}aG9zdC1pZC1vZi1hLXJlcXVlc3QtdG8tYW1hem9uLXMz/Xk9QmZ0cUo5d0F2c1Z5TnBkRw==`],
  ['a role', 'arn:aws:iam::111122223333:role/service-role/task-runner-npm_publish'],
  ['a secret', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/stripe-sk_live-a1B2c3'],
  ['a key of KMS', 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab'],
  ['an SHA-1', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  ['an SHA-256 in base64', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  ['an ETag', '9b2cf535f27731c974343645a3985328-12'],
  ['an id of an instance', 'i-0123456789abcdef0 sg-0a1b2c3d subnet-9f86d081'],
  ['a version of an object', '3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo'],
  [
    'what is said of a password',
    'Your password is required, the password is too short and the old password was changed.',
  ],
  ['what is said of a token', 'The security token included in the request is expired; the token is not-yet-valid.'],
  ['what is said of a secret', 'The secret is scheduled for deletion, and the passcode is optional.'],
  ['what is said of cookies', 'Cookies: none; the cookie consent banner failed'],
  ['a directory', 'PWD=/srv/app'],
  ['words with signs between', 'task-queue_risk-model sk-learn-model-training-pipeline flask-app'],
  ['text in base64', Buffer.from('{"stage":"prod","feature":"checkout","percent":25}').toString('base64')],
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
