import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayName, formatSlackDate, localDateTime, zonedSeconds } from '../../../sandbox/page/blocks/dates.ts';

const prague = 'Europe/Prague';
const newYork = 'America/New_York';
/** 2026-11-23 23:30:05 UTC: already Tuesday in Prague, still Monday in New York. */
const at = Date.UTC(2026, 10, 23, 23, 30, 5) / 1000;
const now = new Date((at + 3600) * 1000);

const draw = (format: string, zone = prague, then = now) => formatSlackDate(String(at), format, 'fallback', then, zone);

describe('Slack date tokens', () => {
  test.each([
    ['{date_num}', '2026-11-24'],
    ['{date_slash}', '11/24/2026'],
    ['{date}', 'November 24th, 2026'],
    ['{date_short}', 'Nov 24, 2026'],
    ['{date_long}', 'Tuesday, November 24th, 2026'],
    ['{time}', '12:30 AM'],
    ['{time_secs}', '12:30:05 AM'],
    ['{date_pretty}', 'Today'],
    ['{ago}', '1 hour ago'],
    ['{date_short_pretty} at {time}', 'Today at 12:30 AM'],
    ['\u200b{date_short_pretty} at {time}', '\u200btoday at 12:30 AM'],
    ['posted {date_pretty}', 'Posted today'],
  ])('%s in Prague is %s', (format, drawn) => {
    expect(draw(format)).toBe(drawn);
  });

  test('the day is the one of the reader', () => {
    expect(draw('{date_short_pretty} at {time}', newYork)).toBe('Today at 6:30 PM');
    expect(draw('{date_short_pretty}', newYork, new Date((at + 24 * 3600) * 1000))).toBe('Yesterday');
    expect(draw('{date_short_pretty}', newYork, new Date((at - 24 * 3600) * 1000))).toBe('Tomorrow');
    expect(draw('{date_short_pretty}', newYork, new Date((at + 72 * 3600) * 1000))).toBe('Nov 23, 2026');
  });

  test('what is no time or no known token shows the fallback', () => {
    expect(formatSlackDate('soon', '{time}', 'fallback', now, prague)).toBe('fallback');
    expect(formatSlackDate('', '{time}', 'fallback', now, prague)).toBe('fallback');
    expect(draw('{constructor} {nothing}')).toBe('fallback');
  });

  test('days between messages have names', () => {
    expect(dayName(new Date(at * 1000), new Date((at + 48 * 3600) * 1000), newYork)).toBe('Monday, November 23rd');
    expect(dayName(new Date(at * 1000), now, newYork)).toBe('Today');
  });
});

describe('a datetime picker in the zone of the reader', () => {
  test('reads the wall clock on both sides of a change of clocks', () => {
    expect(zonedSeconds('2026-10-25T01:30', prague)).toBe(Date.UTC(2026, 9, 24, 23, 30) / 1000);
    expect(zonedSeconds('2026-10-25T03:30', prague)).toBe(Date.UTC(2026, 9, 25, 2, 30) / 1000);
    expect(zonedSeconds('', prague)).toBeUndefined();
  });

  test('shows the same minute that it reads, in every zone', () => {
    const zones = fc.constantFrom(prague, newYork, 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), zones, (seconds, zone) => {
        const shown = localDateTime(seconds, zone);
        const read = zonedSeconds(shown, zone) ?? 0;
        // The hour that comes twice in autumn may be read as its other self: it still shows the same.
        expect(localDateTime(read, zone)).toBe(shown);
        expect(Math.abs(read - (seconds - (seconds % 60)))).toBeLessThanOrEqual(3600);
      }),
    );
  });
});
