import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cadenceOf,
  onlyGrows,
  samplesToGrow,
  streamKey,
  streamOf,
  streamsOf,
  widest,
} from '../../src/alerts/cadence.ts';

const week = 168;
const floor = 6;
/** A Monday, 00:00. */
const monday = 168 * 2900;
const hours = (from: number, until: number) => Array.from({ length: until - from }, (_, n) => from + n);
const awakeFor = (weeks: number, more = 0) => new Set(hours(monday, monday + weeks * week + more));

/** The hours of some weeks that `comes` picks, by the hour of the week. */
const heardOver = (weeks: number, comes: (hourOfWeek: number, week: number) => boolean): number[] =>
  hours(0, weeks * week)
    .filter((hour) => comes(hour % week, Math.floor(hour / week)))
    .map((hour) => monday + hour);

/** When a stream that stops at the end of `heard` is silent, in hours after its last; undefined: not within `within`. */
function silentAfter(heard: readonly number[], awake: ReadonlySet<number>, within = 400): number | undefined {
  const last = heard.at(-1) ?? 0;
  return hours(1, within).find((h) => cadenceOf(heard, awake, { now: last + 1 + h, floor }).state === 'silent');
}

const office = (hour: number) => hour < 5 * 24 && hour % 24 >= 8 && hour % 24 < 18;

describe('a stream that falls silent', () => {
  test('every hour: it is silent after the floor', () => {
    expect(
      silentAfter(
        heardOver(4, () => true),
        awakeFor(4, 400),
      ),
    ).toBe(floor);
  });

  test('in office hours: a night and a weekend are as ever, and on the next working day it is missed', () => {
    const heard = heardOver(4, office);
    // The last came on Friday at 17:00; Monday 08:00 is 63 hours later.
    const after = silentAfter(heard, awakeFor(4, 400)) ?? 0;
    expect(after).toBeGreaterThan(62);
    expect(after).toBeLessThanOrEqual(62 + floor + 1);
  });

  test('once a day at the same time: a jitter of some hours is no silence, the day after it is', () => {
    const heard = heardOver(4, (hour) => hour % 24 === 3);
    const after = silentAfter(heard, awakeFor(4, 400)) ?? 0;
    expect(after).toBeGreaterThanOrEqual(24 + floor - 1);
    expect(after).toBeLessThan(48);
  });

  test('one holiday in the weeks before hides nothing', () => {
    const heard = heardOver(5, (hour, n) => office(hour) && !(n === 2 && hour < 24));
    expect(silentAfter(heard, awakeFor(5, 400)) ?? 999).toBeLessThanOrEqual(62 + floor + 1);
  });

  test('in the first weeks, before the hours are known, the longest gap so far is no silence', () => {
    expect(silentAfter(heardOver(2, office), awakeFor(2, 400), 120)).toBeUndefined();
    expect(
      silentAfter(
        heardOver(2, () => true),
        awakeFor(2, 400),
      ),
    ).toBe(floor + 2);
  });
});

test('too little is known of what is new, seldom, or over already', () => {
  const learning = (heard: number[]) =>
    expect(cadenceOf(heard, awakeFor(30), { now: monday + 20 * week, floor }).state).toBe('learning');
  learning([]);
  learning(hours(monday, monday + 30));
  learning(heardOver(6, (hour) => hour === 8 || hour === 80));
});

test('own absence is no silence, neither now nor among what is learned', () => {
  const heard = heardOver(4, () => true);
  const last = heard.at(-1) ?? 0;
  // Down for three days from the last message on, then an hour of running.
  const awake = new Set([...awakeFor(4), last + 73]);
  expect(cadenceOf(heard, awake, { now: last + 74, floor })).toMatchObject({ state: 'heard', quiet: 1 });
  const [from, until] = [monday + week, monday + week + 50];
  const absent = (hour: number) => hour >= from && hour < until;
  const without = new Set([...awakeFor(4, 400)].filter((hour) => !absent(hour)));
  expect(
    silentAfter(
      heard.filter((hour) => !absent(hour)),
      without,
    ),
  ).toBe(floor);
});

/** Arrivals at random: each hour with the same chance, from a seed. */
function random(seed: number, chance: number, weeks: number): number[] {
  let state = seed + 1;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return heardOver(weeks, () => next() < chance);
}

test('what comes at random is seldom called silent while it goes on: less than twice in a year of a stream', () => {
  let [alarms, years] = [0, 0];
  for (const chance of [0.05, 0.1, 0.3, 0.7])
    for (let seed = 0; seed < 4; seed += 1) {
      const all = random(seed * 97, chance, 14);
      const awake = awakeFor(15);
      let silent = false;
      for (let now = monday + 4 * week; now < monday + 14 * week; now += 12) {
        const heard = all.filter((hour) => hour < now && hour >= now - 6 * week);
        const is = cadenceOf(heard, awake, { now, floor }).state === 'silent';
        if (is && !silent) alarms += 1;
        silent = is;
      }
      years += 10 / 52;
    }
  expect(alarms / years).toBeLessThan(2);
});

test('whatever was heard: the longer it is quiet the more it is overdue, what just came is not, and the floor holds', () => {
  const stream = fc.record({
    seed: fc.nat(),
    chance: fc.double({ min: 0.02, max: 1, noNaN: true }),
    weeks: fc.integer({ min: 1, max: 6 }),
    floor: fc.integer({ min: 1, max: 48 }),
    asleep: fc.uniqueArray(fc.nat(1500), { maxLength: 200 }),
  });
  fc.assert(
    fc.property(stream, ({ seed, chance, weeks, floor, asleep }) => {
      const heard = random(seed, chance, weeks);
      const last = heard.at(-1);
      if (last === undefined) return;
      const sleeping = new Set(asleep.map((hour) => monday + hour));
      const awake = new Set([...awakeFor(weeks, 500)].filter((hour) => !sleeping.has(hour)));
      const at = (now: number) => cadenceOf(heard, awake, { now, floor });
      expect(at(last + 1).quiet).toBe(0);
      let before = 0;
      for (let now = last + 1; now < last + 300; now += 7) {
        const cadence = at(now);
        expect(cadence.quiet).toBeLessThanOrEqual(now - last - 1);
        if (cadence.state === 'learning') continue;
        expect(cadence.overdue).toBeGreaterThanOrEqual(before);
        expect(cadence.overdue).toBeLessThanOrEqual(cadence.quiet);
        expect(cadence.limit).toBeGreaterThanOrEqual(floor);
        expect(cadence.state === 'silent').toBe(cadence.overdue >= cadence.limit);
        before = cadence.overdue;
      }
    }),
    { numRuns: 60 },
  );
});

test('a stream is known by its key', () => {
  const streams = [
    { kind: 'topic' as const, topic: 'arn:aws:sns:eu-west-1:111122223333:alerts' },
    ...streamsOf({ source: 'guardduty', account: '111122223333' }),
  ];
  expect(streams).toHaveLength(4);
  for (const stream of streams) expect(streamOf(streamKey(stream))).toEqual(stream);
  expect(streamsOf({ source: 'guardduty', account: 'not one' })).toEqual([{ kind: 'source', source: 'guardduty' }]);
  expect(streamsOf({ source: 'trailwatch', account: '111122223333' })).toEqual([]);
  expect(streamOf('awake')).toBeUndefined();
});

test('of what fell silent only the widest is told', () => {
  const [a, b] = ['arn:aws:sns:eu-west-1:1:a', 'arn:aws:sns:eu-west-1:1:b'];
  const narrow = 'source guardduty in 111122223333';
  expect(widest([narrow], [a])).toEqual([narrow]);
  expect(widest([narrow, 'source guardduty'], [a])).toEqual(['source guardduty']);
  expect(widest([narrow, 'account 111122223333'], [a])).toEqual(['account 111122223333']);
  expect(widest([narrow, 'source guardduty', `topic ${a}`], [a, b])).toEqual(['source guardduty', `topic ${a}`]);
  expect(widest([narrow, 'source guardduty', `topic ${a}`, `topic ${b}`], [a, b])).toEqual([
    `topic ${a}`,
    `topic ${b}`,
  ]);
});

test('a queue only grows when it is never empty and never became shorter for half an hour', () => {
  const growing = hours(1, 1 + samplesToGrow);
  expect(onlyGrows(growing)).toBe(true);
  expect(onlyGrows([9, 0, ...growing])).toBe(true);
  expect(onlyGrows(growing.slice(1))).toBe(false);
  expect(onlyGrows(growing.map(() => 5))).toBe(false);
  expect(onlyGrows([...growing.slice(0, -1), 1])).toBe(false);
  expect(onlyGrows([0, 0, 0, 0, 0, 0, 1])).toBe(false);
});
