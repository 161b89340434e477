import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byAge, compareOpen, type OpenFinding, worstOpen } from '../../src/framework/open-findings.ts';

const at = new Date('2026-11-23T08:00:00Z');

const finding = (key: string, days: number, severity: OpenFinding['severity'] = 'high'): OpenFinding => ({
  key,
  source: 'GuardDuty',
  title: key,
  severity,
  account: '111122223333',
  region: 'eu-west-1',
  resource: '',
  since: new Date(at.getTime() - days * 86_400_000).toISOString(),
  link: null,
});

test('every finding is in one band of age', () => {
  expect(
    byAge([finding('a', 0), finding('b', 7), finding('c', 8), finding('d', 90), finding('e', 400)], at).map(
      ({ count }) => count,
    ),
  ).toEqual([2, 1, 1, 1]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5000 })), (days) => {
      const bands = byAge(
        days.map((age, i) => finding(String(i), age)),
        at,
      );
      expect(bands.reduce((sum, { count }) => sum + count, 0)).toBe(days.length);
    }),
  );
});

test('the worst first, of one severity the oldest', () => {
  const sorted = [
    finding('new', 1),
    finding('low', 300, 'low'),
    finding('old', 90),
    finding('bad', 0, 'critical'),
  ].sort(worstOpen);
  expect(sorted.map(({ key }) => key)).toEqual(['bad', 'old', 'new', 'low']);
});

test('then, with new and without closed, is now', () => {
  const some = fc.uniqueArray(fc.constantFrom(...'abcdefgh')).map((keys) => keys.map((key) => finding(key, 1)));
  fc.assert(
    fc.property(some, some, (before, now) => {
      const { fresh, closed } = compareOpen(now, before);
      expect(before.length + fresh.size - closed.length).toBe(now.length);
    }),
  );
  expect(compareOpen([finding('a', 1)], null)).toEqual({ fresh: new Set(), closed: [] });
});
