import fc from 'fast-check';
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { loadOf, unfair } from '../../../src/alerts/numbers/load.ts';
import type { Shift } from '../../../src/alerts/oncall/shifts.ts';

const shift = (from: string, to: string, ...users: string[]): Shift => ({
  from: new Date(from),
  to: new Date(to),
  users,
  layer: null,
  because: 'rotation',
});

test('hours of two schedules at once count once, and a call before the morning is of the night before', () => {
  const loads = loadOf(
    [
      { user: 'U0ANA', at: new Date('2026-10-24T21:30:00Z') },
      { user: 'U0ANA', at: new Date('2026-10-25T01:30:00Z') },
      { user: 'U0ANA', at: new Date('2026-10-25T12:00:00Z') },
      { user: 'U0BEN', at: new Date('2026-10-25T12:00:00Z') },
    ],
    [
      shift('2026-10-24T07:00:00Z', '2026-10-25T08:00:00Z', 'U0ANA'),
      shift('2026-10-24T20:00:00Z', '2026-10-25T10:00:00Z', 'U0ANA', 'U0CY'),
    ],
    (user) => (user === 'U0ANA' ? 'Europe/Prague' : 'Pacific/Auckland'),
  );
  expect(loads).toEqual([
    { user: 'U0ANA', onCallMs: 27 * 3_600_000, pages: 3, atNight: 2, nights: 1 },
    // Noon in Prague is after midnight in Auckland.
    { user: 'U0BEN', onCallMs: 0, pages: 1, atNight: 1, nights: 1 },
    { user: 'U0CY', onCallMs: 14 * 3_600_000, pages: 0, atNight: 0, nights: 0 },
  ]);
});

test('nights are those of a calendar on the wall, in every zone and over each change of clocks', () => {
  const zones = ['UTC', 'Europe/Prague', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Africa/Cairo'];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.array(fc.integer({ min: Date.UTC(2026, 9, 1), max: Date.UTC(2027, 4, 1) }), { maxLength: 30 }),
      (zone, times) => {
        const [load] = loadOf(
          times.map((at) => ({ user: 'U0ANA', at: new Date(at) })),
          [],
          () => zone,
        );
        const atNight = times
          .map((at) => DateTime.fromMillis(at, { zone }))
          .filter(({ hour }) => hour >= 22 || hour < 7);
        const nights = new Set(atNight.map((at) => (at.hour < 7 ? at.minus({ days: 1 }) : at).toISODate()));
        expect([load?.atNight ?? 0, load?.nights ?? 0]).toEqual([atNight.length, nights.size]);
      },
    ),
  );
});

test('whoever had much more of the nights than of the hours is named, unless there is too little to tell', () => {
  const load = (user: string, hours: number, atNight: number) => ({
    user,
    onCallMs: hours * 3_600_000,
    pages: atNight,
    atNight,
    nights: atNight,
  });
  expect(unfair([load('U0ANA', 100, 6), load('U0BEN', 100, 1)])).toEqual({ user: 'U0ANA', pages: 6 / 7, hours: 0.5 });
  expect(unfair([load('U0ANA', 100, 4), load('U0BEN', 100, 3)])).toBeUndefined();
  expect(unfair([load('U0ANA', 100, 4)])).toBeUndefined();
  expect(unfair([])).toBeUndefined();
});
