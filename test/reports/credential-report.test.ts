import { expect, test } from 'vitest';
import { credentialReportDocument } from '../../src/reports/credential-report.ts';
import { organizationResults } from './organization.ts';

const results = organizationResults(14);

test('the numbers of the cover, the message and the table by account are the same, and every row adds up', () => {
  const { figures, headline, coverage, sections } = credentialReportDocument(results);
  const { totals } = results.result;
  expect(headline).toBe(results.result.headline);
  expect(figures.map(({ value, label }) => `${value} ${label}`)).toEqual([
    `${totals['open']} open findings`,
    `${totals['fixed']} fixed`,
    '1 accepted risks',
    '13 accounts answered',
  ]);
  expect([...results.openByRule.values()].reduce((sum, n) => sum + n, 0)).toBe(totals['open']);
  expect((totals['open'] ?? 0) + (totals['accepted'] ?? 0)).toBe(totals['standing']);
  const rows = sections.find(({ title }) => title === 'Results by account')?.tables[0]?.table.rows ?? [];
  for (const row of rows) {
    const [was = 0, first = 0, fresh = 0, fixed = 0, used = 0, limit = 0, gone = 0, now] = row
      .slice(2)
      .map((cell) => (cell === '–' ? 0 : Number(cell)));
    expect(was + first + fresh - fixed - used + limit - gone).toBe(now);
  }
  expect(coverage.table.rows.map((row) => row.at(-1))).toContain('with gaps, see below');
});

test('what is the same in several accounts is one row, with all of them; and users are counted twice', () => {
  const [one] = results.worst.filter(({ finding }) => finding.rule === 'console-mfa');
  if (one === undefined) throw new Error('Nobody is without MFA.');
  const there = (accountName: string) => ({ ...one, finding: { ...one.finding, accountName, key: accountName } });
  const accounts = results.accounts.map((each) => ({ ...each, usersCounted: 7 }));
  const { sections, coverage } = credentialReportDocument({
    ...results,
    accounts,
    worst: ['prod', 'staging', 'data'].map(there),
  });
  const rows = sections.find(({ title }) => title === 'The worst findings')?.tables[0]?.table.rows;
  expect(rows?.map(([, account, , sentence]) => [account, sentence])).toEqual([
    ['prod, staging, data', one.finding.sentence],
  ]);
  expect(coverage.table.rows.map((row) => row[4])).toContain('7');
});

test('every table has a cell for each column, and what was not checked is told with its reason', () => {
  const { sections, exceptions, coverage } = credentialReportDocument(results);
  const tables = [
    coverage.table,
    exceptions.table,
    ...sections.flatMap(({ tables }) => tables.map(({ table }) => table)),
  ];
  for (const { columns, rows } of tables) for (const row of rows) expect(row).toHaveLength(columns.length);
  // An account without a report has no zeros, which would read as clean.
  const byAccount = sections.find(({ title }) => title === 'Results by account')?.tables[0]?.table.rows ?? [];
  const silent = results.accounts.find(({ missing }) => missing !== null);
  expect(byAccount.find(([account]) => account === silent?.account)?.slice(3, 8)).toEqual(['–', '–', '–', '–', '–']);
  const doubts = sections.find(({ title }) => title === 'What could not be checked')?.tables[0]?.table.rows;
  expect(doubts).toContainEqual([
    'data-lake',
    'Nothing was checked. The role trailwatch-read of data-lake may not be assumed.',
  ]);
  expect(doubts).toContainEqual([
    'prod-web',
    'Not checked: “The password policy asks for long passwords”, “The password policy refuses former passwords”. prod-web denied iam:GetAccountPasswordPolicy.',
  ]);
});
