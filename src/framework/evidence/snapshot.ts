import { z } from 'zod';
import { severities } from '../../alerts/severity.ts';
import { Look } from '../looks.ts';

/** Where evidence comes from: Audit Manager where a customer has it, else AWS Config and Security Hub. */
const evidenceSources = ['audit-manager', 'config', 'security-hub'] as const;

export type EvidenceSource = (typeof evidenceSources)[number];

/** How many pieces of evidence say what; for Config and Security Hub a rule in one account is one piece. */
const Counts = z.object({ compliant: z.number(), noncompliant: z.number(), inconclusive: z.number() });

export type EvidenceCounts = z.infer<typeof Counts>;

/** The kinds of evidence that Audit Manager tells apart. */
const ByType = z.object({
  configurationData: z.number(),
  manual: z.number(),
  complianceCheck: z.number(),
  userActivity: z.number(),
});

export type EvidenceByType = z.infer<typeof ByType>;

/** What AWS says of a control: Security Hub's own words, into which the verdicts of Config fit. */
export const controlStatuses = ['FAILED', 'UNKNOWN', 'PASSED', 'NO_DATA'] as const;

/** One control of an assessment, or one rule of a conformance pack or standard in one account. */
const EvidenceControl = z.object({
  /** The same control has the same key in every run. */
  key: z.string(),
  name: z.string(),
  /** Assessment, conformance pack or standard. */
  assessment: z.string(),
  /** Control set of the assessment; the account for packs and standards. */
  set: z.string(),
  /** Null where there are none. */
  domain: z.string().nullable(),
  counts: Counts,
  /** Pieces of evidence since the beginning; null where nobody counts them. */
  total: z.number().nullable(),
  /** What came in during the week; null where nobody counts it. */
  week: ByType.nullable(),
  /** ISO 8601: the last day on which evidence came in; null: never, or not known. */
  lastEvidence: z.string().nullable(),
  /** Where to look, in the console. */
  link: z.string().nullable(),
  /** Where it was read: account, Region and source; null: from Audit Manager. */
  at: z.object({ account: z.string(), region: z.string(), source: z.string() }).nullable().default(null),
  /** AWS's own status; null: from Audit Manager, which has none. */
  status: z.enum(controlStatuses).nullable().default(null),
  /** Null: nobody says. */
  severity: z.enum(severities).nullable().default(null),
  /** What fails, and since when (ISO 8601, null: not known), as far as it is listed. */
  failing: z.array(z.object({ resource: z.string(), since: z.string().nullable() })).default([]),
  /** What does not count because somebody suppressed it in Security Hub: by whom, and their note, where one was left. */
  suppressed: z
    .array(z.object({ resource: z.string(), by: z.string().nullable(), note: z.string().nullable() }))
    .default([]),
  /** Whether only people bring evidence for it, and after how many days it usually comes; null: not known. */
  manual: z.boolean().default(false),
  usualDays: z.number().nullable().default(null),
});

export type EvidenceControl = z.infer<typeof EvidenceControl>;

/** How a control stands: AWS's own status, or for Audit Manager what its evidence of the last day says. */
export const statusOf = ({ status, counts }: EvidenceControl): (typeof controlStatuses)[number] =>
  status ??
  (counts.noncompliant > 0
    ? 'FAILED'
    : counts.compliant > 0
      ? 'PASSED'
      : counts.inconclusive > 0
        ? 'UNKNOWN'
        : 'NO_DATA');

/** A control set that waits for somebody. */
const Review = z.object({
  assessment: z.string(),
  set: z.string(),
  status: z.string(),
  /** ISO 8601: since when; null where the change log does not tell. */
  since: z.string().nullable(),
  reviewers: z.array(z.string()),
});

/** Everything that one run, or one day, knows of the evidence in one account. Plain JSON. */
export const EvidenceSnapshot = z.object({
  source: z.enum(evidenceSources),
  /** ISO 8601, UTC. */
  at: z.string(),
  /** ISO 8601: when AWS last counted, it does so once a day; null where it does not tell. */
  countedAt: z.string().nullable(),
  assessments: z.array(z.object({ id: z.string(), name: z.string(), score: z.number().nullable() })),
  controls: z.array(EvidenceControl),
  reviews: z.array(Review),
  delegations: z.array(
    z.object({
      assessment: z.string(),
      set: z.string(),
      status: z.string(),
      role: z.string(),
      since: z.string().nullable(),
    }),
  ),
  reports: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      assessment: z.string(),
      status: z.string(),
      createdAt: z.string().nullable(),
    }),
  ),
  /** The change log of the week, newest first. */
  changes: z.array(z.object({ at: z.string(), by: z.string(), what: z.string() })),
  /** Sentences on what could not be asked. */
  remarks: z.array(z.string()),
  /** What was looked at in each Region; empty: Audit Manager was asked, which answers as a whole. */
  looks: z.array(Look).default([]),
  /** Where any run has looked, by `lookName`; null: an older version did not note it. */
  seen: z.array(z.string()).nullable().default(null),
});

export type EvidenceSnapshot = z.infer<typeof EvidenceSnapshot>;
