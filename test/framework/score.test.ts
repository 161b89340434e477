import { expect, test } from 'vitest';
import { scoreOf } from '../../src/framework/score.ts';
import type { Row } from '../../src/framework/verdict.ts';

const row = (change: Partial<Row>): Row => ({
  step: 5,
  check: 'flow-vpc-covered',
  account: '111122223333',
  region: 'eu-west-1',
  resource: null,
  verdict: 'fail',
  proof: 'configured',
  reason: 'No flow log watches the network.',
  severity: 'high',
  unknown: null,
  inheritedFrom: null,
  cause: null,
  askedAt: '2026-12-01T00:00:00.000Z',
  ...change,
});

test('the worst is the same in whatever order results come, and follows from nothing else where one does not', () => {
  const follows = row({ check: 'flow-delivers', cause: 'flow-vpc-covered' });
  const rows = [
    row({ account: '111122224444' }),
    follows,
    row({}),
    row({ severity: 'medium', account: '111122220000' }),
  ];
  for (const order of [rows, rows.toReversed(), [follows, ...rows]])
    expect(scoreOf(5, order).worst).toMatchObject({ check: 'flow-vpc-covered', account: '111122223333' });
});
