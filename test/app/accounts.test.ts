import { expect, vi } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { test } from './world.ts';

test('an alert shows the name that Organizations has for its account', async ({ evening }) => {
  const { world } = evening;
  const configured = new Set(world.config.accounts.list.map(({ id }) => id));
  const account = world.organization.accounts.find(({ id, state }) => state === 'ACTIVE' && !configured.has(id));
  if (account === undefined) throw new Error('The configuration names every account.');
  const about = { namespace: 'AWS/EC2', metric: 'CPUUtilization', account: account.id };
  const named = new RegExp(`${account.name}: named-\\d`);
  // An alert waits for no name: the names are asked for when the app starts, and one of the next alerts has it.
  let number = 0;
  await vi.waitFor(
    () => {
      evening.publish(alarm(`named-${number++}`, 'ALARM', world.now(), about));
      expect(
        evening
          .channel('C0ALERTS')
          .messages()
          .map(({ text }) => text),
      ).toContainEqual(expect.stringMatching(named));
    },
    { timeout: 25_000, interval: 1000 },
  );
});
