import { expect, test } from 'vitest';
import { gapsSentence, placeCoverage } from '../../src/aws/coverage.ts';

const place = (account: string, region: string) => ({ account, region });
const missing = (account: string, region: string, kind: string) => ({
  place: place(account, region),
  kind,
  reason: '',
});

test('what was not searched is named: whole accounts, and single regions of others', () => {
  const regions = ['eu-west-1', 'us-east-1', 'eu-central-1', 'ap-southeast-1'];
  const asked = ['111122223333', '444455556666', '777788889999'].flatMap((id) => regions.map((one) => place(id, one)));
  const coverage = placeCoverage(asked, [
    ...regions.map((region) => missing('111122223333', region, 'denied')),
    missing('444455556666', 'us-east-1', 'throttled'),
    missing('777788889999', 'eu-west-1', 'waiting'),
  ]);
  expect(gapsSentence(coverage)).toBe(
    'Could not search to the end: 111122223333 (denied) and 444455556666 us-east-1 (throttled).',
  );
  expect(gapsSentence(placeCoverage(asked, []))).toBe('');
  const shut = placeCoverage(asked.slice(4), [{ ...missing('111122223333', 'eu-west-1', 'denied'), everywhere: true }]);
  expect(gapsSentence(shut)).toBe('Could not search to the end: 111122223333 (denied).');
});

test('of many accounts five are named', () => {
  const ids = Array.from({ length: 12 }, (_, n) => String(n).padStart(12, '0'));
  const coverage = placeCoverage(
    [],
    ids.map((id) => missing(id, 'eu-west-1', 'denied')),
  );
  expect(gapsSentence(coverage)).toMatch(/and 7 more of 12 accounts\.$/);
});
