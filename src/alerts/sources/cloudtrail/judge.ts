import { type Severity, severityRank, worse } from '../../severity.ts';
import type { Judgement } from '../../signal.ts';
import type { Rule } from './call.ts';
import { byPerson, byService, byTool, type CloudTrailRecord, failed, reads } from './record.ts';
import { rules } from './rules/index.ts';
import { techniqueOf } from './techniques.ts';

/** Tactics whose calls change something for the attacker's good; discovery and the like only look. */
const grave = new Set(['Persistence', 'Privilege Escalation', 'Defense Evasion', 'Impact', 'Exfiltration']);

/**
 * How telling an API call is. Rules say what it does; a call that was refused, or that an AWS service made, is at most
 * low (the rules that say otherwise hold all the same). What no rule knows is judged by the table of techniques.
 */
export function judge(record: CloudTrailRecord): Judgement {
  const refused = failed(record);
  const service = byService(record);
  const hand = !byTool(record);
  const by: Record<NonNullable<Rule['by']>, boolean> = { hand, person: hand && byPerson(record) };
  const held = service
    ? []
    : rules.filter(
        (rule) => (!refused || rule.even === 'failed') && (rule.by === undefined || by[rule.by]) && rule.holds(record),
      );
  const known = techniqueOf(record.eventSource ?? '', record.eventName ?? '');
  const base: Severity =
    known === undefined || reads(record)
      ? 'info'
      : known.inTheWild && known.tactics.some((tactic) => grave.has(tactic))
        ? 'low'
        : 'info';
  const severity = held.reduce<Severity>((worst, rule) => worse(worst, rule.severity), base);
  const reasons = held
    .toSorted((a, b) => severityRank(a.severity) - severityRank(b.severity))
    .map(({ reason }) => reason);
  return {
    severity,
    reasons: [
      ...reasons,
      ...(refused ? ['the call did not succeed'] : []),
      ...(service ? ['an AWS service made the call'] : []),
    ],
    ...(known?.technique == null ? {} : { technique: known.technique.replace(' - ', ' ') }),
    ...(known === undefined ? {} : { tactic: known.tactics.join(', '), why: known.why }),
  };
}
