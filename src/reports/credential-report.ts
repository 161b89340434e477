import { type Change, type Counts, count } from '../framework/credential-report/compare.ts';
import { cisVersions, controls, type RuleId, ruleIds } from '../framework/credential-report/controls.ts';
import type { Exception } from '../framework/credential-report/exceptions.ts';
import { rules } from '../framework/credential-report/rules/index.ts';
import { daysBetween } from '../framework/credential-report/rules/rule.ts';
import type { Thresholds } from '../framework/credential-report/thresholds.ts';
import { credentialReportCalls } from './calls.ts';
import { minute, type ReportDocument, type Section } from './document.ts';

/** What one account's part of a run came to. */
export interface AccountResult {
  /** 12 digits. */
  account: string;
  name: string | null;
  /** The report's own time; null: the account gave none. */
  generatedAt: Date | null;
  /** Why there is no report, in a sentence; null where there is one. */
  missing: string | null;
  users: number;
  /** By kind of change, accepted ones included. */
  counts: Counts;
  /** How many of the standing findings an exception covers. */
  accepted: number;
  remarks: readonly string[];
  notChecked: readonly { rule: RuleId; reason: string }[];
}

/** All that the report on credentials tells; the run gathers it account by account. */
export interface CredentialReportResults
  extends Pick<ReportDocument, 'organization' | 'period' | 'createdAt' | 'chart' | 'files' | 'signOff' | 'versions'> {
  /** Why the list of accounts may not be whole, in a sentence; null: it is. */
  accountsTrouble: string | null;
  accounts: readonly AccountResult[];
  thresholds: Thresholds;
  /** Standing findings of each rule, without the accepted ones. */
  openByRule: ReadonlyMap<RuleId, number>;
  /** The worst standing findings that no exception covers, worst first; as many as are to be printed. */
  worst: readonly Change[];
  /** Exceptions that count, and those that do not with the reason. */
  exceptions: readonly { exception: Exception; refused: string | null }[];
}

/** The report on credentials as a document for people. */
export function credentialReportDocument(results: CredentialReportResults): ReportDocument {
  const { accounts } = results;
  const answered = accounts.filter(({ missing }) => missing === null);
  const sum = accounts.map(({ counts }) => counts).reduce(add, count([]));
  const accepted = accounts.reduce((all, one) => all + one.accepted, 0);
  const open = sum.standing - accepted;
  const coverage = `${answered.length} of ${plural(accounts.length, 'account')} answered, with ${plural(
    answered.reduce((all, { users }) => all + users, 0),
    'user',
  )} in all.${results.accountsTrouble === null ? '' : ` ${results.accountsTrouble}`}`;
  return {
    title: 'IAM credential report',
    organization: results.organization,
    period: results.period,
    createdAt: results.createdAt,
    headline: headline(open, sum, accounts.length - answered.length),
    figures: [
      {
        label: 'open findings',
        value: String(open),
        change:
          sum.baseline > 0 ? `${sum.baseline} seen for the first time` : `${sum.new + sum.reappeared} new or back`,
      },
      { label: 'fixed', value: String(sum.fixed), change: `${sum.removed} more gone with their users` },
      { label: 'accepted risks', value: String(accepted), change: 'open, but not counted' },
      { label: 'accounts answered', value: String(answered.length), change: `of ${accounts.length}` },
    ],
    chart: results.chart,
    coverage: {
      sentence: coverage,
      table: {
        columns: [
          { title: 'Account', share: 17, kind: 'mono' },
          { title: 'Name', share: 22 },
          { title: 'Report made, UTC', share: 22 },
          { title: 'Users', share: 9, kind: 'number' },
          { title: 'Answer', share: 30 },
        ],
        rows: accounts.map((one) => [
          one.account,
          one.name ?? '',
          one.generatedAt === null ? '' : minute(one.generatedAt),
          one.missing === null ? String(one.users) : '',
          one.missing ?? (one.remarks.length + one.notChecked.length === 0 ? 'complete' : 'with gaps, see below'),
        ]),
        empty: 'No account was asked.',
      },
    },
    method: method(results.thresholds),
    sections: [byControl(results), byAccount(accounts, sum, accepted), worst(results), doubts(accounts)],
    exceptions: exceptions(results),
    files: results.files,
    signOff: results.signOff,
    versions: results.versions,
  };
}

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

const add = (a: Counts, b: Counts): Counts => ({
  baseline: a.baseline + b.baseline,
  new: a.new + b.new,
  reappeared: a.reappeared + b.reappeared,
  open: a.open + b.open,
  'not-seen': a['not-seen'] + b['not-seen'],
  fixed: a.fixed + b.fixed,
  removed: a.removed + b.removed,
  standing: a.standing + b.standing,
});

function headline(open: number, sum: Counts, silent: number): string {
  const parts = [open === 0 ? 'No finding is open' : `${plural(open, 'finding')} ${open === 1 ? 'is' : 'are'} open`];
  if (sum.baseline > 0)
    parts.push(
      sum.baseline === sum.standing
        ? 'a baseline: this is the first look'
        : `${sum.baseline} of them a baseline, from accounts seen for the first time`,
    );
  if (sum.new + sum.reappeared > 0) parts.push(`${sum.new + sum.reappeared} new or back`);
  if (sum.fixed > 0) parts.push(`${sum.fixed} fixed`);
  const silence = silent === 0 ? '' : ` ${plural(silent, 'account')} gave no report, which is not counted as clean.`;
  const unseen =
    sum['not-seen'] === 0 ? '' : ` ${plural(sum['not-seen'], 'finding')} could not be looked at again and stay open.`;
  return `${parts.join(', ')}.${silence}${unseen}`;
}

function method(thresholds: Thresholds): ReportDocument['method'] {
  const { unusedDays, rotationDays, overlapDays, rootUsedDays, passwordLength, passwordReuse } = thresholds;
  return {
    paragraphs: [
      'Each account was read with a role that can only read, in the name of “digest”, which CloudTrail shows. The reports are kept as AWS gave them in the folder raw; all findings follow from them and from the answers below.',
      'Ages are counted in whole days of 24 hours, in UTC, to the time when AWS made the account’s report. “Fixed” is only what was looked at again; a finding of an account, user or rule that could not be looked at stays open as “not seen”. A user who was deleted or renamed is “removed”.',
      `Limits: a credential unused for ${unusedDays} days or more; an active key older than ${rotationDays} days; two active keys for more than ${overlapDays} days; the root user used within ${rootUsedDays} days; passwords of at least ${passwordLength} characters; the last ${passwordReuse} passwords refused.`,
    ],
    calls: credentialReportCalls.map(([call, parameters, purpose]) => ({ call, parameters, purpose })),
  };
}

function byControl({ openByRule, accounts }: CredentialReportResults): Section {
  const unchecked = Map.groupBy(
    accounts.flatMap(({ notChecked }) => notChecked),
    ({ rule }) => rule,
  );
  return {
    title: 'Results by control',
    paragraphs: [
      'Each rule with its number in the versions of the CIS AWS Foundations Benchmark and its Security Hub control. “Unchecked” counts the accounts where the rule could not look.',
    ],
    tables: [
      {
        title: null,
        table: {
          columns: [
            { title: 'Rule', share: 28 },
            { title: 'Severity', share: 15, kind: 'severity' },
            ...cisVersions.map((version) => ({ title: `CIS ${version}`, share: 8 })),
            { title: 'Security Hub', share: 13 },
            { title: 'Open', share: 10, kind: 'number' },
            { title: 'Unchecked', share: 15, kind: 'number' },
          ],
          rows: ruleIds
            .filter((id) => rules[id].severity !== 'info')
            .map((id) => [
              rules[id].title,
              rules[id].severity,
              ...cisVersions.map((version) => controls[id].cis[version] ?? '–'),
              controls[id].securityHub.join(', ') || '–',
              String(openByRule.get(id) ?? 0),
              String(unchecked.get(id)?.length ?? 0),
            ]),
          empty: '',
        },
      },
    ],
  };
}

const columnsOfAccount = [
  ['Standing', 'standing'],
  ['New', 'new'],
  ['Back', 'reappeared'],
  ['Fixed', 'fixed'],
  ['Removed', 'removed'],
  ['Not seen', 'not-seen'],
] as const;

const byAccount = (accounts: readonly AccountResult[], sum: Counts, accepted: number): Section => ({
  title: 'Results by account',
  paragraphs: [
    'Standing is all that is open: new, back, not seen and accepted ones too. A dash means that the account gave no report, so nothing is known.',
  ],
  tables: [
    {
      title: null,
      table: {
        columns: [
          { title: 'Account', share: 19, kind: 'mono' },
          { title: 'Name', share: 27 },
          ...[...columnsOfAccount, ['Accepted']].map(([title = '']) => ({ title, share: 11, kind: 'number' as const })),
        ],
        rows: [
          ...accounts.map(({ account, name, missing, counts, accepted }) => [
            account,
            name ?? '',
            ...[...columnsOfAccount.map(([, kind]) => counts[kind]), accepted].map((n) =>
              n === 0 && missing !== null ? '–' : String(n),
            ),
          ]),
          ['All accounts', '', ...[...columnsOfAccount.map(([, kind]) => sum[kind]), accepted].map(String)],
        ],
        empty: 'No account was asked.',
      },
    },
  ],
});

const changeWords = {
  baseline: 'first look',
  new: 'new',
  reappeared: 'back',
  open: 'open',
  'not-seen': 'not seen',
  fixed: 'fixed',
  removed: 'removed',
} as const satisfies Record<Change['kind'], string>;

const worst = ({ worst: changes, accounts, createdAt }: CredentialReportResults): Section => {
  const open = accounts.reduce((sum, { counts, accepted }) => sum + counts.standing - accepted, 0);
  return {
    title: 'The worst findings',
    paragraphs: [
      changes.length < open
        ? `The ${changes.length} worst of ${open} open findings. All of them are in findings.csv and findings.json.`
        : 'All open findings; findings.csv and findings.json have them with all details.',
      'The days are those since the limit was passed or, where AWS does not tell, since Trailwatch saw it first.',
    ],
    tables: [
      {
        title: null,
        table: {
          columns: [
            { title: 'Severity', share: 13, kind: 'severity' },
            { title: 'Account', share: 17 },
            { title: 'User', share: 14 },
            { title: 'Finding', share: 54 },
            { title: 'Days', share: 10, kind: 'number' },
            { title: 'Change', share: 12 },
          ],
          rows: changes.map(({ finding, kind, firstSeen }) => [
            finding.severity,
            finding.accountName ?? finding.account,
            finding.user,
            finding.sentence,
            String(finding.ageDays ?? daysBetween(new Date(firstSeen), createdAt)),
            changeWords[kind],
          ]),
          empty: 'There are none.',
        },
      },
    ],
  };
};

/** What a reader must not take for checked. */
const doubts = (accounts: readonly AccountResult[]): Section => ({
  title: 'What could not be checked',
  paragraphs: [],
  tables: [
    {
      title: null,
      table: {
        columns: [
          { title: 'Account', share: 26 },
          { title: 'What', share: 74 },
        ],
        rows: accounts.flatMap(({ account, name, missing, remarks, notChecked }) => [
          ...(missing === null ? [] : [[name ?? account, `Nothing was checked. ${missing}`]]),
          ...remarks.map((remark) => [name ?? account, remark]),
          ...[...Map.groupBy(notChecked, ({ reason }) => reason)].map(([reason, unchecked]) => [
            name ?? account,
            `Not checked: ${unchecked.map(({ rule }) => `“${rules[rule].title}”`).join(', ')}. ${reason}`,
          ]),
        ]),
        empty: 'Every rule looked at every user of every account that answered.',
      },
    },
  ],
});

const exceptions = ({ exceptions: all }: CredentialReportResults): ReportDocument['exceptions'] => ({
  paragraphs: [
    'Risks that somebody accepted for a time. An exception counts only with an owner, a reason, and the approval of a second person, until it expires.',
  ],
  table: {
    columns: [
      { title: 'Account', share: 16, kind: 'mono' },
      { title: 'Of', share: 26 },
      { title: 'Owner', share: 12 },
      { title: 'Reason', share: 26 },
      { title: 'Expires', share: 13 },
      { title: 'Asked, approved', share: 16 },
      { title: 'Counts', share: 15 },
    ],
    rows: all.map(({ exception, refused }) => [
      exception.account,
      `${exception.principal.replace(/^.*:user\//, '')}: ${exception.rule}${exception.slot === null ? '' : `, ${exception.slot}`}`,
      exception.owner,
      exception.reason,
      exception.expiry.slice(0, 10),
      `${exception.requestedBy}, ${exception.approvedBy ?? 'nobody'}`,
      refused === null ? 'yes' : `no: ${refused}`,
    ]),
    empty: 'There are none.',
  },
});
