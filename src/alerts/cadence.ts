/** Something that is heard of again and again: a topic, an AWS source, an account, or one source in one account. */
export type Stream =
  | { kind: 'topic'; topic: string }
  | { kind: 'source'; source: string }
  | { kind: 'account'; account: string }
  | { kind: 'source in account'; source: string; account: string };

/** A stream as one text, the same for the same stream. */
export const streamKey = (stream: Stream): string =>
  stream.kind === 'topic'
    ? `topic ${stream.topic}`
    : stream.kind === 'source'
      ? `source ${stream.source}`
      : stream.kind === 'account'
        ? `account ${stream.account}`
        : `source ${stream.source} in ${stream.account}`;

/** The stream of a key; undefined for what is none. */
export function streamOf(key: string): Stream | undefined {
  const [, kind, name = '', account] = /^(topic|source|account) (\S+)(?: in (\S+))?$/.exec(key) ?? [];
  if (kind === 'topic') return { kind, topic: name };
  if (kind === 'account') return { kind, account: name };
  if (kind !== 'source') return undefined;
  return account === undefined ? { kind, source: name } : { kind: 'source in account', source: name, account };
}

/** Trailwatch's own sources say nothing about whether AWS is heard. */
const ownSources: ReadonlySet<string> = new Set(['trailwatch', 'framework', 'sns']);

/** The streams that a signal belongs to, its topic aside. */
export function streamsOf({ source, account }: { source: string; account?: string | undefined }): Stream[] {
  if (ownSources.has(source)) return [];
  const known = account !== undefined && /^\d{12}$/.test(account);
  return [
    { kind: 'source', source },
    ...(known
      ? [
          { kind: 'account' as const, account },
          { kind: 'source in account' as const, source, account },
        ]
      : []),
  ];
}

/** What is known of how often a stream is heard, and how it stands. All in whole hours. */
export type Cadence =
  /** Too little is known: nothing is said. */
  | { state: 'learning'; quiet: number }
  /**
   * `every`: the median time between two hours in which it was heard; `quiet`: for how long nothing came; `overdue`: for how
   * many of these hours it has been quieter than it ever is by then; `limit`: from how many on it is silent.
   */
  | { state: 'heard' | 'silent'; every: number; quiet: number; overdue: number; limit: number };

const week = 168;
/** Fewer hours with something in them, or a shorter time, teach nothing. */
const leastHours = 24;
const leastWeeks = 1;
/** What comes at random has ever longer gaps: with this margin one is taken for silence less than once in a year. */
const margin = 4;
/** From so many weeks on, each hour of the week is known by itself. */
const weeksToKnowHours = 3;
/** For how long streams are learned from, in hours. */
export const learnedHours = 6 * week;

/**
 * How a stream stands at the end of the hour before `now`. Times are hours since 1970, ascending: `heard` are those in which
 * something came, `awake` those in which Trailwatch ran; hours in which it did not are no silence, then or now.
 *
 * An hour is overdue when nothing has come for more than twice as long as is usual for this hour of the week (the median over the
 * weeks; before there are three, the median of all gaps). A stream is silent when it has been overdue for `floor` hours, and four
 * times as long as it ever was, one week left out: an outage or a holiday in the weeks before does not count.
 */
export function cadenceOf(
  heard: readonly number[],
  awake: ReadonlySet<number>,
  { now, floor }: { now: number; floor: number },
): Cadence {
  const [first, last] = [heard[0], heard.at(-1)];
  if (first === undefined || last === undefined) return { state: 'learning', quiet: 0 };
  const quiet = hoursBetween(last + 1, now, awake);
  const weeks = Math.floor((last + 1 - first) / week);
  if (weeks < leastWeeks || heard.length < leastHours) return { state: 'learning', quiet };

  const ages = agesOf(heard, awake);
  const gaps = heard.slice(1).map((hour, place) => hour - (heard[place] ?? hour));
  const every = Math.max(1, median(gaps));
  const known = weeks >= weeksToKnowHours;
  const usual = known ? byHourOfWeek(ages) : () => every;
  const runs = overdueRuns(ages, usual);
  const worst = runs.toSorted((a, b) => b - a)[known ? 1 : 0] ?? 0;
  const limit = Math.max(floor, margin * worst);
  const overdue = overdueNow({ last, now }, awake, usual);
  return { state: overdue >= limit ? 'silent' : 'heard', every, quiet, overdue, limit };
}

/** How many of the hours from `from` until before `until` Trailwatch ran. */
function hoursBetween(from: number, until: number, awake: ReadonlySet<number>): number {
  let hours = 0;
  for (let hour = from; hour < until; hour += 1) if (awake.has(hour)) hours += 1;
  return hours;
}

/** For how long nothing had come, of each hour between the first and the last that was heard; hours of our own absence are left out. */
function agesOf(heard: readonly number[], awake: ReadonlySet<number>): Map<number, number> {
  const came = new Set(heard);
  const ages = new Map<number, number>();
  const last = heard.at(-1) ?? 0;
  let age = 0;
  for (let hour = heard[0] ?? 0; hour <= last; hour += 1) {
    if (came.has(hour)) age = 0;
    else if (awake.has(hour)) age += 1;
    else continue;
    ages.set(hour, age);
  }
  return ages;
}

/** The usual age at each hour of the week. */
function byHourOfWeek(ages: ReadonlyMap<number, number>): (hour: number) => number {
  const samples = Array.from({ length: week }, (): number[] => []);
  for (const [hour, age] of ages) samples[hour % week]?.push(age);
  const usual = samples.map(median);
  return (hour) => usual[hour % week] ?? 0;
}

/** The longest stretch of overdue hours in each week. */
function overdueRuns(ages: ReadonlyMap<number, number>, usual: (hour: number) => number): number[] {
  const longest = new Map<number, number>();
  const [first = 0] = ages.keys();
  let run = 0;
  for (const [hour, age] of ages) {
    if (age === 0) run = 0;
    else if (isOverdue(age, usual(hour))) run += 1;
    const place = Math.floor((hour - first) / week);
    longest.set(place, Math.max(longest.get(place) ?? 0, run));
  }
  return [...longest.values()];
}

const isOverdue = (age: number, usual: number): boolean => age > 2 * usual;

function overdueNow(
  { last, now }: { last: number; now: number },
  awake: ReadonlySet<number>,
  usual: (hour: number) => number,
): number {
  let [age, overdue] = [0, 0];
  for (let hour = last + 1; hour < now; hour += 1) {
    if (!awake.has(hour)) continue;
    age += 1;
    if (isOverdue(age, usual(hour))) overdue += 1;
  }
  return overdue;
}

/** The lower one of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/**
 * Of streams that fell silent, those that no wider one explains: a source in an account is quiet because the source is, or the
 * account; and where no topic is heard any more, that is all there is to say.
 */
export function widest(silent: readonly string[], topics: readonly string[]): string[] {
  const all = new Set(silent);
  const deaf = topics.length > 0 && topics.every((topic) => all.has(streamKey({ kind: 'topic', topic })));
  return silent.filter((key) => {
    const stream = streamOf(key);
    if (stream?.kind === 'topic') return true;
    if (deaf || stream === undefined) return false;
    return (
      stream.kind !== 'source in account' ||
      !(all.has(`source ${stream.source}`) || all.has(`account ${stream.account}`))
    );
  });
}

/** So many samples of how many messages wait in a queue tell whether it only grows. */
export const samplesToGrow = 7;

/** Whether a queue only grows: never empty, never shorter than before, and longer than at the first of these samples. */
export function onlyGrows(lengths: readonly number[]): boolean {
  const latest = lengths.slice(-samplesToGrow);
  const [first = 0] = latest;
  return (
    latest.length === samplesToGrow &&
    first > 0 &&
    latest.every((length, place) => length >= (latest[place - 1] ?? 0)) &&
    (latest.at(-1) ?? 0) > first
  );
}
