import { z } from 'zod';
import { severities, severityRank } from '../alerts/severity.ts';
import { dayMs } from '../words/time.ts';
import { type Look, lookName, seenNext } from './looks.ts';

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

/** Up to so many days; the last has no end. */
const ageBands = [7, 30, 90, Number.POSITIVE_INFINITY] as const;

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

/**
 * Findings as they are told: an analyzer of the organization tells of a resource again that its account's own analyzer tells of.
 * @param place the account that told it
 */
export function oncePerResource<Told extends { place: string; finding: OpenFinding }>(told: readonly Told[]): Told[] {
  const name = ({ account, region, source, title, resource }: OpenFinding) =>
    JSON.stringify([account, region, source, title, resource]);
  const own = new Set(told.flatMap(({ place, finding }) => (place === finding.account ? [name(finding)] : [])));
  return told.filter(({ place, finding }) => place === finding.account || !own.has(name(finding)));
}

/** What is remembered of an account from run to run: what stands, and where anybody has ever looked. Plain JSON. */
export const OpenMemory = z.object({
  findings: z.array(OpenFinding),
  /** By `lookName`; null: an older version did not note it, so everywhere counts as looked at. */
  seen: z.array(z.string()).nullable().default(null),
});

export type OpenMemory = z.infer<typeof OpenMemory>;

/**
 * `first-seen`: found by the first look of this source at this Region. `new`, `open`: found now. `not-seen`: was open, and
 * nobody could look this time: it stands. `archived`: somebody, or a rule, put it out of sight in AWS, which mends nothing.
 * `closed`: what found it was read to the end, without it.
 */
export type OpenChange = 'first-seen' | 'new' | 'open' | 'not-seen' | 'archived' | 'closed';

/**
 * Whether a finding that is not listed any more is closed: what found it looks still. Where the detector or analyzer was
 * deleted or suspended, its findings are gone with it, and nothing says that they were closed.
 */
function closedBy(looks: readonly Look[]): (finding: OpenFinding) => boolean {
  const read = new Map(looks.filter(({ state }) => state === 'read').map((look) => [lookName(look), look]));
  return (finding) => {
    const look = read.get(lookName(finding));
    return look !== undefined && (look.readers?.some((reader) => finding.key.startsWith(reader)) ?? true);
  };
}

/**
 * The findings of an account then and now: each is exactly one change.
 * @param looks what was looked at this time
 * @param archived keys of those that were open and are archived now
 * @param before null: no run has seen the account
 */
export function compareOpen(
  now: readonly OpenFinding[],
  looks: readonly Look[],
  archived: ReadonlySet<string>,
  before: OpenMemory | null,
): { changes: { finding: OpenFinding; change: OpenChange }[]; memory: OpenMemory } {
  const known = new Set((before?.findings ?? []).map(({ key }) => key));
  const seen = before === null ? new Set<string>() : before.seen === null ? null : new Set(before.seen);
  const here = new Set(now.map(({ key }) => key));
  const isClosed = closedBy(looks);
  const firstLook = (finding: OpenFinding): boolean => seen !== null && !seen.has(lookName(finding));
  const changes = [
    ...now.map((finding): { finding: OpenFinding; change: OpenChange } => ({
      finding,
      change: known.has(finding.key) ? 'open' : firstLook(finding) ? 'first-seen' : 'new',
    })),
    ...(before?.findings ?? [])
      .filter(({ key }) => !here.has(key))
      .map((finding): { finding: OpenFinding; change: OpenChange } => ({
        finding,
        change: archived.has(finding.key) ? 'archived' : isClosed(finding) ? 'closed' : 'not-seen',
      })),
  ];
  return {
    changes,
    memory: {
      findings: changes.flatMap(({ finding, change }) =>
        change === 'closed' || change === 'archived' ? [] : [finding],
      ),
      seen: seen === null ? null : seenNext([...seen], looks),
    },
  };
}
