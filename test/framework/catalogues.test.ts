import { expect, test } from 'vitest';
import { catalogues, controlRows, type Stand } from '../../src/framework/catalogues.ts';
import { controls, ruleIds } from '../../src/framework/credential-report/controls.ts';
import { steps } from '../../src/questions/framework/checks.ts';
import { controlCells, controlSection } from '../../src/reports/controls.ts';

test('every control names rules and checks that there are, once, and says what it does not cover', async () => {
  const known = new Set((await steps()).flatMap(({ checks }) => checks.map(({ about }) => about.id)));
  for (const { controls: ones } of catalogues) {
    expect(new Set(ones.map(({ number }) => number)).size).toBe(ones.length);
    for (const { number, rules, checks, beyond } of ones) {
      expect(beyond, number).not.toBe('');
      expect(new Set([...rules, ...checks]).size, number).toBe(rules.length + checks.length);
      expect(
        checks.filter((id) => !known.has(id)),
        number,
      ).toEqual([]);
    }
  }
  // Every requirement of PCI DSS that a rule is about is there.
  const named = new Set(catalogues.flatMap(({ controls: ones }) => ones.map(({ number }) => number)));
  expect(ruleIds.flatMap((rule) => controls[rule].pci).filter((number) => !named.has(number))).toEqual([]);
});

test('a control is never called fulfilled: open before not known, and nothing found only where all was answered', () => {
  const stand = (of: Partial<Stand>): Stand => ({ title: '', open: 0, unknown: 0, looked: true, ...of });
  const verdict = (stands: [string, Stand][]) =>
    controlRows(new Map(stands)).find(({ number }) => number === 'A.8.24')?.verdict;
  expect(verdict([])).toBe('not looked at here');
  expect(verdict([['trail-encrypted', stand({})]])).toBe('nothing found by 1 of 6');
  expect(verdict([['trail-encrypted', stand({ looked: false })]])).toBe('not looked at here');
  expect(
    verdict([
      ['trail-encrypted', stand({})],
      ['alarm-kms', stand({ unknown: 3 })],
    ]),
  ).toBe('3 not known');
  expect(
    verdict([
      ['trail-encrypted', stand({ open: 2 })],
      ['alarm-kms', stand({ unknown: 3 })],
    ]),
  ).toBe('2 open, 3 not known');
  const rows = controlRows(new Map([['root-mfa', stand({ open: 1 })]]));
  const cells = [...controlCells(rows)];
  expect(cells.find(([, control]) => control === 'PCI 8.4.2')).toContain('1 open');
  expect(controlSection(rows, 'rules').tables).toHaveLength(3);
  expect(JSON.stringify(controlSection(rows, 'rules'))).not.toMatch(/compliant|passed/i);
});
