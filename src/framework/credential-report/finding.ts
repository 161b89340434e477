import { z } from 'zod';
import { severities } from '../../alerts/severity.ts';
import { cisVersions, ruleIds } from './controls.ts';

/**
 * One thing that a rule found, as it stands in the files and in the snapshots of the store: plain JSON. `Finding` is also
 * the reader of what was stored.
 */
export const Finding = z.object({
  /** (account, principal, rule, slot): the same thing has the same key in every run. */
  key: z.string(),
  rule: z.enum(ruleIds),
  title: z.string(),
  severity: z.enum(severities),
  /** 12 digits. */
  account: z.string(),
  accountName: z.string().nullable(),
  /** ARN of the user, the root user or the certificate; the root user's where the account as a whole is meant. */
  principal: z.string(),
  /** The principal's name as people know it. */
  user: z.string(),
  /** Which of the principal's things: `password`, `key 1`, the id of a credential; '' where there is only one. */
  slot: z.string(),
  /** What was found, in one sentence of plain text. */
  sentence: z.string(),
  /** ISO 8601, UTC: since when it is so; null where AWS does not tell. */
  since: z.string().nullable(),
  /** Whole days from `since` to the report's time; null where `since` is. */
  ageDays: z.number().nullable(),
  controls: z.object({
    cis: z.record(z.enum(cisVersions), z.string().nullable()).readonly(),
    securityHub: z.array(z.string()).readonly(),
    pci: z.array(z.string()).readonly().default([]),
  }),
  consoleLink: z.string(),
  /** ISO 8601: when the principal was made, which tells it from another of the same name; null where AWS does not tell. */
  principalCreatedAt: z.string().nullable().default(null),
  /** The limit that the rule compared with; null: a rule without one. */
  limit: z.object({ name: z.string(), value: z.number() }).nullable().default(null),
  /** ISO 8601: when the password or key of the slot was set and last used; null: the slot is neither. */
  credential: z.object({ setAt: z.string().nullable(), usedAt: z.string().nullable() }).nullable().default(null),
  /** A note is shown and kept, but neither counted nor compared. */
  note: z.boolean(),
});

export type Finding = z.infer<typeof Finding>;

/** The identity of a finding over time. A JSON array, because names may hold any separator. */
export const findingKey = (of: Pick<Finding, 'account' | 'principal' | 'rule' | 'slot'>): string =>
  JSON.stringify([of.account, of.principal, of.rule, of.slot]);
