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
import type { Database } from '../../../store/database.ts';
import { type DigestPlace, type DigestRun, memoryBefore, placesOf, snapshotOf } from '../../../store/digests.ts';

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
  state: AccountState;
}

/** Every account of a run, compared; one account is in memory at a time. */
export async function* comparedAccounts({ db }: Database, run: DigestRun): AsyncGenerator<ComparedAccount, void> {
  for (const place of await placesOf(db, run.id)) {
    const snapshot = place.state === 'answered' ? await snapshotOf(db, run.id, place.account) : undefined;
    const evaluation = snapshot === undefined ? null : Stored.parse(snapshot.content);
    const known = await memoryBefore(db, run, place.account);
    const outcome: Outcome =
      evaluation === null
        ? { kind: place.state === 'left' ? 'left' : 'missing', account: place.account, name: place.name }
        : { kind: 'seen', evaluation };
    const before = known === undefined ? null : AccountState.parse(known);
    yield { place, evaluation, ...compareAccount(before, outcome, run.started_at) };
  }
}
