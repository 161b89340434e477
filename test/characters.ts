import fc from 'fast-check';

const surrogates = { first: 0xd800, count: 0x800 };

/**
 * Any character of Unicode: what `fc.string({ unit: 'binary' })` is made of, in the same shares. That one makes a map of
 * all the million to shrink by, which takes a second and 186 MB in each process.
 */
export const anyCharacter = fc.nat({ max: 0x10ffff - surrogates.count }).map(
  (place) => String.fromCodePoint(place < surrogates.first ? place : place + surrogates.count),
  (character) => {
    const code = typeof character === 'string' ? (character.codePointAt(0) ?? -1) : -1;
    if (code < 0 || String.fromCodePoint(code) !== character) throw new Error('This is not one character.');
    return code < surrogates.first ? code : code - surrogates.count;
  },
);
