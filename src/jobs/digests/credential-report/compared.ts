import type { Kysely } from 'kysely';
import {
  type AccountOutcome,
  AccountState,
  compareAccount,
  type FindingChange,
} from '../../../framework/credential-report/compare.ts';
import { type Evaluation, evaluate } from '../../../framework/credential-report/evaluate.ts';
import type { Thresholds } from '../../../framework/credential-report/thresholds.ts';
import type { Database } from '../../../store/database.ts';
import { type DigestPlace, placesOf } from '../../../store/digests/places.ts';
import type { DigestRun } from '../../../store/digests/runs.ts';
import { memoryBefore, rawFileOf, remember, snapshotOf } from '../../../store/digests/snapshots.ts';
import type { Tables } from '../../../store/tables.ts';
import { Answers, factsOf, reportName } from './answers.ts';

/** An evaluation as plain JSON, with the answers that it rests on: what the store keeps of an account. */
export const toStored = (evaluation: Evaluation, answers: Answers): object => ({
  ...evaluation,
  generatedAt: evaluation.generatedAt.toISOString(),
  principals: [...evaluation.principals],
  answers,
});

/** One account of a run beside the last run that knew it. */
export interface ComparedAccount {
  place: Pick<DigestPlace, 'account' | 'name' | 'state' | 'reason'>;
  /** Null: it gave no answer, or left. */
  evaluation: Evaluation | null;
  changes: readonly FindingChange[];
  /** Whether no run before has seen it. */
  first: boolean;
  /** ISO 8601, by ARN: when principals were made that have the ARN of a former one. */
  replaced: Readonly<Record<string, string>>;
}

/** Accounts that are in memory at a time: while one is compared, others are read and unpacked. */
const atOnce = 4;

/** Every account of a run, judged by these limits and compared; what the next run has to know of it is kept. */
export async function* comparedAccounts(
  { db }: Database,
  run: DigestRun,
  thresholds: Thresholds,
): AsyncGenerator<ComparedAccount, void> {
  const places = await placesOf(db, run.id);
  for (let from = 0; from < places.length; from += atOnce)
    yield* await Promise.all(places.slice(from, from + atOnce).map((place) => compared(db, run, place, thresholds)));
}

async function compared(
  db: Kysely<Tables>,
  run: DigestRun,
  place: DigestPlace,
  thresholds: Thresholds,
): Promise<ComparedAccount> {
  const [outcome, known] = await Promise.all([
    outcomeOf(db, run, place, thresholds),
    memoryBefore(db, run, place.account),
  ]);
  const before = known === undefined ? null : AccountState.parse(known);
  const { state, changes } = compareAccount(before, outcome, run.started_at);
  await remember(db, run.id, place.account, state);
  const evaluation = outcome.kind === 'seen' ? outcome.evaluation : null;
  return { place, evaluation, changes, first: before?.lastSeen == null, replaced: state.recreated };
}

/** What an account answered, judged anew from the report's own bytes and the answers beside it. */
async function outcomeOf(
  db: Kysely<Tables>,
  run: DigestRun,
  { account, name, state }: DigestPlace,
  thresholds: Thresholds,
): Promise<AccountOutcome> {
  const [snapshot, report] =
    state === 'answered'
      ? await Promise.all([snapshotOf(db, run.id, account), rawFileOf(db, run.id, reportName(account))])
      : [];
  if (snapshot === undefined || report === undefined)
    return { kind: state === 'left' ? 'left' : 'missing', account, name };
  const facts = factsOf(report, Answers.parse(Object(snapshot.content).answers));
  return { kind: 'seen', evaluation: evaluate(facts, thresholds), facts, thresholds };
}
