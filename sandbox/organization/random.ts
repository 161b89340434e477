/** A stream of numbers that is the same for the same seed. */
export interface Random {
  /** From 0 up to, but without, 1. */
  fraction: () => number;
  /** A whole number from 0 up to, but without, `limit`. */
  below: (limit: number) => number;
  chance: (probability: number) => boolean;
  /** @throws RangeError for an empty list */
  pick: <T>(list: readonly T[]) => T;
  hex: (digits: number) => string;
  uuid: () => string;
  /** An id as IAM makes them: the prefix (`ASIA`, `AROA`, `AIDA` …) and upper-case letters and digits. */
  iamId: (prefix: string, length?: number) => string;
}

/** The letters of IAM's ids: base 32. */
const letters = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
const hexDigits = Buffer.from('0123456789abcdef');
/** Where the next id is written; no id is longer. */
const scratch = Buffer.alloc(64);

/** 32 bits of a text, spread evenly (FNV-1a, then the finish of MurmurHash3); others for another basis. */
export function hash(text: string, basis = 0x811c9dc5): number {
  let bits = basis;
  for (let index = 0; index < text.length; index++) bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Numbers from a seed, by the generator "small fast counting" (sfc32). Not for secrets. */
export function random(seed: string): Random {
  // Three hashes: large organizations have millions of seeds, and no two of them may give the same ids.
  let a = hash(seed);
  let b = hash(seed, 0x9e3779b9);
  let c = hash(seed, 0x85ebca6b);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let warm = 0; warm < 8; warm++) next();
  /** Hexadecimal digits, as one flat string: hundreds of thousands of them are kept. */
  const hex = (digits: number, dashes: boolean): string => {
    let bits = 0;
    for (let index = 0; index < digits; index++) {
      if (index % 8 === 0) bits = next();
      const dash = dashes && (index === 8 || index === 13 || index === 18 || index === 23);
      scratch[index] = dash ? 45 : (hexDigits[bits & 15] ?? 48);
      bits >>>= 4;
    }
    return scratch.toString('latin1', 0, digits);
  };
  const below = (limit: number) => Math.floor((next() / 0x1_0000_0000) * limit);
  return {
    fraction: () => next() / 0x1_0000_0000,
    below,
    chance: (probability) => next() / 0x1_0000_0000 < probability,
    pick: (list) => {
      const picked = list[below(list.length)];
      if (picked === undefined) throw new RangeError('There is nothing to pick from.');
      return picked;
    },
    hex: (digits) => hex(digits, false),
    uuid: () => hex(36, true),
    iamId: (prefix, length = 20) => {
      scratch.write(prefix, 'latin1');
      let bits = 0;
      for (let index = prefix.length; index < length; index++) {
        if ((index - prefix.length) % 6 === 0) bits = next();
        scratch[index] = letters[bits & 31] ?? 65;
        bits >>>= 5;
      }
      return scratch.toString('latin1', 0, length);
    },
  };
}
