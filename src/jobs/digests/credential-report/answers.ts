import { z } from 'zod';
import type { AccountFacts } from '../../../framework/credential-report/facts.ts';
import { parseCredentialReport } from '../../../framework/credential-report/parse.ts';
import { Said } from '../heard.ts';

/**
 * What AWS answered beside the credential report, as far as rules use it: plain JSON, kept in the folder `raw`. The findings
 * of an account follow from its report, this, and the limits.
 */

const fact = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion('known', [
    z.object({ known: z.literal(true), value }),
    z.object({ known: z.literal(false), reason: z.string() }),
  ]);

const Moment = z.iso.datetime().nullable();

export const Answers = z.object({
  /** 12 digits. */
  account: z.string(),
  name: z.string().nullable(),
  /** ISO 8601: GeneratedTime of the report, and when it was asked for. */
  generatedAt: z.iso.datetime(),
  askedAt: z.iso.datetime(),
  /** GetAccountPasswordPolicy; null: the account has none. */
  passwordPolicy: fact(
    z.object({ minimumLength: z.number().nullable(), reusePrevention: z.number().nullable() }).nullable(),
  ),
  /** GetAccountSummary. */
  summary: fact(z.object({ users: z.number().nullable(), rootPassword: z.boolean().nullable() })),
  /** ListVirtualMFADevices, assigned ones. */
  virtualMfa: fact(z.array(z.object({ serialNumber: z.string(), userArn: z.string().nullable() }))),
  /** ListServiceSpecificCredentials of all users. */
  serviceSpecific: fact(
    z.array(
      z.object({
        id: z.string(),
        user: z.string(),
        service: z.string(),
        status: z.enum(['Active', 'Inactive', 'Expired']),
        createdAt: z.iso.datetime(),
        expiresAt: Moment,
      }),
    ),
  ),
  /** ListServerCertificates. */
  serverCertificates: fact(z.array(z.object({ name: z.string(), arn: z.string(), expiresAt: Moment }))),
  /** GetAccountAuthorizationDetails: what each user may do, and whose it is. No rule looks at it: it is for reviews. */
  users: fact(
    z.array(
      z.object({
        arn: z.string(),
        groups: z.array(z.string()),
        policies: z.array(z.string()),
        owner: z.string().nullable(),
      }),
    ),
  ),
  /** ListOrganizationsFeatures of the management account, for this account. */
  rootCentrallyManaged: fact(z.boolean()),
  said: z.array(Said),
});

export type Answers = z.infer<typeof Answers>;

/** The files of an account in the folder of a report. */
export const reportName = (account: string): string => `raw/${account}-credential-report.csv`;
export const answersName = (account: string): string => `raw/${account}-answers.json`;

const time = (text: string): Date => new Date(text);
const timeOrNull = (text: string | null): Date | null => (text === null ? null : new Date(text));

/**
 * What the rules look at, from a report's bytes and the answers beside it.
 * @throws CredentialReportError when the bytes are no report of this account
 */
export function factsOf(report: Uint8Array, answers: Answers): AccountFacts {
  const {
    account,
    name,
    generatedAt,
    askedAt,
    serviceSpecific,
    serverCertificates,
    users: _,
    said: __,
    ...others
  } = answers;
  const { rows, missingColumns, unreadRows } = parseCredentialReport(report, account);
  return {
    ...others,
    account,
    name,
    generatedAt: time(generatedAt),
    askedAt: time(askedAt),
    rows,
    missingColumns,
    unreadRows,
    serviceSpecific: serviceSpecific.known
      ? {
          known: true,
          value: serviceSpecific.value.map((each) => ({
            ...each,
            createdAt: time(each.createdAt),
            expiresAt: timeOrNull(each.expiresAt),
          })),
        }
      : serviceSpecific,
    serverCertificates: serverCertificates.known
      ? {
          known: true,
          value: serverCertificates.value.map((each) => ({ ...each, expiresAt: timeOrNull(each.expiresAt) })),
        }
      : serverCertificates,
  };
}
