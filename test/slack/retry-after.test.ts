import { expect, test } from 'vitest';
import { retryAfterMs } from '../../src/slack/post-once.ts';

test('Slack that was away for long hears of a call within about a minute of being back; a refusal waits longer', () => {
  const away = { outcome: 'unknown', error: 'timeout' } as const;
  expect(retryAfterMs(away, 0)).toBeLessThan(5000);
  for (const tries of [6, 10, 50, 2000]) expect(retryAfterMs(away, tries)).toBeLessThanOrEqual(63_000);
  expect(retryAfterMs({ outcome: 'refused', about: 'else', error: 'invalid_blocks' }, 50)).toBe(600_000);
  expect(retryAfterMs({ outcome: 'later', waitMs: 30_000, rateLimited: true, error: 'ratelimited' }, 50)).toBe(30_000);
});
