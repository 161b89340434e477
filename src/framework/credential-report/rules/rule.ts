import type { Severity } from '../../../alerts/severity.ts';
import { parseArn } from '../../../aws-names/arn.ts';
import { iamAccountSettingsLink, iamSecurityCredentialsLink, iamUserLink } from '../../../aws-names/console-links.ts';
import { oneLine } from '../../../words/text.ts';
import { dayMs } from '../../../words/time.ts';
import type { RuleId } from '../controls.ts';
import type { AccountFacts, CredentialRow } from '../facts.ts';
import type { Thresholds } from '../thresholds.ts';

/** One check of an account's credentials: what it looks for, why, how to fix it. */
export interface CredentialRule {
  id: RuleId;
  /** What is wrong where it is broken, in a few words. */
  brief: string;
  /** What should be the case, as a heading. */
  title: string;
  severity: Severity;
  /** Why it matters, in a sentence or two. */
  why: string;
  /** How to fix it. */
  fix: string;
  /** Columns of the report without which the rule can say nothing. */
  columns: readonly string[];
  check: (facts: AccountFacts, thresholds: Thresholds) => readonly (Hit | Unjudged)[] | NotChecked;
}

/** One thing that a rule would have looked at and about which the report does not say enough. */
export interface Unjudged extends CredentialSubject {
  slot: string;
  /** Why, in one sentence. */
  unknown: string;
}

/** A rule that could not look, and why, in one sentence. */
export interface NotChecked {
  unknown: string;
}

/** What a finding is about: its ARN, the name people know it by, and where to fix it. */
export interface CredentialSubject {
  principal: string;
  user: string;
  consoleLink: string;
}

export interface Hit extends CredentialSubject {
  /** Which of the principal's things; '' where there is only one. */
  slot: string;
  sentence: string;
  /** Since when the rule is broken; null where AWS does not tell. */
  since: Date | null;
  /** Told, not counted. */
  note?: true;
}

/** Whole days of 24 hours from one time to the other; below zero when it lies ahead. */
export const daysBetween = (from: Date, to: Date): number => Math.floor((to.getTime() - from.getTime()) / dayMs);

export const plusDays = (time: Date, days: number): Date => new Date(time.getTime() + days * dayMs);

/** `2026-11-23` in UTC. */
export const date = (time: Date): string => time.toISOString().slice(0, 10);

export const days = (count: number): string => (count === 1 ? '1 day' : `${count} days`);

/** A user name in a sentence. */
export const named = (user: string): string => oneLine(user, 128);

const partitionOf = (facts: AccountFacts) => {
  const arn = facts.rows[0]?.arn;
  return (arn === undefined ? undefined : parseArn(arn)?.partition) ?? 'aws';
};

export function rootOf(facts: AccountFacts): CredentialSubject {
  const partition = partitionOf(facts);
  return {
    principal: `arn:${partition}:iam::${facts.account}:root`,
    user: 'root user',
    consoleLink: iamSecurityCredentialsLink({ partition }).url,
  };
}

export function userOf(facts: AccountFacts, { arn, user }: Pick<CredentialRow, 'arn' | 'user'>): CredentialSubject {
  return { principal: arn, user, consoleLink: iamUserLink({ partition: partitionOf(facts) }, user).url };
}

/** The user's subject by name alone, for what is listed without an ARN. */
export function userNamed(facts: AccountFacts, user: string): CredentialSubject {
  const arn =
    facts.rows.find((row) => row.user === user)?.arn ?? `arn:${partitionOf(facts)}:iam::${facts.account}:user/${user}`;
  return userOf(facts, { arn, user });
}

/** The account as a whole; by the root user's ARN, which is how IAM names the account. */
export function wholeAccount(facts: AccountFacts): CredentialSubject {
  const partition = partitionOf(facts);
  return {
    principal: `arn:${partition}:iam::${facts.account}:root`,
    user: 'whole account',
    consoleLink: iamAccountSettingsLink({ partition }).url,
  };
}

/** All rows but the root user's. */
export const users = (facts: AccountFacts): readonly CredentialRow[] => facts.rows.filter((row) => !row.root);

/** What one access key's slot is called. */
export const keySlot = (slot: 1 | 2): string => `key ${slot}`;

/** The root user's row, or why there is none to look at. */
export const rootRow = (facts: AccountFacts): CredentialRow | NotChecked =>
  facts.rows.find((row) => row.root) ?? { unknown: 'The report has no readable row of the root user.' };

/**
 * Whether the root user can sign in with a password, so that MFA matters: no in GovCloud, where it never can; no where
 * its password is gone; no where the report leaves it open and the organization manages root credentials.
 * Source: CIS AWS Foundations 6.0, 2.4 and 2.5.
 */
export function rootSignsIn(facts: AccountFacts, root: CredentialRow): boolean {
  if (partitionOf(facts) === 'aws-us-gov') return false;
  const password = root.passwordEnabled ?? (facts.summary.known ? facts.summary.value.rootPassword : null);
  if (password !== null) return password;
  return !(facts.rootCentrallyManaged.known && facts.rootCentrallyManaged.value);
}
