import { wallTimeAt } from '../../words/wall-clock.ts';
import type { Spell } from './spells.ts';

/** By what spells are told apart. */
export const groupings = ['severity', 'source', 'account', 'hour', 'level', 'person', 'policy', 'reason'] as const;

export type Grouping = (typeof groupings)[number];

/** The middle of some numbers; of two in the middle, their mean. Null for none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** The smallest of some numbers that nine of ten do not exceed (nearest rank). Null for none. */
export function nineTenths(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? null;
}

/** Of fewer times than this the middle says nothing of the next one, and of fewer than ten the slowest tenth is no time at all. */
export const fewest = { median: 5, nineTenths: 10 } as const;

/** Times in milliseconds, and how many there were; null: too few to say. */
export interface Times {
  count: number;
  median: number | null;
  nineTenths: number | null;
}

const timesOf = (values: readonly number[]): Times => ({
  count: values.length,
  median: values.length < fewest.median ? null : median(values),
  nineTenths: values.length < fewest.nineTenths ? null : nineTenths(values),
});

export interface Measures {
  /** Spells that asked people for something. */
  spells: number;
  /** From the beginning of a spell to its first acknowledgement, of those that were acknowledged. */
  acknowledge: Times;
  /** To its end, of those that ended. */
  resolve: Times;
  /** Of those that somebody acknowledged or that called the second level: how many were acknowledged before that. */
  inTime: { count: number; of: number };
  /** Neither acknowledged nor over. */
  untouched: number;
}

/** Spells as they are counted; memory grows by two numbers a spell. */
export class Tally {
  #spells = 0;
  #untouched = 0;
  #inTime = { count: 0, of: 0 };
  readonly #acknowledge: number[] = [];
  readonly #resolve: number[] = [];

  add({ began, acknowledged, ended, level, exhausted }: Spell): void {
    this.#spells += 1;
    const after = ({ at }: { at: Date }): number => Math.max(0, at.getTime() - began.getTime());
    if (acknowledged !== null) this.#acknowledge.push(after(acknowledged));
    if (ended !== null) this.#resolve.push(after(ended));
    if (acknowledged === null && ended === null) this.#untouched += 1;
    const escalated = level > 1 || exhausted;
    if (acknowledged === null && !escalated) return;
    this.#inTime.of += 1;
    if (!escalated) this.#inTime.count += 1;
  }

  measures(): Measures {
    return {
      spells: this.#spells,
      acknowledge: timesOf(this.#acknowledge),
      resolve: timesOf(this.#resolve),
      inTime: { ...this.#inTime },
      untouched: this.#untouched,
    };
  }
}

/** The group of a spell. `zone` is the reader's, for hours of the day. A person is a Slack user id, or nobody. */
export function groupOf(
  { alert, severity, account, accountName, ...spell }: Spell,
  by: Grouping,
  zone: string,
): string {
  switch (by) {
    case 'severity':
      return severity;
    case 'source':
      return alert.source;
    case 'account':
      if (account === null) return spell.alerts > 1 && alert.account !== null ? 'several' : 'none';
      return accountName === null ? account : `${accountName} (${account})`;
    case 'hour':
      return `${String(hourOf(spell.began, zone)).padStart(2, '0')}:00`;
    case 'level':
      return spell.exhausted ? 'all levels in vain' : spell.level === 0 ? '0 (nobody)' : `${spell.level}`;
    case 'person':
      return spell.acknowledged?.by ?? 'nobody';
    case 'policy':
      return alert.policy ?? 'none';
    case 'reason':
      if (spell.ended === null) return 'still open';
      return spell.ended.as ?? (spell.ended.by.type === 'user' ? 'no reason given' : 'over by itself');
  }
}

/** The hour that a clock on the wall shows, 0 … 23. */
export const hourOf = (at: Date, zone: string): number => new Date(wallTimeAt(at.getTime(), zone)).getUTCHours();
