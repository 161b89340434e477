import { describe, expect, test } from 'vitest';
import { personBehind } from '../../src/alerts/asking.ts';
import type { EscalationPolicy } from '../../src/alerts/ladder.ts';
import { type AlertCommand, apply, applySignal } from '../../src/alerts/lifecycle.ts';
import { noticesOf } from '../../src/alerts/notices.ts';
import { alert, at, signal } from './fixtures.ts';

const session = { kind: 'session', name: 'AWSReservedSSO_Admin_1/chris', proof: 'named in the event' };
const chris = { kind: 'federated', name: 'chris@example.com', proof: 'on behalf of' };

test('the person behind a call is known by an address, and nobody else is asked', () => {
  expect(personBehind([session, chris], null)).toEqual({ email: 'chris@example.com', proof: 'on behalf of' });
  expect(personBehind([session, { ...chris, name: 'chris', email: 'Chris@Example.com' }], null)?.email).toBe(
    'chris@example.com',
  );
  for (const [steps, problem] of [
    [[], null],
    [[session], null],
    [[session, chris], 'The event history is not readable.'],
    [[session, { ...chris, name: 'chris' }], null],
    [[{ kind: 'user', name: 'deploy-bot', proof: 'named in the event' }], null],
    [[{ kind: 'workload', name: 'i-1@example.com', proof: 'named in the event' }], null],
    [[{ kind: 'service', name: 'lambda.amazonaws.com', proof: 'named in the event' }], null],
    [[{ ...session, proof: 'inferred by time' }, chris], null],
    [[session, { ...chris, name: '<!channel>@example.com' }], null],
  ] as const)
    expect(personBehind(steps, problem)).toBeUndefined();
});

describe('the answer', () => {
  const policy: EscalationPolicy = { steps: [{ notify: ['user:U0BEN'], afterMs: 300_000 }], repeat: 0 };
  const who = { type: 'user' as const, id: 'U0CHRIS' };
  const does = (command: AlertCommand, of = alert(), policyOf: EscalationPolicy | undefined = policy) => {
    const outcome = apply(of, command, { now: at(3), by: who, policy: policyOf, onCall: () => [] });
    if (!outcome.ok) throw new Error('It was refused.');
    return outcome;
  };
  const yes = (resolves: boolean): AlertCommand => ({ kind: 'vouch', text: 'Rotating keys', resolves });
  const low = alert({ severity: 'medium' });

  test('yes is noted, and resolves what is below high where the route says so', () => {
    expect(does(yes(false), low)).toMatchObject({ alert: { state: 'firing' }, events: [{ kind: 'vouched' }] });
    expect(does(yes(true), low)).toMatchObject({
      alert: { state: 'resolved', resolvedBy: 'U0CHRIS' },
      events: [{ kind: 'vouched', text: 'Rotating keys' }, { kind: 'resolved' }],
    });
    for (const severity of ['high', 'critical'] as const)
      expect(does(yes(true), alert({ severity }))).toMatchObject({ alert: { state: 'firing', dueAt: at(5) } });
  });

  test('no makes it critical and calls level 1 now, in whatever state it is', () => {
    for (const state of ['firing', 'acknowledged', 'snoozed', 'resolved'] as const) {
      const { alert: denied, events, notify } = does({ kind: 'deny' }, { ...low, state });
      expect(denied).toMatchObject({ state: 'firing', severity: 'critical', level: 1, acknowledgedBy: null });
      expect(events.map(({ kind }) => kind)).toEqual(['denied', 'escalated']);
      expect(notify).toEqual(['user:U0BEN']);
    }
  });

  test('no without a policy calls the default channel', () => {
    const change = does({ kind: 'deny' }, { ...low, escalation: null }, { steps: [], repeat: 0 });
    const context = { flapping: false, onCall: () => [], defaultChannel: 'C0HERE', paged: [] };
    expect(noticesOf(change, context)).toContainEqual(
      expect.objectContaining({ kind: 'notice', target: 'C0HERE', here: true }),
    );
  });

  test('what was denied stays critical, whatever its source says', () => {
    const { alert: denied } = does({ kind: 'deny' }, low);
    const later = signal({ severity: 'low', time: at(4).toISOString() });
    const aws = { now: at(4), by: { type: 'aws' as const }, policy, onCall: () => [] };
    expect(applySignal(denied, later, aws)).toMatchObject({
      alert: { severity: 'critical' },
      events: [{ kind: 'seen-again' }],
    });
    const over = applySignal(denied, { ...later, state: 'resolved' }, aws);
    if (!over.ok) throw new Error('It was refused.');
    const again = { ...later, time: at(5).toISOString() };
    expect(applySignal(over.alert, again, aws)).toMatchObject({ alert: { state: 'firing', severity: 'critical' } });
  });

  test('a person who resolves what was denied ends that: it fires again as its source says', () => {
    const { alert: denied } = does({ kind: 'deny' }, low);
    const { alert: resolved } = does({ kind: 'resolve' }, denied);
    expect(resolved).toMatchObject({ state: 'resolved', severity: 'critical' });
    const aws = { now: at(4), by: { type: 'aws' as const }, policy, onCall: () => [] };
    const again = applySignal(resolved, signal({ severity: 'low', time: at(4).toISOString() }), aws);
    expect(again).toMatchObject({ alert: { state: 'firing', severity: 'low' } });
    expect(again.ok && again.alert.denied).toBeUndefined();
    // Opened again by hand, it was never over.
    const opened = does({ kind: 'reopen' }, resolved).alert;
    const later = signal({ severity: 'low', time: at(5).toISOString() });
    expect(applySignal(opened, later, aws)).toMatchObject({ alert: { severity: 'critical' } });
  });

  test('that it was asked, and that nobody answered, changes nothing and is told', () => {
    for (const kind of ['ask', 'unanswered'] as const) {
      const change = does({ kind, user: 'U0CHRIS' }, low);
      expect(change.alert).toEqual({ ...low, version: 2 });
      const context = { flapping: true, onCall: () => [], defaultChannel: 'C0HERE', paged: [] };
      expect(noticesOf(change, context)).toMatchObject([{ kind: 'reply' }]);
    }
  });
});
