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

  test('who stands behind a session is shown as steps, each with its event', async ({ evening }) => {
    const ben = evening.person('ben');
    const { attack } = evening.world.organization;
    const [id] = [...attack.behind].find(([event, who]) => who === attack.human && attack.eventIds.includes(event)) ?? [
      '',
    ];
    await ben.type(`/audit who ${id}`);
    const message = await ben.expectEphemeral(/is behind/);
    expect(message.text).toContain(/:(.*)@/.exec(attack.human)?.[1]);
  }, 120_000);
});
