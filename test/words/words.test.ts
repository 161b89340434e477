import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/words/durations.ts';
import { didYouMean, distance, nearest } from '../../src/words/nearest.ts';

describe('the nearest word', () => {
  test.each([
    ['severty', 'severity'],
    ['SEVERITY', 'severity'],
    ['sverity', 'severity'],
    ['accuont', 'account'],
    ['acc', 'account'],
    ['regoin', 'region'],
  ])('%s stands for %s', (typed, meant) => {
    expect(nearest(typed, ['severity', 'source', 'account', 'region'])).toBe(meant);
  });

  test('nothing near is nothing', () => {
    expect(nearest('xylophone', ['severity', 'source'])).toBeUndefined();
    expect(nearest('s', ['severity', 'source'])).toBeUndefined();
    expect(nearest('x'.repeat(100_000), ['severity'])).toBeUndefined();
    expect(didYouMean('xylophone', ['severity'])).toBe('');
    expect(didYouMean('severty', ['severity'])).toBe('; did you mean "severity"?');
  });

  test('distance is that of a metric on short words, and one edit is one', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(word, word, fc.nat(5), (a, b, place) => {
        expect(distance(a, a)).toBe(0);
        expect(distance(a, b)).toBe(distance(b, a));
        if (a !== b) expect(distance(a, b)).toBeGreaterThan(0);
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance(a, `${a.slice(0, place)}z${a.slice(place)}`)).toBe(1);
      }),
    );
    expect(distance('acb', 'abc')).toBe(1);
  });
});

describe('durations', () => {
  test.each([
    ['0m', 0],
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['2D', 172_800_000],
    ['1w', 604_800_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', '15', 'm', 'soon', '-5m', '1.5h', '30m1h', '15 minutes', '99999w', '1e3s'])('"%s" is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  test('in words, of at most two units', () => {
    expect(formatDuration(0)).toBe('0 seconds');
    expect(formatDuration(60_000)).toBe('1 minute');
    expect(formatDuration(5_400_000)).toBe('1 hour 30 minutes');
    expect(formatDuration(86_400_000 + 5000)).toBe('1 day');
    expect(formatDuration(999)).toBe('1 second');
    expect(formatDuration(parseDuration('1w1d1h1m') ?? 0)).toBe('1 week 1 day');
  });
});
