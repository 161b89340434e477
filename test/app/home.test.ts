import { expect } from 'vitest';
import { readable } from '../../sandbox/slack/people.ts';
import { test } from './world.ts';

test('the Home tab shows what is mine, who is on call, and the last report', async ({ evening }) => {
  const [ana, alerts, { state, interactions }] = [
    evening.person('ana'),
    evening.channel('C0ALERTS'),
    evening.world.slack,
  ];
  const home = async (): Promise<string> => {
    await interactions.openHome(ana.id);
    return readable([...state.views.values()].find(({ kind, user }) => kind === 'home' && user === ana.id)?.view);
  };
  await expect.poll(home).toMatch(/No report has been made yet/);

  evening.alarm('at-home');
  const message = await alerts.expectMessage(/at-home/);
  await ana.press(message, 'Acknowledge');
  await alerts.expectUpdate(message, /Acknowledged/);
  await ana.type('/audit report now alert-numbers');
  await evening.channel('C0AUDIT').expectMessage(/Alert/);
  await expect.poll(home, { timeout: 20_000, interval: 500 }).toMatch(/archives\/C0AUDIT\/p\d+\|Alert/);
  expect(await home()).toMatch(/Your alerts \(1\).*at-home.*On call now.*<@U0(ANA|BEN)>/s);
}, 60_000);

test('help of one command shows all of it, and a typo there gets the nearest one', async ({ evening }) => {
  const ana = evening.person('ana');
  await ana.type('/audit help lookup');
  const help = await ana.expectEphemeral(/audit lookup/);
  expect(readable(help.blocks)).not.toContain('…');
  await ana.type('/audit help lokup');
  await ana.expectEphemeral(/Did you mean .*lookup/);
});
