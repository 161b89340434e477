import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { leakedKey } from '../../sandbox/scenario.ts';
import { about, type Evening, test } from './world.ts';

/** What is said in a message's thread, in the order in which Slack has it. */
const thread = (evening: Evening, message: { channel: string; ts: string }): string[] =>
  evening.world.slack.state.messages
    .filter((each) => each.channel === message.channel && each.threadTs === message.ts)
    .map((each) => each.text);

/** An alarm that is shown: a metric is not looked into, so nothing more is said of it by itself. */
async function quietAlarm(evening: Evening, name: string) {
  const alerts = evening.channel('C0ALERTS');
  evening.alarm(name);
  return alerts.expectMessage(new RegExp(name));
}

describe('what is said of an alert keeps its order', () => {
  test('a reply that Slack did not take at once comes before the next one', async ({ evening }) => {
    const [ana, ben, alerts] = [evening.person('ana'), evening.person('ben'), evening.channel('C0ALERTS')];
    const message = await quietAlarm(evening, 'in-order');
    evening.world.slack.fault({ method: 'chat.postMessage', channel: 'C0ALERTS', kind: '500', times: 1 });
    await ana.press(message, 'Acknowledge');
    await alerts.expectUpdate(message, /Acknowledged by/);
    await ben.press(message, 'Resolve');
    await (await ben.expectModal(/Resolve/)).submit({});
    await alerts.expectUpdate(message, /Resolved/);
    await evening.world.moveClock(60_000);
    await alerts.expectReply(message, /Resolved by/);
    expect(thread(evening, message).filter((said) => /by <@/.test(said))).toEqual([
      expect.stringMatching(/Acknowledged by <@U0ANA>/),
      expect.stringMatching(/Resolved by <@U0BEN>/),
    ]);
  }, 60_000);

  test('a pager that was away is called no more for what somebody has, and hears that', async ({ evening }) => {
    const actions: string[] = [];
    const pager = createServer(async (req, res) => {
      actions.push(JSON.parse(await text(req)).event_action);
      res.writeHead(actions.length === 1 ? 503 : 202).end('{}');
    });
    await new Promise<void>((resolve) => pager.listen(0, '127.0.0.1', resolve));
    const address = pager.address();
    try {
      Object.assign(evening.world.config, {
        escalation: new Map([['alarms', { steps: [{ notify: ['pagerduty:sec'], afterMs: 60_000 }], repeat: 0 }]]),
      });
      Object.assign(evening.world.environment, {
        callVariables: new Map([
          ['PAGERDUTY_ROUTING_KEY_SEC', 'a-key'],
          ['PAGERDUTY_EVENTS_URL', `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v2/enqueue`],
        ]),
      });
      await evening.restart();
      const message = await quietAlarm(evening, 'paged');
      await evening.world.moveClock(61_000);
      await expect.poll(() => actions).toEqual(['trigger']);
      await evening.person('ana').press(message, 'Acknowledge');
      await evening.channel('C0ALERTS').expectReply(message, /Acknowledged by/);
      await evening.world.moveClock(61_000);
      await expect.poll(() => actions, { timeout: 30_000 }).toEqual(['trigger', 'acknowledge']);
    } finally {
      pager.closeAllConnections();
      pager.close();
    }
  });

  test('who has left is not reached: the thread says so, and the next level is called at once', async ({ evening }) => {
    const [ana, chris] = [evening.person('ana'), evening.person('chris')];
    const leaver = evening.world.slack.state.user('U0CHRIS');
    if (leaver === undefined) throw new Error('Chris is not here.');
    const message = await quietAlarm(evening, 'to-nobody');
    // Who Chris is stays known for a while: a minute later the form would refuse the name.
    await chris.type('/audit status');
    await chris.expectEphemeral(/Trailwatch (is|has)/);
    leaver.isDeactivated = true;
    try {
      await ana.press(message, 'Escalate');
      const form = await ana.expectModal(/Why\?/);
      await form.submit({ reason: { value: 'Look' }, to: { selected_user: 'U0CHRIS' } });
      const alerts = evening.channel('C0ALERTS');
      await alerts.expectReply(message, /Not reached.*U0CHRIS/s);
      await alerts.expectReply(message, /level 1.*Called: @(ana|ben)/is);
      await ana.type('/audit status');
      expect((await ana.expectEphemeral(/Trailwatch (is|has)/)).text).not.toMatch(/U0CHRIS/);
    } finally {
      leaver.isDeactivated = false;
    }
  });

  test('for whom Slack does not ring is written to and not reached: the next level is called at once', async ({
    evening,
  }) => {
    const [ana, ben] = [evening.person('ana'), evening.person('ben')];
    const quiet = evening.world.slack.state.user('U0CHRIS');
    if (quiet === undefined) throw new Error('Chris is not here.');
    quiet.quietUntil = new Date(evening.world.now().getTime() + 7 * 3_600_000);
    const message = await quietAlarm(evening, 'by-night');
    await ana.press(message, 'Escalate');
    const form = await ana.expectModal(/Why\?/);
    await form.submit({ reason: { value: 'Look' }, to: { selected_user: 'U0CHRIS' } });
    await evening.person('chris').expectDirectMessage(/by-night/);
    const alerts = evening.channel('C0ALERTS');
    await alerts.expectReply(message, /Not reached.*U0CHRIS.*Slack will not ring: do not disturb until/s);
    await alerts.expectReply(message, /level 1.*Called: @(ana|ben)/is);
    await ben.press(message, 'Acknowledge');
    await alerts.expectUpdate(message, /Acknowledged by/);
  });
});

test('an earlier direct message about an alert leads to the later one, and has no buttons', async ({ evening }) => {
  const notify = ['user:U0CHRIS'];
  const steps = [0, 300_000].map((afterMs) => ({ notify, afterMs }));
  Object.assign(evening.world.config, { escalation: new Map([['alarms', { steps, repeat: 0, ackTimeoutMs: {} }]]) });
  await evening.restart();
  evening.alarm('called-twice');
  const first = await evening.person('chris').expectDirectMessage(/called-twice.*level 1 of 2/s);
  await evening.world.moveClock(300_000);
  const second = await evening.person('chris').expectDirectMessage(/called-twice.*level 2 of 2/s);
  const now = await evening.channel(first.channel).expectUpdate(first, /see the newer message below/);
  expect(JSON.stringify(now.blocks)).not.toContain('button');
  await evening.person('chris').press(second, 'Acknowledge');
  await evening.channel(second.channel).expectUpdate(second, /acknowledged by/i);
});

test('a direct message says what became of the alert at once, and keeps the way to it though Slack is asked too much', async ({
  evening,
}) => {
  const ana = evening.person('ana');
  const message = await quietAlarm(evening, 'many-at-once');
  await ana.press(message, 'Escalate');
  const form = await ana.expectModal(/Why\?/);
  await form.submit({ reason: { value: 'Look' }, to: { selected_user: 'U0CHRIS' } });
  const called = await evening.person('chris').expectDirectMessage(/many-at-once/);
  const way = /https:[^"]*archives[^"]*/.exec(JSON.stringify(called.blocks))?.[0];
  expect(way).toMatch(/\/C0ALERTS\/p\d+$/);
  evening.world.slack.fault({ method: 'chat.getPermalink', kind: '429', times: 1000 });
  // The bot may not even have noted yet that the message was posted.
  await ana.press(message, 'Acknowledge');
  const now = await evening.channel(called.channel).expectUpdate(called, /acknowledged by/i);
  expect(JSON.stringify(now.blocks)).toContain(way);
});

describe('a message that Slack refuses', () => {
  test('is shown as its text where the refusal is about its look', async ({ evening }) => {
    evening.world.slack.fault({
      method: 'chat.postMessage',
      channel: 'C0ALERTS',
      kind: { error: 'invalid_attachments' },
      times: 1,
    });
    evening.alarm('too-pretty');
    const message = await evening.channel('C0ALERTS').expectMessage(/too-pretty/);
    expect(message.blocks).toEqual([]);
  });

  test('is shown in the default channel where the refusal is about its own', async ({ evening }) => {
    evening.world.slack.fault({
      method: 'chat.postMessage',
      channel: 'C0SEC',
      kind: { error: 'is_archived' },
      times: 1,
    });
    evening.publish(leakedKey[0]?.message(evening.world.now()));
    const shown = await evening.channel('C0ALERTS').expectMessage(/#1/);
    expect(evening.channel('C0SEC').messages()).toEqual([]);
    await evening.person('ana').press(shown, 'Acknowledge');
    await evening.channel('C0ALERTS').expectReply(shown, /Acknowledged by/);
  });

  test('is posted again where somebody deleted it', async ({ evening }) => {
    const alerts = evening.channel('C0ALERTS');
    const message = await quietAlarm(evening, 'deleted');
    evening.world.slack.fault({ method: 'chat.update', kind: { error: 'message_not_found' }, times: 1 });
    await evening.person('ana').press(message, 'Acknowledge');
    await expect
      .poll(() => alerts.messages().filter(({ text, threadTs }) => threadTs === undefined && /deleted/.test(text)), {
        timeout: 30_000,
      })
      .toEqual([expect.anything(), expect.objectContaining({ text: expect.stringMatching(/Acknowledged/) })]);
  });
});

test('a call says who was called, and who called', async ({ evening }) => {
  // A guest may not act on alerts.
  evening.world.slack.state.usergroups.find(({ id }) => id === 'S0SECLEADS')?.users.push('U0DANA');
  evening.publish(leakedKey[0]?.message(evening.world.now()));
  const security = evening.channel('C0SEC');
  const message = await security.expectMessage(/#1/);
  await evening.world.moveClock(6 * 60_000);
  await security.expectReply(message, /calling level 1 of 3/);
  await evening.person('ana').press(message, 'Escalate');
  const form = await evening.person('ana').expectModal(/Why\?/);
  await form.submit({ reason: { value: 'I am alone' } });
  await security.expectReply(message, /Escalated to level 2 of 3 by <@U0ANA>.*Called: @chris, @dana/);
  await evening.person('chris').expectDirectMessage(/You are called/);
  await security.expectReply(message, /Not reached.*U0DANA.*guest/s);
  await evening.world.moveClock(30 * 60_000);
  await security.expectReply(message, /Called: <#C0PROD>/);
  await evening.channel('C0PROD').expectMessage(/calling level 3 of 3/);
  expect(thread(evening, message).join()).not.toMatch(/No one is on call/);
}, 120_000);

test('timers survive the loss of the whole queue', async ({ evening }) => {
  const message = await quietAlarm(evening, 'queue-lost');
  await evening.loseQueue();
  await evening.world.moveClock(16 * 60_000);
  await evening.channel('C0ALERTS').expectReply(message, /level 1/i);
});

test('a press that was taken is carried out, though the bot is stopped at that moment', async ({ evening }) => {
  const message = await quietAlarm(evening, 'stopping');
  await evening.person('ana').press(message, 'Acknowledge');
  await evening.restart();
  await evening.channel('C0ALERTS').expectUpdate(message, /Acknowledged by <@U0ANA>/);
  await evening.channel('C0ALERTS').expectReply(message, /Acknowledged by <@U0ANA>/);
});

test.skipIf(!process.env['TEST_DATABASE_URL'])(
  'two replicas that both hear of everything show it once, at the pace that Slack allows',
  async ({ evening }) => {
    await evening.addReplica();
    for (let number = 0; number < 4; number++) evening.alarm(`both-${number}`);
    const alerts = evening.channel('C0ALERTS');
    for (let number = 0; number < 4; number++) await alerts.expectMessage(new RegExp(`both-${number}`));
    await evening.world.sns.idle();
    const sent = alerts.messages().toSorted((a, b) => Number(a.ts) - Number(b.ts));
    expect(about(evening, 'C0ALERTS', 'both-')).toHaveLength(4);
    expect(JSON.stringify(sent)).not.toMatch(/2 times/);
    expect(evening.world.slack.state.log.filter(({ line }) => /ratelimited|429/.test(line))).toEqual([]);
  },
  30_000,
);
