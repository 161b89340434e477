import { z } from 'zod';
import { severities, severityRank } from '../alerts/severity.ts';

/** A finding of GuardDuty or Access Analyzer that nobody has closed. Plain JSON. */
export const OpenFinding = z.object({
  /** The finding's ARN or id: the same in every run. */
  key: z.string(),
  source: z.enum(['GuardDuty', 'Access Analyzer']),
  title: z.string(),
  severity: z.enum(severities),
  account: z.string(),
  region: z.string(),
  resource: z.string(),
  /** ISO 8601: since when. */
  since: z.string(),
  link: z.string().nullable(),
});

export type OpenFinding = z.infer<typeof OpenFinding>;

const dayMs = 86_400_000;

/** Up to so many days; the last has no end. */
export const ageBands = [7, 30, 90, Number.POSITIVE_INFINITY] as const;

export const ageDays = ({ since }: OpenFinding, at: Date): number =>
  Math.max(0, Math.floor((at.getTime() - Date.parse(since)) / dayMs));

/** How many findings are how old, by the bands. */
export function byAge(findings: readonly OpenFinding[], at: Date): { upTo: number; count: number }[] {
  return ageBands.map((upTo, i) => ({
    upTo,
    count: findings.filter((finding) => {
      const age = ageDays(finding, at);
      return age <= upTo && age > (ageBands[i - 1] ?? -1);
    }).length,
  }));
}

/** Severity, then age: what has been open the longest is the worst of its severity. */
export const worstOpen = (a: OpenFinding, b: OpenFinding): number =>
  severityRank(a.severity) - severityRank(b.severity) ||
  Date.parse(a.since) - Date.parse(b.since) ||
  (a.key < b.key ? -1 : 1);

/** What is new and what is gone since the last time. `before` null: the first time, nothing is new. */
export function compareOpen(
  now: readonly OpenFinding[],
  before: readonly OpenFinding[] | null,
): { fresh: ReadonlySet<string>; closed: readonly OpenFinding[] } {
  if (before === null) return { fresh: new Set(), closed: [] };
  const known = new Set(before.map(({ key }) => key));
  const here = new Set(now.map(({ key }) => key));
  return {
    fresh: new Set([...here].filter((key) => !known.has(key))),
    closed: before.filter(({ key }) => !here.has(key)),
  };
}
