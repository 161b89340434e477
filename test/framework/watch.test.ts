import { expect, test } from 'vitest';
import type { Row } from '../../src/framework/verdict.ts';
import { WatchedRows, type WatchState, watch } from '../../src/framework/watch.ts';

const row = (given: Partial<Row> = {}): Row => ({
  step: 2,
  check: 'trail-logging',
  account: '111122223333',
  region: 'eu-west-1',
  resource: null,
  verdict: 'pass',
  proof: 'configured',
  reason: 'It is so.',
  unknown: null,
  inheritedFrom: null,
  cause: null,
  severity: 'critical',
  askedAt: '2026-11-23T08:00:00.000Z',
  ...given,
});

const checks = new Map([
  ['trail-logging', 1],
  ['root-alarm', 1],
]);

/** What each day tells, as "state resource". */
function days(...of: readonly (readonly Row[])[]): string[][] {
  let state: WatchState | null = null;
  return of.map((rows, day) => {
    const watched = new WatchedRows(state);
    for (const one of rows) watched.add(one);
    const seen = watch(state, watched.rows, checks, new Date(Date.UTC(2026, 10, 2 + day)));
    state = seen.state;
    return seen.turns.map((turn) => `${turn.state} ${turn.row.check} ${turn.row.resource ?? turn.row.region}`);
  });
}

const [pass, fail] = [row(), row({ verdict: 'fail' })];
const blind = row({ verdict: 'unknown', unknown: 'denied', proof: null });
const other = row({ region: 'us-east-1' });

const cases: [string, Row[][], string[][]][] = [
  ['what fails at the first look is no news', [[fail, other]], [[]]],
  [
    'from pass to fail fires, and the next pass resolves',
    [[pass], [fail], [fail], [pass]],
    [[], ['firing trail-logging eu-west-1'], [], ['resolved trail-logging eu-west-1']],
  ],
  [
    'what cannot be asked stays as it was',
    [[pass], [fail], [blind], [pass]],
    [[], ['firing trail-logging eu-west-1'], [], ['resolved trail-logging eu-west-1']],
  ],
  [
    'what is made in place of nothing resolves it',
    [[pass], [fail], [row({ resource: 'arn' })]],
    [[], ['firing trail-logging eu-west-1'], ['resolved trail-logging eu-west-1']],
  ],
  [
    'a region more that fails is one more',
    [
      [pass, other],
      [pass, row({ ...other, verdict: 'fail' })],
    ],
    [[], ['firing trail-logging us-east-1']],
  ],
  [
    'it fires again when it fails again',
    [[pass], [fail], [pass], [fail]],
    [[], ['firing trail-logging eu-west-1'], ['resolved trail-logging eu-west-1'], ['firing trail-logging eu-west-1']],
  ],
  [
    'little weight is left to the digest',
    [[row({ severity: 'medium' })], [row({ severity: 'medium', verdict: 'fail' })]],
    [[], []],
  ],
  [
    'what follows from another is told with that one',
    [
      [pass, row({ check: 'root-alarm' })],
      [fail, row({ check: 'root-alarm', verdict: 'fail', cause: 'trail-logging' })],
    ],
    [[], ['firing trail-logging eu-west-1']],
  ],
  ['what was never told is not resolved', [[fail], [pass]], [[], []]],
];
test.each(cases)('%s', (_, given, told) => expect(days(...given)).toEqual(told));
