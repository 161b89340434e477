import { z } from 'zod';
import { dayMs } from '../../words/time.ts';
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
  /** ISO 8601; null: not known. It covers no principal that was made later. */
  requestedAt: z.string().nullable().default(null),
  /** null: nobody yet. */
  approvedBy: z.string().nullable(),
  /** ISO 8601: when it was approved or refused; null: not yet, or not known. */
  decidedAt: z.string().nullable().default(null),
  /** Whether somebody refused it. */
  refused: z.boolean().default(false),
});

export type Exception = z.infer<typeof Exception>;

export interface Exceptions {
  /**
   * The exception that stands for a finding; undefined: the finding counts.
   * @param replacedAt ISO 8601: when its principal was made, if it took the place of one of the same name
   */
  of: (finding: Finding, replacedAt?: string | null) => Exception | undefined;
  /** The exception that would stand for the finding, were it not for another principal of the same name. */
  ofAnother: (finding: Finding, replacedAt?: string | null) => Exception | undefined;
  /** Those that do not count, with the reason as the end of a sentence. */
  refused: readonly { exception: Exception; reason: string }[];
  /** Those that count, and end within two weeks. */
  ending: readonly Exception[];
}

/** How long before its end people hear of it. */
const warnedMs = 14 * dayMs;

/** The exceptions that count at a time. One that lacks an owner, a reason, or a second person does not. */
export function exceptionsAt(exceptions: readonly Exception[], at: Date): Exceptions {
  const refused: { exception: Exception; reason: string }[] = [];
  const valid = new Map<string, Exception>();
  for (const exception of exceptions) {
    const reason = flaw(exception, at);
    if (reason === null) valid.set(keyOf(exception, exception.slot), exception);
    else refused.push({ exception, reason });
  }
  const named = (finding: Finding) => valid.get(keyOf(finding, finding.slot)) ?? valid.get(keyOf(finding, null));
  return {
    of: (finding, replacedAt = null) => {
      const exception = named(finding);
      return exception !== undefined && isOf(exception, finding, replacedAt) ? exception : undefined;
    },
    ofAnother: (finding, replacedAt = null) => {
      const exception = named(finding);
      return exception !== undefined && !isOf(exception, finding, replacedAt) ? exception : undefined;
    },
    refused,
    ending: [...valid.values()].filter(({ expiry }) => Date.parse(expiry) - at.getTime() <= warnedMs),
  };
}

/** Whether an exception is of the principal that is there now: not of one that was made after it was asked for. */
function isOf({ requestedAt }: Exception, { principalCreatedAt }: Finding, replacedAt: string | null): boolean {
  if (requestedAt === null) return replacedAt === null;
  return principalCreatedAt === null || Date.parse(principalCreatedAt) <= Date.parse(requestedAt);
}

const keyOf = (of: Pick<Finding, 'account' | 'principal' | 'rule'>, slot: string | null): string =>
  JSON.stringify([of.account, of.principal, of.rule, slot]);

function flaw({ owner, reason, expiry, requestedBy, approvedBy, refused }: Exception, at: Date): string | null {
  const person = (name: string): string => name.trim().toLowerCase();
  if (refused) return 'was refused';
  if (new Date(expiry) <= at) return `expired on ${expiry.slice(0, 10)}`;
  if (person(owner) === '') return 'has no owner';
  if (reason.trim() === '') return 'gives no reason';
  if (person(requestedBy) === '') return 'does not say who asked for it';
  if (approvedBy === null || person(approvedBy) === '') return 'is not approved yet';
  return person(approvedBy) === person(requestedBy) ? 'was approved by the one who asked for it' : null;
}
