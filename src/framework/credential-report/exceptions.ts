import { z } from 'zod';
import { ruleIds } from './controls.ts';
import type { Finding } from './finding.ts';

/** A risk that somebody accepts for a time, with a second person's consent. From the configuration or the store. */
export const Exception = z.object({
  /** 12 digits. */
  account: z.string(),
  /** ARN, as the finding has it. */
  principal: z.string(),
  rule: z.enum(ruleIds),
  /** null: all of the principal's findings by this rule. */
  slot: z.string().nullable(),
  /** Who answers for the risk. */
  owner: z.string(),
  reason: z.string(),
  /** ISO 8601; from this moment on the exception counts no more. */
  expiry: z.iso.datetime({ offset: true }),
  requestedBy: z.string(),
  /** null: nobody yet. */
  approvedBy: z.string().nullable(),
});

export type Exception = z.infer<typeof Exception>;

export interface Exceptions {
  /** The exception that stands for a finding; undefined: the finding counts. */
  of: (finding: Finding) => Exception | undefined;
  /** Those that do not count, with the reason as the end of a sentence. */
  refused: readonly { exception: Exception; reason: string }[];
}

/** The exceptions that count at a time. One that lacks an owner, a reason, or a second person does not. */
export function exceptionsAt(exceptions: readonly Exception[], at: Date): Exceptions {
  const refused: { exception: Exception; reason: string }[] = [];
  const valid = new Map<string, Exception>();
  for (const exception of exceptions) {
    const reason = flaw(exception, at);
    if (reason === null) valid.set(keyOf(exception, exception.slot), exception);
    else refused.push({ exception, reason });
  }
  return {
    of: (finding) => valid.get(keyOf(finding, finding.slot)) ?? valid.get(keyOf(finding, null)),
    refused,
  };
}

const keyOf = (of: Pick<Finding, 'account' | 'principal' | 'rule'>, slot: string | null): string =>
  JSON.stringify([of.account, of.principal, of.rule, slot]);

function flaw({ owner, reason, expiry, requestedBy, approvedBy }: Exception, at: Date): string | null {
  const person = (name: string): string => name.trim().toLowerCase();
  if (new Date(expiry) <= at) return `expired on ${expiry.slice(0, 10)}`;
  if (person(owner) === '') return 'has no owner';
  if (reason.trim() === '') return 'gives no reason';
  if (person(requestedBy) === '') return 'does not say who asked for it';
  if (approvedBy === null || person(approvedBy) === '') return 'is not approved yet';
  return person(approvedBy) === person(requestedBy) ? 'was approved by the one who asked for it' : null;
}
