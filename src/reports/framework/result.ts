import type { About } from '../../framework/check.ts';
import type { Change } from '../../framework/compare.ts';
import { keyOf } from '../../framework/score.ts';
import type { Row } from '../../framework/verdict.ts';
import type { RowForms } from '../findings.ts';

/** An accepted risk, as the files tell of it. */
export interface AcceptedRisk {
  owner: string;
  approvedBy: string;
  reason: string;
  /** ISO 8601. */
  until: string;
}

/** A result with what the comparison and the exceptions say of it: one row of the files. */
export interface ReportedResult {
  row: Row;
  about: About;
  accountName: string | null;
  /** Null: it passes as before, does not apply, or is as little known as before. */
  change: Change | null;
  accepted: AcceptedRisk | null;
}

const columns = {
  step: ({ row }) => row.step,
  check: ({ row }) => row.check,
  title: ({ about }) => about.title,
  severity: ({ row }) => row.severity,
  account: ({ row }) => row.account,
  account_name: ({ accountName }) => accountName,
  region: ({ row }) => row.region,
  resource: ({ row }) => row.resource,
  verdict: ({ row }) => row.verdict,
  proof: ({ row }) => row.proof,
  reason: ({ row }) => row.reason,
  unknown: ({ row }) => row.unknown,
  covered_by: ({ row }) => row.inheritedFrom,
  follows_from: ({ row }) => row.cause,
  change: ({ change }) => change?.kind ?? null,
  since: ({ change }) => change?.result.since ?? null,
  flapping: ({ change }) => change?.flapping ?? null,
  accepted_until: ({ accepted }) => accepted?.until ?? null,
  accepted_by: ({ accepted }) => accepted?.approvedBy ?? null,
  accepted_owner: ({ accepted }) => accepted?.owner ?? null,
  accepted_reason: ({ accepted }) => accepted?.reason ?? null,
  asked_at: ({ row }) => row.askedAt,
  check_version: ({ about }) => about.version,
  references: ({ about }) => about.references.join(' '),
  key: ({ row }) => keyOf(row),
} satisfies Record<string, (of: ReportedResult) => string | number | boolean | null>;

const cells = Object.entries(columns);

/** Results in `results.csv` and `results.json`. */
export const reportedResult: RowForms<ReportedResult> = {
  header: cells.map(([name]) => name),
  cells: (of) => cells.map(([, cell]) => cell(of)),
  object: (of) => Object.fromEntries(cells.map(([name, cell]) => [name, cell(of)])),
};
