import type { Evaluation } from './evaluate.ts';
import { type AccountFacts, type CredentialRow, lastUseOf } from './facts.ts';
import { daysBetween } from './rules/rule.ts';

/** What a user may do and whose it is, as far as AWS tells. */
export interface UserRights {
  arn: string;
  groups: readonly string[];
  /** Names of managed and inline policies, those of the groups too. */
  policies: readonly string[];
  /** The tag that names who answers for it. */
  owner: string | null;
}

/** One user as a review of access lists it: what it holds, what it may, when it was last used, what is found against it. */
export interface ReviewedUser {
  row: CredentialRow;
  rights: UserRights | undefined;
  /** The last use of any of its credentials; null: none, as far as AWS knows. */
  lastUsedAt: Date | null;
  /** Whole days since then, or since it was made; null: neither is known. */
  idleDays: number | null;
  findings: number;
}

/** Every user of an account, the root user first, in the order of the report. */
export function reviewedUsers(
  facts: AccountFacts,
  { findings }: Evaluation,
  rights: readonly UserRights[],
): ReviewedUser[] {
  const byArn = new Map(rights.map((each) => [each.arn, each]));
  const found = Map.groupBy(
    findings.filter(({ note }) => !note),
    ({ principal }) => principal,
  );
  return facts.rows.map((row) => {
    const lastUsedAt = lastUseOf(row);
    const from = lastUsedAt ?? row.createdAt;
    return {
      row,
      rights: byArn.get(row.arn),
      lastUsedAt,
      idleDays: from === null ? null : Math.max(0, daysBetween(from, facts.generatedAt)),
      findings: found.get(row.arn)?.length ?? 0,
    };
  });
}
