import { plural } from '../words/text.ts';
import { dayMs, hourMs } from '../words/time.ts';

/** A run as its operation is judged. */
export interface OperatedRun {
  run: number;
  /** The period that it is for; what somebody asked for has a name of its own. */
  period: string;
  startedAt: Date;
  /** Null: it is not finished. */
  doneAt: Date | null;
  asked: number;
  answered: number;
  reviewedAt: Date | null;
  reviewedBy: string | null;
  outcome: string | null;
  /** Files that are kept of it, and those that were not sent. */
  files: number;
  unsent: number;
}

type PeriodState = 'missed' | 'unfinished' | 'late' | 'on time';

/** One time at which a digest was due, with the run that answers for it. */
interface OperatedPeriod {
  due: Date;
  period: string;
  state: PeriodState;
  run: OperatedRun | null;
}

/** How a digest operated over some time: what an assessor of operating effectiveness asks for. */
export interface Operation {
  periods: readonly OperatedPeriod[];
  due: number;
  missed: number;
  unfinished: number;
  late: number;
  onTime: number;
  /** Runs that somebody signed off (refusals too), and how many days that took, in the middle; null: none was. */
  reviewed: number;
  reviewDays: number | null;
  unreviewed: number;
  /** Runs with an account that gave no answer, and those with files that were not sent. */
  withGaps: number;
  unsent: number;
}

/** A run that begins later than this after it was due is late. */
const graceMs = hourMs;

/** How a digest operated: each time at which it was due, and the run of that period. Due = missed + unfinished + late + on time. */
export function operation(periods: readonly { at: Date; name: string }[], runs: readonly OperatedRun[]): Operation {
  const byPeriod = new Map(runs.map((run) => [run.period, run]));
  const judged = periods.map(({ at, name }): OperatedPeriod => {
    const run = byPeriod.get(name) ?? null;
    return { due: at, period: name, state: stateOf(at, run), run };
  });
  const count = (state: PeriodState): number => judged.filter((one) => one.state === state).length;
  const made = judged.flatMap(({ run }) => (run === null ? [] : [run]));
  const waits = made
    .flatMap(({ reviewedAt, doneAt, startedAt }) =>
      reviewedAt === null ? [] : [(reviewedAt.getTime() - (doneAt ?? startedAt).getTime()) / dayMs],
    )
    .sort((a, b) => a - b);
  return {
    periods: judged,
    due: judged.length,
    missed: count('missed'),
    unfinished: count('unfinished'),
    late: count('late'),
    onTime: count('on time'),
    reviewed: waits.length,
    reviewDays: waits[Math.floor(waits.length / 2)] ?? null,
    unreviewed: made.length - waits.length,
    withGaps: made.filter(({ asked, answered }) => answered < asked).length,
    unsent: made.filter(({ unsent }) => unsent > 0).length,
  };
}

function stateOf(due: Date, run: OperatedRun | null): PeriodState {
  if (run === null) return 'missed';
  if (run.doneAt === null) return 'unfinished';
  return run.startedAt.getTime() - due.getTime() > graceMs ? 'late' : 'on time';
}

/** A finding that is tracked from run to run, as far as mending is judged. */
export interface Mended {
  /** ISO 8601. */
  firstSeen: string;
  closed: { at: string; how: string } | null;
}

/** How long it took to fix what was fixed since a time, and how long the oldest open one stands; in days, null: there is none. */
export function mending(
  tracked: Iterable<Mended>,
  since: Date,
  now: Date,
): { fixed: number; meanDays: number | null; open: number; oldestDays: number | null } {
  let [fixed, total, open, oldest] = [0, 0, 0, 0];
  for (const { firstSeen, closed } of tracked) {
    const began = Date.parse(firstSeen);
    if (closed === null) {
      open += 1;
      oldest = Math.max(oldest, now.getTime() - began);
    } else if (closed.how === 'fixed' && Date.parse(closed.at) >= since.getTime()) {
      fixed += 1;
      total += Date.parse(closed.at) - began;
    }
  }
  return {
    fixed,
    meanDays: fixed === 0 ? null : total / fixed / dayMs,
    open,
    oldestDays: open === 0 ? null : oldest / dayMs,
  };
}

/** How a digest operated, in one sentence whose numbers add up. */
export function operationSentence(of: Operation): string {
  const part = (n: number, words: string): string[] => (n === 0 ? [] : [`${n} ${words}`]);
  const states = [
    ...part(of.onTime, 'on time'),
    ...part(of.late, 'late'),
    ...part(of.unfinished, 'unfinished'),
    ...part(of.missed, 'missed'),
  ];
  const days = of.reviewDays === null ? '' : `, in the middle after ${of.reviewDays.toFixed(1)} days`;
  const more = [
    `${of.reviewed} signed off${days}`,
    ...part(of.unreviewed, 'not signed off'),
    ...part(of.withGaps, 'with accounts that gave no answer'),
    ...part(of.unsent, 'with files that were not sent'),
  ];
  return `${plural(of.due, 'time')} due${states.length === 0 ? '' : `: ${states.join(', ')}`}; ${more.join(', ')}.`;
}

/** How findings were mended, in a sentence. */
export const mendingSentence = ({ fixed, meanDays, open, oldestDays }: ReturnType<typeof mending>): string =>
  `Credential findings: ${fixed} fixed${meanDays === null ? '' : `, on average after ${meanDays.toFixed(1)} days`}; ${open} open${oldestDays === null ? '' : `, the oldest for ${Math.floor(oldestDays)} days`}.`;
