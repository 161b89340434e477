import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTokens, readTyped, tokensOfArguments } from '../../src/words/typed.ts';

const flags = new Set(['errors']);

test.each([
  ['lookup user alice --since 24h', ['lookup', 'user', 'alice'], { since: '24h' }],
  ['lookup user alice —since 24h –errors', ['lookup', 'user', 'alice'], { since: '24h', errors: '' }],
  ['lookup user alice -since 24h', ['lookup', 'user', 'alice'], { since: '24h' }],
  ['--since=24h --errors x', ['x'], { since: '24h', errors: '' }],
  ['user “Ana Maria” ‘b c’', ['user', 'Ana Maria', 'b c'], {}],
  ['"never closed', ['never closed'], {}],
  ['a -1 "--since"', ['a', '-1', '--since'], {}],
  ['--since', [], { since: '' }],
  ['--since --errors x', ['x'], { since: '', errors: '' }],
  ['--since="yesterday 14:00" x', ['x'], { since: 'yesterday 14:00' }],
  ['—until=“14:30” x', ['x'], { until: '14:30' }],
])('%s', (line, words, options) => {
  const typed = readTyped(line, { flags });
  expect(typed.words).toEqual(words);
  expect(Object.fromEntries(typed.options)).toEqual(options);
});

test('an option takes as many words as make up its value', () => {
  const typed = readTyped('user alice --since yesterday 14:00 --until 14:30 bob', {
    flags,
    valueWords: (_, words) => (words[0] === 'yesterday' ? 2 : 1),
  });
  expect(typed.words).toEqual(['user', 'alice', 'bob']);
  expect(Object.fromEntries(typed.options)).toEqual({ since: 'yesterday 14:00', until: '14:30' });
});

test('any line can be read, and plain words come back as they were', () => {
  fc.assert(fc.property(fc.string(), (line) => void readTyped(line, { flags })));
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z0-9:/.]{1,12}$/)), (words) => {
      expect(readTyped(words.join(' ')).words).toEqual(words);
    }),
  );
});

test('arguments of a process are words already: a shell has read the quotes', () => {
  const typed = readTokens(tokensOfArguments(['lookup', 'user', 'ana maria', '--since=yesterday 14:00', '--errors']), {
    flags,
  });
  expect(typed.words).toEqual(['lookup', 'user', 'ana maria']);
  expect(Object.fromEntries(typed.options)).toEqual({ since: 'yesterday 14:00', errors: '' });
  // What holds a space is never taken for an option by its first letters.
  expect(readTokens(tokensOfArguments(['-- or so'])).options.size).toBe(0);
});
