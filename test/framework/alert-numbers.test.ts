import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CountedAlert, countAlerts, median } from '../../src/framework/alert-numbers.ts';

const began = new Date('2026-11-20T10:00:00Z');
const after = (minutes: number) => new Date(began.getTime() + minutes * 60_000);

const alert = (more: Partial<CountedAlert>): CountedAlert => ({
  severity: 'high',
  account: '111122223333',
  source: 'guardduty',
  dedupKey: 'a',
  title: 'SSH brute force',
  firstSeen: began,
  acknowledgedAt: null,
  resolvedAt: null,
  signals: 1,
  ...more,
});

test('counts by severity, account and source; times are the middle of those that were', () => {
  const numbers = countAlerts([
    alert({ acknowledgedAt: after(4), resolvedAt: after(60) }),
    alert({ acknowledgedAt: after(10), severity: 'low', source: 'config', account: null }),
    alert({ resolvedAt: after(20), signals: 7 }),
    alert({ dedupKey: 'b', title: 'Disk full', signals: 30 }),
  ]);
  expect(numbers).toMatchObject({
    alerts: 4,
    signals: 39,
    untouched: 1,
    acknowledgeMs: 7 * 60_000,
    resolveMs: 40 * 60_000,
  });
  expect(Object.fromEntries(numbers.bySeverity)).toEqual({ high: 3, low: 1 });
  expect(Object.fromEntries(numbers.byAccount)).toEqual({ '111122223333': 3 });
  expect(numbers.noisiest.map(({ key, signals }) => [key, signals])).toEqual([
    ['b', 30],
    ['a', 9],
  ]);
});

test('a quiet week has no times, not zero', () => {
  expect(countAlerts([])).toMatchObject({ alerts: 0, acknowledgeMs: null, resolveMs: null, noisiest: [] });
});

test('the median has as many below as above', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
      const middle = median(values) ?? Number.NaN;
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
    }),
  );
});
