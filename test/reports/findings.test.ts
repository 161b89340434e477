import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { evaluate } from '../../src/framework/credential-report/evaluate.ts';
import type { Exception } from '../../src/framework/credential-report/exceptions.ts';
import { defaultThresholds } from '../../src/framework/credential-report/thresholds.ts';
import { type ReportedFinding, reportedFinding, writeFindings } from '../../src/reports/findings.ts';
import { daysAgo, facts, root, user } from '../framework/credential-report/reports.ts';

const name = '=HYPERLINK("http://evil.example")\n漢';

const { findings } = evaluate(
  facts([root(), user(name, { password_enabled: 'true', password_last_used: daysAgo(50) })]),
  defaultThresholds,
);

const exception: Exception = {
  account: '111122223333',
  principal: '',
  rule: 'console-mfa',
  slot: null,
  owner: 'payments',
  reason: '+1 from audit',
  expiry: '2026-12-01T00:00:00Z',
  requestedBy: 'U0ANA',
  requestedAt: null,
  approvedBy: 'U0BEN',
  decidedAt: null,
  refused: false,
};

const rows: ReportedFinding[] = findings.map((finding) => ({
  finding,
  change: 'open',
  how: null,
  firstSeen: '2026-11-16T08:00:00.000Z',
  exception: finding.rule === 'console-mfa' ? exception : null,
}));

/** The two files that the rows become. */
async function written(findings: Iterable<ReportedFinding>): Promise<{ csv: string; json: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-findings-'));
  try {
    await writeFindings(folder, findings, reportedFinding);
    return {
      csv: readFileSync(join(folder, 'findings.csv'), 'utf8'),
      json: readFileSync(join(folder, 'findings.json'), 'utf8'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the CSV tells each finding with its controls and exception, and no cell is a formula', async () => {
  const read: unknown = parse((await written(rows)).csv, { bom: true, columns: true });
  expect(read).toMatchObject([
    {
      account: '111122223333',
      account_name: 'prod-payments',
      severity: 'high',
      rule: 'console-mfa',
      user: `'${name}`,
      age_days: '',
      change: 'open',
      first_seen: '2026-11-16T08:00:00.000Z',
      note: 'false',
      exception_reason: "'+1 from audit",
      exception_approved_by: 'U0BEN',
      cis_1_4: 'CIS 1.10',
      cis_7_0: 'CIS 2.10',
      security_hub: 'IAM.5 IAM.19',
    },
    {
      rule: 'unused-credential',
      slot: 'password',
      age_days: '5',
      since: '2026-11-18T08:00:00.000Z',
      exception_owner: '',
    },
  ]);
});

test('the JSON is the findings as they are, and an empty list is one too', async () => {
  expect(JSON.parse((await written(rows)).json)).toEqual(rows);
  const many = Array.from({ length: 1001 }, () => rows).flat();
  expect(JSON.parse((await written(many)).json)).toEqual(many);
  expect((await written([])).json).toBe('[]\n');
});
