import type { ControlRow } from '../framework/catalogues.ts';
import { type Counts, count, type FindingChange, stoodBefore } from '../framework/credential-report/compare.ts';
import { cisVersions, controls, type RuleId, ruleIds } from '../framework/credential-report/controls.ts';
import type { Exception } from '../framework/credential-report/exceptions.ts';
import { credentialRules } from '../framework/credential-report/rules/index.ts';
import { daysBetween } from '../framework/credential-report/rules/rule.ts';
import { isOff, laxerThanCis, type Thresholds } from '../framework/credential-report/thresholds.ts';
import { coverageSentence, type DigestResult, shortReason } from '../framework/digest-result.ts';
import { plural } from '../words/text.ts';
import { credentialReportCalls } from './calls.ts';
import { controlSection } from './controls.ts';
import { minute, type ReportDocument, type Section } from './document.ts';

/** What one account's part of a run came to. */
export interface AccountResult {
  /** 12 digits. */
  account: string;
  name: string | null;
  /** How it stands in the run: `answered`, `failed`, `left`, `closed`, … */
  state: string;
  /** The report's own time; null: the account gave none. */
  generatedAt: Date | null;
  /** Why there is no report, in a sentence; null where there is one. */
  missing: string | null;
  users: number;
  /** How many users IAM counts, beside those of the report; null: not known. */
  usersCounted: number | null;
  /** By kind of change, accepted ones included. */
  counts: Counts;
  /** How many of the standing findings an exception covers. */
  accepted: number;
  /** Users that nobody looked at, in sentences. */
  unread: readonly string[];
  remarks: readonly string[];
  notChecked: readonly { rule: RuleId; reason: string }[];
  /** Single credentials that a rule could not look at. */
  unjudged: readonly { rule: RuleId; user: string; slot: string; reason: string }[];
}

/** All that the report on credentials tells; the run gathers it account by account. */
export interface CredentialReportResults
  extends Pick<
    ReportDocument,
    'organization' | 'covers' | 'origin' | 'createdAt' | 'chart' | 'files' | 'signOff' | 'versions'
  > {
  /** The result as the message tells it: what is counted is counted there, once. */
  result: DigestResult;
  /** When the run was asked for: what has no date of its own is as old as it was seen first. */
  askedAt: Date;
  accounts: readonly AccountResult[];
  thresholds: Thresholds;
  /** Standing findings of each rule, without the accepted ones. */
  openByRule: ReadonlyMap<RuleId, number>;
  /** The controls of other catalogues, beside the rules that are about them. */
  controlRows: readonly ControlRow[];
  /** Dormant credentials that are in use again. */
  usedAgain: readonly FindingChange[];
  /** The worst standing findings that no exception covers, worst first; as many as are to be printed. */
  worst: readonly FindingChange[];
  /** Exceptions that count, and those that do not with the reason. */
  exceptions: readonly { exception: Exception; refused: string | null }[];
}

/** The report on credentials as a document for people. */
export function credentialReportDocument(results: CredentialReportResults): ReportDocument {
  const { accounts, result } = results;
  const { coverage, totals } = result;
  const number = (name: string): string => (totals[name] ?? 0).toLocaleString('en');
  return {
    title: 'IAM credential report',
    organization: results.organization,
    covers: results.covers,
    origin: results.origin,
    createdAt: results.createdAt,
    headline: result.headline,
    figures: [
      {
        label: 'open findings',
        value: number('open'),
        change:
          (totals['baseline'] ?? 0) > 0
            ? `${number('baseline')} seen for the first time`
            : `${number('new')} new or back`,
      },
      {
        label: 'fixed',
        value: number('fixed'),
        change: [
          ...((totals['removed'] ?? 0) > 0 ? [`${number('removed')} more gone with their users`] : []),
          ...((totals['usedAgain'] ?? 0) > 0 ? [`${number('usedAgain')} used again`] : []),
        ].join(', '),
      },
      { label: 'accepted risks', value: number('accepted'), change: 'open, but not counted' },
      {
        label: 'accounts answered',
        value: coverage.answered.toLocaleString('en'),
        change: `of ${coverage.asked.toLocaleString('en')}`,
      },
    ],
    chart: results.chart,
    coverage: {
      sentence: `${coverageSentence(coverage)}, with ${plural(totals['users'] ?? 0, 'user')} in all.${coverage.trouble === null ? '' : ` ${coverage.trouble}`}`,
      table: {
        columns: [
          { title: 'Account', share: 17, kind: 'mono' },
          { title: 'Name', share: 20 },
          { title: 'Report made, UTC', share: 20 },
          { title: 'Users', share: 9, kind: 'number' },
          { title: 'IAM counts', share: 10, kind: 'number' },
          { title: 'Answer', share: 28 },
        ],
        rows: accounts.map((one) => [
          one.account,
          one.name ?? '',
          one.generatedAt === null ? '' : minute(one.generatedAt),
          one.missing === null ? String(one.users) : '',
          one.usersCounted === null ? (one.missing === null ? '?' : '') : String(one.usersCounted),
          (one.missing === null ? null : shortReason(one.missing)) ??
            (one.unread.length + one.remarks.length + one.notChecked.length + one.unjudged.length === 0
              ? 'complete'
              : 'with gaps, see below'),
        ]),
        empty: 'No account was asked.',
      },
    },
    method: method(results.thresholds, result.notes),
    sections: [
      ...(results.usedAgain.length === 0 ? [] : [usedAgain(results)]),
      byControl(results),
      controlSection(results.controlRows, 'rules'),
      byAccount(accounts),
      worst(results),
      doubts(accounts),
    ],
    exceptions: exceptions(results),
    files: results.files,
    signOff: results.signOff,
    versions: results.versions,
  };
}

const add = (a: Counts, b: Counts): Counts => ({
  baseline: a.baseline + b.baseline,
  new: a.new + b.new,
  reappeared: a.reappeared + b.reappeared,
  stricter: a.stricter + b.stricter,
  open: a.open + b.open,
  'not-seen': a['not-seen'] + b['not-seen'],
  fixed: a.fixed + b.fixed,
  'used-again': a['used-again'] + b['used-again'],
  laxer: a.laxer + b.laxer,
  removed: a.removed + b.removed,
  standing: a.standing + b.standing,
});

function method(thresholds: Thresholds, notes: readonly string[]): ReportDocument['method'] {
  const {
    unusedDays,
    rotationDays,
    overlapDays,
    rootUsedDays,
    passwordLength,
    passwordReuse,
    passwordAgeDays,
    inactiveUserDays,
  } = thresholds;
  return {
    paragraphs: [
      ...notes.slice(0, printedNotes),
      'Each account was read with a role that can only read, in the name of “digest”, which CloudTrail shows. The reports are kept as AWS gave them in the folder raw, and beside them what AWS answered to the other calls, each with its request id and AWS’s own time; all findings follow from them and from the limits, and “trailwatch digest verify --reperform” finds them again.',
      'Ages are counted in whole days of 24 hours, in UTC, to the time when AWS made the account’s report. “Fixed” is only what was looked at again; a finding of an account, user or rule that could not be looked at stays open as “not seen”. A user who was deleted, renamed or made anew is “removed”. A credential that lay unused and is used again is not fixed. What moved by a changed limit alone is told apart.',
      `Limits: a credential unused for ${unusedDays} days or more; an active key older than ${rotationDays} days; two active keys ${overlapDays === 0 ? 'at once' : `for more than ${overlapDays} days`}; the root user used within ${rootUsedDays} days; passwords of at least ${passwordLength} characters; the last ${passwordReuse} passwords refused${passwordAgeDays === null ? '' : `; a password without MFA changed within ${passwordAgeDays} days`}${inactiveUserDays === null ? '' : `; a user inactive for ${inactiveUserDays} days or more`}.`,
    ],
    calls: credentialReportCalls.map(([call, parameters, purpose]) => ({ call, parameters, purpose })),
  };
}

/** Notes that the report prints; findings.json and accounts.csv name all that was not checked. */
const printedNotes = 20;

const usedAgain = ({ usedAgain: changes }: CredentialReportResults): Section => ({
  title: 'Dormant credentials that are used again',
  paragraphs: [
    'They were findings because nobody used them, and are none any more because somebody does. That is no remedy: find out in CloudTrail who it is.',
  ],
  tables: [
    {
      title: null,
      table: {
        columns: [
          { title: 'Account', share: 20 },
          { title: 'User', share: 20 },
          { title: 'Credential', share: 14 },
          { title: 'What happened', share: 46 },
        ],
        rows: changes.map(({ finding, how }) => [
          finding.accountName ?? finding.account,
          finding.user,
          finding.slot,
          how ?? '',
        ]),
        empty: '',
      },
    },
  ],
});

function byControl({ openByRule, accounts, thresholds }: CredentialReportResults): Section {
  const unchecked = Map.groupBy(
    accounts.flatMap(({ notChecked }) => notChecked),
    ({ rule }) => rule,
  );
  const softer = new Map(
    laxerThanCis(thresholds).map(({ rule, is, cis }) => [rule, ` (laxer than CIS: ${is}, not ${cis})`]),
  );
  return {
    title: 'Results by control',
    paragraphs: [
      'Each rule with its number in the versions of the CIS AWS Foundations Benchmark, its Security Hub control, and the requirements of PCI DSS that it is about. “Unchecked” counts the accounts where the rule could not look. Where a limit lets more pass than the benchmark, the rule says so.',
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
            { title: 'PCI DSS 4.0.1', share: 11 },
            { title: 'Open', share: 10, kind: 'number' },
            { title: 'Unchecked', share: 15, kind: 'number' },
          ],
          rows: ruleIds
            .filter((id) => credentialRules[id].severity !== 'info' && !isOff(id, thresholds))
            .map((id) => [
              `${credentialRules[id].title}${softer.get(id) ?? ''}`,
              credentialRules[id].severity,
              ...cisVersions.map((version) => controls[id].cis[version] ?? '–'),
              controls[id].securityHub.join(', ') || '–',
              controls[id].pci.join(', ') || '–',
              String(openByRule.get(id) ?? 0),
              String(unchecked.get(id)?.length ?? 0),
            ]),
          empty: '',
        },
      },
    ],
  };
}

/** What stood, what came, what went, what stands: each row adds up. */
const columnsOfAccount: readonly [string, (counts: Counts) => number][] = [
  ['Was', stoodBefore],
  ['+ First', ({ baseline }) => baseline],
  ['+ New', (counts) => counts.new + counts.reappeared],
  ['− Fixed', ({ fixed }) => fixed],
  ['− Used', (counts) => counts['used-again']],
  ['± Limit', ({ stricter, laxer }) => stricter - laxer],
  ['− Gone', ({ removed }) => removed],
  ['= Now', ({ standing }) => standing],
  ['Not seen', (counts) => counts['not-seen']],
];

const byAccount = (accounts: readonly AccountResult[]): Section => ({
  title: 'Results by account',
  paragraphs: [
    'Each row adds up: what was open the last time, with what was first seen and what is new or back, without what was fixed, used again or is gone with its user, and with what a changed limit added or took away, is what is open now. Of that, “not seen” could not be looked at this time, and of “risk taken” an exception was accepted. A dash means that the account gave no report, so nothing is known.',
  ],
  tables: [
    {
      title: null,
      table: {
        columns: [
          { title: 'Account', share: 31, kind: 'mono' },
          { title: 'Name', share: 26 },
          ...[...columnsOfAccount.map(([title]) => title), 'Risk taken'].map((title) => ({
            title,
            share: 9,
            kind: 'number' as const,
          })),
        ],
        rows: [
          ...accounts.map(({ account, name, missing, counts, accepted }) => [
            account,
            name ?? '',
            ...[...columnsOfAccount.map(([, value]) => value(counts)), accepted].map((n) =>
              n === 0 && missing !== null ? '–' : String(n),
            ),
          ]),
          [
            'All accounts',
            '',
            ...[
              ...columnsOfAccount.map(([, value]) =>
                value(accounts.map(({ counts }) => counts).reduce(add, count([]))),
              ),
              accounts.reduce((all, { accepted }) => all + accepted, 0),
            ].map(String),
          ],
        ],
        empty: 'No account was asked.',
      },
    },
  ],
});

const changeWords: Record<FindingChange['kind'], string> = {
  baseline: 'first look',
  new: 'new',
  reappeared: 'back',
  stricter: 'by limit',
  open: 'open',
  'not-seen': 'not seen',
  fixed: 'fixed',
  'used-again': 'used again',
  laxer: 'by limit',
  removed: 'removed',
};

/** What says the same of the same name in several accounts is one row. */
const alike = ({ finding, kind }: FindingChange): string =>
  [finding.severity, finding.rule, finding.user, finding.sentence, kind].join('\n');

const worst = ({ worst: changes, result, askedAt }: CredentialReportResults): Section => {
  const open = result.totals['open'] ?? 0;
  return {
    title: 'The worst findings',
    paragraphs: [
      changes.length < open
        ? `The ${changes.length} worst of ${open} open findings. All of them are in findings.csv and findings.json.`
        : 'All open findings; findings.csv and findings.json have them with all details.',
      'What is the same in several accounts is one row. The days are those since the limit was passed or, where AWS does not tell, since Trailwatch saw it first; of several the most.',
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
          rows: [...Map.groupBy(changes, alike).values()].flatMap((same) => {
            const [first] = same;
            if (first === undefined) return [];
            const { finding, kind } = first;
            const days = same.map((one) => one.finding.ageDays ?? daysBetween(new Date(one.firstSeen), askedAt));
            return [
              [
                finding.severity,
                same.map(({ finding: { accountName, account } }) => accountName ?? account).join(', '),
                finding.user,
                finding.sentence,
                String(Math.max(...days)),
                changeWords[kind],
              ],
            ];
          }),
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
        rows: accounts.flatMap(({ account, name, missing, unread, remarks, notChecked, unjudged }) => [
          ...(missing === null ? [] : [[name ?? account, `Nothing was checked. ${missing}`]]),
          ...[...unread, ...remarks].map((said) => [name ?? account, said]),
          ...[...Map.groupBy(notChecked, ({ reason }) => reason)].map(([reason, unchecked]) => [
            name ?? account,
            `Not checked: ${unchecked.map(({ rule }) => `“${credentialRules[rule].title}”`).join(', ')}. ${reason}`,
          ]),
          ...unjudged.map(({ rule, user, slot, reason }) => [
            name ?? account,
            `Not checked: “${credentialRules[rule].title}” for ${user}${slot === '' ? '' : `, ${slot}`}. ${reason}`,
          ]),
        ]),
        empty: 'Every rule looked at every user of every account that answered.',
      },
    },
  ],
});

/** " on 2026-11-23"; nothing where the time is not known. */
const on = (time: string | null): string => (time === null ? '' : ` on ${time.slice(0, 10)}`);

const exceptions = ({ exceptions: all }: CredentialReportResults): ReportDocument['exceptions'] => ({
  paragraphs: [
    'Risks that somebody accepted for a time. An exception counts only with an owner, a reason, and the approval of a second person, until it expires, and for the user who was there when it was asked for. Those that wait, were refused or have ended stay in the list.',
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
      `${exception.requestedBy}${on(exception.requestedAt)}, ${exception.approvedBy ?? 'nobody'}${on(exception.decidedAt)}`,
      refused === null ? 'yes' : `no: ${refused}`,
    ]),
    empty: 'There are none.',
  },
});
