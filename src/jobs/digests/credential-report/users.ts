import type { Kysely } from 'kysely';
import { evaluate } from '../../../framework/credential-report/evaluate.ts';
import type { Thresholds } from '../../../framework/credential-report/thresholds.ts';
import { type ReviewedUser, reviewedUsers } from '../../../framework/credential-report/users.ts';
import type { CsvCell } from '../../../reports/csv.ts';
import { placesOf } from '../../../store/digests/places.ts';
import type { DigestRun } from '../../../store/digests/runs.ts';
import { rawFileOf, snapshotOf } from '../../../store/digests/snapshots.ts';
import { lastDecisions, type UserDecision } from '../../../store/digests/users.ts';
import type { Tables } from '../../../store/tables.ts';
import { Answers, factsOf, reportName } from './answers.ts';

/** The columns of users.csv: the list that a review of access goes through. */
export const userHeader = [
  'account',
  'account_name',
  'user',
  'arn',
  'created',
  'owner',
  'groups',
  'policies',
  'rights_unknown',
  'password',
  'password_last_used',
  'mfa',
  'key_1',
  'key_1_last_used',
  'key_2',
  'key_2_last_used',
  'last_used',
  'idle_days',
  'open_findings',
  'last_decision',
  'last_comment',
  'last_decided_by',
  'last_decided_at',
];

/** Every user of every account that answered, with the last decision about it; one account in memory at a time. */
export async function* userRows(
  db: Kysely<Tables>,
  run: DigestRun,
  thresholds: Thresholds,
  nameOf: (user: string) => Promise<string>,
): AsyncGenerator<CsvCell[], void> {
  const decisions = await lastDecisions(db, run);
  const names = new Map<string, string>();
  for (const { by } of decisions.values()) if (!names.has(by)) names.set(by, await nameOf(by));
  for (const { account } of await placesOf(db, run.id, 'answered')) {
    const [snapshot, report] = await Promise.all([
      snapshotOf(db, run.id, account),
      rawFileOf(db, run.id, reportName(account)),
    ]);
    if (snapshot === undefined || report === undefined) continue;
    const answers = Answers.parse(Object(snapshot.content).answers);
    const facts = factsOf(report, answers);
    const { users } = answers;
    const unknown = users.known ? null : users.reason;
    for (const user of reviewedUsers(facts, evaluate(facts, thresholds), users.known ? users.value : []))
      yield cells(facts, user, unknown, decisions.get(user.row.arn), names);
  }
}

function cells(
  { account, name }: { account: string; name: string | null },
  { row, rights, lastUsedAt, idleDays, findings }: ReviewedUser,
  unknown: string | null,
  decision: UserDecision | undefined,
  names: ReadonlyMap<string, string>,
): CsvCell[] {
  const [first, second] = row.keys;
  return [
    account,
    name,
    row.user,
    row.arn,
    row.createdAt,
    rights?.owner ?? null,
    rights?.groups.join(' ') ?? null,
    rights?.policies.join(' ') ?? null,
    // The root user may do anything, and is in no list of rights.
    rights === undefined && !row.root ? (unknown ?? 'AWS did not list this user') : null,
    row.passwordEnabled,
    row.passwordLastUsedAt,
    row.mfaActive,
    first.active,
    first.lastUsedAt,
    second.active,
    second.lastUsedAt,
    lastUsedAt,
    idleDays,
    findings,
    decision?.decision ?? null,
    decision?.comment ?? null,
    decision === undefined ? null : (names.get(decision.by) ?? decision.by),
    decision?.at ?? null,
  ];
}
