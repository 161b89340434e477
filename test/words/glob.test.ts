import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globCovers, globLiteral, globMatches } from '../../src/words/glob.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '?'), maxLength: 6 });

/** The same meaning, told to another engine. */
const byRegExp = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`).test(text);

test('a pattern means what it means as a regular expression', () => {
  fc.assert(
    fc.property(patterns, letters, (pattern, text) => globMatches(pattern, text) === byRegExp(pattern, text)),
    {
      numRuns: 2000,
    },
  );
});

test('case does not count, and a backslash takes the meaning off a star', () => {
  expect(globMatches('PROD-*', 'prod-web')).toBe(true);
  expect(globMatches('prod-\\*', 'prod-web')).toBe(false);
  expect(globMatches('prod-\\*', 'prod-*')).toBe(true);
});

test('a literal pattern matches its own text, and of texts of that length no other', () => {
  fc.assert(
    fc.property(patterns, letters, (text, other) => {
      expect(globMatches(globLiteral(text), text)).toBe(true);
      expect(globMatches(globLiteral(text), other)).toBe(text === other);
    }),
  );
});

test('a pattern that covers another matches all that the other matches', () => {
  let covered = 0;
  fc.assert(
    fc.property(patterns, patterns, letters, (wide, narrow, text) => {
      if (!globCovers(wide, narrow) || !globMatches(narrow, text)) return;
      covered++;
      expect(globMatches(wide, text)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
  expect(covered).toBeGreaterThan(100);
});

test('a pattern made to be slow is not', () => {
  const before = performance.now();
  expect(globMatches(`${'*a'.repeat(100)}b`, 'a'.repeat(20_000))).toBe(false);
  expect(performance.now() - before).toBeLessThan(2000);
});
