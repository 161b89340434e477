import { expect, vi } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { test } from './world.ts';

test('an alert shows the name that Organizations has for its account', async ({ evening }) => {
  const { world } = evening;
  const { accounts, organizationalUnits } = world.organization;
  const configured = new Set(world.config.accounts.list.map(({ id }) => id));
  const account = accounts.find(({ id, state }) => state === 'ACTIVE' && !configured.has(id));
  if (account === undefined) throw new Error('The configuration names every account.');
  // An alert waits for no name. They are asked for when the app starts: the root and each unit for its accounts.
  const asked = () => world.aws.calls().filter(({ operation }) => operation === 'organizations:ListAccountsForParent');
  await vi.waitFor(() => expect(asked().length).toBeGreaterThan(organizationalUnits.length), 20_000);
  const about = { namespace: 'AWS/EC2', metric: 'CPUUtilization', account: account.id };
  evening.publish(alarm('named', 'ALARM', world.now(), about));
  await evening.channel('C0ALERTS').expectMessage(new RegExp(`named.*${account.name}`, 's'));
});
