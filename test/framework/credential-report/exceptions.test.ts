import { expect, test } from 'vitest';
import { evaluate } from '../../../src/framework/credential-report/evaluate.ts';
import { type Exception, exceptionsAt } from '../../../src/framework/credential-report/exceptions.ts';
import { defaultThresholds } from '../../../src/framework/credential-report/thresholds.ts';
import { account, daysAgo, facts, generatedAt, root, user } from './reports.ts';

const key = (n: 1 | 2) => ({
  [`access_key_${n}_active`]: 'true',
  [`access_key_${n}_last_rotated`]: daysAgo(200),
  [`access_key_${n}_last_used_date`]: daysAgo(0),
});

const { findings } = evaluate(facts([root(), user('ana', { ...key(1), ...key(2) })]), defaultThresholds);

const exception = (given: Partial<Exception> = {}): Exception => ({
  account,
  principal: `arn:aws:iam::${account}:user/ana`,
  rule: 'key-rotation',
  slot: 'key 1',
  owner: 'payments',
  reason: 'The printer cannot use roles.',
  expiry: '2026-12-01T00:00:00Z',
  requestedBy: 'U0ANA',
  requestedAt: null,
  approvedBy: 'U0BEN',
  decidedAt: null,
  refused: false,
  ...given,
});

const accepted = (...exceptions: Exception[]): string[] => {
  const { of } = exceptionsAt(exceptions, generatedAt);
  return findings.filter((finding) => of(finding) !== undefined).map(({ rule, slot }) => `${rule} ${slot}`);
};

test('an exception stands for its finding alone, one without a slot for all of the rule', () => {
  expect(findings).toHaveLength(3);
  expect(accepted(exception())).toEqual(['key-rotation key 1']);
  expect(accepted(exception({ slot: null }))).toEqual(['key-rotation key 1', 'key-rotation key 2']);
  expect(accepted(exception({ account: '444455556666' }), exception({ principal: 'ana' }))).toEqual([]);
});

test.each<[Partial<Exception>, string]>([
  [{ expiry: generatedAt.toISOString() }, 'expired on 2026-11-23'],
  [{ owner: ' ' }, 'has no owner'],
  [{ reason: '' }, 'gives no reason'],
  [{ requestedBy: '' }, 'does not say who asked for it'],
  [{ approvedBy: null }, 'is not approved yet'],
  [{ approvedBy: '  ' }, 'is not approved yet'],
  [{ approvedBy: ' u0ana' }, 'was approved by the one who asked for it'],
])('%j does not count, and is said', (flaw, reason) => {
  expect(accepted(exception(flaw))).toEqual([]);
  expect(exceptionsAt([exception(flaw)], generatedAt).refused).toEqual([{ exception: exception(flaw), reason }]);
});
