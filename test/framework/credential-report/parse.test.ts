import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/framework/credential-report/evaluate.ts';
import { CredentialReportError, parseCredentialReport } from '../../../src/framework/credential-report/parse.ts';
import { defaultThresholds } from '../../../src/framework/credential-report/thresholds.ts';
import { anyCharacter } from '../../characters.ts';
import { dataFile, dataFiles } from '../../data.ts';
import { account, anyReport, type Cells, facts, header, report, root, user } from './reports.ts';

const read = (text: string | Uint8Array) => parseCredentialReport(text, account);

const refusal = (text: string | Uint8Array): string => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof CredentialReportError) return error.message;
    throw error;
  }
  return 'accepted';
};

test('a row is read by the names of the columns, in any order and case, with Z or an offset', () => {
  const cells: Cells = user('ana', {
    password_enabled: 'TRUE',
    password_last_used: 'no_information',
    password_last_changed: '2026-01-02T03:04:05Z',
    mfa_active: 'true',
    access_key_1_active: 'True',
    access_key_1_last_rotated: '2026-02-03T04:05:06+00:00',
    access_key_1_last_used_date: '2026-03-04T05:06:00+02:00',
    access_key_1_last_used_region: 'eu-west-1',
    access_key_1_last_used_service: 's3',
  });
  const [row] = read(report([cells])).rows;
  expect(row).toEqual({
    user: 'ana',
    arn: 'arn:aws:iam::111122223333:user/ana',
    root: false,
    createdAt: new Date('2020-01-01T00:00:00Z'),
    passwordEnabled: true,
    passwordLastUsedAt: null,
    passwordChangedAt: new Date('2026-01-02T03:04:05Z'),
    passwordNextRotationAt: null,
    mfaActive: true,
    keys: [
      {
        slot: 1,
        active: true,
        rotatedAt: new Date('2026-02-03T04:05:06Z'),
        lastUsedAt: new Date('2026-03-04T03:06:00Z'),
        lastUsedRegion: 'eu-west-1',
        lastUsedService: 's3',
      },
      { slot: 2, active: false, rotatedAt: null, lastUsedAt: null, lastUsedRegion: null, lastUsedService: null },
    ],
    certificates: [
      { slot: 1, active: false, rotatedAt: null },
      { slot: 2, active: false, rotatedAt: null },
    ],
    additionalCredentials: null,
  });
  const backwards = report([cells])
    .trim()
    .split('\n')
    .map((line) => line.split(',').reverse().join(','))
    .join('\r\n')
    .replaceAll('user', 'USER')
    .replace(':USER/', ':user/');
  expect(read(backwards).rows).toEqual([row]);
});

test('the 23rd column and unknown ones are no trouble; missing ones are said', () => {
  const [first = '', second = ''] = report([user('ana')]).split('\n');
  expect(read(`${first},additional_credentials_info\n${second},1 more\n`).rows[0]?.additionalCredentials).toBe(
    '1 more',
  );
  expect(read(`${first},passkey_active\n${second},true\n`)).toMatchObject({
    unknownColumns: ['passkey_active'],
    missingColumns: [],
    rows: [{ user: 'ana' }],
  });
  const without = (line: string) => line.split(',').toSpliced(header.indexOf('mfa_active'), 1).join(',');
  expect(read(`${without(first)}\n${without(second)}\n`)).toMatchObject({
    missingColumns: ['mfa_active'],
    rows: [{ mfaActive: null, passwordEnabled: false }],
  });
});

test('a byte order mark, and no line break at the end, are no trouble', () => {
  const text = report([root(), user('josé,"the" one\nof two')]);
  for (const variant of [`\uFEFF${text}`, new TextEncoder().encode(`\uFEFF${text}`), text.trimEnd(), `${text}\n`])
    expect(read(variant)).toMatchObject({
      rows: [{ root: true, passwordEnabled: null }, { user: 'josé,"the" one\nof two' }],
      unreadRows: [],
    });
});

test('rows that cannot be read are listed with the reason, and take no others along', () => {
  const lines = report([
    user('ana'),
    user('maybe', { mfa_active: 'maybe' }),
    user('later', { access_key_1_last_rotated: '2026-02-30T00:00:00+00:00' }),
    user('open', { password_enabled: 'N/A' }),
    user('elsewhere', { arn: 'elsewhere' }),
    user('ben'),
  ]).split('\n');
  const { rows, unreadRows } = read(lines.toSpliced(2, 0, 'short,row').join('\n'));
  expect(rows.map((row) => row.user)).toEqual(['ana', 'ben']);
  expect(unreadRows).toEqual([
    { line: 3, user: 'short', reason: 'has 2 cells where the header has 22' },
    { line: 4, user: 'maybe', reason: 'mfa_active says "maybe", neither true nor false' },
    { line: 5, user: 'later', reason: 'access_key_1_last_rotated says "2026-02-30T00:00:00+00:00", which is no time' },
    { line: 6, user: 'open', reason: 'password_enabled says neither true nor false' },
    { line: 7, user: 'elsewhere', reason: 'arn is no ARN of IAM' },
  ]);
});

describe('refused as a whole', () => {
  const whole = report([root(), user('ana')]);
  test.each([
    ['', 'The credential report is empty.'],
    ['\n\n', 'The credential report is empty.'],
    ['<html><body>Access denied</body></html>', 'This is no credential report: it has no column user and arn.'],
    ['user,Arn,mfa_active,arn\na,b,c,d\n', 'The credential report has the column "arn" twice.'],
    [
      report([user('ana', { arn: 'arn:aws:iam::444455556666:user/ana' })]),
      'The credential report is of account 444455556666, not of 111122223333.',
    ],
    [`${whole}"ben,arn:aws:iam`, 'The credential report is cut off: it ends within quotes. Fetch it again.'],
    [whole.slice(0, -30), 'The credential report is cut off in line 3: the rest of it is missing. Fetch it again.'],
    [whole.slice(0, -2), 'The credential report is cut off in line 3: the rest of it is missing. Fetch it again.'],
  ])('%#', (text, reason) => expect(refusal(text)).toBe(reason));

  test('wherever within a row it is cut off', () => {
    const start = whole.lastIndexOf('\n', whole.length - 2) + 2;
    for (let end = start; end < whole.length - 1; end++) expect(refusal(whole.slice(0, end))).toMatch(/cut off/);
  });
});

test('any report comes back row by row, whatever the names hold', () => {
  fc.assert(
    fc.property(anyReport, (rows) => {
      const { rows: found, unreadRows } = read(report(rows));
      expect(unreadRows).toEqual([]);
      expect(found.map((row) => row.user)).toEqual(rows.map((cells) => cells.user));
    }),
  );
});

test('no text whatever is more than refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), fc.nat(), (noise, at) => {
      const text = report([root(), user('ana')]);
      const cut = at % text.length;
      for (const variant of [noise, text.slice(0, cut) + noise + text.slice(cut)])
        try {
          read(variant);
        } catch (error) {
          expect(error).toBeInstanceOf(CredentialReportError);
        }
    }),
  );
});

test('time grows with the number of users, not with its square', () => {
  const time = (users: number): number => {
    const text = report([
      root(),
      ...Array.from({ length: users }, (_, i) => user(`user-${i}`, { access_key_1_active: 'true' })),
    ]);
    const start = performance.now();
    const { rows } = read(text);
    expect(evaluate({ ...facts([root()]), rows }, defaultThresholds).users).toBe(users);
    return performance.now() - start;
  };
  time(2000);
  expect(time(20_000) / Math.max(time(2000), time(2000))).toBeLessThan(50);
});

test('the recorded reports are read whole', () => {
  const files = dataFiles('credential-report');
  expect(files.length).toBeGreaterThan(4);
  for (const file of files) {
    const text = dataFile(file);
    const owner = /arn:aws:iam::(\d{12}):/.exec(text)?.[1] ?? '';
    const { rows, ...rest } = parseCredentialReport(text, owner);
    expect(rest).toEqual({ unreadRows: [], missingColumns: [], unknownColumns: [] });
    expect(rows).toHaveLength(text.trim().split('\n').length - 1);
  }
});
