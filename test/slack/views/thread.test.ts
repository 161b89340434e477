import { describe, expect, test } from 'vitest';
import type { TimelineEvent } from '../../../src/alerts/alert.ts';
import { channelNotice, directMessage, escalationNotice, timelineReply } from '../../../src/slack/views/thread.ts';
import { firing } from './alerts.ts';
import { mrkdwnIn, objectsIn, shown } from './check.ts';

const at = new Date('2026-11-23T09:30:00Z');
const ana = { type: 'user', id: 'U0ANA' } as const;
const timer = { type: 'timer' } as const;
const aws = { type: 'aws' } as const;

describe('one line for each event of the timeline', () => {
  test.each<[Omit<TimelineEvent, 'at'>, string]>([
    [{ kind: 'acknowledged', by: ana }, '#1042 👀 Acknowledged by <@U0ANA>'],
    [{ kind: 'unacknowledged', by: ana }, '#1042 🔙 Given back by <@U0ANA>: nobody has it in hand now'],
    [{ kind: 'escalated', by: timer, detail: '2' }, '#1042 📣 Escalated to level 2: nobody acknowledged in time'],
    [{ kind: 'escalated', by: ana, detail: '0' }, '#1042 📣 Escalated by <@U0ANA>'],
    [{ kind: 'assigned', by: ana, detail: 'U0BEN' }, '#1042 👤 Assigned to <@U0BEN> by <@U0ANA>'],
    [{ kind: 'assigned', by: ana, detail: 'U0ANA' }, '#1042 👤 Taken by <@U0ANA>'],
    [{ kind: 'noted', by: ana, text: 'planned' }, '#1042 📝 Note by <@U0ANA>'],
    [
      { kind: 'snoozed', by: ana, detail: '2026-11-23T11:00:00Z' },
      '#1042 💤 Snoozed by <@U0ANA> until 2026-11-23 11:00 UTC',
    ],
    [{ kind: 'woken', by: timer }, '#1042 ⏰ Snooze is over: firing again'],
    [{ kind: 'resolved', by: aws }, '#1042 ✅ Resolved: AWS says it is over'],
    [{ kind: 'resolved', by: ana }, '#1042 ✅ Resolved by <@U0ANA>'],
    [{ kind: 'reopened', by: aws }, '#1042 🔔 Fires again'],
    [
      { kind: 'changed', by: aws, detail: 'severity rose from low to high' },
      '#1042 🔄 Changed: severity rose from low to high',
    ],
  ])('%o', (event, line) => {
    expect(timelineReply(firing, { ...event, at }).text).toBe(line);
  });

  test('what a person wrote is shown as written, and calls nobody', () => {
    const reply = timelineReply(firing, { kind: 'noted', by: ana, at, text: '<!channel> *see*\n`x`' });
    expect(shown(reply.blocks)).toContain('<!channel> *see*\n\n\n`x`');
    expect(mrkdwnIn(reply).join()).not.toContain('<!channel>');
    expect(objectsIn(reply).map((object) => object['type'])).not.toContain('broadcast');
  });
});

test('a call mentions users and groups where Slack reads mentions, and says why', () => {
  const call = escalationNotice(firing, { level: 2, users: ['U0BEN'], usergroups: ['S0ONCALL'], text: 'I need help' });
  expect(mrkdwnIn(call.blocks)).toEqual(['<@U0BEN> <!subteam^S0ONCALL>']);
  expect(shown(call.blocks)).toContain('Escalated to level 2');
  expect(shown(call.blocks)).toContain('I need help');
  const timed = escalationNotice(firing, { level: 1, users: [], usergroups: [] });
  expect(shown(timed.blocks)).toContain('Nobody is on call for this level.');
  expect(shown(timed.blocks)).toContain('Escalation level 1: nobody has acknowledged yet');
});

test('a direct message leads to the alert', () => {
  const link = 'https://acme.slack.com/archives/C0SEC/p1';
  const direct = directMessage(firing, { reason: 'assigned', level: 0 }, link);
  expect(shown(direct.blocks)).toContain('🚨 Critical · CloudTrail logging was stopped · prod-payments');
  expect(shown(direct.blocks)).toContain('This alert is assigned to you');
  expect(objectsIn(direct.blocks).find((object) => object['type'] === 'button')?.['url']).toBe(link);
  expect(objectsIn(channelNotice(firing, { level: 1 }, '').blocks).some((object) => object['type'] === 'button')).toBe(
    false,
  );
});
