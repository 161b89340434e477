import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { createOrganization } from '../../../sandbox/organization/create.ts';

const until = new Date('2026-11-24T12:00:00Z');
const weekMs = 7 * 86_400_000;
const organization = createOrganization({ until });
const week = (number: number) => new Date(until.getTime() + number * weekMs);

type Row = Record<string, string>;
const rows = (account: string, at: Date, of = organization): Row[] =>
  parse(of.credentialReport(account, at), { columns: true });

test('has the 22 columns of a live report, the root user first', () => {
  const report = organization.credentialReport('111122223333', until);
  expect(report.split('\n')[0]).toBe(
    'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,' +
      'access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,' +
      'access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,' +
      'cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated',
  );
  const [root] = rows('111122223333', until);
  expect(root).toMatchObject({
    user: '<root_account>',
    arn: 'arn:aws:iam::111122223333:root',
    password_last_changed: 'not_supported',
  });
});

test('says every value as IAM does', () => {
  const date = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00`;
  const cells: Readonly<Record<string, RegExp>> = {
    user_creation_time: new RegExp(`^${date}$`),
    password_enabled: /^(true|false|not_supported)$/,
    password_last_used: new RegExp(`^(${date}|N/A|no_information)$`),
    password_last_changed: new RegExp(`^(${date}|N/A|not_supported)$`),
    mfa_active: /^(true|false)$/,
    access_key_1_active: /^(true|false)$/,
    access_key_1_last_rotated: new RegExp(`^(${date}|N/A)$`),
    access_key_2_last_used_date: new RegExp(`^(${date}|N/A)$`),
    cert_1_active: /^(true|false)$/,
  };
  const all = organization.accounts.flatMap(({ id }) => rows(id, until));
  for (const [column, pattern] of Object.entries(cells))
    for (const row of all) expect(row[column], column).toMatch(pattern);
  for (const value of ['no_information', 'N/A', 'not_supported'])
    expect(all.some((row) => Object.values(row).includes(value))).toBe(true);
});

test('tells of nothing that has not happened yet', () => {
  for (const number of [-8, -3, 0, 5]) {
    const at = week(number);
    for (const { id } of organization.accounts)
      for (const row of rows(id, at))
        for (const cell of Object.values(row))
          if (/^\d{4}-\d\d-\d\dT/.test(cell)) expect(Date.parse(cell)).toBeLessThanOrEqual(at.getTime());
  }
});

test('brings hostile names through as they are', () => {
  const names = rows('111122667777', until).map(({ user }) => user);
  expect(names).toEqual(
    expect.arrayContaining(['=HYPERLINK("https://example.com","click")', 'last, "first"', 'žofie-日本-🦊', '@SUM(A1)']),
  );
});

describe('from week to week', () => {
  const byArn = (number: number) =>
    new Map(organization.accounts.flatMap(({ id }) => rows(id, week(number))).map((row) => [row['arn'], row]));
  const weeks = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4].map(byArn);
  const changes = weeks.slice(1).map((now, index) => {
    const before = weeks[index] ?? new Map<string, Row>();
    const both = [...now].flatMap(([arn, row]) => {
      const old = before.get(arn);
      return old === undefined ? [] : [{ old, row }];
    });
    return {
      came: [...now.keys()].filter((arn) => !before.has(arn)).length,
      went: [...before.keys()].filter((arn) => !now.has(arn)).length,
      gotMfa: both.filter(({ old, row }) => old['mfa_active'] === 'false' && row['mfa_active'] === 'true').length,
      rotated: both.filter(({ old, row }) => old['access_key_1_last_rotated'] !== row['access_key_1_last_rotated'])
        .length,
      turnedOff: both.filter(
        ({ old, row }) => old['access_key_1_active'] === 'true' && row['access_key_1_active'] === 'false',
      ).length,
    };
  });

  test.each(['came', 'went', 'gotMfa', 'rotated', 'turnedOff'] as const)('users change: %s', (what) => {
    expect(changes.filter((change) => change[what] > 0).length).toBeGreaterThan(2);
  });

  test('most stay as they are', () => {
    for (const { came, went, gotMfa, rotated } of changes) expect(came + went + gotMfa + rotated).toBeLessThan(20);
  });
});

test('the attacker’s user is in it from the moment it was made', () => {
  const names = (at: Date) => rows('111122223333', at).map(({ user }) => user);
  expect(names(until)).toContain('backup-admin');
  expect(names(organization.attack.from)).not.toContain('backup-admin');
  const made = organization
    .events('111122223333', 'us-east-1')
    .find(({ eventName, eventID }) => eventName === 'CreateUser' && organization.attack.eventIds.includes(eventID));
  const row = rows('111122223333', until).find(({ user }) => user === 'backup-admin');
  expect(Date.parse(row?.['user_creation_time'] ?? '')).toBe(Date.parse(made?.eventTime ?? ''));
  expect(row).toMatchObject({ mfa_active: 'false', access_key_1_active: 'true' });
});

test('holds those of five thousand users that are there at the time, each once', () => {
  const large = createOrganization({ until, usersPerAccount: 5000 });
  const users = rows('111122334444', until, large).map(({ arn }) => arn);
  expect(new Set(users).size).toBe(users.length);
  expect(users.length).toBeGreaterThan(4200);
  expect(large.users('111122334444', until).length).toBe(users.length - 1);
});
