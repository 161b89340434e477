import { z } from 'zod';
import { ruleIds } from './controls.ts';
import type { Evaluation } from './evaluate.ts';
import { Finding } from './finding.ts';

/** How long a closed finding is remembered, so that one that comes back is known: the twelve weeks of the trend. */
const rememberMs = 84 * 86_400_000;

const Tracked = z.object({
  finding: Finding,
  /** ISO 8601: the run that found it first. */
  firstSeen: z.string(),
  /** Last run that found it. */
  lastSeen: z.string(),
  /** When and how it went; null: open. */
  closed: z.object({ at: z.string(), how: z.enum(['fixed', 'removed']) }).nullable(),
});

type Tracked = z.infer<typeof Tracked>;

/** What is kept of one account from run to run: plain JSON. `AccountState` is also the reader of what was stored. */
export const AccountState = z.object({
  account: z.string(),
  name: z.string().nullable(),
  /** ISO 8601: the last run that saw the account; null: none has yet. */
  lastSeen: z.string().nullable(),
  /** Rules that have looked at the account at least once. */
  rulesSeen: z.array(z.enum(ruleIds)),
  tracked: z.array(Tracked),
});

export type AccountState = z.infer<typeof AccountState>;

/** What a run learned about one account. */
export type Outcome =
  | { kind: 'seen'; evaluation: Evaluation }
  /** It was asked and did not answer. */
  | { kind: 'missing'; account: string; name: string | null }
  /** It is no longer in the organization, or closed. */
  | { kind: 'left'; account: string; name: string | null };

export const changeKinds = ['baseline', 'new', 'reappeared', 'open', 'not-seen', 'fixed', 'removed'] as const;

/**
 * `baseline`: found by the first look of this rule at this account, so nobody knows whether it is new.
 * `new`, `reappeared` (had been fixed or removed), `open` (as the last time): found now.
 * `not-seen`: was open, and nobody could look this time.
 * `fixed`: the principal is there, the finding is not. `removed`: the principal was deleted or renamed, or the account left.
 */
export type ChangeKind = (typeof changeKinds)[number];

export interface Change {
  kind: ChangeKind;
  /** As it stands now; as it last stood where it is gone or not seen. */
  finding: Finding;
  /** ISO 8601: the run that found it first. */
  firstSeen: string;
}

/**
 * One account then and now: every finding that was open or is found now is exactly one change. Notes are not compared.
 * @param state what `compareAccount` gave the last time, null on the first run
 * @param at the time of this run, not the report's
 */
export function compareAccount(
  state: AccountState | null,
  outcome: Outcome,
  at: Date,
): { state: AccountState; changes: readonly Change[] } {
  const now = at.toISOString();
  const { account, name } = outcome.kind === 'seen' ? outcome.evaluation : outcome;
  const before = new Map((state?.tracked ?? []).map((one) => [one.finding.key, one]));
  const tracked: Tracked[] = [];
  const changes: Change[] = [];
  const track = (kind: ChangeKind, next: Tracked) => {
    tracked.push(next);
    changes.push({ kind, finding: next.finding, firstSeen: next.firstSeen });
  };

  const found = outcome.kind === 'seen' ? outcome.evaluation.findings.filter(({ note }) => !note) : [];
  for (const finding of found) {
    const known = before.get(finding.key);
    before.delete(finding.key);
    const firstLook = state === null || !state.rulesSeen.includes(finding.rule);
    const kind = known === undefined ? (firstLook ? 'baseline' : 'new') : known.closed === null ? 'open' : 'reappeared';
    track(kind, { finding, firstSeen: known?.firstSeen ?? now, lastSeen: now, closed: null });
  }
  // What is left was not found now.
  for (const one of before.values()) {
    if (one.closed !== null) {
      if (at.getTime() - Date.parse(one.closed.at) <= rememberMs) tracked.push(one);
      continue;
    }
    const kind = whereabouts(one.finding, outcome);
    track(kind, kind === 'not-seen' ? one : { ...one, closed: { at: now, how: kind } });
  }

  const looked = outcome.kind === 'seen' ? ruleIds.filter((rule) => !notChecked(rule, outcome.evaluation)) : [];
  return {
    state: {
      account,
      name: name ?? state?.name ?? null,
      lastSeen: outcome.kind === 'seen' ? now : (state?.lastSeen ?? null),
      rulesSeen: ruleIds.filter((rule) => looked.includes(rule) || state?.rulesSeen.includes(rule) === true),
      tracked,
    },
    changes,
  };
}

/** Why an open finding was not found again. Only what was looked at can be fixed. */
function whereabouts(finding: Finding, outcome: Outcome): 'not-seen' | 'fixed' | 'removed' {
  if (outcome.kind === 'missing') return 'not-seen';
  if (outcome.kind === 'left') return 'removed';
  const { evaluation } = outcome;
  if (notChecked(finding.rule, evaluation)) return 'not-seen';
  if (evaluation.principals.has(finding.principal)) return 'fixed';
  return evaluation.principalsWhole ? 'removed' : 'not-seen';
}

const notChecked = (rule: Finding['rule'], evaluation: Evaluation): boolean =>
  evaluation.notChecked.some((one) => one.rule === rule);

/** How many changes of each kind; `standing` are all that count as open: found now, or open and not seen. */
export type Counts = Record<ChangeKind, number> & { standing: number };

export function count(changes: Iterable<Pick<Change, 'kind'>>): Counts {
  const counts: Counts = {
    baseline: 0,
    new: 0,
    reappeared: 0,
    open: 0,
    'not-seen': 0,
    fixed: 0,
    removed: 0,
    standing: 0,
  };
  for (const { kind } of changes) {
    counts[kind] += 1;
    if (kind !== 'fixed' && kind !== 'removed') counts.standing += 1;
  }
  return counts;
}
