import { describe, expect, test } from 'vitest';
import { severityRank } from '../../../src/alerts/severity.ts';
import { controls, ruleIds } from '../../../src/framework/credential-report/controls.ts';
import { evaluate } from '../../../src/framework/credential-report/evaluate.ts';
import type { AccountFacts, ServiceSpecificCredential } from '../../../src/framework/credential-report/facts.ts';
import { credentialRules } from '../../../src/framework/credential-report/rules/index.ts';
import { defaultThresholds } from '../../../src/framework/credential-report/thresholds.ts';
import { account, type Cells, daysAgo, facts, generatedAt, root, user } from './reports.ts';

const judge = (rows: Cells[], given: Partial<AccountFacts> = {}, thresholds = defaultThresholds) =>
  evaluate(facts(rows, given), thresholds);

/** `rule`, or `rule slot`, with `note:` in front of notes. */
const found = (...of: Parameters<typeof judge>): string[] =>
  judge(...of).findings.map(({ rule, slot, note }) => `${note ? 'note: ' : ''}${rule}${slot === '' ? '' : ` ${slot}`}`);

const second = 1 / 86_400;

describe('the edges of time', () => {
  const key = (rotated: number, used: number): Cells => ({
    access_key_1_active: 'true',
    access_key_1_last_rotated: daysAgo(rotated),
    access_key_1_last_used_date: daysAgo(used),
  });
  test.each([
    ['a key of exactly 90 days', key(90, 1), []],
    ['a key on its 90th day', key(91 - second, 1), []],
    ['a key of 91 days', key(91, 1), ['key-rotation key 1']],
    ['a key used 45 days ago less a second', key(60, 45 - second), []],
    ['a key used 45 days ago', key(60, 45), ['unused-credential key 1']],
    ['an inactive old key', { ...key(400, 300), access_key_1_active: 'false' }, ['note: inactive-key key 1']],
  ])('%s', (_, cells, expected) => expect(found([root(), user('ana', cells)])).toEqual(expected));

  test.each([
    ['never used, set 44 days ago', { password_last_changed: daysAgo(44) }, []],
    ['never used, set 45 days ago', { password_last_changed: daysAgo(45) }, ['unused-credential password']],
    [
      'changed yesterday, but last used long ago',
      { password_last_changed: daysAgo(1), password_last_used: daysAgo(46) },
      ['unused-credential password'],
    ],
    ['never used nor changed, by the age of the user', {}, ['unused-credential password']],
  ])('a password %s', (_, cells, expected) =>
    expect(found([root(), user('ana', { password_enabled: 'true', mfa_active: 'true', ...cells })])).toEqual(expected),
  );

  test('thresholds are the reader’s', () => {
    const rows = [root(), user('ana', key(31, 30))];
    expect(found(rows)).toEqual([]);
    expect(found(rows, {}, { ...defaultThresholds, unusedDays: 30, rotationDays: 30 })).toEqual([
      'unused-credential key 1',
      'key-rotation key 1',
    ]);
  });
});

describe('PCI DSS, where its limits are set', () => {
  const limits = { ...defaultThresholds, passwordAgeDays: 90, inactiveUserDays: 90 };
  const signsIn = { password_enabled: 'true', mfa_active: 'true' };
  const pci = (cells: Cells) =>
    found([root(), user('ana', cells)], {}, limits).filter((each) => /^(?:inactive-user|password-age)/.test(each));
  test.each([
    ['8.3.9: on its 90th day', { mfa_active: 'false', password_last_changed: daysAgo(91 - second) }, []],
    ['8.3.9: after it', { mfa_active: 'false', password_last_changed: daysAgo(91) }, ['password-age password']],
    ['8.3.9: beside MFA', { password_last_changed: daysAgo(400) }, []],
  ])('%s', (_, cells, expected) =>
    expect(pci({ ...signsIn, password_last_used: daysAgo(1), ...cells })).toEqual(expected),
  );
  test.each([
    ['8.2.6: active 90 days ago less a second', { password_last_used: daysAgo(90 - second) }, []],
    ['8.2.6: 90 days ago', { password_last_used: daysAgo(90) }, ['inactive-user']],
    ['8.2.6: by a key alone', { access_key_1_active: 'true', access_key_1_last_used_date: daysAgo(1) }, []],
    ['8.2.6: never, and given a password lately', { password_last_changed: daysAgo(3) }, []],
    ['8.2.6: disabled', { password_enabled: 'false', password_last_used: daysAgo(400) }, []],
  ])('%s', (_, cells, expected) => expect(pci({ ...signsIn, ...cells })).toEqual(expected));

  test('without limits they look at nothing; what has no date is not taken for good', () => {
    const rows = [root(), user('ana', { password_enabled: 'true', password_last_used: daysAgo(1) })];
    expect(found(rows)).toEqual(['console-mfa']);
    expect(judge(rows, {}, limits).unjudged).toEqual([
      expect.objectContaining({ rule: 'password-age', slot: 'password', reason: expect.any(String) }),
    ]);
  });
});

test('two active keys are a rotation for seven days, then a finding', () => {
  const two = (newer: number) => [
    root(),
    user('ana', {
      access_key_1_active: 'true',
      access_key_1_last_rotated: daysAgo(30),
      access_key_1_last_used_date: daysAgo(1),
      access_key_2_active: 'true',
      access_key_2_last_rotated: daysAgo(newer),
      access_key_2_last_used_date: daysAgo(0),
    }),
  ];
  expect(found(two(7))).toEqual(['note: two-active-keys']);
  expect(found(two(8))).toEqual(['two-active-keys']);
  expect(judge(two(8)).findings[0]).toMatchObject({
    sentence: 'ana has two active access keys, the newer one 8 days old.',
    ageDays: 8,
    severity: 'low',
    controls: { cis: { '1.4': '1.13', '5.0': '1.12', '7.0': null } },
  });
});

describe('the root user', () => {
  const mfa = ['root-mfa', 'root-hardware-mfa'];
  const off = { mfa_active: 'false' };
  const managed = { rootCentrallyManaged: { known: true, value: true } } as const;
  const password = (rootPassword: boolean) =>
    ({ summary: { known: true, value: { users: null, rootPassword } } }) as const;
  test.each<[string, Cells, Partial<AccountFacts>, string[]]>([
    ['without MFA', off, {}, mfa],
    ['without MFA and without a password', { ...off, password_enabled: 'FALSE' }, {}, []],
    ['without MFA, its credentials removed centrally', off, managed, []],
    ['without MFA, managed centrally but with a password still', { ...off, password_enabled: 'true' }, managed, mfa],
    ['without MFA, the summary tells of no password', off, password(false), []],
    ['without MFA, managed centrally, the summary tells of a password', off, { ...managed, ...password(true) }, mfa],
    [
      'with a virtual device',
      {},
      {
        virtualMfa: {
          known: true,
          value: [{ serialNumber: `arn:aws:iam::${account}:mfa/root-account-mfa-device`, userArn: null }],
        },
      },
      ['root-hardware-mfa'],
    ],
    [
      'with a named virtual device',
      {},
      {
        virtualMfa: {
          known: true,
          value: [{ serialNumber: `arn:aws:iam::${account}:mfa/phone`, userArn: `arn:aws:iam::${account}:root` }],
        },
      },
      ['root-hardware-mfa'],
    ],
    [
      'while another has a virtual device',
      {},
      {
        virtualMfa: {
          known: true,
          value: [{ serialNumber: `arn:aws:iam::${account}:mfa/ana`, userArn: `arn:aws:iam::${account}:user/ana` }],
        },
      },
      [],
    ],
    ['used 30 days ago', { password_last_used: daysAgo(30) }, {}, ['root-used']],
    ['used 31 days ago', { password_last_used: daysAgo(31) }, {}, []],
    ['used by its key', { access_key_2_last_used_date: daysAgo(3) }, {}, ['root-used']],
    [
      'with a key',
      { access_key_2_active: 'TRUE', access_key_2_last_rotated: daysAgo(200) },
      {},
      ['root-access-key key 2'],
    ],
  ])('%s', (_, cells, given, expected) => expect(found([root(cells)], given)).toEqual(expected));

  test('in GovCloud has no console, so no MFA is asked for', () => {
    expect(found([root({ ...off, arn: `arn:aws-us-gov:iam::${account}:root` })])).toEqual([]);
  });
});

test('a key made with the user and never used', () => {
  const at = (key: Cells, enabled = 'true') =>
    found([
      root(),
      user('ana', {
        user_creation_time: daysAgo(10),
        password_enabled: enabled,
        password_last_used: daysAgo(1),
        mfa_active: 'true',
        access_key_1_active: 'true',
        access_key_1_last_rotated: daysAgo(10 - 30 * second),
        ...key,
      }),
    ]);
  expect(at({})).toEqual(['setup-key key 1']);
  expect(at({}, 'false')).toEqual([]);
  expect(at({ access_key_1_last_rotated: daysAgo(10 - 61 * second) })).toEqual([]);
  expect(at({ access_key_1_last_used_date: daysAgo(1) })).toEqual([]);
});

test('the password policy, and none at all', () => {
  const policy = (minimumLength: number | null, reusePrevention: number | null) =>
    found([root()], { passwordPolicy: { known: true, value: { minimumLength, reusePrevention } } });
  expect(policy(14, 24)).toEqual([]);
  expect(policy(13, 23)).toEqual(['password-length', 'password-reuse']);
  expect(policy(null, null)).toEqual(['password-length', 'password-reuse']);
  expect(judge([root()], { passwordPolicy: { known: true, value: null } }).findings.map((one) => one.sentence)).toEqual(
    [
      'There is no password policy: passwords need 8 characters, not 14.',
      'There is no password policy: no former password is refused; it should be the last 24.',
    ],
  );
});

test('service-specific credentials, which the report leaves out', () => {
  const credential = (id: string, given: Partial<ServiceSpecificCredential>): ServiceSpecificCredential => ({
    id,
    user: 'ana',
    service: 'codecommit.amazonaws.com',
    status: 'Active',
    createdAt: new Date(daysAgo(10)),
    expiresAt: null,
    ...given,
  });
  const old = { createdAt: new Date(daysAgo(91)) };
  const bedrock = { service: 'bedrock.amazonaws.com' };
  const value = [
    credential('young', {}),
    credential('old', old),
    credential('old-inactive', { ...old, status: 'Inactive' }),
    credential('endless', bedrock),
    credential('endless-logs', { service: 'logs.amazonaws.com' }),
    credential('short', { ...bedrock, expiresAt: new Date(daysAgo(-80)) }),
    credential('long', { ...bedrock, expiresAt: new Date(daysAgo(-81)) }),
    credential('over', { ...bedrock, expiresAt: generatedAt }),
    credential('marked', { ...bedrock, status: 'Expired', expiresAt: null }),
  ];
  expect(found([root(), user('ana')], { serviceSpecific: { known: true, value } }).sort()).toEqual([
    'note: service-credential-expired marked',
    'note: service-credential-expired over',
    'service-api-key endless',
    'service-api-key endless-logs',
    'service-api-key long',
    'service-credential-age old',
  ]);
});

test('an expired server certificate', () => {
  const arn = `arn:aws:iam::${account}:server-certificate/shop`;
  const at = (expiresAt: Date) =>
    found([root()], { serverCertificates: { known: true, value: [{ name: 'shop', arn, expiresAt }] } });
  expect(at(generatedAt)).toEqual([`server-certificate-expired ${arn}`]);
  expect(at(new Date(daysAgo(-1)))).toEqual([]);
});

test('what could not be looked at is said, and never taken for good', () => {
  const denied = { known: false, reason: 'prod-payments denied it.' } as const;
  const { findings, notChecked } = judge([root()], {
    passwordPolicy: denied,
    virtualMfa: denied,
    serviceSpecific: denied,
    serverCertificates: denied,
  });
  expect(findings).toEqual([]);
  expect(notChecked.map(({ rule }) => rule)).toEqual([
    'root-hardware-mfa',
    'password-length',
    'password-reuse',
    'server-certificate-expired',
    'service-api-key',
    'service-credential-age',
    'service-credential-expired',
  ]);
  expect(judge([user('ana')]).notChecked).toContainEqual({
    rule: 'root-mfa',
    reason: 'The report has no readable row of the root user.',
  });
  expect(judge([root()], { missingColumns: ['mfa_active'] }).notChecked).toContainEqual({
    rule: 'console-mfa',
    reason: 'The credential report has no column mfa_active.',
  });
});

test('a reader is told what the report itself leaves doubtful', () => {
  const unread = { line: 7, user: 'b\u202Een', reason: 'mfa_active says "maybe", neither true nor false' };
  const evaluation = judge([root(), user('ana'), user('ana')], {
    unreadRows: [unread],
    missingColumns: ['cert_2_active'],
    summary: { known: true, value: { users: 9, rootPassword: null } },
  });
  expect(evaluation).toMatchObject({ users: 2, principalsWhole: false });
  expect(evaluation.unread).toEqual([
    'Line 7 of the report (ben) was not checked: mfa_active says "maybe", neither true nor false.',
    'IAM counts 9 users, the report lists 3: 6 users were not checked.',
  ]);
  expect(evaluation.remarks).toEqual([
    'ana stands twice in the report; each row was checked.',
    'The report lacks the columns cert_2_active.',
  ]);
});

test('each rule is in the control map under its own name, and says why and what to do', () => {
  for (const id of ruleIds) {
    expect(credentialRules[id].id).toBe(id);
    for (const text of [credentialRules[id].title, credentialRules[id].why, credentialRules[id].fix])
      expect(text.length).toBeGreaterThan(10);
  }
  // Within one version no recommendation is claimed by two rules.
  for (const version of ['1.4', '3.0', '5.0', '6.0', '7.0'] as const) {
    const numbers = ruleIds.flatMap((id) => controls[id].cis[version] ?? []);
    expect(new Set(numbers).size).toBe(numbers.length);
  }
});

test('findings come worst first, and link to where they are mended', () => {
  const { findings } = judge([
    root({ mfa_active: 'false', access_key_1_active: 'true' }),
    user('a/b "c"', { password_enabled: 'true', password_last_used: daysAgo(0) }),
  ]);
  const ranks = findings.map(({ severity }) => severityRank(severity));
  expect(ranks).toEqual(ranks.toSorted());
  expect(findings.find(({ rule }) => rule === 'console-mfa')).toMatchObject({
    consoleLink: 'https://console.aws.amazon.com/iam/home#/users/details/a%2Fb%20%22c%22',
    sentence: 'a/b "c" can sign in to the console without MFA.',
    since: null,
  });
});
