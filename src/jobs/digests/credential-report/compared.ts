import type { Kysely } from 'kysely';
import { z } from 'zod';
import {
  AccountState,
  type Change,
  compareAccount,
  type Outcome,
} from '../../../framework/credential-report/compare.ts';
import { ruleIds } from '../../../framework/credential-report/controls.ts';
import type { Evaluation } from '../../../framework/credential-report/evaluate.ts';
import { Finding } from '../../../framework/credential-report/finding.ts';
import type { Database, Tables } from '../../../store/database.ts';
import {
  type DigestPlace,
  type DigestRun,
  memoryBefore,
  placesOf,
  remember,
  snapshotOf,
} from '../../../store/digests.ts';

/** An evaluation as it lies in the store. */
const Stored = z.object({
  account: z.string(),
  name: z.string().nullable(),
  generatedAt: z.iso.datetime().transform((text) => new Date(text)),
  users: z.number(),
  findings: z.array(Finding),
  notChecked: z.array(z.object({ rule: z.enum(ruleIds), reason: z.string() })),
  principals: z.array(z.string()).transform((list): ReadonlySet<string> => new Set(list)),
  principalsWhole: z.boolean(),
  remarks: z.array(z.string()),
});

/** An evaluation as plain JSON. */
export const toStored = (evaluation: Evaluation): object => ({
  ...evaluation,
  generatedAt: evaluation.generatedAt.toISOString(),
  principals: [...evaluation.principals],
});

/** One account of a run beside the last run that knew it. */
export interface ComparedAccount {
  place: DigestPlace;
  /** Null: it gave no answer, or left. */
  evaluation: Evaluation | null;
  changes: readonly Change[];
}

/** Accounts that are in memory at a time: while one is compared, others are read and unpacked. */
const atOnce = 4;

/** Every account of a run, compared; what the next run has to know of it is kept. */
export async function* comparedAccounts({ db }: Database, run: DigestRun): AsyncGenerator<ComparedAccount, void> {
  const places = await placesOf(db, run.id);
  for (let from = 0; from < places.length; from += atOnce)
    yield* await Promise.all(places.slice(from, from + atOnce).map((place) => compared(db, run, place)));
}

async function compared(db: Kysely<Tables>, run: DigestRun, place: DigestPlace): Promise<ComparedAccount> {
  const [snapshot, known] = await Promise.all([
    place.state === 'answered' ? snapshotOf(db, run.id, place.account) : undefined,
    memoryBefore(db, run, place.account),
  ]);
  const evaluation = snapshot === undefined ? null : Stored.parse(snapshot.content);
  const outcome: Outcome =
    evaluation === null
      ? { kind: place.state === 'left' ? 'left' : 'missing', account: place.account, name: place.name }
      : { kind: 'seen', evaluation };
  const before = known === undefined ? null : AccountState.parse(known);
  const { state, changes } = compareAccount(before, outcome, run.started_at);
  await remember(db, run.id, place.account, state);
  return { place, evaluation, changes };
}
