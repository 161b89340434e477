/** Where the tests' clock starts unless they are told otherwise: an hour of no special day. */
const usual = '2026-10-14T09:41:07.318Z';

/** Nights in which clocks are changed, in Europe, America and on Lord Howe Island; UTC, to the hour. */
const clockChanges = [
  '2026-10-25T01:00Z',
  '2027-03-28T01:00Z',
  '2027-03-14T07:00Z',
  '2027-11-07T06:00Z',
  '2027-04-03T15:00Z',
];
const dayMs = 86_400_000;

/**
 * An instant at which tests can run, every second one of a kind that breaks software: around a change of the clocks, the
 * end of a month, of a year, or a leap day. `random` returns numbers from 0 to 1.
 */
export function randomInstant(random: () => number): Date {
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T | undefined =>
    list[Math.floor(random() * list.length)];
  const around = (at: number, ms: number) => new Date(Math.floor(at + (2 * random() - 1) * ms));
  const month = Math.floor(random() * 36);
  switch (Math.floor(random() * 8)) {
    case 0:
      return around(Date.parse(pick(clockChanges) ?? usual), 3 * 3_600_000);
    case 1:
      return around(Date.UTC(2026, month), 3 * 3_600_000);
    case 2:
      return around(Date.UTC(2027 + (month % 3), 0), 3 * 3_600_000);
    case 3:
      return around(Date.UTC(2028, 1, 29, 12), dayMs / 2);
    default:
      return new Date(Date.UTC(2026, 0) + Math.floor(random() * 3 * 365 * dayMs));
  }
}

/** The instant that TRAILWATCH_TEST_NOW names: a time, `random`, or nothing. @throws Error for anything else */
export function instantOf(text = usual): Date {
  const at = text === 'random' ? randomInstant(Math.random) : new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new Error(`TRAILWATCH_TEST_NOW is "${text}": give a time (${usual}) or random.`);
  return at;
}
