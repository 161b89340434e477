import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { momentWords, readMoment, readSpan } from '../../src/questions/moments.ts';

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
    // As dashboards and other tools write it.
    ['-90m', '2026-11-24T09:00:00Z'],
    ['now-2h', '2026-11-24T08:30:00Z'],
    ['now - 1d', '2026-11-23T10:30:00Z'],
    ['PT1H30M', '2026-11-24T09:00:00Z'],
    ['P1D', '2026-11-23T10:30:00Z'],
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
    // With a zone of its own, in whichever form.
    ['10:00Z', '2026-11-24T10:00:00Z'],
    ['11:50 UTC', '2026-11-23T11:50:00Z'],
    ['11:50utc', '2026-11-23T11:50:00Z'],
    ['09:15 America/New_York', '2026-11-23T14:15:00Z'],
    ['14:00+05:30', '2026-11-24T08:30:00Z'],
    ['yesterday 14:00 GMT', '2026-11-23T14:00:00Z'],
    ['2026-11-23 11:50 UTC', '2026-11-23T11:50:00Z'],
    ['2026-11-23 11:50:07.123 +0200', '2026-11-23T09:50:07Z'],
    ['2026-11-23 23:30 EST', '2026-11-24T04:30:00Z'],
    ['2026-11-23T11:50+0100', '2026-11-23T10:50:00Z'],
    ['20261123T115000Z', '2026-11-23T11:50:00Z'],
    // As Trailwatch itself writes, as mails, access logs and CloudTrail do.
    ['Mon 23 Nov 2026 11:50', '2026-11-23T10:50:00Z'],
    ['23 Nov 08:44 (Europe/Prague)', '2026-11-23T07:44:00Z'],
    ['Mon, 23 Nov 2026 11:50:00 GMT', '2026-11-23T11:50:00Z'],
    ['23/Nov/2026:11:50:00 +0000', '2026-11-23T11:50:00Z'],
    ['Jul 10, 2026, 11:59:59 PM', '2026-07-10T21:59:59Z'],
    ['23.11.2026', '2026-11-22T23:00:00Z'],
    ['23.11.2026 14:00', '2026-11-23T13:00:00Z'],
    ['23. 11. 2026 14:00', '2026-11-23T13:00:00Z'],
    ['2026/11/23 2:30pm', '2026-11-23T13:30:00Z'],
    ['14:00 23 Nov', '2026-11-23T13:00:00Z'],
    ['3 days ago 14:00', '2026-11-21T13:00:00Z'],
    ['1795518000', '2026-11-24T11:00:00Z'],
    ['1795510800000', '2026-11-24T09:00:00Z'],
    ['1.5h', '2026-11-24T09:00:00Z'],
    ['2,5 hours ago', '2026-11-24T08:00:00Z'],
    ['last 3 days', '2026-11-21T10:30:00Z'],
    ['an hour ago', '2026-11-24T09:30:00Z'],
    ['2h ago UTC', '2026-11-24T08:30:00Z'],
    ['yesterday noon UTC', '2026-11-23T12:00:00Z'],
    ['Mon Nov 23 11:50:00 2026', '2026-11-23T10:50:00Z'],
    ['Mon Nov 23 11:50:00 UTC 2026', '2026-11-23T11:50:00Z'],
    // Parts of a day begin at a known hour.
    ['yesterday evening', '2026-11-23T17:00:00Z'],
    ['last night', '2026-11-23T21:00:00Z'],
    ['this morning', '2026-11-24T05:00:00Z'],
    ['evening', '2026-11-23T17:00:00Z'],
    ['Monday afternoon', '2026-11-23T11:00:00Z'],
    ['friday night UTC', '2026-11-20T22:00:00Z'],
    ['20 Nov morning', '2026-11-20T05:00:00Z'],
    // In summer time.
    ['2026-07-01 14:00', '2026-07-01T12:00:00Z'],
  ])('%s', (text, iso) => expect(readMoment(text, clock)?.at.toISOString()).toBe(new Date(iso).toISOString()));

  test.each([
    '',
    'soon',
    'fortnight',
    'some evening',
    'nightly',
    '25:00',
    '14',
    '2026-13-01',
    '31 Feb',
    '13pm',
    '11/23/2026',
    '--',
    'a'.repeat(3000),
    '--5h',
    'pt',
    'p',
  ])('no time: %j', (text) => expect(readMoment(text, clock)).toBeUndefined());

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
    return 'wrong' in read ? read.wrong.sentence : `${read.span.from.toISOString()} ${read.span.to.toISOString()}`;
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
    // Told from now back, the end is the last such time, not one of a month ago.
    ['30d', '05:00', '2026-10-25T10:30:00.000Z 2026-11-24T04:00:00.000Z'],
    ['12h', '05:00', '2026-11-23T22:30:00.000Z 2026-11-24T04:00:00.000Z'],
    // A part of a day ends where it does: the night on the next day.
    ['yesterday evening', 'yesterday evening', '2026-11-23T17:00:00.000Z 2026-11-23T22:59:59.999Z'],
    ['last night', 'last night', '2026-11-23T21:00:00.000Z 2026-11-24T04:59:59.999Z'],
    ['this morning', 'this morning', '2026-11-24T05:00:00.000Z 2026-11-24T10:30:00.000Z'],
    ['11:50 UTC', '12:10 UTC', '2026-11-23T11:50:00.000Z 2026-11-23T12:10:00.000Z'],
  ])('since %s until %s', (since, until, expected) => expect(span(since, until)).toBe(expected));

  test.each([
    ['2h', '24h', /is not after the beginning/],
    ['2026-12-24', undefined, /in the future/],
    ['2h', '2027-01-01', /in the future/],
    ['soon', undefined, /do not understand the time --since "soon"/],
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
        expect(read.span.from < read.span.to).toBe(true);
        expect(read.span.to <= clock.now).toBe(true);
      }),
    );
  });
});

describe('a night in which the clock is moved', () => {
  const at = (now: string, zone: string, since: string, until: string) => {
    const read = readSpan(since, until, hour, { now: new Date(now), zone });
    return 'wrong' in read ? read : { ...read.span, notes: read.notes };
  };
  test('a time that was not there is the moment in which the clock went on', () => {
    const read = at('2026-10-10T00:00:00Z', 'Australia/Sydney', '2026-10-04 02:30', '2026-10-04 03:30');
    expect(read).toMatchObject({
      from: new Date('2026-10-03T16:00:00Z'),
      to: new Date('2026-10-03T16:30:00Z'),
      notes: [
        expect.stringMatching(/^The clock went on over 02:30 on 4 Oct 2026 \(Australia\/Sydney\): 03:00 is meant/),
      ],
    });
  });
  test('a time that was there twice begins at its first and ends at its second', () => {
    const read = at('2026-11-10T00:00:00Z', 'Europe/Prague', '2026-10-25 02:30', '2026-10-25 02:30');
    expect(read).toMatchObject({
      from: new Date('2026-10-25T00:30:00Z'),
      to: new Date('2026-10-25T01:30:00Z'),
      notes: [expect.stringMatching(/^The clock showed 02:30 twice on 25 Oct 2026/)],
    });
  });
});
