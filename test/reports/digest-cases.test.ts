import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AccountOutcome, AccountState, compareAccount } from '../../src/framework/credential-report/compare.ts';
import { evaluate } from '../../src/framework/credential-report/evaluate.ts';
import { type Exception, exceptionsAt } from '../../src/framework/credential-report/exceptions.ts';
import type { Fact } from '../../src/framework/credential-report/facts.ts';
import { parseCredentialReport } from '../../src/framework/credential-report/parse.ts';
import { defaultThresholds, type Thresholds } from '../../src/framework/credential-report/thresholds.ts';
import { coverageSentence, type DigestResult } from '../../src/framework/digest-result.ts';
import { compareEvidence, toRemember } from '../../src/framework/evidence/compare.ts';
import { configSource, packControls } from '../../src/framework/evidence/conformance.ts';
import { HubFinding, hubControls, securityHubSource } from '../../src/framework/evidence/security-hub.ts';
import type { EvidenceSnapshot } from '../../src/framework/evidence/snapshot.ts';
import { coverageOf, type Look } from '../../src/framework/looks.ts';
import { endings } from '../../src/jobs/digests/credential-report/exceptions.ts';
import { addAccount, emptySum } from '../../src/jobs/digests/credential-report/sum.ts';
import { accountHeader, accountRows, credentialResult } from '../../src/jobs/digests/credential-report/words.ts';
import { addSeen, emptySum as emptyEvidence, openControls } from '../../src/jobs/digests/evidence/sum.ts';
import { evidenceResult } from '../../src/jobs/digests/evidence/words.ts';
import { credentialReportDocument } from '../../src/reports/credential-report.ts';
import { digestMessage } from '../../src/slack/views/digest-message.ts';
import { dataFile, dataJson } from '../data.ts';
import { standing } from '../slack/views/digests.ts';
import { organizationResults, trendChart } from './organization.ts';

const week = (n: number): Date => new Date(Date.parse('2026-11-29T07:00:00Z') + n * 7 * 86_400_000);

/** What an account says, as a report of these cases: all else is well, or, where it denies all but the report, unknown. */
function seen(
  { file, denies = false, edit = (report) => report, users = null }: Given,
  account: string,
  thresholds: Thresholds,
): AccountOutcome & { kind: 'seen' } {
  const fact = <T>(value: T): Fact<T> =>
    denies ? { known: false, reason: 'AWS did not allow it.' } : { known: true, value };
  const { rows, missingColumns, unreadRows } = parseCredentialReport(edit(dataFile(`digest-cases/${file}`)), account);
  const facts = {
    account,
    name: null,
    generatedAt: week(0),
    askedAt: week(0),
    rows,
    missingColumns,
    unreadRows,
    passwordPolicy: fact({ minimumLength: 14, reusePrevention: 24 }),
    summary: fact({ users, rootPassword: null }),
    virtualMfa: fact([]),
    serviceSpecific: fact([]),
    serverCertificates: fact([]),
    rootCentrallyManaged: fact(false),
  };
  return { kind: 'seen', facts, evaluation: evaluate(facts, thresholds), thresholds };
}

interface Given {
  file: string;
  thresholds?: Partial<Thresholds>;
  denies?: boolean;
  /** What else AWS would have said in the file. */
  edit?: (report: string) => string;
  /** How many users IAM counts. */
  users?: number | null;
}

type Week = Record<string, string | Given>;

/** The last of some weeks: each account's report by its file, as result, with what each finding became. */
function credentials(weeks: Week[], exceptions: Exception[] = []) {
  const states = new Map<string, AccountState>();
  let last: { result: DigestResult; changes: string[]; sum: ReturnType<typeof emptySum> } | undefined;
  for (const [n, accounts] of weeks.entries()) {
    const sum = emptySum();
    const changes: string[] = [];
    const held = exceptionsAt(exceptions, week(n));
    const called = (who: string) => who;
    let limits: Thresholds = defaultThresholds;
    for (const [account, given] of Object.entries(accounts)) {
      const of = typeof given === 'string' ? { file: given } : given;
      limits = { ...defaultThresholds, ...of.thresholds };
      const outcome = seen(of, account, limits);
      const before = states.get(account) ?? null;
      const compared = compareAccount(before, outcome, week(n));
      states.set(account, AccountState.parse(JSON.parse(JSON.stringify(compared.state))));
      changes.push(
        ...compared.changes.map(({ kind, finding }) =>
          `${kind}: ${finding.user} ${finding.rule} ${finding.slot}`.trim(),
        ),
      );
      addAccount(
        sum,
        {
          place: { account, name: null, state: 'answered', reason: null },
          evaluation: outcome.evaluation,
          changes: compared.changes,
          first: before === null,
          replaced: compared.state.recreated,
        },
        { exceptions: { held, called }, assigned: new Set(), at: week(n) },
      );
    }
    const asked = Object.keys(accounts).length;
    const coverage: DigestResult['coverage'] = {
      ...{ asked, answered: asked, missing: [], closed: [], regions: null, gaps: [], trouble: null },
      ...{ oldest: null, newest: null },
    };
    const trend = { before: last?.result.totals ?? null, chart: trendChart };
    const said = { exceptions: { held, called, said: [], all: [] }, thresholds: limits };
    last = { result: credentialResult(coverage, sum, new Map(), trend, said), changes: changes.toSorted(), sum };
  }
  if (last === undefined) throw new Error('No week was given.');
  return last;
}

const one = '111111110001';
const two = '111111110002';

describe('credentials', () => {
  test('01: a dormant key that is used again is not fixed, and is told first', () => {
    const { result, changes } = credentials([{ [one]: '01-week1.csv' }, { [one]: '01-week2.csv' }]);
    expect(changes).toContainEqual(expect.stringMatching(/^used-again: \S+ unused-credential key 1$/));
    expect(result.totals).toMatchObject({ fixed: 0, usedAgain: 1 });
    expect(result.headline).toMatch(/^1 credential that lay unused is used again\. /);
    expect(result.items[0]).toMatchObject({ severity: 'high', isNew: true });
    // One finding less, by no remedy: the number does not call it better.
    expect(result.numbers[0]).toMatchObject({ value: 0, before: 1, good: 'neither' });
    // Both dates: when it was last used before, and when it was used again.
    expect(result.items[0]?.sentence).toMatch(/\d{4}-\d\d-\d\d, then on \d{4}-\d\d-\d\d/);
  });

  test('a dormant key that was used and then switched off was used all the same, and that is said', () => {
    const off = (report: string) => report.replace(',false,N/A,N/A,N/A,false,true,', ',false,N/A,N/A,N/A,false,false,');
    const pci = { inactiveUserDays: 60 };
    for (const thresholds of [{}, pci]) {
      const { result, changes } = credentials([
        { [one]: { file: '01-week1.csv', thresholds } },
        { [one]: { file: '01-week2.csv', edit: off, thresholds } },
      ]);
      expect(changes).toContainEqual(expect.stringMatching(/^used-again: \S+ unused-credential key 1$/));
      expect(result.totals).toMatchObject({ fixed: 0 });
      expect(result.headline).toMatch(/^1 credential that lay unused is used again\. /);
      expect(result.items[0]?.sentence).toMatch(/; the key was switched off/);
    }
  });

  test('02: a user who was made anew is another one: new, and not covered by the exception', () => {
    const exception: Exception = {
      account: one,
      principal: `arn:aws:iam::${one}:user/vendor`,
      rule: 'console-mfa',
      slot: null,
      owner: 'ana',
      reason: 'A vendor.',
      expiry: '2027-01-31T00:00:00Z',
      requestedBy: 'ana',
      requestedAt: null,
      approvedBy: 'ben',
      decidedAt: null,
      refused: false,
    };
    const weeks = [{ [one]: '02-week1.csv' }, { [one]: '02-week2.csv' }];
    for (const requestedAt of [null, '2026-11-20T00:00:00Z']) {
      const { result, changes } = credentials(weeks, [{ ...exception, requestedAt }]);
      expect(changes).toEqual(expect.arrayContaining(['new: vendor console-mfa', 'removed: vendor console-mfa']));
      expect(result.totals).toMatchObject({ accepted: 0, open: 1, fixed: 0 });
      expect(result.notes).toContainEqual(expect.stringMatching(/was for another user of this name/));
    }
    // Asked for anew, it covers the new one; and it goes on covering whoever stays.
    expect(credentials(weeks, [{ ...exception, requestedAt: '2026-11-29T06:59:00Z' }]).result.totals).toMatchObject({
      accepted: 1,
    });
    expect(credentials([weeks[0] ?? {}, weeks[0] ?? {}], [exception]).result.totals).toMatchObject({ accepted: 1 });
  });

  test('03: what a limit changes is told apart, both ways, and what is laxer than CIS is said', () => {
    const lax = { file: '03.csv', thresholds: { unusedDays: 90, rotationDays: 180 } };
    const { result } = credentials([{ [one]: '03.csv' }, { [one]: lax }]);
    expect(result.totals).toMatchObject({ fixed: 0, laxer: 2, open: 0 });
    expect(result.notes.join('\n')).toMatch(/2 findings no longer count.*from 45 days to 90 days/);
    expect(result.notes.at(-1)).toMatch(/Laxer than CIS: .*90 days; CIS: 45 days.*180 days; CIS: 90 days/);
    const back = credentials([{ [one]: lax }, { [one]: '03.csv' }]).result;
    expect(back.totals).toMatchObject({ new: 0, stricter: 2, open: 2 });
    const table = credentialReportDocument({
      ...organizationResults(2),
      thresholds: { ...defaultThresholds, unusedDays: 90 },
    }).sections.find(({ title }) => title === 'Results by control')?.tables[0]?.table;
    expect(table?.rows.map(([title]) => title)).toContainEqual(
      expect.stringMatching(/laxer than CIS: 90 days, not 45 days/),
    );
  });

  test('what a limit of PCI DSS adds and takes away is no news of AWS, and an inactive user who comes back is used again', () => {
    const pci = { passwordAgeDays: 90, inactiveUserDays: 60 };
    const of = (file: string, thresholds: Partial<Thresholds>) => ({ [one]: { file, thresholds } });
    const set = credentials([of('01-week1.csv', {}), of('01-week1.csv', pci)]).result;
    expect(set.totals).toMatchObject({ new: 0, stricter: 1 });
    expect(set.notes.join('\n')).toMatch(
      /1 finding counts now although nothing got worse: the limit was set to 60 days/,
    );
    expect(credentials([of('01-week1.csv', pci), of('01-week1.csv', {})]).result.totals).toMatchObject({
      laxer: 1,
      fixed: 0,
    });
    const back = credentials([of('01-week1.csv', pci), of('01-week2.csv', pci)]);
    expect(back.changes).toContainEqual(expect.stringMatching(/^used-again: \S+ inactive-user/));
    expect(back.result.totals).toMatchObject({ fixed: 0 });
    expect(back.result.headline).toMatch(/^1 credential that lay unused is used again\. /);
  });

  test('04: what has no date is not checked, and named', () => {
    const { result, sum } = credentials([{ [one]: '04.csv' }]);
    const [account] = sum.accounts;
    expect(account?.unjudged.map(({ rule, slot }) => `${rule} ${slot}`)).toEqual(
      expect.arrayContaining(['key-rotation key 1', 'unused-credential password']),
    );
    expect(result.coverage.gaps.length).toBeGreaterThan(0);
  });

  test('05: without grace two active keys are a finding at once', () => {
    const of = (thresholds: Partial<Thresholds>) =>
      credentials([{ [one]: { file: '05.csv', thresholds } }]).sum.openByRule.get('two-active-keys') ?? 0;
    expect(of({})).toBe(0);
    expect(of({ overlapDays: 0 })).toBe(1);
  });

  test('06: a root user of yesterday stands before one of last month, and no rule is always last', () => {
    const { result } = credentials([{ [one]: '06-a.csv', [two]: '06-b.csv' }]);
    expect(result.items[0]?.sentence).toMatch(/last used 1 day ago/);
    expect(result.items.map(({ title }) => title)).toContain('u');
  });

  test('07: the sentence adds up, also in the week in which an account is new', () => {
    const { result } = credentials([
      { [one]: '07-week1.csv' },
      { [one]: '07-week1.csv', [two]: '07-week2-new-account.csv' },
    ]);
    const { baseline, before, standing } = result.totals;
    expect(baseline).toBeGreaterThan(0);
    expect((before ?? 0) + (baseline ?? 0)).toBe(standing);
    expect(result.headline).toContain(`: ${baseline} first seen in 1 account that is new here`);
  });
});

describe('what was not looked at', () => {
  test('a user whom IAM counts and the report lacks was not looked at, nor was a row that cannot be read', () => {
    const { result, sum } = credentials([{ [one]: { file: '01-week1.csv', users: 3 } }]);
    expect(result.coverage.gaps).toEqual([
      '111111110001: IAM counts 3 users, the report lists 1: 2 users were not checked.',
    ]);
    expect(accountRows(sum.accounts).next().value?.join()).toContain('2 users were not checked');
    const broken = credentials([
      { [one]: { file: '01-week1.csv', edit: (report) => report.replace(/,true,/, ',maybe,') } },
    ]).result;
    expect(broken.coverage.gaps.join()).toMatch(/Line \d of the report .* was not checked/);
    // Fewer than the report lists were deleted since, which hides nobody.
    expect(credentials([{ [one]: { file: '01-week1.csv', users: 0 } }]).result.coverage.gaps).toEqual([]);
  });

  test('28: everything that was not checked is counted in the message, and named in the files', () => {
    const { result, sum } = credentials([{ [one]: { file: '07-week1.csv', denies: true } }]);
    const [account] = sum.accounts;
    expect(account?.notChecked.length).toBeGreaterThan(5);
    const [row] = accountRows(sum.accounts);
    const cells = Object.fromEntries(accountHeader.map((name, i) => [name, row?.[i]]));
    expect(cells['state']).toBe('answered with gaps');
    for (const { rule } of account?.notChecked ?? []) expect(cells['not_checked']).toContain(`${rule}: `);
    // A terminal ends with exit code 3 for them.
    expect(result.coverage.gaps).toHaveLength(new Set(account?.notChecked.map(({ rule }) => rule)).size);
    const { gaps } = result.coverage;
    const said = JSON.stringify(digestMessage(result, standing()).blocks);
    const shown = gaps.filter((gap) => said.includes(JSON.stringify(gap.slice(0, 60)).slice(1, -1))).length;
    expect(shown).toBeGreaterThan(0);
    expect(said).toContain(`and ${gaps.length - shown} more, in the report`);
  });
});

describe('exceptions', () => {
  test('10: one that ends is told before, when it has ended, and once', () => {
    const exception: Exception = {
      ...{ account: one, principal: `arn:aws:iam::${one}:user/ana`, rule: 'console-mfa', slot: '', owner: 'ana' },
      ...{ reason: 'Until the token comes.', expiry: '2026-12-04T00:00:00Z', requestedBy: 'ana' },
      ...{ requestedAt: '2026-11-01T00:00:00Z', approvedBy: 'ben', decidedAt: '2026-11-02T00:00:00Z', refused: false },
    };
    const said = (at: string, before: string | null) =>
      endings(exceptionsAt([exception], new Date(at)), new Date(at), before === null ? null : new Date(before)).join();
    expect(said('2026-11-15T00:00:00Z', null)).toBe('');
    expect(said('2026-11-29T00:00:00Z', null)).toMatch(
      /^1 exception ends within 14 days: console-mfa of .* on 2026-12-04/,
    );
    expect(said('2026-12-09T00:00:00Z', '2026-12-02T00:00:00Z')).toMatch(
      /^1 exception ended since the last time, so what it covered counts again: .* on 2026-12-04/,
    );
    expect(said('2026-12-16T00:00:00Z', '2026-12-09T00:00:00Z')).toBe('');
  });
});

const Place = z.object({
  standards: z.array(z.string()).optional(),
  findings: z.array(HubFinding).optional(),
  packs: z.record(z.string(), z.record(z.string(), z.string())).optional(),
  deny: z.array(z.string()).optional(),
  securityHub: z.string().optional(),
  /** The list of findings was not read to its end. */
  partly: z.boolean().optional(),
});

type Places = Record<string, z.infer<typeof Place>>;

const placesIn = (file: string): Places => z.record(z.string(), Place).parse(dataJson(`digest-cases/${file}`));

/** What each account of a case answered. */
function snapshots(places: Places): Map<string, EvidenceSnapshot> {
  const found = new Map<string, EvidenceSnapshot>();
  for (const [where, place] of Object.entries(places)) {
    const [account = '', region = ''] = where.split(' ');
    const { standards = [], findings = [], packs = {}, deny = [], securityHub, partly = false } = place;
    const snapshot = found.get(account) ?? {
      ...{ source: 'config' as const, at: week(0).toISOString(), countedAt: null, assessments: [], controls: [] },
      ...{ reviews: [], delegations: [], reports: [], changes: [], remarks: [], looks: [], seen: null },
    };
    const look = (source: string, on: boolean): Look => ({
      region,
      source,
      state: deny.length > 0 ? 'failed' : on ? (partly ? 'partly' : 'read') : 'off',
      reason: deny.length > 0 ? 'Denied.' : on ? null : 'Off.',
    });
    const rules = Object.entries(packs).flatMap(([pack, verdicts]) =>
      Object.entries(verdicts).map(([rule, verdict]) => ({
        ...{ pack, rule, verdict, domain: null, evaluatedAt: null, failing: [] },
      })),
    );
    snapshot.looks.push(
      look(configSource, rules.length > 0),
      look(securityHubSource, securityHub === undefined && standards.length > 0),
    );
    snapshot.controls.push(
      ...packControls(rules, { account, region }),
      ...(deny.length > 0 || securityHub !== undefined
        ? []
        : hubControls(findings, { account, region, standards, titles: new Map() })),
    );
    found.set(account, snapshot);
  }
  return found;
}

/** The last of some weeks of evidence, as result. */
function evidence(...weeks: (string | Places)[]) {
  let memory = new Map<string, EvidenceSnapshot>();
  let last: { result: DigestResult; sum: ReturnType<typeof emptyEvidence> } | undefined;
  for (const [n, given] of weeks.entries()) {
    const sum = emptyEvidence({ source: 'config', status: 'INACTIVE' });
    sum.first = n === 0;
    const next = new Map<string, EvidenceSnapshot>();
    for (const [account, snapshot] of snapshots(typeof given === 'string' ? placesIn(given) : given)) {
      const before = memory.get(account) ?? null;
      const found = compareEvidence(snapshot, before);
      next.set(account, toRemember(snapshot, found, before));
      addSeen(sum, account, snapshot, found, new Map());
      if (snapshot.looks.every(({ state }) => state === 'off')) sum.unlooked.push(account);
    }
    memory = next;
    const coverage: DigestResult['coverage'] = {
      ...{ asked: next.size, answered: next.size - sum.unlooked.length, missing: [], closed: [], trouble: null },
      ...{ oldest: null, newest: null },
      ...coverageOf(sum.snapshots),
    };
    const trend = { before: last?.result.totals ?? null, chart: trendChart };
    last = { result: evidenceResult(sum, week(n), coverage, trend), sum };
  }
  if (last === undefined) throw new Error('No week was given.');
  return last;
}

const changesOf = ({ sum }: ReturnType<typeof evidence>) => sum.controls.map(({ change }) => change);

describe('evidence', () => {
  test('11: what a denied Region held stands, and is no news when it is read again', () => {
    const denied = evidence('11-week1.json', '11-week2.json');
    expect(changesOf(denied)).not.toContain('removed');
    expect(denied.result.totals).toMatchObject({ noncompliant: 3, removed: 0, notSeen: 2 });
    expect(coverageSentence(denied.result.coverage)).toBe('1 of 1 account answered, 1 of 2 regions');
    expect(denied.result.headline).toContain('2 not seen this time');
    const again = evidence('11-week1.json', '11-week2.json', '11-week1.json');
    expect(again.result.totals).toMatchObject({ noncompliant: 3, new: 0, baseline: 0 });
  });

  test('12: suppressed findings do not count, and are told apart', () => {
    const { result, sum } = evidence('12.json');
    expect(result.totals).toMatchObject({ controls: 1, noncompliant: 0 });
    expect(sum.suppressed).toHaveLength(1);
    expect(result.notes.join(' ')).toMatch(/1 finding suppressed in Security Hub does not count/);
  });

  test('13: PASSED beside WARNING is not known, so nothing is put right', () => {
    const found = evidence('13-week1.json', '13-week2.json');
    expect(changesOf(found)).toEqual(['silent']);
    expect(found.result.numbers[0]).toMatchObject({ value: 0, before: 1, good: 'neither' });
    expect(found.result.totals).toMatchObject({ fixed: 0, silent: 1 });
  });

  test('14: an aggregation Region counts nothing twice', () => {
    const { result, sum } = evidence('14.json');
    const keys = sum.controls.map(({ control }) => control.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(result.totals).toMatchObject({ controls: 2, noncompliant: 1 });
  });

  test('15: a list that was not read to its end lets nothing be removed', () => {
    const cut = Object.fromEntries(
      Object.entries(placesIn('11-week1.json')).map(([where, place]) => [
        where,
        { ...place, findings: [], partly: true },
      ]),
    );
    const found = evidence('11-week1.json', cut);
    expect(found.result.totals).toMatchObject({ noncompliant: 3, removed: 0, fixed: 0 });
    expect(changesOf(found)).toContain('not-seen');
    expect(found.result.coverage.gaps.length).toBeGreaterThan(0);
  });

  test('16: an account at which nothing looks is named, and not covered', () => {
    const { result } = evidence('16.json');
    expect(result.coverage).toMatchObject({ asked: 2, answered: 1 });
    expect(result.headline).toContain(`Nothing looks at 1 account: ${two}.`);
  });

  test('18: a standard without findings and rules without data are without evidence', () => {
    const { result } = evidence('18.json');
    expect(result.totals).toMatchObject({ withoutEvidence: 3, noncompliant: 0, inconclusiveEvidence: 0 });
    expect(result.lists.find(({ title }) => title === 'Without any evidence')?.lines).toHaveLength(3);
  });

  test('19: the graver control first, with what fails and since when', () => {
    const { sum, result } = evidence('19.json');
    expect(openControls(sum).map(({ control }) => control.severity)).toEqual(['critical', 'low']);
    expect(result.items[0]).toMatchObject({ severity: 'critical', sentence: expect.stringMatching(/since \d{4}-/) });
    expect(sum.controls.find(({ control }) => control.severity === 'low')?.control.failing).toHaveLength(9);
  });
});
