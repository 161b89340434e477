import { expect, test } from 'vitest';
import { count } from '../../src/framework/credential-report/compare.ts';
import { credentialReportDocument } from '../../src/reports/credential-report.ts';
import { organizationResults } from './organization.ts';

const results = organizationResults(14);
const [first] = results.accounts;

test('the numbers of the cover are the sums of the accounts, without accepted risks', () => {
  const { figures, headline, coverage } = credentialReportDocument(results);
  expect(headline).toBe(
    '103 findings are open, 4 new or back, 19 fixed. 1 account gave no report, which is not counted as clean. 9 findings could not be looked at again and stay open.',
  );
  expect(figures.map(({ value, label }) => `${value} ${label}`)).toEqual([
    '103 open findings',
    '19 fixed',
    '1 accepted risks',
    '13 accounts answered',
  ]);
  const standing = results.accounts.reduce((sum, { counts }) => sum + counts.standing, 0);
  expect([...results.openByRule.values()].reduce((sum, n) => sum + n, 0)).toBe(standing - 1);
  expect(coverage.table.rows.map((row) => row.at(-1))).toContain('with gaps, see below');
});

test('the first run is called a baseline, and an organization without findings is said to have none', () => {
  if (first === undefined) throw new Error('the example has no accounts');
  const of = (kinds: ('baseline' | 'open')[]) =>
    credentialReportDocument({
      ...results,
      accounts: [{ ...first, accepted: 0, counts: count(kinds.map((kind) => ({ kind }))) }],
    }).headline;
  expect(of(['baseline', 'baseline'])).toBe('2 findings are open, a baseline: this is the first look.');
  expect(of(['open'])).toBe('1 finding is open.');
  expect(of([])).toBe('No finding is open.');
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
  expect(byAccount.find(([account]) => account === silent?.account)?.slice(3)).toEqual(['–', '–', '–', '–', '9', '1']);
  expect(byAccount.at(-1)?.slice(0, 3)).toEqual(['All accounts', '', '104']);
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
