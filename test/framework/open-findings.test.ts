import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Look, offSentences, switchedOff } from '../../src/framework/looks.ts';
import {
  byAge,
  compareOpen,
  type OpenFinding,
  type OpenMemory,
  oncePerResource,
  worstOpen,
} from '../../src/framework/open-findings.ts';

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
const none = new Set<string>();
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
        const compared = compareOpen(now ?? [], now === null ? denied : read, none, memory);
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
  const first = compareOpen([finding('a', 1)], read, none, null);
  expect(changes(first)).toEqual({ a: 'first-seen' });
  const silent = compareOpen([], denied, none, first.memory);
  expect(changes(silent)).toEqual({ a: 'not-seen' });
  expect(changes(compareOpen([finding('a', 1), finding('b', 1)], read, none, silent.memory))).toEqual({
    a: 'open',
    b: 'new',
  });
  // A source that is switched off reads nothing, so it closes nothing.
  const off: Look[] = [{ region: 'eu-west-1', source: 'GuardDuty', state: 'off', reason: 'Off.' }];
  expect(changes(compareOpen([], off, none, first.memory))).toEqual({ a: 'not-seen' });
  // Another Region, or another source, is not this one.
  const elsewhere: Look[] = [{ region: 'us-east-1', source: 'GuardDuty', state: 'read', reason: null }];
  expect(changes(compareOpen([], elsewhere, none, first.memory))).toEqual({ a: 'not-seen' });
  expect(changes(compareOpen([], read, none, first.memory))).toEqual({ a: 'closed' });
  // What was archived is told apart from what is gone.
  expect(changes(compareOpen([], read, new Set(['a']), first.memory))).toEqual({ a: 'archived' });
});

test('a detector or analyzer that was deleted or suspended closes nothing, while another one looks', () => {
  const reads = (...readers: string[]): Look[] => [{ ...look, readers }];
  const look = { region: 'eu-west-1', source: 'GuardDuty', state: 'read', reason: null } as const;
  const first = compareOpen([finding('old/1', 1), finding('unused/1', 1)], reads('old/', 'unused/'), none, null);
  const second = compareOpen([], reads('unused/'), none, first.memory);
  expect(changes(second)).toEqual({ 'old/1': 'not-seen', 'unused/1': 'closed' });
  // A source that was switched off is told once, and what it finds when it is on again is no news.
  const off: Look[] = [{ ...look, state: 'off', reason: 'Off.' }];
  expect(switchedOff('111122223333', off, first.memory.seen ?? [])).toHaveLength(1);
  const dark = compareOpen([], off, none, first.memory);
  expect(switchedOff('111122223333', off, dark.memory.seen ?? [])).toEqual([]);
  expect(changes(compareOpen([finding('new/1', 1)], reads('new/'), none, dark.memory))).toMatchObject({
    'new/1': 'first-seen',
    'old/1': 'not-seen',
  });
});

test('what an analyzer of the organization and the account’s own tell is told once, and where the first looks nothing is off', () => {
  const of = (place: string, key: string) => ({ place, finding: { ...finding(key, 1), title: 'ExternalAccess' } });
  const own = of('111122223333', 'own/1');
  expect(oncePerResource([of('999999999999', 'all/1'), own])).toEqual([own]);
  expect(oncePerResource([of('999999999999', 'all/1')])).toHaveLength(1);
  const look = { region: 'eu-west-1', source: 'Access Analyzer', reason: null };
  const admin = { account: '999999999999', looks: [{ ...look, state: 'read' as const, organization: true }] };
  const member = { account: '111122223333', looks: [{ ...look, state: 'off' as const }] };
  expect(offSentences([member])).toHaveLength(1);
  expect(offSentences([admin, member])).toEqual([]);
});
