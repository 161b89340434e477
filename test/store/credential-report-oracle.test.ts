import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate } from '../../src/framework/credential-report/evaluate.ts';
import { parseCredentialReport } from '../../src/framework/credential-report/parse.ts';
import { defaultThresholds } from '../../src/framework/credential-report/thresholds.ts';
import { dataFile, dataFiles } from '../data.ts';
import { type Oracle, openOracle } from '../framework/credential-report/oracle.ts';
import { account, anyReport, facts, generatedAt, report } from '../framework/credential-report/reports.ts';

let oracle: Oracle;
beforeAll(async () => {
  oracle = await openOracle();
});
afterAll(() => oracle.close());

function ours(text: string, owner: string, at: Date): string[] {
  const { rows, missingColumns, unreadRows } = parseCredentialReport(text, owner);
  const known = facts([], { account: owner, generatedAt: at, rows, missingColumns, unreadRows });
  const limits = { ...defaultThresholds, passwordAgeDays: 90, inactiveUserDays: 90 };
  const lines = evaluate(known, limits).findings.map(({ rule, principal, slot, note }) =>
    [rule, principal, slot, note ? 't' : 'f'].join('|'),
  );
  expect(new Set(lines).size).toBe(lines.length);
  return lines.sort();
}

const theirs = async (text: string, at: Date) => (await oracle.judge(text, at)).sort();

test('the recorded reports: findings as the SQL oracle has them, at many times', async () => {
  let findings = 0;
  for (const file of dataFiles('credential-report')) {
    const text = dataFile(file);
    const owner = /arn:aws:iam::(\d{12}):/.exec(text)?.[1] ?? '';
    // The days around the recordings' own, when the edges of 7, 45 and 90 days are crossed; and today.
    for (const at of [
      '2016-11-26T12:00:00Z',
      '2017-01-10T00:00:00Z',
      '2018-06-05T00:02:57Z',
      '2020-04-20T00:00:00Z',
      '2026-11-23T08:00:00Z',
    ]) {
      const lines = ours(text, owner, new Date(at));
      expect(lines).toEqual(await theirs(text, new Date(at)));
      findings += lines.length;
    }
  }
  expect(findings).toBeGreaterThan(100);
});

test('generated reports: findings as the SQL oracle has them', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyReport, async (rows) => {
      const text = report(rows);
      const lines = ours(text, account, generatedAt);
      expect(lines).toEqual(await theirs(text, generatedAt));
      for (const line of lines) seen.add(line.replace(/\|.*\|/s, '|'));
    }),
    { numRuns: 150 },
  );
  // Each rule was seen to find something, and two keys both as a note and as a finding.
  expect([...seen].sort()).toEqual(
    [
      'console-mfa|f',
      'inactive-key|t',
      'inactive-user|f',
      'key-rotation|f',
      'password-age|f',
      'root-access-key|f',
      'root-hardware-mfa|f',
      'root-mfa|f',
      'root-used|f',
      'setup-key|f',
      'signing-certificate|t',
      'two-active-keys|f',
      'two-active-keys|t',
      'unused-credential|f',
    ].sort(),
  );
}, 120_000);
