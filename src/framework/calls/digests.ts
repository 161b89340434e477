import * as z from 'zod';
import { severities } from '../../alerts/severity.ts';
import type { Call } from '../asks.ts';
import { ruleIds } from '../credential-report/controls.ts';

const rule = z.enum(ruleIds);

const Report = z.object({
  /** Null: no run of the digest has asked this account. */
  report: z
    .object({
      /** When the run was begun. */
      askedAt: z.date(),
      /** AWS's own time of the report; null: the account gave none. */
      generatedAt: z.date().nullable(),
      /** Why there is none, in a sentence; null where there is one. */
      missing: z.string().nullable(),
      /** Whether every row could be read, and as many as the account has users. */
      whole: z.boolean(),
      remarks: z.array(z.string()),
      notChecked: z.array(z.object({ rule, reason: z.string() })),
      /** What it breaks now, with the run that found it first. Accepted risks are left out. */
      open: z.array(
        z.object({ rule, severity: z.enum(severities), user: z.string(), sentence: z.string(), since: z.date() }),
      ),
    })
    .nullable(),
});

/** The newest credential report of an account, as the digest keeps it: input `{ account }`. */
export const credentialReport: Call<z.output<typeof Report>> = {
  service: 'store',
  operation: 'CredentialReport',
  output: Report,
};
export type CredentialReport = NonNullable<z.output<typeof Report>['report']>;

const Runs = z.object({
  /** Finished runs, the newest first. */
  runs: z.array(
    z.object({
      id: z.number(),
      at: z.date(),
      reviewedAt: z.date().nullable(),
      reviewedBy: z.string().nullable(),
      /** Whether the manifest's hash is the one in the audit log. */
      recorded: z.boolean(),
      /** How many of its files are kept, and how many of those an archive should have and has not. */
      files: z.number(),
      notArchived: z.number(),
    }),
  ),
  /** Whoever asked last to accept a risk of it. */
  lastRequester: z.string().nullable(),
  /** Where the chain of the audit log is broken, in a sentence; null: it is whole. */
  auditLogFault: z.string().nullable(),
});

/** The runs of a digest within a year: input `{ digest }`. */
export const digestRuns: Call<z.output<typeof Runs>> = { service: 'store', operation: 'DigestRuns', output: Runs };
export type DigestRuns = z.output<typeof Runs>;
