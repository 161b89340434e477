import { expect, test } from 'vitest';
import { apply } from '../../src/alerts/lifecycle.ts';
import { noticesOf } from '../../src/alerts/notices.ts';
import { callees } from '../../src/alerts/targets/index.ts';
import { alert, at } from './fixtures.ts';

const onCall = (schedule: string) => (schedule === 'security' ? ['U0ANA'] : []);
const act = (command: Parameters<typeof apply>[1], more: Parameters<typeof alert>[0] = {}, paged: string[] = []) => {
  const outcome = apply(alert(more), command, {
    now: at(1),
    by: { type: 'user', id: 'U0BEN' },
    policy: undefined,
    onCall,
  });
  if (!outcome.ok) throw new Error('refused');
  return noticesOf(outcome, { flapping: false, onCall, defaultChannel: 'C0ALERTS', paged });
};

test('targets become people and places; who is named twice is called once', () => {
  expect(
    callees(['schedule:security', 'user:U0ANA', 'usergroup:S1', 'channel:C1', 'pagerduty:sec', 'schedule:nobody'], {
      onCall,
    }),
  ).toEqual([
    { way: 'user', id: 'U0ANA' },
    { way: 'usergroup', id: 'S1' },
    { way: 'channel', id: 'C1' },
    { way: 'page', id: 'pagerduty:sec' },
  ]);
});

test('an escalation calls in the thread, by direct message, in other channels and on pagers', () => {
  const to = ['schedule:security', 'usergroup:S1', 'channel:C1', 'pagerduty:sec'];
  const why = { level: 0, by: 'U0BEN', text: 'look' };
  expect(act({ kind: 'escalate', text: 'look', to })).toEqual([
    {
      kind: 'call',
      target: 'C0SEC',
      users: ['U0ANA'],
      usergroups: ['S1'],
      others: ['channel:C1', 'pagerduty:sec'],
      ...why,
    },
    { kind: 'direct', target: 'U0ANA', reason: 'escalated', ...why },
    { kind: 'notice', target: 'C1', ...why },
    { kind: 'page', target: 'pagerduty:sec', action: 'trigger', ...why },
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

test('when nobody is left to call, everybody in the default channel is', () => {
  const outcome = apply(
    alert({ level: 1 }),
    { kind: 'escalate' },
    {
      now: at(30),
      by: { type: 'timer' },
      policy: { steps: [{ notify: ['user:U0ANA'], afterMs: 0 }], repeat: 0 },
      onCall,
    },
  );
  if (!outcome.ok) throw new Error('refused');
  const notices = noticesOf(outcome, { flapping: true, onCall, defaultChannel: 'C0ALERTS', paged: [] });
  expect(notices).toMatchObject([
    { kind: 'reply', event: { kind: 'exhausted' } },
    { kind: 'notice', target: 'C0ALERTS', here: true },
  ]);
});

test('a user group is its members; one that is large or not known is mentioned, an empty one is nobody', () => {
  const groups: Record<string, string[]> = {
    S1: ['U0ANA', 'U0BEN'],
    S2: [],
    S3: Array.from({ length: 16 }, (_, n) => `U${n}`),
  };
  const calls = (...ids: string[]) =>
    callees(
      ids.map((id) => `usergroup:${id}`),
      { onCall, members: (id) => groups[id] },
    );
  expect(calls('S1')).toEqual([
    { way: 'user', id: 'U0ANA' },
    { way: 'user', id: 'U0BEN' },
  ]);
  expect(calls('S2')).toEqual([]);
  expect(calls('S3', 'S4')).toEqual([
    { way: 'usergroup', id: 'S3' },
    { way: 'usergroup', id: 'S4' },
  ]);
});

test('a level of an empty group is passed over at once; beside others the group is said to reach nobody', () => {
  const policy = {
    steps: [
      { notify: ['usergroup:S2'], afterMs: 0 },
      { notify: ['usergroup:S2', 'user:U0ANA'], afterMs: 60_000 },
    ],
    repeat: 0,
  };
  const outcome = apply(
    alert(),
    { kind: 'escalate' },
    { now: at(1), by: { type: 'timer' }, policy, onCall, members: () => [] },
  );
  expect(outcome).toMatchObject({
    alert: { level: 2 },
    events: [
      { kind: 'skipped', detail: '1' },
      { kind: 'escalated', detail: '2' },
      { kind: 'unreached', detail: 'usergroup:S2' },
    ],
  });
});
