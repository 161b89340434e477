import type { Kysely } from 'kysely';
import { type Change, comparePlace, PlaceState } from '../../../framework/compare.ts';
import { keyOf } from '../../../framework/score.ts';
import type { Row } from '../../../framework/verdict.ts';
import type { StepChecks } from '../../../questions/framework/checks.ts';
import { placesWithRows } from '../../../questions/framework/kept.ts';
import type { DigestPlace } from '../../../store/digests/places.ts';
import type { DigestRun } from '../../../store/digests/runs.ts';
import { memoryBefore, remember } from '../../../store/digests/snapshots.ts';
import type { Tables } from '../../../store/tables.ts';

/** A place of a run: what is known of it, and what changed since the run before. */
export interface ComparedPlace {
  place: DigestPlace;
  rows: readonly Row[];
  changes: readonly Change[];
  /** Changes by the keys of their results. */
  changeOf: ReadonlyMap<string, Change>;
}

/** Every place of a run beside the run before; what the next one has to know of it is kept. */
export async function* comparedPlaces(
  db: Kysely<Tables>,
  run: DigestRun,
  steps: readonly StepChecks[],
): AsyncGenerator<ComparedPlace, void> {
  const versions = new Map(
    steps.flatMap(({ checks }) => checks.map(({ about }) => [about.id, about.version] as const)),
  );
  for await (const { place, rows, calls } of placesWithRows(db, run, steps)) {
    const before = PlaceState.safeParse(await memoryBefore(db, run, place.account));
    const { state, changes } = comparePlace(
      before.success ? before.data : null,
      place.state === 'left'
        ? { kind: 'left' }
        : calls === null
          ? { kind: 'missing' }
          : { kind: 'seen', rows, checks: versions },
      run.started_at,
    );
    await remember(db, run.id, place.account, state);
    yield { place, rows, changes, changeOf: new Map(changes.map((change) => [keyOf(change.result), change])) };
  }
}
