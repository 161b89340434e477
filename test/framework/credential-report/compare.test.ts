import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AccountOutcome,
  AccountState,
  type ChangeKind,
  changeKinds,
  compareAccount,
  count,
  type FindingChange,
  stoodBefore,
} from '../../../src/framework/credential-report/compare.ts';
import { evaluate } from '../../../src/framework/credential-report/evaluate.ts';
import type { AccountFacts } from '../../../src/framework/credential-report/facts.ts';
import { defaultThresholds, type Thresholds } from '../../../src/framework/credential-report/thresholds.ts';
import { weekly } from '../../../src/framework/credential-report/trend.ts';
import { account, anyUser, type Cells, daysAgo, facts, generatedAt, root, user } from './reports.ts';

const week = (n: number): Date => new Date(generatedAt.getTime() + n * 7 * 86_400_000);

const seen = (
  rows: Cells[],
  given: Partial<AccountFacts> = {},
  thresholds: Thresholds = defaultThresholds,
): AccountOutcome => {
  const known = facts(rows, given);
  return { kind: 'seen', evaluation: evaluate(known, thresholds), facts: known, thresholds };
};
const missing: AccountOutcome = { kind: 'missing', account, name: 'prod-payments' };
const left: AccountOutcome = { kind: 'left', account, name: null };

/** The changes of each run, as `kind: user rule slot`; the state goes through JSON as it does in the store. */
function runs(...outcomes: AccountOutcome[]): string[][] {
  let state: AccountState | null = null;
  return outcomes.map((outcome, n) => {
    const compared = compareAccount(state, outcome, week(n));
    state = AccountState.parse(JSON.parse(JSON.stringify(compared.state)));
    return compared.changes
      .map(({ kind, finding }) => `${kind}: ${finding.user} ${finding.rule} ${finding.slot}`.trim())
      .sort();
  });
}

const noMfa: Cells = { password_enabled: 'true', password_last_used: daysAgo(0) };
const withMfa: Cells = { ...noMfa, mfa_active: 'true' };

describe('from run to run', () => {
  test('the first is a baseline, then findings are new, open, fixed, and come back', () => {
    expect(
      runs(
        seen([root(), user('ana', noMfa)]),
        seen([root(), user('ana', noMfa), user('ben', noMfa)]),
        seen([root(), user('ana', withMfa), user('ben', noMfa)]),
        seen([root(), user('ana', noMfa), user('ben', noMfa)]),
      ),
    ).toEqual([
      ['baseline: ana console-mfa'],
      ['new: ben console-mfa', 'open: ana console-mfa'],
      ['fixed: ana console-mfa', 'open: ben console-mfa'],
      ['open: ben console-mfa', 'reappeared: ana console-mfa'],
    ]);
  });

  test('who is deleted or renamed is removed, not fixed', () => {
    expect(runs(seen([root(), user('ana', noMfa)]), seen([root(), user('anna', noMfa)]))[1]).toEqual([
      'new: anna console-mfa',
      'removed: ana console-mfa',
    ]);
  });

  test('an account that does not answer keeps its findings, and one that comes late begins with a baseline', () => {
    expect(runs(seen([root(), user('ana', noMfa)]), missing, seen([root(), user('ana', withMfa)]))).toEqual([
      ['baseline: ana console-mfa'],
      ['not-seen: ana console-mfa'],
      ['fixed: ana console-mfa'],
    ]);
    expect(runs(missing, seen([root(), user('ana', noMfa)]))[1]).toEqual(['baseline: ana console-mfa']);
  });

  test('an account that left takes its findings along', () => {
    expect(runs(seen([root(), user('ana', noMfa)]), left, left)).toEqual([
      ['baseline: ana console-mfa'],
      ['removed: ana console-mfa'],
      [],
    ]);
  });

  test('what could not be looked at is not fixed: a rule without its facts, a row that cannot be read', () => {
    const short = { passwordPolicy: { known: true, value: { minimumLength: 8, reusePrevention: 24 } } } as const;
    const denied = { passwordPolicy: { known: false, reason: 'denied' } } as const;
    expect(runs(seen([root()], short), seen([root()], denied), seen([root()]))).toEqual([
      ['baseline: whole account password-length'],
      ['not-seen: whole account password-length'],
      ['fixed: whole account password-length'],
    ]);
    expect(runs(seen([root()], denied), seen([root()], short))[1]).toEqual(['baseline: whole account password-length']);
    const unread = { unreadRows: [{ line: 3, user: null, reason: 'has 2 cells' }] };
    expect(runs(seen([root(), user('ana', noMfa)]), seen([root()], unread))[1]).toEqual(['not-seen: ana console-mfa']);
  });

  test('a deleted server certificate is fixed', () => {
    const arn = `arn:aws:iam::${account}:server-certificate/shop`;
    const kept = { serverCertificates: { known: true, value: [{ name: 'shop', arn, expiresAt: week(-9) }] } } as const;
    expect(runs(seen([root()], kept), seen([root()]))[1]).toEqual([
      `fixed: whole account server-certificate-expired ${arn}`,
    ]);
  });

  test('notes are not compared; one that becomes a finding is new', () => {
    const two = (days: number) => [
      root(),
      user('ana', {
        access_key_1_active: 'true',
        access_key_1_last_rotated: daysAgo(20),
        access_key_1_last_used_date: daysAgo(0),
        access_key_2_active: 'true',
        access_key_2_last_rotated: daysAgo(days),
        access_key_2_last_used_date: daysAgo(0),
      }),
    ];
    expect(runs(seen(two(5)), seen(two(12)))).toEqual([[], ['new: ana two-active-keys']]);
  });

  test('what closed is forgotten after twelve weeks', () => {
    const clean = seen([root(), user('ana', withMfa)]);
    const dirty = seen([root(), user('ana', noMfa)]);
    const back = (weeks: number) => runs(dirty, ...Array.from({ length: weeks }, () => clean), dirty).at(-1);
    expect(back(12)).toEqual(['reappeared: ana console-mfa']);
    expect(back(13)).toEqual(['reappeared: ana console-mfa']);
    expect(back(15)).toEqual(['new: ana console-mfa']);
  });
});

const anyOutcome = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        lax: fc.boolean(),
        same: fc.boolean(),
        users: fc.uniqueArray(fc.tuple(fc.constantFrom('ana', 'ben', 'cleo', 'dan'), anyUser), {
          selector: ([name]) => name,
        }),
        unread: fc.boolean(),
        denied: fc.boolean(),
      })
      .map(({ users, unread, denied, lax, same }) =>
        seen(
          [
            root(),
            // Made at any time it is another user each week.
            ...users.map(([name, cells]) => user(name, same ? { ...cells, user_creation_time: daysAgo(400) } : cells)),
          ],
          {
            unreadRows: unread ? [{ line: 9, user: null, reason: 'has 2 cells' }] : [],
            passwordPolicy: denied
              ? { known: false, reason: 'denied' }
              : { known: true, value: { minimumLength: users.length * 7, reusePrevention: 24 } },
          },
          lax ? { ...defaultThresholds, unusedDays: 180, rotationDays: 360 } : defaultThresholds,
        ),
      ),
  },
  { weight: 1, arbitrary: fc.constant(missing) },
  { weight: 1, arbitrary: fc.constant(left) },
);

const keys = (changes: readonly FindingChange[], ...kinds: ChangeKind[]): Set<string> =>
  new Set(changes.filter(({ kind }) => kinds.includes(kind)).map(({ finding }) => finding.key));

const standing: ChangeKind[] = ['baseline', 'new', 'reappeared', 'stricter', 'open', 'not-seen'];

describe('laws, over any ten weeks', () => {
  test('every finding is told once, and what was standing is open, not seen, fixed or removed', () => {
    const kinds = new Set<ChangeKind>();
    fc.assert(
      fc.property(fc.array(anyOutcome, { minLength: 10, maxLength: 10 }), (outcomes) => {
        let state: AccountState | null = null;
        let before = new Set<string>();
        for (const [n, outcome] of outcomes.entries()) {
          const compared = compareAccount(state, outcome, week(n));
          const { changes } = compared;
          state = compared.state;
          // A user who was made anew is told beside the one who was removed.
          expect(new Set(changes.map(({ kind, finding }) => `${kind === 'removed'} ${finding.key}`)).size).toBe(
            changes.length,
          );
          // Open before = still open + not seen + fixed + removed.
          expect(keys(changes, 'open', 'not-seen', 'fixed', 'used-again', 'laxer', 'removed')).toEqual(before);
          expect(stoodBefore(count(changes))).toBe(before.size);
          // Found now = baseline + new + reappeared + open.
          const found = outcome.kind === 'seen' ? outcome.evaluation.findings.filter(({ note }) => !note) : [];
          expect(keys(changes, 'baseline', 'new', 'reappeared', 'stricter', 'open')).toEqual(
            new Set(found.map(({ key }) => key)),
          );
          before = keys(changes, ...standing);
          const counts = count(changes);
          expect(counts.standing).toBe(before.size);
          expect(changeKinds.reduce((sum, kind) => sum + counts[kind], 0)).toBe(changes.length);
          if (outcome.kind === 'missing') expect(counts['not-seen']).toBe(changes.length);
          if (n === 0) expect(counts.baseline).toBe(changes.length);
          for (const { kind } of changes) kinds.add(kind);
        }
      }),
      // Of 100 runs one in some hundred meets no limit that was made laxer.
      { numRuns: 400 },
    );
    expect([...kinds].sort()).toEqual([...changeKinds].sort());
  });

  test('the same again is no change', () => {
    fc.assert(
      fc.property(anyOutcome, (outcome) => {
        const first = compareAccount(null, outcome, week(0));
        const again = compareAccount(first.state, outcome, week(1));
        const counts = count(again.changes);
        expect(counts.standing).toBe(again.changes.length);
        expect(counts.new + counts.reappeared + counts.baseline).toBe(0);
        expect(again.changes.map(({ firstSeen }) => firstSeen)).toEqual(
          first.changes.map(({ firstSeen }) => firstSeen),
        );
      }),
    );
  });

  test('a week without an answer changes nothing of what comes after', () => {
    fc.assert(
      fc.property(fc.array(anyOutcome, { maxLength: 4 }), anyOutcome, (outcomes, last) => {
        let state: AccountState | null = null;
        for (const [n, outcome] of outcomes.entries()) state = compareAccount(state, outcome, week(n)).state;
        const gap = compareAccount(state, missing, week(5)).state;
        if (state === null) return;
        expect(compareAccount(gap, last, week(6)).changes).toEqual(compareAccount(state, last, week(6)).changes);
      }),
    );
  });
});

describe('the trend', () => {
  const at = new Date('2026-11-23T07:00:00Z');
  const run = (time: string, value: number) => ({ at: new Date(time), value });

  test('a week without a run is a gap, and daylight saving moves no run into another week', () => {
    const runs = [
      run('2026-11-23T07:00:00Z', 5),
      run('2026-11-16T07:00:00Z', 6),
      run('2026-10-26T07:00:00Z', 8),
      run('2026-10-19T06:00:00Z', 9),
    ];
    expect(weekly(runs, at, 7)).toEqual([null, 9, 8, null, null, 6, 5]);
    expect(weekly(runs, at)).toHaveLength(12);
  });

  test('of two runs in a week the later counts, and later ones than asked for do not', () => {
    expect(
      weekly([run('2026-11-22T07:00:00Z', 1), run('2026-11-21T07:00:00Z', 2), run('2026-11-24T07:00:00Z', 3)], at, 2),
    ).toEqual([null, 1]);
    expect(weekly([run('2026-11-23T07:00:00Z', 0)], at, 1)).toEqual([0]);
  });
});
