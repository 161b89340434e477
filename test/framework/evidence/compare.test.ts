import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareEvidence } from '../../../src/framework/evidence/compare.ts';
import type { EvidenceControl, EvidenceSnapshot } from '../../../src/framework/evidence/snapshot.ts';

const at = '2026-11-23T08:00:00.000Z';

const control = (
  key: string,
  noncompliant: number,
  compliant: number,
  more: Partial<EvidenceControl> = {},
): EvidenceControl => ({
  key,
  name: `Control ${key}`,
  assessment: 'SOC 2',
  set: 'CC6',
  domain: 'Identity',
  counts: { compliant, noncompliant, inconclusive: 0 },
  total: 10,
  week: { configurationData: 1, manual: 0, complianceCheck: compliant + noncompliant, userActivity: 2 },
  lastEvidence: '2026-11-22T00:00:00.000Z',
  link: null,
  at: null,
  status: null,
  severity: null,
  failing: [],
  suppressed: [],
  manual: false,
  usualDays: null,
  ...more,
});

const snapshot = (controls: EvidenceControl[]): EvidenceSnapshot => ({
  source: 'audit-manager',
  at,
  countedAt: at,
  assessments: [{ id: 'a', name: 'SOC 2', score: null }],
  controls,
  reviews: [],
  delegations: [],
  reports: [],
  changes: [],
  remarks: [],
  looks: [],
  seen: null,
});

const changesOf = (now: EvidenceControl[], before: EvidenceControl[] | null) =>
  Object.fromEntries(
    compareEvidence(snapshot(now), before === null ? null : snapshot(before)).controls.map(({ control, change }) => [
      control.key,
      change,
    ]),
  );

test('each way in which a control may change is told apart', () => {
  const before = [control('a', 1, 0), control('b', 0, 1), control('c', 3, 0), control('d', 2, 2), control('e', 1, 1)];
  const now = [control('a', 2, 0), control('b', 1, 0), control('c', 0, 3), control('e', 0, 0), control('f', 0, 5)];
  expect(changesOf(now, before)).toEqual({ a: 'open', b: 'new', c: 'fixed', d: 'removed', e: 'silent' });
});

test('the first run is a baseline', () => {
  expect(changesOf([control('a', 1, 0), control('b', 0, 1)], null)).toEqual({ a: 'baseline' });
});

test('evidence that never came and evidence that stopped are not the same', () => {
  const never = control('never', 0, 0, { total: 0, lastEvidence: null });
  const stopped = control('stopped', 0, 1, { lastEvidence: '2026-11-10T00:00:00.000Z' });
  const fresh = control('fresh', 0, 1);
  const found = compareEvidence(snapshot([never, stopped, fresh]), null);
  expect(found.withoutEvidence.map(({ key }) => key)).toEqual(['never']);
  expect(found.stopped.map(({ key }) => key)).toEqual(['stopped']);
});

test('what was not compliant, with new, without fixed, removed and silent, is what is not compliant: always', () => {
  const controls = fc.uniqueArray(
    fc.record({ key: fc.constantFrom(...'abcdefghij'), bad: fc.nat(2), good: fc.nat(2) }),
    { selector: ({ key }) => key },
  );
  fc.assert(
    fc.property(controls, controls, (then, now) => {
      const make = (list: typeof then) => list.map(({ key, bad, good }) => control(key, bad, good));
      const { controls: changes } = compareEvidence(snapshot(make(now)), snapshot(make(then)));
      const count = (change: string) => changes.filter((each) => each.change === change).length;
      const bad = (list: typeof then) => list.filter((each) => each.bad > 0).length;
      expect(bad(now)).toBe(bad(then) + count('new') - count('fixed') - count('removed') - count('silent'));
      expect(count('open') + count('new')).toBe(bad(now));
      expect(new Set(changes.map((each) => each.control.key)).size).toBe(changes.length);
    }),
  );
});

test('domains stand by the share of controls that are not compliant', () => {
  const found = compareEvidence(
    snapshot([
      control('a', 1, 0),
      control('b', 0, 1),
      control('c', 1, 0, { domain: 'Logging' }),
      control('d', 0, 1, { domain: 'Data' }),
    ]),
    null,
  );
  expect(found.domains).toEqual([
    { name: 'Logging', noncompliant: 1, total: 1 },
    { name: 'Identity', noncompliant: 1, total: 2 },
    { name: 'Data', noncompliant: 0, total: 1 },
  ]);
  expect(found.week).toEqual({ configurationData: 4, manual: 0, complianceCheck: 4, userActivity: 8 });
});
