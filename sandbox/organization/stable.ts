import { createHash } from 'node:crypto';

/**
 * Hex digits that look random and are the same for the same words, in every run. From SHA-256 and not from
 * `random`, whose seed has 32 bits: ids of evidence are made by the ten thousand and must not meet.
 */
export const hexOf = (...words: (string | number)[]): string =>
  createHash('sha256').update(words.join('\n')).digest('hex');

export const uuidOf = (...words: (string | number)[]): string =>
  hexOf(...words).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** A whole number from 0 up to, not including, `end`. */
export const numberOf = (end: number, ...words: (string | number)[]): number =>
  Number.parseInt(hexOf(...words).slice(0, 12), 16) % end;

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
