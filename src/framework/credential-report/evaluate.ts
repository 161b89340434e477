import { severityRank } from '../../alerts/severity.ts';
import { oneLine, plural } from '../../words/text.ts';
import { controls, type RuleId, ruleIds } from './controls.ts';
import { type AccountFacts, type CredentialRow, credentialOf } from './facts.ts';
import { type Finding, findingKey } from './finding.ts';
import { credentialRules } from './rules/index.ts';
import { type CredentialRule, date, daysBetween, type Hit, wholeAccount } from './rules/rule.ts';
import { limitOf, type Thresholds } from './thresholds.ts';

/** What the rules say about one account at one time. */
export interface Evaluation {
  /** 12 digits. */
  account: string;
  name: string | null;
  /** The report's own time. */
  generatedAt: Date;
  /** Rows of users that were read, without the root user's. */
  users: number;
  /** How many users IAM counts (GetAccountSummary); null: it did not tell. */
  usersCounted: number | null;
  /** Findings and notes, the worst first. */
  findings: readonly Finding[];
  /** Rules that could not look, and why: they found nothing, which says nothing. */
  notChecked: readonly { rule: RuleId; reason: string }[];
  /** Single things that a rule could not look at, although it looked at others: never taken for good. */
  unjudged: readonly UnjudgedThing[];
  /** ARNs of all that was looked at. A principal that is not here any more was deleted or renamed. */
  principals: ReadonlySet<string>;
  /** False when rows could not be read: then an absent principal may be one of those. */
  principalsWhole: boolean;
  /** Users that nobody looked at: rows that cannot be read, and users whom IAM counts and the report lacks. Sentences. */
  unread: readonly string[];
  /** What else a reader has to know about this report, in sentences. */
  remarks: readonly string[];
}

/** One principal's thing that a rule says nothing of, and why. */
interface UnjudgedThing {
  rule: RuleId;
  principal: string;
  user: string;
  slot: string;
  reason: string;
}

/** Checks one account by all rules. Pure: the same facts and thresholds give the same findings. */
export function evaluate(facts: AccountFacts, thresholds: Thresholds): Evaluation {
  const found = new Map<string, Finding>();
  const notChecked: { rule: RuleId; reason: string }[] = [];
  const unjudged: UnjudgedThing[] = [];
  const rows = new Map(facts.rows.map((row) => [row.arn, row]));
  for (const id of ruleIds) {
    const rule = credentialRules[id];
    const result = check(rule, facts, thresholds);
    if ('unknown' in result) notChecked.push({ rule: id, reason: result.unknown });
    else
      for (const hit of result) {
        if ('unknown' in hit) {
          const { principal, user, slot, unknown } = hit;
          unjudged.push({ rule: id, principal, user, slot, reason: unknown });
          continue;
        }
        const finding = toFinding(facts, rule, hit, rows.get(hit.principal), thresholds);
        // A user who stands twice in the report is found by either row, and once.
        if (found.get(finding.key)?.note !== false) found.set(finding.key, finding);
      }
  }
  return {
    account: facts.account,
    name: facts.name,
    generatedAt: facts.generatedAt,
    users: facts.rows.filter((row) => !row.root).length,
    usersCounted: facts.summary.known ? facts.summary.value.users : null,
    findings: [...found.values()].sort((a, b) => worstFirst(a, b)),
    notChecked,
    unjudged,
    principals: new Set([wholeAccount(facts).principal, ...facts.rows.map((row) => row.arn)]),
    principalsWhole: facts.unreadRows.length === 0,
    unread: unreadUsers(facts),
    remarks: remarks(facts),
  };
}

/**
 * Severity, then the weight of the rule (the order of `ruleIds`), then age, then names: a total order, so that files are the
 * same for the same facts. What AWS gives no date of is as old as it is known (`seenDays`). A root user that was used
 * yesterday is worse than one that was used a month ago.
 */
export const worstFirst = (a: Finding, b: Finding, seenDays: (finding: Finding) => number = () => 0): number => {
  const age = (finding: Finding): number =>
    finding.rule === 'root-used' ? -(finding.ageDays ?? 0) : (finding.ageDays ?? seenDays(finding));
  return (
    severityRank(a.severity) - severityRank(b.severity) ||
    ruleIds.indexOf(a.rule) - ruleIds.indexOf(b.rule) ||
    age(b) - age(a) ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
};

function check(rule: CredentialRule, facts: AccountFacts, thresholds: Thresholds): ReturnType<CredentialRule['check']> {
  const missing = rule.columns.find((column) => facts.missingColumns.includes(column));
  return missing === undefined
    ? rule.check(facts, thresholds)
    : { unknown: `The credential report has no column ${missing}.` };
}

function toFinding(
  facts: AccountFacts,
  rule: CredentialRule,
  hit: Hit,
  row: CredentialRow | undefined,
  thresholds: Thresholds,
): Finding {
  const credential = row && credentialOf(row, hit.slot);
  const limit = limitOf(rule.id);
  const value = limit && thresholds[limit.name];
  const identity = { account: facts.account, principal: hit.principal, rule: rule.id, slot: hit.slot };
  return {
    key: findingKey(identity),
    ...identity,
    title: rule.title,
    severity: hit.note === true ? 'info' : rule.severity,
    accountName: facts.name,
    user: hit.user,
    sentence: hit.sentence,
    since: hit.since?.toISOString() ?? null,
    ageDays: hit.since === null ? null : Math.max(0, daysBetween(hit.since, facts.generatedAt)),
    controls: controls[rule.id],
    consoleLink: hit.consoleLink,
    principalCreatedAt: row?.createdAt?.toISOString() ?? null,
    limit: value == null || limit === undefined ? null : { name: limit.name, value },
    credential:
      credential === undefined
        ? null
        : { setAt: credential.setAt?.toISOString() ?? null, usedAt: credential.lastUsedAt?.toISOString() ?? null },
    note: hit.note === true,
  };
}

const usersOf = ({ rows }: AccountFacts): string[] => rows.filter((row) => !row.root).map((row) => row.user);

function unreadUsers(facts: AccountFacts): string[] {
  const listed = usersOf(facts).length + facts.unreadRows.length;
  const counted = facts.summary.known ? facts.summary.value.users : null;
  const rows = facts.unreadRows.map(
    ({ line, user, reason }) =>
      `Line ${line} of the report${user === null ? '' : ` (${oneLine(user, 128)})`} was not checked: ${reason}.`,
  );
  // Users are made after a report, which AWS makes at most every four hours; whoever they are, nobody looked at them.
  return counted === null || counted <= listed
    ? rows
    : [
        ...rows,
        `IAM counts ${counted} users, the report lists ${listed}: ${plural(counted - listed, 'user')} ${counted - listed === 1 ? 'was' : 'were'} not checked.`,
      ];
}

function remarks(facts: AccountFacts): string[] {
  const said: string[] = [];
  const oldDays = daysBetween(facts.generatedAt, facts.askedAt);
  if (oldDays >= 1)
    said.push(
      `AWS gave a report that it had made on ${date(facts.generatedAt)}, ${plural(oldDays, 'day')} before it was asked: what changed since is not in it.`,
    );
  for (const [user, rows] of Map.groupBy(usersOf(facts), (user) => user))
    if (rows.length > 1) said.push(`${oneLine(user, 128)} stands twice in the report; each row was checked.`);
  if (facts.missingColumns.length > 0) said.push(`The report lacks the columns ${facts.missingColumns.join(', ')}.`);
  const listed = usersOf(facts).length + facts.unreadRows.length;
  // Users are deleted after a report was made, too: that is no fault.
  if (facts.summary.known && facts.summary.value.users !== null && facts.summary.value.users < listed)
    said.push(`The report lists ${listed} users, IAM counts ${facts.summary.value.users} by now.`);
  return said;
}
