import { z } from 'zod';
import { dayMs } from '../../words/time.ts';
import { ruleIds } from './controls.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import type { AccountFacts } from './facts.ts';
import { Finding } from './finding.ts';
import { whatBecame } from './gone.ts';
import { limitChanged, Thresholds } from './thresholds.ts';

/** How long a closed finding is remembered, so that one that comes back is known: the twelve weeks of the trend. */
const rememberMs = 84 * dayMs;

const Tracked = z.object({
  finding: Finding,
  /** ISO 8601: the run that found it first. */
  firstSeen: z.string(),
  /** Last run that found it. */
  lastSeen: z.string(),
  /** When and how it went; null: open. */
  closed: z.object({ at: z.string(), how: z.enum(['fixed', 'used-again', 'laxer', 'removed']) }).nullable(),
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
  /** The limits of the last look; null: not known. */
  thresholds: Thresholds.nullable().default(null),
  /** Principals that have the ARN of a former one, with the time at which they were made. */
  recreated: z.record(z.string(), z.string()).default({}),
});

export type AccountState = z.infer<typeof AccountState>;

/** What a run learned about one account. */
export type AccountOutcome =
  | { kind: 'seen'; evaluation: Evaluation; facts: AccountFacts; thresholds: Thresholds }
  /** It was asked and did not answer. */
  | { kind: 'missing'; account: string; name: string | null }
  /** It is no longer in the organization. */
  | { kind: 'left'; account: string; name: string | null };

const standingKinds = ['baseline', 'new', 'reappeared', 'stricter', 'open', 'not-seen'] as const;

export const changeKinds = [...standingKinds, 'fixed', 'used-again', 'laxer', 'removed'] as const;

/**
 * `baseline`: found by the first look of this rule at this account, so nobody knows whether it is new.
 * `new`, `reappeared` (had been gone), `open` (as the last time): found now.
 * `stricter`: found now because a limit was changed, not the account.
 * `not-seen`: was open, and nobody could look this time.
 * `fixed`: the principal is there, the finding is not. `removed`: the principal was deleted, renamed or replaced by another of
 * the same name, or the account left.
 * `used-again`: a credential that lay unused is in use. `laxer`: a limit was changed, not the account.
 */
export type ChangeKind = (typeof changeKinds)[number];

/** Whether a finding counts as open. */
export const isStanding = (kind: ChangeKind): boolean => standingKinds.some((each) => each === kind);

export interface FindingChange {
  kind: ChangeKind;
  /** As it stands now; as it last stood where it is gone or not seen. */
  finding: Finding;
  /** ISO 8601: the run that found it first. */
  firstSeen: string;
  /** How it went, or why it counts, as the end of a sentence; null: the kind says it all. */
  how: string | null;
}

/**
 * One account then and now: every finding that was open or is found now is exactly one change; of a principal that was
 * replaced by another of the same name, one for each of the two. Notes are not compared.
 * @param state what `compareAccount` gave the last time, null on the first run
 * @param at the time of this run, not the report's
 */
export function compareAccount(
  state: AccountState | null,
  outcome: AccountOutcome,
  at: Date,
): { state: AccountState; changes: readonly FindingChange[] } {
  const now = at.toISOString();
  const { account, name } = outcome.kind === 'seen' ? outcome.evaluation : outcome;
  const before = new Map((state?.tracked ?? []).map((one) => [one.finding.key, one]));
  const tracked: Tracked[] = [];
  const changes: FindingChange[] = [];
  const tell = (kind: ChangeKind, { finding, firstSeen }: Tracked, how: string | null = null) =>
    changes.push({ kind, finding, firstSeen, how });
  const look = outcome.kind === 'seen' ? lookAt(state, outcome) : null;

  for (const finding of look?.found.values() ?? []) {
    const held = before.get(finding.key);
    before.delete(finding.key);
    const another = held !== undefined && isAnother(held.finding, finding.principalCreatedAt);
    if (another && held.closed === null) tell('removed', held, anotherSince(finding.principalCreatedAt));
    const known = another ? undefined : held;
    const changed = look?.limitChange(finding) ?? null;
    const firstLook = held === undefined && (state === null || !state.rulesSeen.includes(finding.rule));
    const next = { finding, firstSeen: known?.firstSeen ?? now, lastSeen: now, closed: null };
    tracked.push(next);
    if (known !== undefined && known.closed === null) tell('open', next);
    else if (firstLook) tell('baseline', next);
    else if (changed !== null && look?.byFormerLimits().has(finding.key) === false) tell('stricter', next, changed);
    else tell(known === undefined ? 'new' : 'reappeared', next);
  }
  // What is left was not found now.
  for (const one of before.values()) {
    if (one.closed !== null) {
      if (at.getTime() - Date.parse(one.closed.at) <= rememberMs) tracked.push(one);
      continue;
    }
    const { kind, how } = look === null ? unseen(outcome) : look.whereabouts(one.finding);
    tracked.push(kind === 'not-seen' ? one : { ...one, closed: { at: now, how: kind } });
    tell(kind, one, how);
  }

  const looked = outcome.kind === 'seen' ? ruleIds.filter((rule) => !notChecked(rule, outcome.evaluation)) : [];
  return {
    state: {
      account,
      name: name ?? state?.name ?? null,
      lastSeen: outcome.kind === 'seen' ? now : (state?.lastSeen ?? null),
      rulesSeen: ruleIds.filter((rule) => looked.includes(rule) || state?.rulesSeen.includes(rule) === true),
      tracked,
      thresholds: outcome.kind === 'seen' ? outcome.thresholds : (state?.thresholds ?? null),
      recreated: look === null ? (state?.recreated ?? {}) : look.recreated(),
    },
    changes,
  };
}

/** Whether the principal of a finding has been replaced by one that was made at another time. Unknown times tell nothing. */
const isAnother = ({ principalCreatedAt }: Finding, createdAt: string | null): boolean =>
  principalCreatedAt !== null && createdAt !== null && Date.parse(principalCreatedAt) !== Date.parse(createdAt);

const anotherSince = (createdAt: string | null): string =>
  `deleted; another of the same name was made on ${createdAt?.slice(0, 10) ?? 'an unknown day'}`;

type Gone = { kind: 'not-seen' | 'fixed' | 'used-again' | 'laxer' | 'removed'; how: string | null };

const notSeen: Gone = { kind: 'not-seen', how: null };

const unseen = ({ kind }: AccountOutcome): Gone =>
  kind === 'left' ? { kind: 'removed', how: 'its account left the organization' } : notSeen;

/** What a look at an account tells of findings, beside what is known of it. */
function lookAt(
  state: AccountState | null,
  { evaluation, facts, thresholds }: Extract<AccountOutcome, { kind: 'seen' }>,
) {
  const found = new Map(evaluation.findings.flatMap((one) => (one.note ? [] : [[one.key, one] as const])));
  const rows = new Map(facts.rows.map((row) => [row.arn, row]));
  const madeAt = (principal: string): string | null => rows.get(principal)?.createdAt?.toISOString() ?? null;
  const former = state?.thresholds ?? null;
  let formerKeys: ReadonlySet<string> | undefined;
  /** What the former limits would find now. */
  const byFormerLimits = (): ReadonlySet<string> => {
    formerKeys ??= new Set(
      former === null
        ? []
        : evaluate(facts, former).findings.flatMap(({ note, key, limit }) =>
            // A rotation under way is a note by one limit and a finding by the other.
            note || limit === null ? [] : [key],
          ),
    );
    return formerKeys;
  };
  const limitChange = ({ rule }: Finding): string | null =>
    former === null ? null : limitChanged(rule, former, thresholds);
  const unjudged = new Set(evaluation.unjudged.map(({ rule, principal, slot }) => `${rule}\n${principal}\n${slot}`));

  /** Why an open finding was not found again. Only what was looked at can be fixed. */
  const whereabouts = (finding: Finding): Gone => {
    const { principal, rule, slot } = finding;
    if (notChecked(rule, evaluation) || unjudged.has(`${rule}\n${principal}\n${slot}`)) return notSeen;
    if (!evaluation.principals.has(principal))
      return evaluation.principalsWhole ? { kind: 'removed', how: 'the user was deleted or renamed' } : notSeen;
    if (isAnother(finding, madeAt(principal))) return { kind: 'removed', how: anotherSince(madeAt(principal)) };
    const changed = limitChange(finding);
    if (changed !== null && byFormerLimits().has(finding.key)) return { kind: 'laxer', how: changed };
    return whatBecame(finding, rows.get(principal), facts);
  };

  /** Those known before and still the same, and those that this look shows. */
  const recreated = (): Record<string, string> => {
    const same = Object.entries(state?.recreated ?? {}).filter(([principal, at]) => (madeAt(principal) ?? at) === at);
    const here = (state?.tracked ?? []).flatMap(({ finding }): [string, string][] => {
      const at = madeAt(finding.principal);
      return at !== null && isAnother(finding, at) ? [[finding.principal, at]] : [];
    });
    return Object.fromEntries([...same, ...here]);
  };
  return { found, byFormerLimits, limitChange, whereabouts, recreated };
}

const notChecked = (rule: Finding['rule'], evaluation: Evaluation): boolean =>
  evaluation.notChecked.some((one) => one.rule === rule);

/** How many changes of each kind; `standing` are all that count as open: found now, or open and not seen. */
export type Counts = Record<ChangeKind, number> & { standing: number };

export function count(changes: Iterable<Pick<FindingChange, 'kind'>>): Counts {
  const counts: Counts = {
    baseline: 0,
    new: 0,
    reappeared: 0,
    stricter: 0,
    open: 0,
    'not-seen': 0,
    fixed: 0,
    'used-again': 0,
    laxer: 0,
    removed: 0,
    standing: 0,
  };
  for (const { kind } of changes) {
    counts[kind] += 1;
    if (isStanding(kind)) counts.standing += 1;
  }
  return counts;
}

/** How many stood the last time: what stands now without what came, with what went. */
export const stoodBefore = (counts: Counts): number =>
  counts.open + counts['not-seen'] + counts.fixed + counts['used-again'] + counts.laxer + counts.removed;
