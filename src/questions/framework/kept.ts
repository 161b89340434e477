import type { Kysely } from 'kysely';
import * as z from 'zod';
import { severities } from '../../alerts/severity.ts';
import { ignorances, proofs, type Row, unknown, verdicts } from '../../framework/verdict.ts';
import { type DigestPlace, placesOf } from '../../store/digests/places.ts';
import type { DigestRun } from '../../store/digests/runs.ts';
import { snapshotOf } from '../../store/digests/snapshots.ts';
import type { Tables } from '../../store/tables.ts';
import type { StepChecks } from './checks.ts';

/** What a run of the digest keeps of the framework, place by place. */

/** The place of what is judged once for the whole organization; all others are accounts. */
export const organizationPlace = 'organization';

/** What there is: who was asked and who was not, for whoever reads the report. */
export const Population = z.object({
  /** The account in which verdicts on the whole organization stand. */
  managementAccount: z.string(),
  accounts: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullable(),
      state: z.string(),
      organizationalUnits: z.array(z.string()),
      /** Null: nobody could say which are on; `reason` says why. */
      regions: z.array(z.string()).nullable(),
      reason: z.string().nullable(),
    }),
  ),
});

export type Population = z.infer<typeof Population>;

const StoredRow = z.object({
  step: z.number(),
  check: z.string(),
  account: z.string(),
  region: z.string(),
  resource: z.string().nullable(),
  verdict: z.enum(verdicts),
  proof: z.enum(proofs).nullable(),
  reason: z.string(),
  unknown: z.enum(ignorances).nullable(),
  inheritedFrom: z.string().nullable(),
  cause: z.string().nullable(),
  severity: z.enum(severities),
  askedAt: z.string(),
}) satisfies z.ZodType<Row>;

/** What a place answered, as it lies in the store. */
export const Content = z.object({
  rows: z.array(StoredRow),
  /** Which process asked, and the calls that it had made by then, by service and operation. */
  process: z.string(),
  calls: z.record(z.string(), z.number()),
});

/** A place with its rows. */
export interface PlaceRows {
  place: DigestPlace;
  rows: readonly Row[];
  calls: { process: string; made: Readonly<Record<string, number>> } | null;
}

/** Every place of a run with its rows, one after the other: memory does not grow with their number. */
export async function* placesWithRows(
  db: Kysely<Tables>,
  run: DigestRun,
  steps: readonly StepChecks[],
): AsyncGenerator<PlaceRows, void> {
  const population = Population.parse(run.shared);
  for (const place of await placesOf(db, run.id)) {
    const kept = place.state === 'left' ? undefined : await snapshotOf(db, run.id, place.account);
    const content = Content.safeParse(kept?.content);
    if (content.success) {
      const { rows, process, calls } = content.data;
      yield { place, rows, calls: { process, made: calls } };
    } else yield { place, rows: place.state === 'left' ? [] : silentRows(place, run, steps, population), calls: null };
  }
}

/** A place that gave no answer at all is not known in every check that would have looked there. */
function silentRows(place: DigestPlace, run: DigestRun, steps: readonly StepChecks[], population: Population): Row[] {
  const whole = place.account === organizationPlace;
  const account = whole ? population.managementAccount : place.account;
  const reason = place.reason ?? 'It gave no answer.';
  return steps.flatMap(({ step, checks }) =>
    checks
      .filter(({ work }) => (work.scope === 'organization') === whole)
      .map(({ about }) => ({
        ...unknown({ account, region: 'global' }, 'not asked', reason),
        step: step.number,
        check: about.id,
        severity: about.severity,
        askedAt: run.started_at.toISOString(),
      })),
  );
}
