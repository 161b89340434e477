import * as z from 'zod';
import { comparePlace, PlaceState } from './compare.ts';
import { isExplained, keyOf } from './score.ts';
import type { Row } from './verdict.ts';

/** What the daily watch keeps from day to day: what fails, and what it has told. Plain JSON. */
export const WatchState = z.object({ place: PlaceState, told: z.array(z.string()) });

export type WatchState = z.infer<typeof WatchState>;

/** A result that turned: from pass to fail, or back. */
export interface Turn {
  key: string;
  row: Pick<Row, 'step' | 'check' | 'account' | 'region' | 'resource' | 'severity' | 'reason'>;
  state: 'firing' | 'resolved';
}

/** Collects of a run what the comparison needs, so that what passes everywhere takes no room. */
export class WatchedRows {
  readonly rows: Row[] = [];
  readonly #spots: ReadonlySet<string>;
  readonly #passing = new Set<string>();

  constructor(before: WatchState | null) {
    this.#spots = new Set((before?.place.tracked ?? []).map(spotOf));
  }

  add(row: Row): void {
    if (row.verdict === 'pass' && !this.#spots.has(spotOf(row)) && this.#passing.has(row.check)) return;
    if (row.verdict === 'pass') this.#passing.add(row.check);
    if (row.verdict !== 'not applicable') this.rows.push(row);
  }
}

const spotOf = ({ check, account, region }: Pick<Row, 'check' | 'account' | 'region'>): string =>
  JSON.stringify([check, account, region]);

/**
 * What turned since the day before: critical and high results that fail and did not are firing, those that were told and
 * fail no more are resolved. The first look of a check tells nothing: nobody knows whether it is new. What cannot be
 * asked today stays as it was. Results that follow from another check's failure are not told.
 * @param checks versions of the watched checks, by their ids
 */
export function watch(
  before: WatchState | null,
  rows: readonly Row[],
  checks: ReadonlyMap<string, number>,
  at: Date,
): { state: WatchState; turns: readonly Turn[] } {
  const { state, changes } = comparePlace(before?.place ?? null, { kind: 'seen', rows, checks }, at);
  const told = new Set(before?.told ?? []);
  const failing = new Set(rows.flatMap(({ verdict, check }) => (verdict === 'fail' ? [check] : [])));
  const causes = new Map(rows.map((row) => [keyOf(row), row.cause]));
  const turns: Turn[] = [];
  for (const { kind, result } of changes) {
    const key = keyOf(result);
    const grave = result.severity === 'critical' || result.severity === 'high';
    if (kind === 'new' && grave && !isExplained({ cause: causes.get(key) ?? null }, failing)) {
      told.add(key);
      turns.push({ key, row: result, state: 'firing' });
    } else if ((kind === 'fixed' || kind === 'gone' || kind === 'rule changed') && told.delete(key))
      turns.push({ key, row: result, state: 'resolved' });
  }
  // What passes needs no memory: what is not known to fail passed, once its check has looked.
  const tracked = state.tracked.filter(({ verdict }) => verdict === 'fail');
  return { state: { place: { ...state, tracked }, told: [...told] }, turns };
}
