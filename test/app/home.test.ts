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
  await ana.choose(message, 'Assign…');
  const form = await ana.expectModal(/To whom/);
  await form.submit({ to: { selected_user: ana.id } });
  await alerts.expectUpdate(message, /assigned to/);
  // It is hers, and nobody has it in hand: neither she nor anybody else is told that it is.
  await expect.poll(home).toMatch(/Your alerts \(1\).*at-home.*Every other alert is acknowledged/s);
  await evening.person('ben').openHome(/Waiting for somebody \(1\).*at-home/s);
  await ana.press(message, 'Acknowledge');
  await alerts.expectUpdate(message, /Acknowledged/);
  await ana.type('/audit report now alert-numbers');
  await evening.channel('C0AUDIT').expectMessage(/Alert/);
  await expect.poll(home, { timeout: 20_000, interval: 500 }).toMatch(/archives\/C0AUDIT\/p\d+\|Alert/);
  expect(await home()).toMatch(/Your alerts \(1\).*at-home.*On call now.*<@U0(ANA|BEN)>/s);
}, 60_000);

test('an alert opens from the Home tab, where Slack gives no response URL, and can be acted on there', async ({
  evening,
}) => {
  const ana = evening.person('ana');
  const alerts = evening.channel('C0ALERTS');
  evening.alarm('opened-at-home');
  const message = await alerts.expectMessage(/opened-at-home/);
  await ana.press(message, 'Acknowledge');
  await alerts.expectUpdate(message, /Acknowledged by/i);

  const home = await ana.openHome(/opened-at-home/);
  await home.press('Open');
  const opened = await ana.expectModal(/opened-at-home.*acknowledged by/is);
  await opened.press('Escalate');
  const form = await ana.expectModal(/Why\?/);
  await form.submit({ reason: { type: 'plain_text_input', value: 'from home' } });
  await alerts.expectReply(message, /from home/);
  await opened.press('Unacknowledge');
  await ana.expectModal(/opened-at-home.*not acknowledged/is);
  await alerts.expectUpdate(message, /not acknowledged/);

  // Where no modal can be opened either, the sentence comes as a direct message.
  await evening.person('ben').press(message, 'Resolve');
  await (await evening.person('ben').expectModal(/Resolve/)).submit({});
  await alerts.expectUpdate(message, /resolved by/i);
  evening.world.slack.fault({ method: 'views.push', kind: '500', times: 1 });
  await opened.press('Acknowledge');
  await ana.expectDirectMessage(/already resolved/);
  await ana.expectModal(/opened-at-home.*resolved by/is);

  // What one calls others for is not one's own, and is not lost sight of.
  evening.alarm('called-for');
  await ana.press(await alerts.expectMessage(/called-for/), 'Escalate');
  await (await ana.expectModal(/called-for.*Why\?/s)).submit({ reason: { value: 'Not mine' } });
  await alerts.expectReply(await alerts.expectMessage(/called-for/), /Not mine/);
  await ana.openHome(/You escalated \(1\).*called-for/s);
}, 60_000);

test('in the Home tab a person says how they are called, and hears where it comes too late', async ({ evening }) => {
  const ana = evening.person('ana');
  const home = await ana.openHome(/How you are called.*By nothing else/s);
  await home.press('Change');
  const form = await ana.expectModal(/How you are called/);
  await form.submit({ voice: { value: '123' } });
  await form.expectError(/like \+420123456789/);
  await form.submit({ voice: { value: '+420 123 456 789' }, 'voice-after': { value: '12m' } });
  await ana.openHome(/telephone …789, 12 minutes later.*In primary the next level is called after 10 minutes/s);
}, 60_000);

test('help of one command shows all of it, and a typo there gets the nearest one', async ({ evening }) => {
  const ana = evening.person('ana');
  await ana.type('/audit help lookup');
  const help = await ana.expectEphemeral(/audit lookup/);
  expect(readable(help.blocks)).not.toContain('…');
  await ana.type('/audit help lokup');
  await ana.expectEphemeral(/did you mean .*lookup/);
});
