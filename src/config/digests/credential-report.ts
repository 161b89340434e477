import { DateTime } from 'luxon';
import { z } from 'zod';
import { quote } from '../problem.ts';
import { accountId, kept, object, text } from '../values.ts';

/** What is accepted for a time: who answers for it, why, and who else agreed. */
const exception = object({
  account: accountId,
  principal: text(
    kept(/^arn:[a-z-]+:iam::\d{12}:.+/),
    (value) => `${quote(value)} is no ARN of IAM; findings name theirs`,
  ),
  rule: z.string().min(1, 'is empty'),
  slot: z.string().nullable().default(null),
  owner: z.string().min(1, 'is empty'),
  reason: z.string().min(1, 'is empty').max(500, 'is longer than 500 characters'),
  requestedBy: z.string().min(1, 'is empty'),
  approvedBy: z.string().min(1, 'is empty'),
  /** The day on which it was asked for: it covers no user of the same name that was made later. */
  requestedAt: text(readDate, (value) => `${quote(value)} is no date; write one like 2026-11-30`)
    .nullable()
    .default(null),
  expires: text(
    readDate,
    (value) => `${quote(value)} is no date; write one like 2027-03-31, the last day on which the exception holds`,
  ),
}).refine(({ requestedBy, approvedBy }) => requestedBy !== approvedBy, {
  path: ['approvedBy'],
  error: 'is who asked for it; an exception needs the approval of a second person',
});

/** The end of a day, in UTC. */
function readDate(value: string): Date | undefined {
  const day = DateTime.fromISO(value, { zone: 'utc' });
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && day.isValid ? day.endOf('day').toJSDate() : undefined;
}

const days = z.int().min(1).max(3650).optional();

/** What `digests.credentialReport` knows beside its schedule. */
export const credentialReport = {
  /** In place of the rules' own numbers, by their names. */
  thresholds: object({
    unusedDays: days,
    rotationDays: days,
    /** 0: no rotation is waited for, as CIS has it. */
    overlapDays: z.int().min(0).max(3650).optional(),
    rootUsedDays: days,
    passwordLength: days,
    passwordReuse: days,
    /** Without these two no rule looks at the age of passwords and at inactive users. */
    passwordAgeDays: days,
    inactiveUserDays: days,
  }).prefault({}),
  exceptions: z.array(exception).default([]),
};
