import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChangeKind,
  comparePlace,
  type PlaceOutcome,
  type PlaceState,
  stands,
} from '../../src/framework/compare.ts';
import { keyOf } from '../../src/framework/score.ts';
import type { Row } from '../../src/framework/verdict.ts';

const row = (given: Partial<Row> = {}): Row => ({
  step: 2,
  check: 'trail-org-wide',
  account: '111122223333',
  region: 'eu-west-1',
  resource: null,
  verdict: 'pass',
  proof: 'configured',
  reason: 'It is so.',
  unknown: null,
  inheritedFrom: null,
  cause: null,
  severity: 'high',
  askedAt: '2026-11-23T08:00:00.000Z',
  ...given,
});

const versions = (version = 1): ReadonlyMap<string, number> =>
  new Map(['trail-org-wide', 'trail-logging', 'trail-kms'].map((check) => [check, version]));

const seen = (rows: readonly Row[], checks = versions()): PlaceOutcome => ({ kind: 'seen', rows, checks });

const weeks = (...outcomes: readonly PlaceOutcome[]) => {
  let state: PlaceState | null = null;
  return outcomes.map((outcome, week) => {
    const compared = comparePlace(state, outcome, new Date(Date.UTC(2026, 10, 2 + 7 * week)));
    state = compared.state;
    return compared.changes;
  });
};

const kinds = (changes: ReturnType<typeof weeks>[number] | undefined): ChangeKind[] =>
  (changes ?? []).map(({ kind }) => kind);

const [passes, fails] = [row(), row({ verdict: 'fail' })];
const blind = row({ verdict: 'unknown', unknown: 'denied', proof: null });

describe('a place then and now', () => {
  const cases: [string, PlaceOutcome[], ChangeKind[]][] = [
    ['the first run is a baseline', [seen([fails])], ['baseline']],
    ['a fail after a pass is new', [seen([passes]), seen([fails])], ['new']],
    [
      'a new thing that fails where the check had looked is new',
      [seen([]), seen([passes]), seen([passes, row({ resource: 'b', verdict: 'fail' })])],
      ['new'],
    ],
    ['a fail that stays is open', [seen([fails]), seen([fails])], ['open']],
    ['its severity alone is no news', [seen([fails]), seen([{ ...fails, severity: 'critical' }])], ['open']],
    ['a pass after a fail is fixed', [seen([fails]), seen([passes])], ['fixed']],
    ['what is made in place of nothing fixes it', [seen([fails]), seen([row({ resource: 'arn' })])], ['fixed']],
    [
      'a resource that is no more is gone, not fixed',
      [seen([row({ resource: 'a', verdict: 'fail' })]), seen([])],
      ['gone'],
    ],
    ['unknown after a pass is lost sight, once', [seen([passes]), seen([blind])], ['lost sight']],
    ['and not again', [seen([passes]), seen([blind]), seen([blind])], []],
    ['unknown after a fail stays open', [seen([fails]), seen([blind]), seen([blind])], ['lost sight']],
    [
      'regions that are not known hide what was known in each',
      [seen([fails]), seen([row({ ...blind, region: 'global' })])],
      ['lost sight'],
    ],
    [
      'an account without an answer loses sight of all',
      [seen([fails, row({ check: 'trail-kms' })]), { kind: 'missing' }],
      ['lost sight', 'lost sight'],
    ],
    ['with an account that left its fails are gone', [seen([fails]), { kind: 'left' }], ['gone']],
    ['a fail after a change of the rule is that', [seen([passes]), seen([fails], versions(2))], ['rule changed']],
    ['so is a pass', [seen([fails]), seen([passes], versions(2))], ['rule changed']],
    ['a check that is no more is a change of the rule', [seen([fails]), seen([], new Map())], ['rule changed']],
    ['back and forth is not new each time', [seen([passes]), seen([fails]), seen([passes]), seen([fails])], ['open']],
  ];
  test.each(cases)('%s', (_, outcomes, expected) => expect(kinds(weeks(...outcomes).at(-1))).toEqual(expected));

  test('back and forth is marked', () => {
    const last = weeks(seen([fails]), seen([passes]), seen([fails])).at(-1);
    expect(last).toMatchObject([{ kind: 'open', flapping: true }]);
  });

  test('a partial run leaves what it did not ask as it was', () => {
    const other = row({ check: 'trail-kms', verdict: 'fail' });
    const partial: PlaceOutcome = {
      ...seen([passes]),
      kind: 'seen',
      asked: (check) => check === 'trail-org-wide',
      rows: [passes],
      checks: versions(),
    };
    const all = weeks(seen([fails, other]), partial, seen([passes, other]));
    expect(kinds(all[1])).toEqual(['fixed']);
    expect(all[2]).toMatchObject([{ kind: 'open', result: { check: 'trail-kms', since: '2026-11-02T00:00:00.000Z' } }]);
  });
});

const anyRow = fc
  .record({
    check: fc.constantFrom('trail-org-wide', 'trail-logging', 'trail-kms'),
    region: fc.constantFrom('eu-west-1', 'us-east-1', 'global'),
    resource: fc.constantFrom(null, 'a', 'b'),
    verdict: fc.constantFrom<Row['verdict']>('pass', 'fail', 'unknown', 'not applicable'),
  })
  .map((given) => row({ ...given, unknown: given.verdict === 'unknown' ? 'denied' : null }));
const anyRows = fc.uniqueArray(anyRow, { selector: keyOf, maxLength: 12 });
const anyOutcome: fc.Arbitrary<PlaceOutcome> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(anyRows, fc.constantFrom(1, 1, 2)).map(([rows, version]) => seen(rows, versions(version))),
  },
  { weight: 1, arbitrary: fc.constant<PlaceOutcome>({ kind: 'missing' }) },
);

test('every fail is one change, nothing that failed is dropped in silence, and unknown fixes nothing', () => {
  fc.assert(
    fc.property(fc.array(anyOutcome, { minLength: 1, maxLength: 6 }), (outcomes) => {
      let state: PlaceState | null = null;
      for (const [week, outcome] of outcomes.entries()) {
        const before: PlaceState | null = state;
        const compared = comparePlace(before, outcome, new Date(Date.UTC(2026, 10, 2 + 7 * week)));
        state = compared.state;
        const rows = outcome.kind === 'seen' ? outcome.rows : [];
        const told = new Map(compared.changes.map((change) => [keyOf(change.result), change]));
        expect(told.size).toBe(compared.changes.length);
        for (const one of rows.filter(({ verdict }) => verdict === 'fail'))
          expect(told.get(keyOf(one))).toSatisfy((change) => change !== undefined && stands(change));
        for (const one of before?.tracked ?? []) if (one.verdict === 'fail') expect(told.has(keyOf(one))).toBe(true);
        for (const { kind, result } of compared.changes) {
          if (kind === 'fixed')
            expect(rows.some(({ check, verdict }) => check === result.check && verdict === 'pass')).toBe(true);
          if (week === 0) expect(kind).toBe('baseline');
        }
        // What is told as standing is what the next run knows as failing.
        expect(compared.changes.filter(stands).length).toBe(
          state.tracked.filter(({ verdict }) => verdict === 'fail').length,
        );
      }
    }),
  );
});

test('the same answers again change nothing', () => {
  fc.assert(
    fc.property(anyRows, (rows) => {
      const [, again = []] = weeks(seen(rows), seen(rows));
      expect(again.every(({ kind }) => kind === 'open')).toBe(true);
    }),
  );
});
