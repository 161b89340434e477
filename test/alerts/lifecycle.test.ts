import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Alert } from '../../src/alerts/alert.ts';
import { commandDue, type EscalationPolicy } from '../../src/alerts/escalation.ts';
import { apply, applySignal, type Command, type Outcome } from '../../src/alerts/lifecycle.ts';
import { noticesOf } from '../../src/alerts/notices.ts';
import { alert, at, signal } from './fixtures.ts';

const policy: EscalationPolicy = [
  { notify: ['schedule:security'], afterMs: 5 * 60_000 },
  { notify: ['usergroup:S0SECLEADS', 'channel:C0PROD'], afterMs: 15 * 60_000 },
];
const ana = { type: 'user', id: 'U0ANA' } as const;
const ben = { type: 'user', id: 'U0BEN' } as const;
const aws = { type: 'aws' } as const;

const changed = (outcome: Outcome): Alert => {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`);
  return outcome.alert;
};
const does = (to: Alert, command: Command, minute = 1, by: typeof ana | typeof ben = ana) =>
  apply(to, command, { now: at(minute), by, policy });
const says = (to: Alert, more: Parameters<typeof signal>[0], minute: number) =>
  applySignal(to, signal({ time: at(minute).toISOString(), ...more }), { now: at(minute), by: aws, policy });

describe('what people do', () => {
  test('an acknowledged alert has an owner and no timer', () => {
    const next = changed(does(alert(), { kind: 'acknowledge' }));
    expect(next).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'U0ANA',
      assignee: 'U0ANA',
      dueAt: null,
      version: 2,
    });
  });

  test('the loser of a race is told who was first', () => {
    const first = changed(does(alert(), { kind: 'acknowledge' }, 1, ana));
    expect(does(first, { kind: 'acknowledge' }, 1, ben)).toEqual({
      ok: false,
      refusal: { reason: 'already', state: 'acknowledged', by: 'U0ANA', at: at(1) },
    });
  });

  test('given back, it fires again and its timers start anew', () => {
    const back = changed(does(changed(does(alert(), { kind: 'acknowledge' })), { kind: 'unacknowledge' }, 10));
    expect(back).toMatchObject({ state: 'firing', acknowledgedBy: null, dueAt: at(15) });
  });

  test('an escalation by hand takes the next step, and the last one again when there is no next', () => {
    const once = does(alert(), { kind: 'escalate', text: 'help' });
    expect(once).toMatchObject({ ok: true, notify: ['schedule:security'], alert: { level: 1, dueAt: at(15) } });
    const twice = does(changed(once), { kind: 'escalate' });
    expect(twice).toMatchObject({
      notify: ['usergroup:S0SECLEADS', 'channel:C0PROD'],
      alert: { level: 2, dueAt: null },
    });
    expect(does(changed(twice), { kind: 'escalate' })).toMatchObject({
      notify: ['usergroup:S0SECLEADS', 'channel:C0PROD'],
      alert: { level: 2 },
    });
  });

  test('without a policy a person has to be named', () => {
    const bare = alert({ escalation: null, dueAt: null });
    expect(apply(bare, { kind: 'escalate' }, { now: at(1), by: ana, policy: undefined })).toMatchObject({ ok: false });
    expect(
      apply(bare, { kind: 'escalate', to: ['user:U0BEN'] }, { now: at(1), by: ana, policy: undefined }),
    ).toMatchObject({ notify: ['user:U0BEN'] });
  });

  test('a snooze is silent until its time and fires again then', () => {
    const asleep = changed(does(alert(), { kind: 'snooze', until: at(30) }));
    expect(asleep).toMatchObject({ state: 'snoozed', dueAt: at(30) });
    expect(commandDue(asleep, at(29))).toBeUndefined();
    expect(commandDue(asleep, at(30))).toEqual({ kind: 'wake' });
    const awake = changed(apply(asleep, { kind: 'wake' }, { now: at(30), by: { type: 'timer' }, policy }));
    expect(awake).toMatchObject({ state: 'firing', snoozedUntil: null, dueAt: at(35) });
  });

  test('resolved is resolved, until somebody reopens it from level 0', () => {
    const over = changed(does(alert({ level: 2 }), { kind: 'resolve' }));
    expect(does(over, { kind: 'acknowledge' }, 2, ben)).toMatchObject({
      ok: false,
      refusal: { state: 'resolved', by: 'U0ANA' },
    });
    expect(changed(does(over, { kind: 'reopen' }, 9))).toMatchObject({
      state: 'firing',
      level: 0,
      resolvedBy: null,
      dueAt: at(14),
    });
  });
});

describe('what AWS says', () => {
  test('a repeat counts and leaves the state alone', () => {
    const mine = changed(does(alert(), { kind: 'acknowledge' }));
    const again = says(mine, {}, 4);
    expect(again.alert).toMatchObject({ state: 'acknowledged', count: 2, lastSeen: at(4) });
    expect(again.events).toMatchObject([{ kind: 'seen-again' }]);
  });

  test('a worse severity is told', () => {
    expect(says(alert(), { severity: 'critical' }, 2)).toMatchObject({
      alert: { severity: 'critical' },
      events: [{ kind: 'changed', detail: 'severity rose from high to critical' }],
    });
  });

  test('the source resolves, and fires again', () => {
    const over = says(alert(), { state: 'resolved' }, 3).alert;
    expect(over).toMatchObject({ state: 'resolved', resolvedBy: null, dueAt: null, severity: 'high' });
    expect(says(over, {}, 4).alert).toMatchObject({ state: 'firing', dueAt: at(9) });
  });

  test('an OK that was overtaken by the next ALARM does not resolve it', () => {
    const newer = says(alert(), {}, 5).alert;
    const late = applySignal(newer, signal({ state: 'resolved', time: at(4).toISOString() }), {
      now: at(6),
      by: aws,
      policy,
    });
    expect(late.alert).toMatchObject({ state: 'firing', count: 3, signal: { time: at(5).toISOString() } });
  });

  test('three changes in ten minutes are flapping: told once, then quiet, and nobody is called anew', () => {
    let now = alert({ level: 1 });
    const told: string[] = [];
    for (const [minute, state] of [
      [1, 'resolved'],
      [2, 'firing'],
      [3, 'resolved'],
      [4, 'firing'],
    ] as const) {
      const change = says(now, { state }, minute);
      now = change.alert;
      const flapping = now.flaps.length >= 3;
      for (const notice of noticesOf(change, { flapping, onCall: () => undefined, paged: [] }))
        if (notice.kind === 'reply') told.push(`${minute} ${notice.event.kind}`);
    }
    expect(told).toEqual(['1 resolved', '2 reopened', '3 flapping']);
    // The second firing began at minute 2 and counts on from there: no new ladder at minute 4.
    expect(now).toMatchObject({ state: 'firing', firingSince: at(2) });
  });
});

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>(
    { kind: 'acknowledge' },
    { kind: 'unacknowledge' },
    { kind: 'escalate' },
    { kind: 'resolve' },
    { kind: 'reopen' },
    { kind: 'wake' },
  ),
  fc.integer({ min: -5, max: 90 }).map((minutes): Command => ({ kind: 'snooze', until: at(minutes) })),
  fc.constantFrom('U0ANA', 'U0BEN').map((to): Command => ({ kind: 'assign', to })),
  fc.string().map((text): Command => ({ kind: 'note', text })),
);
const anyStep = fc.oneof(
  anyCommand,
  fc.record({
    state: fc.constantFrom('firing' as const, 'resolved' as const),
    minute: fc.integer({ min: 0, max: 60 }),
  }),
);

test('whatever happens, an alert stays consistent', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      let now = alert();
      let minute = 0;
      for (const step of steps) {
        minute++;
        const outcome: Outcome =
          'kind' in step ? does(now, step, minute) : says(now, { state: step.state }, step.minute);
        if (!outcome.ok) continue;
        expect(outcome.alert.version).toBe(now.version + 1);
        expect(outcome.events.length).toBeGreaterThan(0);
        now = outcome.alert;
        expect(now.snoozedUntil === null).toBe(now.state !== 'snoozed');
        if (now.state === 'resolved' || now.state === 'acknowledged') expect(now.dueAt).toBeNull();
        if (now.state === 'snoozed') expect(now.dueAt).toEqual(now.snoozedUntil);
        if (now.state === 'firing') expect(now.dueAt === null).toBe(now.level >= policy.length);
        if (now.state !== 'resolved') expect(now.resolvedAt).toBeNull();
        expect(now.level).toBeLessThanOrEqual(policy.length);
      }
    }),
  );
});
