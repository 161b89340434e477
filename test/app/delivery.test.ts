import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { type Evening, test } from './world.ts';

/** What is said in a message's thread, in the order in which Slack has it. */
const thread = (evening: Evening, message: { channel: string; ts: string }): string[] =>
  evening.world.slack.state.messages
    .filter((each) => each.channel === message.channel && each.threadTs === message.ts)
    .map((each) => each.text);

/** An alarm that is shown and looked into: nothing more is said of it by itself. */
async function quietAlarm(evening: Evening, name: string) {
  const alerts = evening.channel('C0ALERTS');
  evening.alarm(name);
  const message = await alerts.expectMessage(new RegExp(name));
  await alerts.expectReply(message, /Triage/);
  return message;
}

describe('what is said of an alert keeps its order', () => {
  test('a reply that Slack did not take at once comes before the next one', async ({ evening }) => {
    const [ana, ben, alerts] = [evening.person('ana'), evening.person('ben'), evening.channel('C0ALERTS')];
    const message = await quietAlarm(evening, 'in-order');
    evening.world.slack.fault({ method: 'chat.postMessage', channel: 'C0ALERTS', kind: '500', times: 1 });
    await ana.press(message, 'Acknowledge');
    await alerts.expectUpdate(message, /Acknowledged by/);
    await ben.press(message, 'Resolve');
    await alerts.expectUpdate(message, /Resolved/);
    await evening.world.moveClock(60_000);
    await alerts.expectReply(message, /Resolved by/);
    expect(thread(evening, message).filter((said) => /by <@/.test(said))).toEqual([
      expect.stringMatching(/Acknowledged by <@U0ANA>/),
      expect.stringMatching(/Resolved by <@U0BEN>/),
    ]);
  }, 60_000);

  test('a pager that was away hears of the alert first, and then that somebody has it', async ({ evening }) => {
    const actions: string[] = [];
    const pager = createServer(async (req, res) => {
      actions.push(JSON.parse(await text(req)).event_action);
      res.writeHead(actions.length === 1 ? 503 : 202).end('{}');
    });
    await new Promise<void>((resolve) => pager.listen(0, '127.0.0.1', resolve));
    const address = pager.address();
    try {
      Object.assign(evening.world.config, {
        escalation: new Map([['alarms', [{ notify: ['pagerduty:sec'], afterMs: 60_000 }]]]),
      });
      Object.assign(evening.world.environment, {
        pagerDutyKeys: new Map([['sec', 'a-key']]),
        pagerDutyUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v2/enqueue`,
      });
      await evening.restart();
      const message = await quietAlarm(evening, 'paged');
      await evening.world.moveClock(61_000);
      await expect.poll(() => actions).toEqual(['trigger']);
      await evening.person('ana').press(message, 'Acknowledge');
      await evening.channel('C0ALERTS').expectReply(message, /Acknowledged by/);
      await evening.world.moveClock(61_000);
      await expect.poll(() => actions, { timeout: 10_000 }).toEqual(['trigger', 'trigger', 'acknowledge']);
    } finally {
      pager.closeAllConnections();
      pager.close();
    }
  });

  test('what Slack refuses for a day is given up, and no longer counts as waiting', async ({ evening }) => {
    const [ana, ben] = [evening.person('ana'), evening.person('ben')];
    const message = await quietAlarm(evening, 'to-nobody');
    await ana.press(message, 'Escalate');
    const form = await ana.expectModal(/Why\?/);
    await form.submit({ reason: { value: 'Look' }, to: { selected_user: 'U0GONE' } });
    await evening.channel('C0ALERTS').expectReply(message, /Look/);
    await ben.type('/audit status');
    await ben.expectEphemeral(/waiting for U0GONE/);
    await evening.world.moveClock(25 * 3_600_000);
    await expect
      .poll(
        async () => {
          await ben.type('/audit status');
          return (await ben.expectEphemeral(/Trailwatch (is|has)/)).text;
        },
        { timeout: 10_000, interval: 500 },
      )
      .not.toMatch(/U0GONE/);
  });
});

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
    expect(sent.filter(({ threadTs }) => threadTs === undefined)).toHaveLength(4);
    expect(JSON.stringify(sent)).not.toMatch(/2 times/);
    expect(evening.world.slack.state.log.filter(({ line }) => /ratelimited|429/.test(line))).toEqual([]);
  },
  30_000,
);
