import { afterQuiet, type QuietHours } from './quiet-hours.ts';
import type { Severity } from './severity.ts';
import { callees } from './targets/index.ts';
import type { Whom } from './targets/target.ts';

/** One level of an escalation policy. */
interface EscalationStep {
  /** `kind:id`, of the kinds in alerts/targets. */
  notify: string[];
  /** Milliseconds after the alert began to fire. */
  afterMs: number;
}

export interface EscalationPolicy {
  steps: readonly EscalationStep[];
  /** How often all levels are called again when nobody took it. */
  repeat: number;
  /** By severity: how long after the last sign of life of whoever acknowledged it they are asked. Absent: never. */
  ackTimeoutMs?: Partial<Record<Severity, number>>;
  /** What two people have to acknowledge; absent: nothing. */
  second?: SecondPerson;
}

/** Of these severities an alert is in hand only when two people have acknowledged it. */
export interface SecondPerson {
  of: readonly Severity[];
  /** One of the two must be one of these (`user:U…`, `usergroup:S…`); null: any two. */
  lead: readonly string[] | null;
}

/** How far the calls for an alert or a storm have come. */
export interface Ladder {
  /** Levels reached in this round: 0 before the first was called. */
  level: number;
  /** Rounds through all levels before this one. */
  round: number;
  /** When the current spell of firing began: the delays of the first round count from here. */
  firingSince: Date;
  /** The last call of this spell; null: there was none. */
  calledAt: Date | null;
  /** When every level had been called in vain and the default channel was; null: it has not come to that. */
  exhaustedAt: Date | null;
}

/** A ladder, and what decides when it is climbed. */
type Climbing = Ladder & { severity: Severity; quietHours: QuietHours | null };

/** The foot of the ladder: nobody called yet. */
export const foot = (now: Date): Ladder => ({
  level: 0,
  round: 0,
  firingSince: now,
  calledAt: null,
  exhaustedAt: null,
});

/** How far the calls have come, of whatever else has a ladder. */
export const ladderOf = ({ level, round, firingSince, calledAt, exhaustedAt }: Ladder): Ladder => ({
  level,
  round,
  firingSince,
  calledAt,
  exhaustedAt,
});

/** For what has a policy that is not in the configuration (any more): nobody but the default channel is left to call. */
export const lostPolicy: EscalationPolicy = { steps: [], repeat: 0 };

/** The shortest time that people have for an answer where the policy's own delays say nothing. */
const patienceMs = 5 * 60_000;
/** What is critical and exhausted calls its last level this often, without end. */
const criticalAgainMs = 30 * 60_000;

/** The next call: of a level, or of the default channel when there is no level left. */
interface Rung {
  level: number;
  round: number;
  notify: readonly string[];
  lastResort: boolean;
}

type Climber = Pick<Climbing, 'level' | 'round' | 'exhaustedAt' | 'severity'>;

function nextRung({ level, round, exhaustedAt, severity }: Climber, { steps, repeat }: EscalationPolicy) {
  const rung = (number: number, inRound: number, waitMs: number): Rung & { waitMs: number } => {
    const notify = steps[number - 1]?.notify ?? [];
    return { level: number, round: inRound, notify, lastResort: notify.length === 0, waitMs };
  };
  const last = steps.length;
  const delay = (number: number): number => steps[number - 1]?.afterMs ?? 0;
  // Between the last level and what follows it: as long as the last one waited for the one before.
  const roundMs = Math.max(patienceMs, delay(last) - delay(last - 1));
  if (exhaustedAt !== null) return severity === 'critical' ? rung(last, round + 1, criticalAgainMs) : undefined;
  if (level < last)
    return rung(level + 1, round, level === 0 ? Math.max(patienceMs, delay(1)) : delay(level + 1) - delay(level));
  // The policy was made shorter in the meantime: its last level is called once more.
  if (level > last && last > 0) return rung(last, round + 1, roundMs);
  if (last > 0 && round < repeat) return rung(1, round + 1, roundMs);
  return { ...rung(last, round, roundMs), notify: [], lastResort: true };
}

/** Whom the next call calls, as the policy names them: nobody is the default channel. Undefined: nobody is left to call. */
export const calledNext = (climber: Climber, policy: EscalationPolicy): readonly string[] | undefined =>
  nextRung(climber, policy)?.notify;

/**
 * When the next call is due: at its planned time, and after a late call not before as long has passed as lies between the two, so
 * that levels keep their distance after an outage; after quiet hours. Null: nobody is left to call.
 */
function nextCallAt(climbing: Climbing, policy: EscalationPolicy): Date | null {
  const { level, round, firingSince, calledAt } = climbing;
  const rung = nextRung(climbing, policy);
  if (rung === undefined) return null;
  const step = policy.steps[level];
  const planned = firingSince.getTime() + (round === 0 && !rung.lastResort ? (step?.afterMs ?? 0) : 0);
  const spaced = calledAt === null ? planned : Math.max(planned, calledAt.getTime() + rung.waitMs);
  return afterQuiet(climbing.quietHours, climbing.severity, new Date(spaced)) ?? null;
}

/** When a ladder is climbed next; null where nobody is to be called: it has no policy, or is exhausted. */
export function nextCallDue(climbing: Climbing, policy: EscalationPolicy | undefined): Date | null {
  // Somebody who was called by hand may not answer, policy or not.
  if (policy === undefined) return climbing.calledAt === null ? null : nextCallAt(climbing, lostPolicy);
  return nextCallAt(climbing, policy);
}

/** One call, and how the ladder stands after it. */
export interface Call {
  ladder: Ladder;
  /** Targets as the policy names them; empty where the default channel is called. */
  notify: string[];
  /** Levels that were passed over because nobody was there, the level that was called, or `exhausted`. */
  events: { kind: 'skipped' | 'escalated' | 'exhausted' | 'unreached'; detail: string; text?: string }[];
}

/**
 * Climbs to the next level at which there is somebody: one that calls nobody at this moment is passed over at once. After the last
 * level the rounds that `repeat` asks for follow, and then the default channel. Undefined: nobody is left to call.
 */
export function climb(
  climbing: Climbing,
  policy: EscalationPolicy,
  { now, ...whom }: { now: Date } & Whom,
): Call | undefined {
  const events: Call['events'] = [];
  const passed = new Set<number>();
  let at = climbing;
  for (;;) {
    const rung = nextRung(at, policy);
    if (rung === undefined) return undefined;
    const empty = !rung.lastResort && callees(rung.notify, whom).length === 0;
    if (empty && !passed.has(rung.level)) {
      passed.add(rung.level);
      events.push({ kind: 'skipped', detail: String(rung.level) });
      at = { ...at, level: rung.level, round: rung.round };
      continue;
    }
    const { firingSince, exhaustedAt } = climbing;
    // A whole round without anybody is not gone through again.
    if (empty || rung.lastResort) {
      const level = policy.steps.length;
      return {
        ladder: { level, round: rung.round, firingSince, calledAt: now, exhaustedAt: now },
        notify: [],
        events: [...events, { kind: 'exhausted', detail: String(level) }],
      };
    }
    const { level, round } = rung;
    return {
      ladder: { level, round, firingSince, calledAt: now, exhaustedAt },
      notify: [...rung.notify],
      events: [...events, { kind: 'escalated', detail: String(level) }, ...nobodyBehind(rung.notify, whom)],
    };
  }
}

/** Targets of a level that call nobody now, beside others that do. */
const nobodyBehind = (notify: readonly string[], whom: Whom): Call['events'] =>
  notify
    .filter((target) => callees([target], whom).length === 0)
    .map((detail) => ({ kind: 'unreached', detail, text: 'Nobody is there now.' }));
