/** Numbers from 0 to 1 that a seed gives again. Source: "mulberry32", Tommy Ettinger, public domain. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What breaks readers, whatever they read. */
const usual = [
  ...[
    '',
    '\0',
    '\n',
    '\r\n',
    '\\',
    '"',
    "'",
    '`',
    '*',
    '?',
    '%',
    ',',
    ':',
    ';',
    '-',
    '—',
    '’',
    '\u202e',
    '\ud800',
    '🦊',
    '\ufeff',
  ],
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '0',
    '-1',
    '1e309',
    '99999999999999999999',
    '2147483648',
    'NaN',
    '__proto__',
    'constructor',
  ],
  ...[
    '9999-12-31T23:59:59Z',
    '+275760-09-13',
    '1970-01-01',
    '2026-02-30',
    '24:00',
    'arn:aws:iam::111122223333:root',
    '::1',
    '/33',
  ],
];

const longest = 20_000;

/** The text changed in one to four places; `other` is another one to take from, `words` what readers of it know. */
export function mutated(text: string, other: string, words: readonly string[], random: () => number): string {
  const below = (end: number) => Math.floor(random() * end);
  const token = () => {
    const from = words.length > 0 && random() < 0.6 ? words : usual;
    return from[below(from.length)] ?? '';
  };
  let changed = text;
  for (let left = 1 + below(4); left > 0; left -= 1) {
    const at = below(changed.length + 1);
    const end = Math.min(changed.length, at + below(random() < 0.8 ? 8 : changed.length + 1));
    const [before, middle, after] = [changed.slice(0, at), changed.slice(at, end), changed.slice(end)];
    const ways = [
      () => before + after,
      () => before + token() + after,
      () => before + token() + middle + after,
      () => before + middle.repeat(1 + below(random() < 0.1 ? 300 : 4)) + after,
      () => before + String.fromCodePoint(below(random() < 0.7 ? 128 : 0xffff)) + after,
      () => before + other.slice(below(other.length + 1)),
      () => before + other.slice(at, end) + after,
      // Another value in place of one of JSON, or another number.
      () =>
        changed.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|null|true/g, (value) => (below(12) === 0 ? token() : value)),
    ];
    changed = (ways[below(ways.length)]?.() ?? changed).slice(0, longest);
  }
  return changed;
}
