import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitting } from '../../src/alerts/mask.ts';

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value), 'utf8');

/** Texts longer than each bound of `fitting`, of characters that are one to six bytes in JSON. */
const text = fc
  .tuple(fc.constantFrom('a', '"', '\u0000', 'ž', '漢', '😀', '\ud800'), fc.integer({ min: 0, max: 3000 }))
  .map(([character, length]) => character.repeat(length));

/** JSON as a payload may hold it: long lists, many keys and long texts, some levels deep. */
const long = fc.tuple(text, fc.integer({ min: 0, max: 150 })).map(([item, length]) => Array(length).fill(item));
const wide = fc
  .tuple(text, fc.integer({ min: 0, max: 150 }))
  .map(([item, length]) => Object.fromEntries(Array.from({ length }, (_, number) => [`key ${number}`, item])));
const leaf = fc.oneof(text, long, wide, fc.constantFrom(null, true, 0.1, 1e300));
const json = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 4 }),
  fc.dictionary(fc.string({ maxLength: 10 }), leaf, { maxKeys: 4 }),
);

test('a payload that is kept never exceeds its bound, and is kept as it came where it fits', () => {
  fc.assert(
    fc.property(json, fc.integer({ min: 100, max: 70_000 }), (value, maxBytes) => {
      const kept = fitting(value, maxBytes);
      expect(bytesOf(kept)).toBeLessThanOrEqual(maxBytes);
      if (bytesOf(value) <= maxBytes) expect(kept).toBe(value);
      // The bound alone decides: a value fits exactly at its own size.
      expect(fitting(value, Math.max(100, bytesOf(value)))).toBe(value);
    }),
    { numRuns: 60 },
  );
});

test('what is cut keeps its shape as long as that fits, and says that it was cut', () => {
  const records = Array.from({ length: 150 }, (_, number) => ({ number, note: 'x'.repeat(2500) }));
  expect(fitting({ records: records.slice(0, 20) }, 45_000)).toMatchObject({
    records: [{ number: 0, note: `${'x'.repeat(2000)}…` }, ...Array(19).fill({})],
  });
  expect(fitting({ records }, 10_000)).toMatchObject({ records: expect.arrayContaining(['… 130 more']) });
  expect(fitting({ records }, 1_000)).toMatchObject({
    truncated: true,
    start: expect.stringMatching(/^\{"records":\[/),
  });
});
