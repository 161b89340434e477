import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { momentWords, readMoment, readSpan } from '../../src/commands/moments.ts';

// A Tuesday, 11:30 in Prague.
const clock = { now: new Date('2026-11-24T10:30:00Z'), zone: 'Europe/Prague' };
const hour = 3_600_000;

describe('a time as people write it', () => {
  test.each([
    ['now', '2026-11-24T10:30:00Z'],
    ['24h', '2026-11-23T10:30:00Z'],
    ['90 minutes', '2026-11-24T09:00:00Z'],
    ['2 hours ago', '2026-11-24T08:30:00Z'],
    ['1h30m', '2026-11-24T09:00:00Z'],
    ['10:00', '2026-11-24T09:00:00Z'],
    ['14:00', '2026-11-23T13:00:00Z'],
    ['2pm', '2026-11-23T13:00:00Z'],
    ['2:30 PM', '2026-11-23T13:30:00Z'],
    ['12am', '2026-11-23T23:00:00Z'],
    ['noon', '2026-11-23T11:00:00Z'],
    ['today', '2026-11-23T23:00:00Z'],
    ['yesterday', '2026-11-22T23:00:00Z'],
    ['yesterday 14:00', '2026-11-23T13:00:00Z'],
    ['Yesterday at 9am', '2026-11-23T08:00:00Z'],
    ['monday', '2026-11-22T23:00:00Z'],
    ['Tue', '2026-11-23T23:00:00Z'],
    ['last tuesday', '2026-11-16T23:00:00Z'],
    ['fri 18:30', '2026-11-20T17:30:00Z'],
    ['2026-11-23', '2026-11-22T23:00:00Z'],
    ['2026-11-23 14:00', '2026-11-23T13:00:00Z'],
    ['2026-11-23T14:00', '2026-11-23T13:00:00Z'],
    ['2026-11-23T14:00:00Z', '2026-11-23T14:00:00Z'],
    ['2026-11-23T14:00:00-05:00', '2026-11-23T19:00:00Z'],
    ['23 Nov', '2026-11-22T23:00:00Z'],
    ['Nov 23 14:00', '2026-11-23T13:00:00Z'],
    ['23 November 2025', '2025-11-22T23:00:00Z'],
    ['24 Dec', '2025-12-23T23:00:00Z'],
    // In summer time.
    ['2026-07-01 14:00', '2026-07-01T12:00:00Z'],
  ])('%s', (text, iso) => expect(readMoment(text, clock)?.at.toISOString()).toBe(new Date(iso).toISOString()));

  test.each(['', 'soon', '25:00', '14', '2026-13-01', '31 Feb', '13pm', '11/23/2026', '--', 'a'.repeat(3000), '-5h'])(
    'no time: %j',
    (text) => expect(readMoment(text, clock)).toBeUndefined(),
  );

  test('any text is read without throwing, and never as a time that is no time', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const moment = readMoment(text, clock);
        expect(moment === undefined || !Number.isNaN(moment.at.getTime())).toBe(true);
      }),
    );
  });

  test('what is written in ISO 8601 is that time, in every zone', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
        fc.constantFrom('Europe/Prague', 'America/New_York', 'Asia/Kolkata', 'UTC'),
        (at, zone) => {
          expect(readMoment(at.toISOString(), { ...clock, zone })?.at).toEqual(at);
        },
      ),
    );
  });

  test('as many words as make up one time', () => {
    expect(momentWords(['yesterday', '14:00', 'alice'])).toBe(2);
    expect(momentWords(['24h', 'alice'])).toBe(1);
    expect(momentWords(['alice', '24h'])).toBe(0);
    expect(momentWords(['2', 'hours', 'ago', 'alice'])).toBe(3);
  });
});

describe('a span', () => {
  const span = (since?: string, until?: string): string => {
    const read = readSpan(since, until, 24 * hour, clock);
    return 'wrong' in read ? read.wrong : `${read.from.toISOString()} ${read.to.toISOString()}`;
  };
  test.each([
    [undefined, undefined, '2026-11-23T10:30:00.000Z 2026-11-24T10:30:00.000Z'],
    ['2h', undefined, '2026-11-24T08:30:00.000Z 2026-11-24T10:30:00.000Z'],
    ['14:00', '14:30', '2026-11-23T13:00:00.000Z 2026-11-23T13:30:00.000Z'],
    ['saturday 14:00', '14:30', '2026-11-21T13:00:00.000Z 2026-11-21T13:30:00.000Z'],
    ['23:00', '1:00', '2026-11-23T22:00:00.000Z 2026-11-24T00:00:00.000Z'],
    ['yesterday 14:00', '+30m', '2026-11-23T13:00:00.000Z 2026-11-23T13:30:00.000Z'],
    ['2026-11-20', '2026-11-20', '2026-11-19T23:00:00.000Z 2026-11-20T22:59:59.999Z'],
    [undefined, 'yesterday 14:00', '2026-11-22T13:00:00.000Z 2026-11-23T13:00:00.000Z'],
    ['10:00', '11:45', '2026-11-24T09:00:00.000Z 2026-11-24T10:30:00.000Z'],
  ])('since %s until %s', (since, until, expected) => expect(span(since, until)).toBe(expected));

  test.each([
    ['2h', '24h', /is not after the beginning/],
    ['2026-12-24', undefined, /in the future/],
    ['2h', '2027-01-01', /in the future/],
    ['soon', undefined, /"soon" is no time/],
    ['2h', 'x'.repeat(3000), /^.{0,250}$/],
  ])('since %s until %s is told to make no sense', (since, until, expected) =>
    expect(span(since, until)).toMatch(expected),
  );

  test('a span never ends before it begins, nor after now', () => {
    const moment = fc.constantFrom(undefined, '5m', '24h', '14:00', '9am', 'yesterday', 'monday 10:00', '+2h', 'today');
    fc.assert(
      fc.property(moment, moment, (since, until) => {
        const read = readSpan(since, until, hour, clock);
        if ('wrong' in read) return;
        expect(read.from < read.to).toBe(true);
        expect(read.to <= clock.now).toBe(true);
      }),
    );
  });
});
