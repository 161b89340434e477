import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { instantOfWallTime, wallTimeAt, weekdayOf } from '../../src/words/wall-clock.ts';

/** Zones with clock changes of an hour, half an hour and two hours, by day and at midnight, both ways around the year. */
const zones = [
  'UTC',
  'Europe/Prague',
  'America/New_York',
  'America/Havana',
  'America/Santiago',
  'America/Nuuk',
  'America/Scoresbysund',
  'America/St_Johns',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Apia',
];
const wallOf = (text: string): number => Date.parse(`${text}Z`);
const atOf = (wall: string, zone: string): string => new Date(instantOfWallTime(wallOf(wall), zone)).toISOString();

describe('a time on the wall', () => {
  test.each([
    ['Europe/Prague', '2027-03-28T02:30', '2027-03-28T01:30'],
    ['America/New_York', '2027-03-14T02:30', '2027-03-14T07:30'],
    ['Australia/Lord_Howe', '2027-10-03T02:15', '2027-10-02T15:45'],
    ['Pacific/Chatham', '2027-09-26T03:00', '2027-09-25T14:15'],
    ['Antarctica/Troll', '2027-03-28T01:30', '2027-03-28T01:30'],
    ['Africa/Cairo', '2027-04-30T00:00', '2027-04-29T22:00'],
    ['America/Havana', '2027-03-14T00:00', '2027-03-14T05:00'],
    ['America/Santiago', '2027-09-05T00:00', '2027-09-05T04:00'],
    ['Asia/Beirut', '2027-03-28T00:30', '2027-03-27T22:30'],
    ['America/Scoresbysund', '2027-03-27T23:30', '2027-03-28T01:30'],
  ])('that %s skips, %s, is moved later by the gap', (zone, wall, at) => {
    expect(atOf(wall, zone)).toBe(`${at}:00.000Z`);
  });

  test.each([
    ['Europe/Prague', '2027-10-31T02:30', '2027-10-31T00:30'],
    ['America/New_York', '2027-11-07T01:30', '2027-11-07T05:30'],
    ['America/Santiago', '2027-04-03T23:30', '2027-04-04T02:30'],
    ['America/Nuuk', '2027-10-30T23:30', '2027-10-31T00:30'],
    ['Australia/Lord_Howe', '2027-04-04T01:45', '2027-04-03T14:45'],
  ])('that %s shows twice, %s, is the first', (zone, wall, at) => {
    expect(atOf(wall, zone)).toBe(`${at}:00.000Z`);
  });

  test('is what Temporal says, in any zone and year, and so is the way back', () => {
    const walls = fc.integer({ min: Date.UTC(2000, 0) / 60_000, max: Date.UTC(2040, 0) / 60_000 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), walls, (zone, minutes) => {
        const wall = minutes * 60_000;
        const plain = Temporal.PlainDateTime.from(new Date(wall).toISOString().slice(0, -1));
        expect(instantOfWallTime(wall, zone)).toBe(
          plain.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds,
        );
        const zoned = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO(zone);
        expect(wallTimeAt(wall, zone)).toBe(wallOf(zoned.toPlainDateTime().toString()));
        expect(weekdayOf(wall)).toBe(plain.dayOfWeek);
      }),
      { numRuns: 2000 },
    );
  });
});
