import type { Stand } from '../../../framework/catalogues.ts';
import { count, type FindingChange, isStanding, stoodBefore } from '../../../framework/credential-report/compare.ts';
import { controls, type RuleId, ruleIds } from '../../../framework/credential-report/controls.ts';
import { worstFirst } from '../../../framework/credential-report/evaluate.ts';
import { type Finding, findingKey } from '../../../framework/credential-report/finding.ts';
import { credentialRules } from '../../../framework/credential-report/rules/index.ts';
import { daysBetween } from '../../../framework/credential-report/rules/rule.ts';
import { isOff, type Thresholds } from '../../../framework/credential-report/thresholds.ts';
import { keptItems } from '../../../framework/digest-result.ts';
import type { AccountResult } from '../../../reports/credential-report.ts';
import type { ReportedFinding } from '../../../reports/findings.ts';
import type { ComparedAccount } from './compared.ts';
import type { ReportedExceptions } from './exceptions.ts';

/** What all accounts of a run answered, beside the run before. */
export interface CredentialSum {
  accounts: AccountResult[];
  openByRule: Map<RuleId, number>;
  /** Findings that count, the worst first, as many as are kept. */
  worst: FindingChange[];
  /** Dormant credentials that are in use: told before all else. */
  usedAgain: FindingChange[];
  /** Sentences of what was fixed, and of what counts no more or anew by configuration alone. */
  fixed: string[];
  byLimits: string[];
  /** Sentences on exceptions that do not cover a new principal of the same name. */
  ofAnother: string[];
  /** How many accounts no run before has seen. */
  newAccounts: number;
  /** Keys of findings that were assigned and are not there any more. */
  gone: string[];
  accepted: string[];
  totals: CredentialTotals;
}

/** What is kept of a run for the next one and for the trend. */
const noTotals = () => ({
  open: 0,
  new: 0,
  fixed: 0,
  usedAgain: 0,
  laxer: 0,
  stricter: 0,
  removed: 0,
  before: 0,
  accepted: 0,
  notSeen: 0,
  baseline: 0,
  standing: 0,
  users: 0,
  critical: 0,
  high: 0,
  medium: 0,
  low: 0,
});

export type CredentialTotals = ReturnType<typeof noTotals>;

export const emptySum = (): CredentialSum => ({
  accounts: [],
  openByRule: new Map(),
  worst: [],
  usedAgain: [],
  fixed: [],
  byLimits: [],
  ofAnother: [],
  newAccounts: 0,
  gone: [],
  accepted: [],
  totals: noTotals(),
});

/** What accounts are summed up with. */
export interface SumContext {
  exceptions: Pick<ReportedExceptions, 'held' | 'called'>;
  /** Keys of findings that somebody was given to fix. */
  assigned: ReadonlySet<string>;
  /** When the run was asked for. */
  at: Date;
}

/**
 * Every finding of a run with what became of it, account by account, the worst first; notes, and what was not checked, stand
 * at the end of each. On the way it sums up, so that each account is read once.
 */
export async function* summedUp(
  accounts: AsyncIterable<ComparedAccount>,
  context: SumContext,
  sum: CredentialSum,
): AsyncGenerator<ReportedFinding, void> {
  const byWorst = worstAt(context.at);
  for await (const compared of accounts) {
    addAccount(sum, compared, context);
    for (const { finding, kind, firstSeen, how } of compared.changes.toSorted(byWorst))
      yield { finding, change: kind, how, firstSeen, exception: covering(context, compared, finding) ?? null };
    for (const finding of compared.evaluation?.findings ?? [])
      if (finding.note) yield { finding, change: null, how: null, firstSeen: null, exception: null };
    for (const finding of unlooked(compared))
      yield { finding, change: 'not-checked', how: null, firstSeen: null, exception: null };
  }
  sum.worst = sum.worst.sort(byWorst).slice(0, keptItems);
}

/** Adds one account to a sum. */
export function addAccount(sum: CredentialSum, compared: ComparedAccount, context: SumContext): void {
  const { totals } = sum;
  const counts = count(compared.changes);
  const before = totals.accepted;
  for (const change of compared.changes) addChange(sum, change, compared, context);
  totals.new += counts.new + counts.reappeared;
  totals.fixed += counts.fixed;
  totals.usedAgain += counts['used-again'];
  totals.laxer += counts.laxer;
  totals.stricter += counts.stricter;
  totals.before += stoodBefore(counts);
  if (compared.first && compared.evaluation !== null) sum.newAccounts += 1;
  totals.removed += counts.removed;
  totals.notSeen += counts['not-seen'];
  totals.baseline += counts.baseline;
  totals.standing += counts.standing;
  totals.users += compared.evaluation?.users ?? 0;
  sum.accounts.push({ ...accountResult(compared), counts, accepted: totals.accepted - before });
  // Only the worst and a few examples are kept: memory does not grow with the number of findings.
  if (sum.worst.length > 20 * keptItems) sum.worst = sum.worst.sort(worstAt(context.at)).slice(0, keptItems);
  sum.fixed.splice(keptItems);
  sum.byLimits.splice(keptItems);
  sum.accepted.splice(keptItems);
}

function addChange(sum: CredentialSum, change: FindingChange, compared: ComparedAccount, context: SumContext): void {
  const { exceptions, assigned } = context;
  const { totals } = sum;
  const { finding, kind, how } = change;
  const { brief } = credentialRules[finding.rule];
  const named = `${finding.user} in ${finding.accountName ?? finding.account}: ${brief}`;
  const ending = how === null ? '' : ` (${how})`;
  if (kind === 'fixed') sum.fixed.push(`${named}${slotWords(finding.slot)}${ending}`);
  if (kind === 'laxer' || kind === 'stricter') sum.byLimits.push(`${named}${slotWords(finding.slot)}${ending}`);
  // Of an inactive user its own credential says more.
  if (kind === 'used-again' && !isToldBy(change, compared.changes)) sum.usedAgain.push(change);
  if (!isStanding(kind)) {
    // Who was asked to look after a dormant credential has more to do when it is used.
    if (assigned.has(finding.key) && kind !== 'used-again') sum.gone.push(finding.key);
    return;
  }
  const exception = covering(context, compared, finding);
  if (exception !== undefined) {
    totals.accepted += 1;
    sum.accepted.push(
      `${named}. ${exception.reason} · ${exceptions.called(exception.owner)}, until ${exception.expiry.slice(0, 10)}`,
    );
    return;
  }
  if (exceptions.held.ofAnother(finding, compared.replaced[finding.principal]) !== undefined)
    sum.ofAnother.push(
      `The exception for ${finding.rule} of ${finding.principal} was for another user of this name: the one that is there now was made on ${finding.principalCreatedAt?.slice(0, 10) ?? 'a later day'}, so it does not count.`,
    );
  if (finding.severity !== 'info') totals[finding.severity] += 1;
  sum.openByRule.set(finding.rule, (sum.openByRule.get(finding.rule) ?? 0) + 1);
  sum.worst.push(change);
  totals.open += 1;
}

/** Whether a credential of the same user that is used again tells what an inactive user's finding would. */
const isToldBy = ({ finding }: FindingChange, changes: readonly FindingChange[]): boolean =>
  finding.rule === 'inactive-user' &&
  changes.some(
    ({ kind, finding: other }) =>
      kind === 'used-again' && other.rule !== finding.rule && other.principal === finding.principal,
  );

/** How each rule stands now, in findings, and in accounts where it could not look. What is switched off looks nowhere. */
export function standsOf({ accounts, openByRule }: CredentialSum, thresholds: Thresholds): Map<string, Stand> {
  const asked = accounts.filter(({ state }) => state !== 'left');
  return new Map(
    ruleIds
      .filter((rule) => credentialRules[rule].severity !== 'info' && !isOff(rule, thresholds))
      .map((rule) => {
        const dark = asked.filter(
          ({ missing, unread, notChecked, unjudged }) =>
            missing !== null || unread.length > 0 || [...notChecked, ...unjudged].some((one) => one.rule === rule),
        ).length;
        const { title } = credentialRules[rule];
        return [rule, { title, open: openByRule.get(rule) ?? 0, unknown: dark, looked: dark < asked.length }];
      }),
  );
}

/** What rules could not look at in an account, as rows of the files: it is never taken for good. */
function unlooked({ place: { account, name }, evaluation }: ComparedAccount): Finding[] {
  const row = (rule: RuleId, principal: string, user: string, slot: string, reason: string): Finding => ({
    key: findingKey({ account, principal, rule, slot }),
    rule,
    title: credentialRules[rule].title,
    severity: 'info',
    account,
    accountName: name,
    principal,
    user,
    slot,
    sentence: `Not checked: ${reason}`,
    since: null,
    ageDays: null,
    controls: controls[rule],
    consoleLink: '',
    principalCreatedAt: null,
    limit: null,
    credential: null,
    note: true,
  });
  return [
    ...(evaluation?.notChecked ?? []).map(({ rule, reason }) => row(rule, '', 'whole account', '', reason)),
    ...(evaluation?.unjudged ?? []).map(({ rule, principal, user, slot, reason }) =>
      row(rule, principal, user, slot, reason),
    ),
  ];
}

const covering = ({ exceptions }: SumContext, { replaced }: ComparedAccount, finding: Finding) =>
  exceptions.held.of(finding, replaced[finding.principal]);

const slotWords = (slot: string): string => (/^(password|key \d)$/.test(slot) ? `, ${slot}` : '');

/** An account as the report lists it; one without an answer says why. */
const accountResult = ({ place, evaluation }: ComparedAccount): Omit<AccountResult, 'counts' | 'accepted'> => ({
  account: place.account,
  name: place.name,
  state: place.state,
  generatedAt: evaluation?.generatedAt ?? null,
  missing:
    evaluation === null
      ? (place.reason ?? (place.state === 'left' ? 'It is no longer in the organization.' : 'It gave no answer.'))
      : null,
  users: evaluation?.users ?? 0,
  usersCounted: evaluation?.usersCounted ?? null,
  unread: evaluation?.unread ?? [],
  remarks: evaluation?.remarks ?? [],
  notChecked: evaluation?.notChecked ?? [],
  unjudged: evaluation?.unjudged ?? [],
});

/** The worst first, where what has no date of its own is as old as it was seen first. */
const worstAt =
  (at: Date) =>
  (a: FindingChange, b: FindingChange): number => {
    const seen = new Map([a, b].map(({ finding, firstSeen }) => [finding, daysBetween(new Date(firstSeen), at)]));
    return worstFirst(a.finding, b.finding, (finding) => seen.get(finding) ?? 0);
  };
