import { severityRank } from '../../../alerts/severity.ts';
import { type FindingChange, stoodBefore } from '../../../framework/credential-report/compare.ts';
import { cisVersions, type RuleId } from '../../../framework/credential-report/controls.ts';
import { credentialRules } from '../../../framework/credential-report/rules/index.ts';
import { laxerThanCis, type Thresholds } from '../../../framework/credential-report/thresholds.ts';
import { type DigestItem, type DigestResult, keptItems } from '../../../framework/digest-result.ts';
import type { AccountResult } from '../../../reports/credential-report.ts';
import type { CsvCell } from '../../../reports/csv.ts';
import { counted, listed, oneLine, plural, terms } from '../../../words/text.ts';
import { betterFor, plainChart, silence, type trendOf } from '../common.ts';
import type { ReportedExceptions } from './exceptions.ts';
import type { CredentialSum, CredentialTotals } from './sum.ts';

/** The result of a run in words. */
export function credentialResult(
  coverage: DigestResult['coverage'],
  sum: CredentialSum,
  owners: ReadonlyMap<string, string | null>,
  { before, chart }: Awaited<ReturnType<typeof trendOf>>,
  { exceptions, thresholds }: { exceptions: ReportedExceptions; thresholds: Thresholds },
): DigestResult {
  const { totals, usedAgain } = sum;
  // A credential that is used again, a laxer limit and a risk that somebody accepted take a finding away, and mend nothing.
  const remedied = totals.usedAgain + totals.laxer === 0 && totals.accepted <= (before?.['accepted'] ?? 0);
  const number = (label: string, key: 'open' | 'new' | 'fixed', good: 'down' | 'neither') => ({
    label,
    value: totals[key],
    unit: '',
    before: before?.[key] ?? null,
    good,
  });
  return {
    title: 'Credential report',
    headline: headline(sum, coverage, before === null),
    coverage: { ...coverage, gaps: gaps(sum.accounts) },
    numbers: [
      number('Open findings', 'open', betterFor(totals.open, before?.['open'] ?? null, remedied)),
      number('New', 'new', 'down'),
      number('Fixed', 'fixed', 'neither'),
    ],
    chart: plainChart(chart),
    items: [
      ...usedAgain.map((change) => usedAgainItem(change, owners)),
      ...sum.worst.map((change) => toItem(change, owners)),
    ].slice(0, keptItems),
    itemsTotal: totals.open + usedAgain.length,
    lists: [
      {
        title: 'Rules that are broken most gravely',
        lines: [...sum.openByRule]
          .sort(byRule)
          .map(([rule, found]) => `${found.toLocaleString('en')} against “${credentialRules[rule].title}”`),
      },
      { title: 'Fixed since the last time', lines: sum.fixed },
      { title: 'Changed by a limit, not in AWS', lines: sum.byLimits },
      { title: 'Accepted risks', lines: sum.accepted },
    ],
    notes: notes(sum, exceptions, thresholds, before === null),
    totals,
  };
}

const toItem = ({ kind, finding }: FindingChange, owners: ReadonlyMap<string, string | null>): DigestItem => ({
  key: finding.key,
  severity: finding.severity,
  title: finding.user,
  sentence:
    kind === 'not-seen'
      ? `${finding.sentence} That was the last known state; it could not be looked at this time.`
      : finding.sentence,
  where: finding.accountName === null ? finding.account : `${finding.accountName} (${finding.account})`,
  owner: owners.get(finding.account) ?? null,
  ageDays: finding.ageDays,
  isNew: kind === 'new' || kind === 'reappeared',
  link: finding.consoleLink,
  brief: credentialRules[finding.rule].brief,
});

/** A dormant credential in use: more pressing than that it lay unused. */
const usedAgainItem = (change: FindingChange, owners: ReadonlyMap<string, string | null>): DigestItem => ({
  ...toItem(change, owners),
  severity: 'high',
  brief: 'dormant credential used again',
  sentence: `${credentialWords(change.finding.slot)} of ${oneLine(change.finding.user, 128)} ${change.how ?? 'is used again'}. Find in CloudTrail who uses it; a dormant credential that comes alive may be an intruder’s.`,
  ageDays: null,
  isNew: true,
});

const credentialWords = (slot: string): string =>
  slot === 'password' ? 'The password' : slot.startsWith('key ') ? `Access ${slot}` : 'A credential';

function notes(sum: CredentialSum, exceptions: ReportedExceptions, thresholds: Thresholds, first: boolean): string[] {
  const { totals, accounts } = sum;
  const softer = laxerThanCis(thresholds).map(
    ({ rule, is, cis }) => `“${credentialRules[rule].title}” (${is}; CIS: ${cis})`,
  );
  return [
    ...(first ? [] : [arithmetic(totals)]),
    ...sum.ofAnother,
    ...(totals.notSeen === 0
      ? []
      : [
          `${plural(totals.notSeen, 'finding')} of the last time could not be looked at now, and ${totals.notSeen === 1 ? 'counts' : 'count'} as open: nothing says that ${totals.notSeen === 1 ? 'it was' : 'they were'} fixed.`,
        ]),
    ...limitNotes(sum.byLimits, totals),
    ...exceptions.said,
    ...exceptions.held.refused.flatMap(({ exception, reason }) =>
      /^(expired|was refused|is not approved)/.test(reason)
        ? []
        : [`The exception for ${exception.rule} of ${exception.principal} does not count: it ${reason}.`],
    ),
    ...gaps(accounts),
    ...accounts.flatMap(({ account, name, remarks }) => remarks.map((remark) => `${name ?? account}: ${remark}`)),
    `By the rules of CIS AWS Foundations ${listed([...cisVersions], 9)} and Security Hub; ages are counted to the time of each report.${softer.length === 0 ? '' : ` Laxer than CIS: ${listed(softer, 9)}.`}`,
  ];
}

/** How the findings that stand follow from those that stood, in one line: every number of a digest is in it. */
function arithmetic(totals: CredentialTotals): string {
  const accepted =
    totals.accepted === 0
      ? ''
      : `; ${totals.accepted.toLocaleString('en')} of them ${totals.accepted === 1 ? 'is' : 'are'} accepted, so ${totals.open.toLocaleString('en')} ${totals.open === 1 ? 'counts' : 'count'}`;
  return [
    `${totals.before.toLocaleString('en')} stood the last time`,
    terms('+', [
      [totals.baseline, 'first seen'],
      [totals.new, 'new or back'],
      [totals.stricter, 'by a stricter limit'],
    ]),
    terms('−', [
      [totals.fixed, 'fixed'],
      [totals.usedAgain, 'used again'],
      [totals.laxer, 'by a laxer limit'],
      [totals.removed, 'removed with a user, a key or an account'],
    ]),
    ` = ${totals.standing.toLocaleString('en')} now${accepted}.`,
  ].join('');
}

/** What a changed limit did, by what was changed. */
function limitNotes(byLimits: readonly string[], { laxer, stricter }: CredentialTotals): string[] {
  const changed = [...new Set(byLimits.flatMap((line) => /\((the limit was [^()]*)\)$/.exec(line)?.[1] ?? []))];
  const why = changed.length === 0 ? '' : `: ${listed(changed, 6)}`;
  return [
    ...(laxer === 0
      ? []
      : [`${plural(laxer, 'finding')} no longer ${laxer === 1 ? 'counts' : 'count'}, and nothing was fixed${why}.`]),
    ...(stricter === 0
      ? []
      : [
          `${plural(stricter, 'finding')} ${stricter === 1 ? 'counts' : 'count'} now although nothing got worse${why}.`,
        ]),
  ];
}

/** A sentence for each rule that some accounts, or single things in them, could not be checked by, and for users nobody looked at. */
function gaps(accounts: readonly AccountResult[]): string[] {
  const each = accounts.flatMap(({ account, notChecked }) =>
    notChecked.map(({ rule, reason }) => ({ account, rule, reason })),
  );
  const things = accounts.flatMap(({ unjudged }) => unjudged);
  return [
    ...[...Map.groupBy(each, ({ rule }) => rule)].map(
      ([rule, places]) =>
        `Not checked in ${plural(places.length, 'account')}: ${credentialRules[rule].title}. ${places[0]?.reason ?? ''}`,
    ),
    ...[...Map.groupBy(things, ({ rule }) => rule)].map(
      ([rule, ones]) =>
        `Not checked for ${plural(ones.length, 'credential')}: ${credentialRules[rule].title}. ${ones[0]?.reason ?? ''}`,
    ),
    ...accounts.flatMap(({ account, name, unread }) => unread.map((said) => `${name ?? account}: ${said}`)),
  ];
}

const byRule = ([a, found]: [RuleId, number], [b, other]: [RuleId, number]): number =>
  severityRank(credentialRules[a].severity) - severityRank(credentialRules[b].severity) || other - found;

/** What a manager has to know; the same sentence in message and report. */
function headline(
  { totals, usedAgain, newAccounts }: CredentialSum,
  coverage: DigestResult['coverage'],
  first: boolean,
) {
  if (coverage.answered === 0) return 'No account gave an answer: nothing is known this time.';
  const alive =
    usedAgain.length === 0
      ? ''
      : `${plural(usedAgain.length, 'credential')} that lay unused ${usedAgain.length === 1 ? 'is' : 'are'} used again. `;
  const among = `among the credentials of ${plural(totals.users, 'user')}`;
  const grave = (['critical', 'high'] as const)
    .filter((severity) => totals[severity] > 0)
    .map((severity) => `${totals[severity].toLocaleString('en')} ${severity}`);
  const open =
    totals.open === 0
      ? `No open finding ${among}`
      : `${plural(totals.open, 'open finding')}${grave.length === 0 ? '' : `, ${grave.join(' and ')},`} ${among}`;
  if (first && totals.open > 0)
    return `${alive}${open}. This is the first run: the next one says what changed.${silence(coverage)}`;
  const changes = first ? [] : changed(totals, newAccounts);
  const since = changes.length > 0 ? `: ${listed(changes, 9)}` : first ? '' : `, as the last time`;
  return `${alive}${open}${since}.${silence(coverage)}`;
}

/** Everything that came or went, each with its number. */
const changed = (totals: CredentialTotals, newAccounts: number): string[] =>
  counted([
    [
      totals.baseline,
      newAccounts > 0
        ? `first seen in ${plural(newAccounts, 'account')} that ${newAccounts === 1 ? 'is' : 'are'} new here`
        : 'first seen by a rule that had not looked before',
    ],
    [totals.new, 'new or back'],
    [totals.stricter, 'by a stricter limit'],
    [totals.fixed, 'fixed'],
    [totals.usedAgain, 'used again'],
    [totals.laxer, 'no longer counted by a laxer limit'],
    [totals.removed, 'removed with a user, a key or an account'],
  ]);

/** The columns of accounts.csv. */
export const accountHeader = [
  'account',
  'account_name',
  'state',
  'reason',
  'not_checked',
  'report_generated_at',
  'users',
  'users_counted',
  'stood_before',
  'baseline',
  'new',
  'reappeared',
  'stricter',
  'open',
  'not_seen',
  'fixed',
  'used_again',
  'laxer',
  'removed',
  'standing',
  'accepted',
];

export function* accountRows(accounts: readonly AccountResult[]): Generator<CsvCell[]> {
  for (const { account, name, state, missing, generatedAt, users, usersCounted, counts, accepted, ...gaps } of accounts)
    yield [
      account,
      name,
      missing === null ? (notLooked(gaps).length === 0 ? 'answered' : 'answered with gaps') : state,
      missing,
      notLooked(gaps).join('; '),
      generatedAt,
      missing === null ? users : null,
      usersCounted,
      stoodBefore(counts),
      counts.baseline,
      counts.new,
      counts.reappeared,
      counts.stricter,
      counts.open,
      counts['not-seen'],
      counts.fixed,
      counts['used-again'],
      counts.laxer,
      counts.removed,
      counts.standing,
      accepted,
    ];
}

/** What was not checked in an account, in a few words each. */
const notLooked = ({
  unread,
  notChecked,
  unjudged,
}: Pick<AccountResult, 'unread' | 'notChecked' | 'unjudged'>): string[] => [
  ...unread,
  ...notChecked.map(({ rule, reason }) => `${rule}: ${reason}`),
  ...unjudged.map(({ rule, user, slot, reason }) => `${rule} of ${user} ${slot}: ${reason}`),
];
