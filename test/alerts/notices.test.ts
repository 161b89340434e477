import { expect, test } from 'vitest';
import { callees } from '../../src/alerts/escalation.ts';
import { apply } from '../../src/alerts/lifecycle.ts';
import { noticesOf } from '../../src/alerts/notices.ts';
import { alert, at } from './fixtures.ts';

const onCall = (schedule: string) => (schedule === 'security' ? 'U0ANA' : undefined);
const act = (command: Parameters<typeof apply>[1], more: Parameters<typeof alert>[0] = {}, paged: string[] = []) => {
  const outcome = apply(alert(more), command, { now: at(1), by: { type: 'user', id: 'U0BEN' }, policy: undefined });
  if (!outcome.ok) throw new Error('refused');
  return noticesOf(outcome, { flapping: false, onCall, paged });
};

test('targets become people and places; who is named twice is called once', () => {
  expect(
    callees(
      ['schedule:security', 'user:U0ANA', 'usergroup:S1', 'channel:C1', 'pagerduty:sec', 'schedule:nobody'],
      onCall,
    ),
  ).toEqual({
    users: ['U0ANA'],
    usergroups: ['S1'],
    channels: ['C1'],
    pagerduty: ['sec'],
  });
});

test('an escalation calls in the thread, by direct message, in other channels and on pagers', () => {
  const to = ['schedule:security', 'usergroup:S1', 'channel:C1', 'pagerduty:sec'];
  expect(act({ kind: 'escalate', text: 'look', to })).toEqual([
    { kind: 'call', target: 'C0SEC', level: 0, users: ['U0ANA'], usergroups: ['S1'], text: 'look' },
    { kind: 'direct', target: 'U0ANA', reason: 'escalated', level: 0, text: 'look' },
    { kind: 'notice', target: 'C1', level: 0, text: 'look' },
    { kind: 'page', target: 'pagerduty:sec', action: 'trigger', level: 0, text: 'look' },
  ]);
});

test('who assigns an alert to himself gets no message about it', () => {
  expect(act({ kind: 'assign', to: 'U0BEN' }).map(({ kind }) => kind)).toEqual(['reply']);
  expect(act({ kind: 'assign', to: 'U0ANA' }).map(({ kind }) => kind)).toEqual(['reply', 'direct']);
});

test('an alert that is only stored says nothing; one inside a storm has no thread', () => {
  expect(act({ kind: 'acknowledge' }, { mode: 'digest' })).toEqual([]);
  expect(act({ kind: 'acknowledge' }, { stormId: 3 })).toEqual([]);
});

test('a pager that was called hears that the alert is in hand, and that it is over', () => {
  const paged = ['pagerduty:sec'];
  expect(act({ kind: 'acknowledge' }, {}, paged)).toContainEqual({
    kind: 'page',
    target: 'pagerduty:sec',
    action: 'acknowledge',
    level: 0,
  });
  expect(act({ kind: 'resolve' }, {}, paged)).toContainEqual(expect.objectContaining({ action: 'resolve' }));
  expect(act({ kind: 'note', text: 'hm' }, {}, paged).map(({ kind }) => kind)).not.toContain('page');
});
