import { describe, expect, test } from 'vitest';
import type { TimelineEvent } from '../../../src/alerts/alert.ts';
import { channelNotice, directMessage, escalationNotice, timelineReply } from '../../../src/slack/views/thread.ts';
import { endedByAws, firing } from './alerts.ts';
import { mrkdwnIn, objectsIn, shown } from './check.ts';

const at = new Date('2026-11-23T09:30:00Z');
const ana = { type: 'user', id: 'U0ANA' } as const;
const timer = { type: 'timer' } as const;
const aws = { type: 'aws' } as const;

describe('one line for each event of the timeline', () => {
  test.each<[Omit<TimelineEvent, 'at'>, string]>([
    [{ kind: 'acknowledged', by: ana }, '#1042 👀 Acknowledged by <@U0ANA>'],
    [{ kind: 'unacknowledged', by: ana }, '#1042 🔙 Unacknowledged by <@U0ANA>'],
    [{ kind: 'escalated', by: timer, detail: '2' }, '#1042 📣 Escalated to level 2: not acknowledged in time'],
    [{ kind: 'escalated', by: ana, detail: '0' }, '#1042 📣 Escalated by <@U0ANA>'],
    [{ kind: 'assigned', by: ana, detail: 'U0BEN' }, '#1042 👤 Assigned to <@U0BEN> by <@U0ANA>'],
    [{ kind: 'assigned', by: ana, detail: 'U0ANA' }, '#1042 👤 <@U0ANA> assigned it to themselves'],
    [{ kind: 'noted', by: ana, text: 'planned' }, '#1042 📝 Note by <@U0ANA>: planned'],
    [
      { kind: 'snoozed', by: ana, detail: '2026-11-23T11:00:00Z' },
      '#1042 💤 Snoozed by <@U0ANA> until 2026-11-23 11:00 UTC',
    ],
    [{ kind: 'woken', by: timer }, '#1042 ⏰ Snooze is over: firing again'],
    [{ kind: 'resolved', by: aws }, '#1042 ✅ Resolved by AWS'],
    [{ kind: 'resolved', by: ana }, '#1042 ✅ Resolved by <@U0ANA>'],
    [{ kind: 'reopened', by: aws }, '#1042 🔔 Firing again'],
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

const nameOf = (user: string) => (user === 'U0BEN' ? '@ben' : user);

test('a call begins with the alert, mentions groups, names people, and says why', () => {
  const call = escalationNotice(
    firing,
    { level: 2, users: ['U0BEN'], usergroups: ['S0ONCALL'], text: 'I need help', by: 'U0ANA' },
    { levels: 3, nameOf },
  );
  expect(mrkdwnIn(call.blocks)).toEqual([
    '*🚨 Critical · prod-payments · Logging stopped: org-trail*\n📣 Escalated to level 2 of 3 by <@U0ANA>. Called: <!subteam^S0ONCALL>, @ben',
  ]);
  expect(shown(call.blocks)).toContain('I need help');
  expect(call.text).toMatch(/^🚨 Critical prod-payments: Logging stopped: org-trail/);
  expect(call.text.length).toBeLessThanOrEqual(110);
  const timed = escalationNotice(firing, { level: 1, users: [], usergroups: [] }, { nameOf });
  expect(shown(timed.blocks)).toContain('Not acknowledged: calling level 1. No one is on call for level 1.');
  const elsewhere = escalationNotice(
    firing,
    { level: 3, users: [], usergroups: [], others: ['channel:C0PROD', 'pagerduty:sec'] },
    { nameOf },
  );
  expect(shown(elsewhere.blocks)).toContain('Called: <#C0PROD>, PagerDuty sec');
  expect(JSON.stringify(elsewhere)).not.toContain('No one is on call');
});

test('a direct message is the alert with its buttons, says why, and leads to its thread', () => {
  const link = 'https://acme.slack.com/archives/C0SEC/p1';
  const direct = directMessage(firing, { reason: 'assigned', level: 0, by: 'U0ANA' }, link);
  expect(shown(direct.blocks)).toMatch(/^🚨 Critical · prod-payments · Logging stopped: org-trail\n/);
  expect(shown(direct.blocks)).toContain('assigned this alert to you. Acknowledge it or pass it on.');
  const buttons = objectsIn(direct.blocks).filter((object) => object['type'] === 'button');
  expect(buttons.map((one) => one['action_id'])).toContain('alert:acknowledge');
  expect(buttons.find((one) => 'url' in one)?.['url']).toBe(link);
  const called = directMessage(firing, { reason: 'escalated', level: 1 }, link, { levels: 3 });
  expect(called.text).toMatch(/^🚨 .* You are called, level 1 of 3\.$/);
  const over = directMessage(endedByAws, { reason: 'escalated', level: 1 }, link);
  expect(shown(over.blocks)).not.toContain('You are called');
  expect(over.text).toContain('Resolved by AWS');
  expect(objectsIn(channelNotice(firing, { level: 1 }, '').blocks).some((object) => object['type'] === 'button')).toBe(
    false,
  );
});

test('the last call to a channel is acknowledged where it is seen; that of a level is acted on at the alert', () => {
  const link = 'https://acme.slack.com/archives/C0SEC/p1';
  const buttons = (why: Parameters<typeof channelNotice>[1]) =>
    objectsIn(channelNotice(firing, why, link).blocks)
      .filter((object) => object['type'] === 'button')
      .map((one) => [one['action_id'], one['value']]);
  const open = ['link:open', 'open'];
  expect(buttons({ level: 2, here: true })).toEqual([['alert:acknowledge', '1042'], open]);
  expect(buttons({ level: 2 })).toEqual([open]);
});
