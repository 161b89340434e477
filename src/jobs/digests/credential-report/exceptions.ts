import { ruleIds } from '../../../framework/credential-report/controls.ts';
import { Exception, type Exceptions, exceptionsAt } from '../../../framework/credential-report/exceptions.ts';
import { exceptionsAsked } from '../../../store/digests/people.ts';
import { plural } from '../../../words/text.ts';
import { namesOf } from '../common.ts';
import type { DigestParts } from '../digest.ts';

/** The exceptions of a run, as its files and its message tell of them. */
export interface ReportedExceptions {
  held: Exceptions;
  /** How files name whoever has to do with them. */
  called: (who: string) => string;
  /** Sentences on those that cannot be read, that end soon, and that ended since the last run. */
  said: string[];
  /** Asked, approved, refused and ended ones, with the names of people, and why one does not count. */
  all: { exception: Exception; refused: string | null }[];
}

/**
 * Exceptions of the configuration and those that people asked for in Slack, as far as they count now.
 * @param before when the run before began; null: there was none
 */
export async function exceptionsOf(parts: DigestParts, at: Date, before: Date | null): Promise<ReportedExceptions> {
  const { config, database } = parts;
  const said: string[] = [];
  const fromConfig = (config.digests.credentialReport?.exceptions ?? []).flatMap((each) => {
    const read = Exception.safeParse({
      ...each,
      expiry: each.expires.toISOString(),
      requestedAt: each.requestedAt?.toISOString() ?? null,
    });
    if (read.success) return [read.data];
    said.push(
      `An exception in the configuration names the rule "${each.rule}", which is none of ${ruleIds.join(', ')}.`,
    );
    return [];
  });
  const asked = (await exceptionsAsked(database.db, 'credentialReport')).flatMap((row) => {
    const [account, principal, rule, slot] = keyParts(row.finding);
    const read = Exception.safeParse({
      account,
      principal,
      rule,
      slot,
      owner: row.owner,
      reason: row.reason,
      expiry: row.expires_at.toISOString(),
      requestedBy: row.owner,
      requestedAt: row.asked_at.toISOString(),
      approvedBy: row.decided_by,
      decidedAt: row.decided_at?.toISOString() ?? null,
      refused: row.approved === false,
    });
    return read.success ? [read.data] : [];
  });
  const both = [...fromConfig, ...asked];
  const held = exceptionsAt(both, at);
  const refused = new Map(held.refused.map(({ exception, reason }) => [exception, reason]));
  const called = await namesOf(
    parts,
    both.flatMap(({ owner, requestedBy, approvedBy }) => [owner, requestedBy, approvedBy]),
  );
  const all = both.map((exception) => ({
    exception: {
      ...exception,
      owner: called(exception.owner),
      requestedBy: called(exception.requestedBy),
      approvedBy: exception.approvedBy === null ? null : called(exception.approvedBy),
    },
    refused: refused.get(exception) ?? null,
  }));
  return { held, called, said: [...said, ...endings(held, at, before)], all };
}

/** What ends soon, and what ended since the run before: told once, while the list keeps them all. */
export function endings({ refused, ending }: Exceptions, at: Date, before: Date | null): string[] {
  const day = (exception: Exception): string => exception.expiry.slice(0, 10);
  const about = ({ rule, principal, slot }: Exception): string =>
    `${rule} of ${principal}${slot === null || slot === '' ? '' : `, ${slot}`}`;
  const ended = refused.filter(({ exception: { expiry, approvedBy, refused: no } }) => {
    const end = Date.parse(expiry);
    return approvedBy !== null && !no && end <= at.getTime() && end > (before?.getTime() ?? 0);
  });
  return [
    ...(ended.length === 0
      ? []
      : [
          `${plural(ended.length, 'exception')} ended since the last time, so what ${ended.length === 1 ? 'it' : 'they'} covered counts again: ${ended
            .map(({ exception }) => `${about(exception)} on ${day(exception)}`)
            .join('; ')}.`,
        ]),
    ...(ending.length === 0
      ? []
      : [
          `${plural(ending.length, 'exception')} ${ending.length === 1 ? 'ends' : 'end'} within 14 days: ${ending
            .map((exception) => `${about(exception)} on ${day(exception)}`)
            .join('; ')}.`,
        ]),
  ];
}

/** The parts of a finding's key, as `findingKey` joined them. */
function keyParts(key: string): unknown[] {
  const parts: unknown = JSON.parse(key);
  return Array.isArray(parts) ? parts : [];
}
