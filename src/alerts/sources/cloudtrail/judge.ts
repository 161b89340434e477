import {
  byPerson,
  byProgram,
  byService,
  byTool,
  type CloudTrailRecord,
  failed,
  reads,
  throughService,
} from '../../../cloudtrail/record.ts';
import { techniqueOf } from '../../../cloudtrail/techniques.ts';
import { listed, oneLine } from '../../../words/text.ts';
import { type Severity, severityRank, worse } from '../../severity.ts';
import type { Judgement } from '../../signal.ts';
import type { By, CallRule } from './call.ts';
import { callRules } from './rules/index.ts';

/** Tactics whose calls change something for the attacker's good; discovery and the like only look. */
const grave = new Set(['Persistence', 'Privilege Escalation', 'Defense Evasion', 'Impact', 'Exfiltration']);

/**
 * How telling an API call is. Rules say what it does; a call that was refused, or that an AWS service made, is at most
 * low (the rules that say otherwise hold all the same). What no rule knows is judged by the table of techniques.
 */
export function judge(record: CloudTrailRecord): Judgement {
  const refused = failed(record);
  const service = byService(record);
  const by = callers(record);
  const told: { severity: Severity; reason: string }[] = [];
  for (const rule of service ? [] : rulesAbout(record)) {
    if ((refused && rule.even !== 'failed') || (rule.by !== undefined && !by.has(rule.by))) continue;
    const reason = reasonOf(rule, record);
    if (reason !== undefined) told.push({ severity: rule.severity, reason });
  }
  const known = techniqueOf(record.eventSource ?? '', record.eventName ?? '');
  const base: Severity =
    known === undefined || reads(record)
      ? 'info'
      : known.inTheWild && known.tactics.some((tactic) => grave.has(tactic))
        ? 'low'
        : 'info';
  const severity = told.reduce<Severity>((worst, rule) => worse(worst, rule.severity), base);
  const reasons = told
    .toSorted((a, b) => severityRank(a.severity) - severityRank(b.severity))
    .map(({ reason }) => reason);
  return {
    severity,
    reasons: [
      ...new Set(reasons),
      ...(refused ? ['the call did not succeed'] : []),
      ...(service ? ['an AWS service made the call'] : []),
    ],
    ...(known?.technique == null ? {} : { technique: known.technique.replace(' - ', ' ') }),
    ...(known === undefined ? {} : { tactic: known.tactics.join(', '), why: known.why }),
  };
}

/** The rules that are about a call of this name, of the last thousand names: most calls are of a few. */
const about = new Map<string, readonly CallRule[]>();

function rulesAbout(record: CloudTrailRecord): readonly CallRule[] {
  const name = `${record.eventSource} ${record.eventName}`;
  const known = about.get(name);
  if (known !== undefined) return known;
  const rules = callRules.filter(({ calls }) => calls === undefined || calls(record));
  // Names may be anybody's text, of any length.
  if (about.size >= 1000) about.clear();
  if (name.length <= 200) about.set(name, rules);
  return rules;
}

/** Of whose calls this is one, in the words of the rules. */
function callers(record: CloudTrailRecord): ReadonlySet<By> {
  if (throughService(record)) return new Set();
  if (byTool(record)) return new Set(['no service']);
  if (byProgram(record)) return new Set(['no service', 'hand']);
  return new Set(['no service', 'hand', 'no program', ...(byPerson(record) ? (['person'] as const) : [])]);
}

/** The reason with the values that decided; undefined where the rule does not hold. */
function reasonOf({ reason, holds }: CallRule, record: CloudTrailRecord): string | undefined {
  const held = holds?.(record) ?? true;
  if (typeof held === 'boolean') return held ? reason : undefined;
  // The record may be anybody's text: few values, and short.
  const values = [...new Set(held)].map((value) => oneLine(value, 100));
  return values.length === 0 ? undefined : reason.replace('{}', () => listed(values, 4));
}
