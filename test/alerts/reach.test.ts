import { expect, test } from 'vitest';
import { lateRules, type Reach, waysTo } from '../../src/alerts/reach.ts';
import { severities } from '../../src/alerts/severity.ts';

const reach: Reach = {
  rules: [
    { way: 'ntfy:ana', afterMs: 0, from: 'medium' },
    { way: 'voice:+420123456789', afterMs: 5 * 60_000, from: 'high' },
  ],
  quietHours: { from: 22 * 60, to: 7 * 60, timezone: 'Europe/Prague' },
};
const noon = new Date('2027-03-27T11:00:00Z');

test('each severity has its ways in their order, and who chose none has none', () => {
  const ways = Object.fromEntries(severities.map((each) => [each, waysTo(reach, each, noon).map(({ way }) => way)]));
  expect(ways).toEqual({
    critical: ['ntfy:ana', 'voice:+420123456789'],
    high: ['ntfy:ana', 'voice:+420123456789'],
    medium: ['ntfy:ana'],
    low: [],
    info: [],
  });
  expect(waysTo(undefined, 'critical', noon)).toEqual([]);
});

test('in quiet hours by their own clock only what is critical takes another way, in the night of the clock change too', () => {
  // 21:59 and 22:00 in Prague; then 06:59 and 07:00 after the clocks were put forward.
  const at = (time: string) => waysTo(reach, 'high', new Date(time)).length;
  expect(at('2027-03-27T20:59:00Z')).toBe(2);
  expect(at('2027-03-27T21:00:00Z')).toBe(0);
  expect(at('2027-03-28T04:59:00Z')).toBe(0);
  expect(at('2027-03-28T05:00:00Z')).toBe(2);
  expect(waysTo(reach, 'critical', new Date('2027-03-28T01:30:00Z'))).toHaveLength(2);
});

test('a rule that comes after the next level was called is named with the policy and its distance', () => {
  const step = (target: string, minutes: number) => ({ notify: [target], afterMs: minutes * 60_000 });
  const policies = new Map([
    ['fast', { steps: [step('schedule:a', 0), step('user:U0BEN', 3)], repeat: 0 }],
    ['slow', { steps: [step('schedule:a', 0), step('user:U0BEN', 15)], repeat: 0 }],
    ['last', { steps: [step('schedule:a', 0)], repeat: 0 }],
    ['pager', { steps: [step('pagerduty:a', 0), step('schedule:a', 1)], repeat: 0 }],
  ]);
  expect(lateRules(reach, policies)).toEqual([{ rule: reach.rules[1], policy: 'fast', gapMs: 3 * 60_000 }]);
});
