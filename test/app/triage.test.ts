import { describe, expect, vi } from 'vitest';
import { verifyAuditLog } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { about, test } from './world.ts';

const finding = (id: string, at: Date, severity = 8): unknown => ({
  version: '0',
  id: `event-${id}`,
  'detail-type': 'GuardDuty Finding',
  source: 'aws.guardduty',
  account: '111122223333',
  time: at.toISOString(),
  region: 'eu-west-1',
  resources: [],
  detail: {
    schemaVersion: '2.0',
    accountId: '111122223333',
    region: 'eu-west-1',
    partition: 'aws',
    id,
    arn: `arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/${id}`,
    type: 'UnauthorizedAccess:EC2/SSHBruteForce',
    resource: { resourceType: 'Instance', instanceDetails: { instanceId: 'i-0123456789abcdef0' } },
    service: { archived: false, count: 1, eventFirstSeen: at.toISOString(), eventLastSeen: at.toISOString() },
    severity,
    createdAt: at.toISOString(),
    updatedAt: at.toISOString(),
    title: 'SSH brute force attacks against i-0123456789abcdef0.',
    description: 'Somebody tries passwords <!channel> on <https://evil.example|i-0123456789abcdef0>.',
  },
});

describe('an evening on call', () => {
  test('an alarm is shown, acknowledged by one of two, and resolved by its OK', async ({ evening }) => {
    const alerts = evening.channel('C0ALERTS');
    evening.alarm('cpu-high-web-1');
    const message = await alerts.expectMessage(/cpu-high-web-1/);

    const [ana, ben] = [evening.person('ana'), evening.person('ben')];
    await Promise.all([ana.press(message, 'Acknowledge'), ben.press(message, 'Acknowledge')]);
    const shown = await alerts.expectUpdate(message, /Acknowledged by (U0ANA|<@U0ANA>|U0BEN|<@U0BEN>)/);
    const winner = /Acknowledged by <?@?(U0\w+)/.exec(`${shown.text}`)?.[1];
    const loser = winner === 'U0ANA' ? ben : ana;
    await loser.expectEphemeral(new RegExp(`already acknowledged by <@${winner}>`));

    evening.alarm('cpu-high-web-1', 'OK');
    await alerts.expectUpdate(message, /Resolved/);
    await alerts.expectReply(message, /Resolved by AWS/);
    expect(about(evening, 'C0ALERTS', 'cpu-high-web-1')).toHaveLength(1);
  });

  test('nobody acknowledges: the clock calls, level after level', async ({ evening }) => {
    const security = evening.channel('C0SEC');
    evening.publish(finding('f1', evening.world.now()));
    const message = await security.expectMessage(/brute force/i);
    await evening.world.moveClock(5 * 60_000 + 1000);
    await security.expectReply(message, /level 1.*Called: @(ana|ben)/i);
    await evening.world.moveClock(10 * 60_000);
    await security.expectReply(message, /level 2.*Called: @chris/i);
    await evening.world.moveClock(15 * 60_000);
    await evening.channel('C0PROD').expectMessage(/level 3/i);
  });

  test('an acknowledged alert calls nobody', async ({ evening }) => {
    const security = evening.channel('C0SEC');
    evening.publish(finding('f2', evening.world.now()));
    const message = await security.expectMessage(/brute force/i);
    await evening.person('ana').press(message, 'Acknowledge');
    await security.expectUpdate(message, /Acknowledged/);
    await evening.world.moveClock(60 * 60_000);
    await evening.person('ben').type('/audit status');
    await evening.person('ben').expectEphemeral(/Trailwatch/);
    expect(security.messages().some((each) => /level/i.test(each.text))).toBe(false);
  });

  test('timers survive a restart', async ({ evening }) => {
    const security = evening.channel('C0SEC');
    evening.publish(finding('f3', evening.world.now()));
    const message = await security.expectMessage(/brute force/i);
    await evening.restart();
    await evening.world.moveClock(6 * 60_000);
    await security.expectReply(message, /level 1/i);
  });

  test('the same finding again is the same message with a count', async ({ evening }) => {
    const security = evening.channel('C0SEC');
    evening.publish(finding('f4', evening.world.now()));
    const message = await security.expectMessage(/brute force/i);
    evening.publish(finding('f4', evening.world.now()));
    await security.expectUpdate(message, /2 times|twice/i);
    expect(security.messages()).toHaveLength(1);
  });

  test('what attackers write pings nobody and links nowhere', async ({ evening }) => {
    evening.publish(finding('f5', evening.world.now()));
    const message = await evening.channel('C0SEC').expectMessage(/brute force/i);
    const drawn = JSON.stringify([message.blocks, message.attachments]);
    expect(message.text).not.toMatch(/<!channel>|<https:\/\/evil/);
    // Inside rich_text a text element takes no markup; elsewhere angle brackets must be escaped.
    expect(drawn).not.toMatch(/"type":"mrkdwn","text":"[^"]*(<!channel>|<https:\/\/evil)/);
    expect(drawn).not.toMatch(/"type":"broadcast"|"url":"https:\/\/evil/);
  });
});

describe('forms', () => {
  test('an escalation by hand asks why, and calls', async ({ evening }) => {
    const security = evening.channel('C0SEC');
    const ana = evening.person('ana');
    evening.publish(finding('g1', evening.world.now()));
    const message = await security.expectMessage(/brute force/i);
    await ana.press(message, 'Escalate');
    const modal = await ana.expectModal(/Why\?/);
    await modal.submit({ reason: { value: '' } });
    await modal.expectError(/required/i);
    await modal.submit({ reason: { value: 'I cannot reach the host' } });
    await security.expectReply(message, /I cannot reach the host/);
    // Whoever of the two has the turn in the schedule.
    await Promise.any(
      ['ana', 'ben'].map((name) => evening.person(name).expectDirectMessage(/I cannot reach the host/)),
    );

    // The timer goes on while the form is open: nobody is called of whom it did not say so.
    await ana.press(message, 'Escalate');
    const late = await ana.expectModal(/Level \*?2\*? calls/);
    await evening.world.moveClock(16 * 60_000);
    await security.expectReply(message, /calling level 2/);
    await late.submit({ reason: { value: 'Still out of reach' } });
    const anew = await ana.expectModal(/level 2 was called meanwhile.*Level \*?3\*? calls/s);
    expect(JSON.stringify(security.messages())).not.toContain('Still out of reach');
    await anew.submit({});
    await security.expectReply(message, /Still out of reach/);
  });

  test('a guest may not press', async ({ evening }) => {
    const security = evening.channel('C0SEC');
    evening.publish(finding('g2', evening.world.now()));
    const message = await security.expectMessage(/brute force/i);
    const dana = evening.person('dana');
    await dana.press(message, 'Acknowledge');
    await dana.expectEphemeral(/Guests/);
    expect(evening.world.slack.state.message('C0SEC', message.ts)?.text).not.toMatch(/Acknowledged/);
  });
});

describe('trouble with Slack', () => {
  test('a post whose answer was lost is found again, not posted twice', async ({ evening }) => {
    evening.world.slack.fault({ method: 'chat.postMessage', channel: 'C0ALERTS', kind: 'drop', times: 1 });
    evening.alarm('answer-lost');
    const alerts = evening.channel('C0ALERTS');
    const message = await alerts.expectMessage(/answer-lost/);
    await evening.person('ana').press(message, 'Acknowledge');
    await alerts.expectUpdate(message, /Acknowledged/);
    expect(
      alerts.messages().filter((each) => /answer-lost/.test(each.text) && each.threadTs === undefined),
    ).toHaveLength(1);
  });

  test('that asks for patience is no trouble to tell, one that is not there is', async ({ evening }) => {
    const { world, app } = evening;
    const ready = async () => (await fetch(`http://127.0.0.1:${app.port}/readyz`)).status;
    // What Slack said is remembered for a minute.
    world.slack.fault({ method: 'auth.test', kind: '429', times: 1 });
    await world.moveClock(61_000);
    expect(await ready()).toBe(200);
    world.slack.fault({ method: 'auth.test', kind: '500', times: 1 });
    await world.moveClock(61_000);
    expect(await ready()).toBe(503);
  });

  test('an HTTP 500 and a 429 only delay', async ({ evening }) => {
    evening.world.slack.fault({ method: 'chat.postMessage', channel: 'C0ALERTS', kind: '429', times: 1 });
    evening.alarm('slow-slack');
    await evening.channel('C0ALERTS').expectMessage(/slow-slack/);
  });
});

describe('commands', () => {
  test('a typo gets the nearest command; the list shows what is open', async ({ evening }) => {
    const ana = evening.person('ana');
    evening.alarm('listed-alarm');
    await evening.channel('C0ALERTS').expectMessage(/listed-alarm/);
    await ana.type('/audit alrts');
    await ana.expectEphemeral(/did you mean .*alerts/);
    await ana.type('/audit alerts');
    await ana.expectEphemeral(/listed-alarm/);
    await ana.type('/audit help');
    await ana.expectEphemeral(/What you can ask/);
  });

  test('a silence begun by hand holds alerts back, is listed, and ended early', async ({ evening }) => {
    const [ana, alerts] = [evening.person('ana'), evening.channel('C0ALERTS')];
    await ana.type('/audit silence add --txt nightly');
    await ana.expectEphemeral(/no --txt; did you mean "--text/);
    evening.alarm('nightly-before');
    await alerts.expectMessage(/nightly-before/);
    await ana.type('/audit silence add —text nightly');
    const form = await ana.expectModal(/would have hidden \*?1\*? alert/);
    await form.submit({ reason: { value: 'Backups run' } });

    evening.alarm('nightly-after');
    evening.alarm('daily');
    await alerts.expectMessage(/daily/);
    await ana.type('/audit silence');
    const list = await ana.expectEphemeral(/Backups run/);
    expect(alerts.messages().some(({ text }) => /nightly-after/.test(text))).toBe(false);
    await ana.press(list, 'End');
    await ana.expectEphemeral(/Silence ended/);
    await alerts.expectMessage(/silence/i);
  });

  test('a storm is one message', async ({ evening }) => {
    for (let number = 0; number < 30; number++) evening.alarm(`storm-${number}`);
    const storm = await evening.channel('C0ALERTS').expectMessage(/alerts in .*:/);
    await evening.channel('C0ALERTS').expectUpdate(storm, /30 alerts in 1 min:/);
    // Of those that were posted before it was one, each is a line that leads to it.
    await vi.waitFor(() => {
      for (const { blocks } of about(evening, 'C0ALERTS', 'storm-'))
        expect(JSON.stringify(blocks)).toMatch(/in the storm|alerts in .*:/);
    });
  });
});

test('every act is on a record whose chain holds', async ({ evening }) => {
  evening.alarm('on-record');
  const alerts = evening.channel('C0ALERTS');
  const message = await alerts.expectMessage(/on-record/);
  await evening.person('ana').press(message, 'Acknowledge');
  await alerts.expectUpdate(message, /Acknowledged/);
  await evening.world.stopApp(evening.app);
  const database = await openDatabase({ databaseUrl: evening.databaseUrl, dataDir: evening.dataDir });
  try {
    const rows = await database.db.selectFrom('audit_log').select(['action', 'actor_user']).execute();
    expect(rows).toContainEqual({ action: 'acknowledge', actor_user: 'U0ANA' });
    expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true });
  } finally {
    await database.close();
  }
});
