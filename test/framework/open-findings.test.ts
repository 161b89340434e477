import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Look } from '../../src/framework/looks.ts';
import { byAge, compareOpen, type OpenFinding, type OpenMemory, worstOpen } from '../../src/framework/open-findings.ts';

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

const read: Look[] = [{ region: 'eu-west-1', source: 'GuardDuty', state: 'read', reason: null }];
const denied: Look[] = [{ region: 'eu-west-1', source: 'GuardDuty', state: 'failed', reason: 'No.' }];
const changes = (compared: ReturnType<typeof compareOpen>) =>
  Object.fromEntries(compared.changes.map(({ finding: { key }, change }) => [key, change]));

test('what stood, with what came and without what was closed, is what stands: whoever answers', () => {
  const some = fc.uniqueArray(fc.constantFrom(...'abcdefgh')).map((keys) => keys.map((key) => finding(key, 1)));
  fc.assert(
    fc.property(fc.array(fc.option(some), { maxLength: 6 }), (weeks) => {
      let memory: OpenMemory | null = null;
      for (const now of weeks) {
        const stood: number = memory?.findings.length ?? 0;
        const compared = compareOpen(now ?? [], now === null ? denied : read, memory);
        const count = (...kinds: string[]) => compared.changes.filter(({ change }) => kinds.includes(change)).length;
        expect(compared.memory.findings).toHaveLength(stood + count('first-seen', 'new') - count('closed'));
        expect(count('open', 'not-seen', 'closed')).toBe(stood);
        // What was not read lets nothing be closed.
        if (now === null) expect(count('not-seen')).toBe(stood);
        memory = compared.memory;
      }
    }),
  );
});

test('the first look is no news, and what a denied Region held back is none when it is read again', () => {
  const first = compareOpen([finding('a', 1)], read, null);
  expect(changes(first)).toEqual({ a: 'first-seen' });
  const silent = compareOpen([], denied, first.memory);
  expect(changes(silent)).toEqual({ a: 'not-seen' });
  expect(changes(compareOpen([finding('a', 1), finding('b', 1)], read, silent.memory))).toEqual({
    a: 'open',
    b: 'new',
  });
  // A source that is switched off reads nothing, so it closes nothing.
  const off: Look[] = [{ region: 'eu-west-1', source: 'GuardDuty', state: 'off', reason: 'Off.' }];
  expect(changes(compareOpen([], off, first.memory))).toEqual({ a: 'not-seen' });
  // Another Region, or another source, is not this one.
  const elsewhere: Look[] = [{ region: 'us-east-1', source: 'GuardDuty', state: 'read', reason: null }];
  expect(changes(compareOpen([], elsewhere, first.memory))).toEqual({ a: 'not-seen' });
  expect(changes(compareOpen([], read, first.memory))).toEqual({ a: 'closed' });
});
