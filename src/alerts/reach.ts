import type { EscalationPolicy } from './ladder.ts';
import { isQuiet, type QuietHours } from './quiet-hours.ts';
import { type Severity, severityRank } from './severity.ts';

/** Another way than a direct message by which a person wants to be called. */
export interface ReachRule {
  /** A target of a personal kind: `voice:+420123456789`. */
  way: string;
  /** How long after the direct message. */
  afterMs: number;
  /** Alerts this severe or worse. */
  from: Severity;
}

/** How a person wants to be called. A direct message comes always, and at once. */
export interface Reach {
  /** In their order. */
  rules: readonly ReachRule[];
  /** Then only a direct message comes, except for what is critical. Null: there are none. */
  quietHours: Pick<QuietHours, 'from' | 'to' | 'timezone'> | null;
}

/** The ways beside a direct message by which a person is called for an alert of this severity at a time, each with its delay. */
export function waysTo(reach: Reach | undefined, severity: Severity, at: Date): { way: string; afterMs: number }[] {
  if (reach === undefined) return [];
  const { rules, quietHours } = reach;
  const hours = quietHours && { ...quietHours, days: [1, 2, 3, 4, 5, 6, 7], below: 'critical' as const };
  if (hours !== null && isQuiet(hours, severity, at)) return [];
  return rules
    .filter(({ from }) => severityRank(severity) <= severityRank(from))
    .map(({ way, afterMs }) => ({ way, afterMs }));
}

/**
 * Policies in which a rule comes too late: the next level is called before it. One sentence for each rule that is late everywhere or
 * in some; a level counts when it calls people (a person, a schedule or a group).
 */
export function lateRules(
  { rules }: Pick<Reach, 'rules'>,
  policies: ReadonlyMap<string, EscalationPolicy>,
): { rule: ReachRule; policy: string; gapMs: number }[] {
  return rules.flatMap((rule) =>
    [...policies].flatMap(([policy, { steps }]) => {
      const gaps = steps.flatMap(({ notify, afterMs }, place) => {
        const next = steps[place + 1];
        return next !== undefined && notify.some((target) => /^(?:user|schedule|usergroup):/.test(target))
          ? [next.afterMs - afterMs]
          : [];
      });
      const gapMs = Math.min(...gaps);
      return rule.afterMs > 0 && gapMs <= rule.afterMs ? [{ rule, policy, gapMs }] : [];
    }),
  );
}
