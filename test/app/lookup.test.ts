import { describe, expect } from 'vitest';
import { test } from './world.ts';

describe('lookup', () => {
  test('a typed question is answered to the one who asked', async ({ evening }) => {
    const ben = evening.person('ben');
    const { attack } = evening.world.organization;
    await ben.type(`/audit lookup key ${attack.leakedKey} --since ${attack.from.toISOString()}`);
    const message = await ben.expectEphemeral(/events: key/);
    expect(message.ephemeralFor).toBe('U0BEN');
  }, 120_000);
});
