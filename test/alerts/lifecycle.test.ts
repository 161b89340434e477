import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Alert } from '../../src/alerts/alert.ts';
import { commandDue, nextDue, whySilent } from '../../src/alerts/escalation.ts';
import { calledNext, type EscalationPolicy, lostPolicy } from '../../src/alerts/ladder.ts';
import { type AlertCommand, apply, applySignal, type CommandOutcome } from '../../src/alerts/lifecycle.ts';
import { noticesOf } from '../../src/alerts/notices.ts';
import type { OnCall } from '../../src/alerts/targets/target.ts';
import { alert, at, signal } from './fixtures.ts';

const policy: EscalationPolicy = {
  steps: [
    { notify: ['schedule:security'], afterMs: 5 * 60_000 },
    { notify: ['usergroup:S0SECLEADS', 'channel:C0PROD'], afterMs: 15 * 60_000 },
  ],
  repeat: 0,
};
const onCall: OnCall = () => ['U0CY'];
const ana = { type: 'user', id: 'U0ANA' } as const;
const ben = { type: 'user', id: 'U0BEN' } as const;
const aws = { type: 'aws' } as const;

const changed = (outcome: CommandOutcome): Alert => {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`);
  return outcome.alert;
};
const does = (to: Alert, command: AlertCommand, minute = 1, by: typeof ana | typeof ben = ana) =>
  apply(to, command, { now: at(minute), by, policy, onCall });
const clock = (to: Alert, command: AlertCommand, minute: number, by: EscalationPolicy | undefined, there = onCall) =>
  apply(to, command, { now: at(minute), by: { type: 'timer' }, policy: by, onCall: there });
const says = (to: Alert, more: Parameters<typeof signal>[0], minute: number) =>
  applySignal(to, signal({ time: at(minute).toISOString(), ...more }), { now: at(minute), by: aws, policy, onCall });

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
      alert: { level: 2, dueAt: at(11) },
    });
    expect(does(changed(twice), { kind: 'escalate' })).toMatchObject({
      notify: ['usergroup:S0SECLEADS', 'channel:C0PROD'],
      alert: { level: 2 },
    });
  });

  test('an escalation by hand calls no other level than the one that was read', () => {
    const once = changed(does(alert(), { kind: 'escalate', level: 1 }));
    expect(does(once, { kind: 'escalate', level: 1 })).toEqual({
      ok: false,
      refusal: { reason: 'moved-on', level: 1, at: once.calledAt },
    });
    expect(does(once, { kind: 'escalate', level: 2 })).toMatchObject({ ok: true, alert: { level: 2 } });
  });

  test('without a policy a person has to be named', () => {
    const bare = alert({ escalation: null, dueAt: null });
    expect(apply(bare, { kind: 'escalate' }, { now: at(1), by: ana, policy: undefined, onCall })).toMatchObject({
      ok: false,
    });
    expect(
      apply(bare, { kind: 'escalate', to: ['user:U0BEN'] }, { now: at(1), by: ana, policy: undefined, onCall }),
    ).toMatchObject({ notify: ['user:U0BEN'], alert: { dueAt: at(6) } });
  });

  test('a snooze is silent until its time and fires again then', () => {
    const asleep = changed(does(alert(), { kind: 'snooze', until: at(30) }));
    expect(asleep).toMatchObject({ state: 'snoozed', dueAt: at(30) });
    expect(commandDue(asleep, at(29))).toBeUndefined();
    expect(commandDue(asleep, at(30))).toEqual({ kind: 'wake' });
    expect(clock(asleep, { kind: 'wake' }, 30, policy)).toMatchObject({
      alert: { state: 'firing', snoozedUntil: null, level: 1, dueAt: at(45) },
      notify: ['schedule:security'],
    });
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

  const over = alert({ state: 'resolved', resolvedBy: 'U0BEN', resolvedAt: at(1), dueAt: null });
  test.each<[string, Alert, AlertCommand, object]>([
    ['nothing is taken back that nobody acknowledged', alert(), { kind: 'unacknowledge' }, { reason: 'impossible' }],
    [
      'what is resolved is not resolved twice',
      over,
      { kind: 'resolve' },
      { state: 'resolved', by: 'U0BEN', at: at(1) },
    ],
    ['a snooze does not end in the past', alert(), { kind: 'snooze', until: at(0) }, { reason: 'impossible' }],
    ['nor at this very moment', alert(), { kind: 'snooze', until: at(1) }, { reason: 'impossible' }],
  ])('%s', (_name, to, command, refusal) => {
    expect(does(to, command)).toMatchObject({ ok: false, refusal });
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

  test('another title is told where the severity stays', () => {
    expect(says(alert(), { title: 'Root signed in' }, 2).events).toMatchObject([
      { kind: 'changed', detail: 'now: Root signed in' },
    ]);
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
      onCall,
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
      for (const notice of noticesOf(change, { flapping, onCall, defaultChannel: 'C0ALERTS', paged: [] }))
        if (notice.kind === 'reply') told.push(`${minute} ${notice.event.kind}`);
    }
    expect(told).toEqual(['1 resolved', '2 reopened', '3 flapping']);
    // The second firing began at minute 2 and counts on from there: no new ladder at minute 4.
    expect(now).toMatchObject({ state: 'firing', firingSince: at(2) });
  });
});

describe('no alert is ever silent', () => {
  const three: EscalationPolicy = {
    steps: [0, 10, 20].map((minutes, place) => ({ notify: [`user:U0L${place + 1}`], afterMs: minutes * 60_000 })),
    repeat: 0,
  };
  /** Lets the clock do all that is due from a minute on, at the first minute at which it may; what it called, and when. */
  function night(from: Alert, by: EscalationPolicy | undefined, { minute = 0, until = 300, there = onCall } = {}) {
    const calls: string[] = [];
    let now = { ...from, dueAt: nextDue(from, by) };
    for (let time = minute; time <= until; time++)
      for (;;) {
        const command = commandDue(now, at(time));
        const outcome = command && clock(now, command, time, by, there);
        if (outcome === undefined || !outcome.ok) break;
        now = outcome.alert;
        const said = outcome.events.flatMap(({ kind, detail }) =>
          kind === 'escalated' || kind === 'woken' ? [] : [`${kind} ${detail}`],
        );
        calls.push([time, ...said, ...outcome.notify].join(' '));
      }
    return { calls, now };
  }

  test('a snooze that ends after the last level calls whoever has the first one then', () => {
    const asleep = changed(does(alert({ level: 2, calledAt: at(15) }), { kind: 'snooze', until: at(30) }, 20));
    expect(night(asleep, policy).calls).toEqual([
      '30 schedule:security',
      '45 usergroup:S0SECLEADS channel:C0PROD',
      '55 exhausted 2',
    ]);
  });

  test('given back after the last level, it is called for from the first', () => {
    const mine = changed(does(alert({ level: 2, calledAt: at(15) }), { kind: 'acknowledge' }, 20));
    const back = changed(does(mine, { kind: 'unacknowledge' }, 40));
    expect(night(back, policy).calls[0]).toBe('45 schedule:security');
  });

  test.each<[string, AlertCommand, object]>([
    ['the next level', { kind: 'escalate' }, { level: 2, dueAt: at(30) }],
    ['a person', { kind: 'escalate', to: ['user:U0BEN'] }, { level: 1, dueAt: at(30) }],
  ])('an acknowledged alert for which somebody calls %s fires again, and its clock runs', (_whom, command, then) => {
    const mine = changed(does(alert({ level: 1, calledAt: at(5) }), { kind: 'acknowledge' }, 10));
    expect(does(mine, command, 20)).toMatchObject({
      ok: true,
      alert: { state: 'firing', acknowledgedBy: null, ...then },
    });
  });

  test('a person who is called by hand and does not answer is not the end, with or without a policy', () => {
    const bare = alert({ escalation: null, dueAt: null });
    const outcome = apply(
      bare,
      { kind: 'escalate', to: ['user:U0BEN'] },
      { now: at(1), by: ana, policy: undefined, onCall },
    );
    expect(night(changed(outcome), undefined).calls).toEqual(['6 exhausted 0']);
  });

  test('after the last level everything is called again as often as the policy says, then the default channel', () => {
    expect(night(alert(), three).calls).toEqual(['0 user:U0L1', '10 user:U0L2', '20 user:U0L3', '30 exhausted 3']);
    expect(night(alert(), { ...three, repeat: 2 }).calls).toEqual([
      ...[0, 30, 60].flatMap((begin) => [`${begin} user:U0L1`, `${begin + 10} user:U0L2`, `${begin + 20} user:U0L3`]),
      '90 exhausted 3',
    ]);
  });

  test('what is critical never stops: its last level is called every half hour', () => {
    const { calls } = night(alert({ severity: 'critical', signal: signal({ severity: 'critical' }) }), three, {
      until: 100,
    });
    expect(calls.slice(3)).toEqual(['30 exhausted 3', '60 user:U0L3', '90 user:U0L3']);
  });

  test('after two hours down the levels keep their distance', () => {
    expect(night(alert(), three, { minute: 120 }).calls).toEqual([
      '120 user:U0L1',
      '130 user:U0L2',
      '140 user:U0L3',
      '150 exhausted 3',
    ]);
  });

  test('a clock that is put back calls no level twice, and the next not before its distance', () => {
    const second = night(alert(), three, { until: 10 }).now;
    expect(night(second, three, { minute: -50, until: 19 }).calls).toEqual([]);
    expect(night(second, three, { minute: -50, until: 20 }).calls).toEqual(['20 user:U0L3']);
  });

  test('a level without anybody is passed over at once and said; with nobody anywhere the default channel is called', () => {
    const schedules: EscalationPolicy = {
      steps: [0, 10, 20].map((minutes, place) => ({ notify: [`schedule:s${place}`], afterMs: minutes * 60_000 })),
      repeat: 3,
    };
    const only = (name: string) => (schedule: string) => (schedule === name ? ['U0ANA'] : []);
    expect(night(alert(), schedules, { until: 20, there: only('s1') }).calls).toEqual([
      '0 skipped 1 schedule:s1',
      '20 skipped 3 skipped 1 schedule:s1',
    ]);
    expect(night(alert(), schedules, { there: () => [] }).calls).toEqual([
      '0 skipped 1 skipped 2 skipped 3 exhausted 3',
    ]);
  });

  test('of a policy that is taken out of the configuration the default channel hears, once, and why', () => {
    const { calls, now } = night(alert({ level: 1, calledAt: at(0) }), lostPolicy);
    expect(calls).toEqual(['5 exhausted 0']);
    expect(now.dueAt).toBeNull();
    expect(clock(alert(), { kind: 'escalate' }, 5, lostPolicy)).toMatchObject({
      events: [{ kind: 'exhausted', text: 'The escalation policy "primary" is not in the configuration any more.' }],
    });
  });

  test('who comes next is known at each step: a level, the first one again, or the default channel', () => {
    const again = { ...policy, repeat: 1 };
    expect(calledNext(alert(), policy)).toEqual(['schedule:security']);
    expect(calledNext(alert({ level: 1 }), policy)).toEqual(['usergroup:S0SECLEADS', 'channel:C0PROD']);
    expect(calledNext(alert({ level: 2 }), policy)).toEqual([]);
    expect(calledNext(alert({ level: 2 }), again)).toEqual(['schedule:security']);
    expect(calledNext(alert({ level: 2, round: 1 }), again)).toEqual([]);
    expect(calledNext(alert({ level: 2, severity: 'high', exhaustedAt: at(30) }), policy)).toBeUndefined();
  });

  test('a policy that is made shorter than what was reached calls its last level once more', () => {
    const shorter = { ...three, steps: three.steps.slice(0, 2) };
    expect(night(alert({ level: 3, calledAt: at(20) }), shorter).calls).toEqual(['30 user:U0L2', '40 exhausted 2']);
  });

  test('what becomes worse is called for from the first level again, and wakes', () => {
    const called = alert({ severity: 'medium', level: 2, calledAt: at(15), exhaustedAt: at(25), dueAt: null });
    expect(says(called, { severity: 'critical' }, 40).alert).toMatchObject({
      level: 0,
      exhaustedAt: null,
      dueAt: at(45),
    });
    const asleep = alert({ severity: 'medium', state: 'snoozed', snoozedUntil: at(90), dueAt: at(90) });
    expect(says(asleep, { severity: 'medium' }, 40).alert).toMatchObject({ state: 'snoozed' });
    expect(says(asleep, { severity: 'high' }, 40)).toMatchObject({
      alert: { state: 'firing', snoozedUntil: null, dueAt: at(45) },
      events: [{ kind: 'changed' }, { kind: 'woken' }],
    });
  });

  test('a snooze survives that its source changes its mind', () => {
    const asleep = changed(does(alert(), { kind: 'snooze', until: at(60) }));
    const over = says(asleep, { state: 'resolved' }, 10).alert;
    expect(over).toMatchObject({ state: 'resolved', dueAt: null });
    expect(says(over, {}, 20)).toMatchObject({
      alert: { state: 'snoozed', dueAt: at(60) },
      events: [{ kind: 'seen-again' }],
    });
    expect(says(over, { severity: 'critical' }, 20).alert).toMatchObject({ state: 'firing' });
    expect(says(over, {}, 70).alert).toMatchObject({ state: 'firing', snoozedUntil: null });
  });

  describe('that somebody acknowledged, with an ackTimeout,', () => {
    const hour = 60;
    const asking: EscalationPolicy = { ...policy, ackTimeoutMs: { high: hour * 60_000 } };
    const by = (to: Alert, command: AlertCommand, minute: number) =>
      changed(apply(to, command, { now: at(minute), by: ana, policy: asking, onCall }));
    const mine = by(alert(), { kind: 'acknowledge' }, 10);

    test('is asked after, and fires again when there is no answer', () => {
      expect(mine.dueAt).toEqual(at(70));
      const asked = clock(mine, commandDue(mine, at(70)) ?? { kind: 'wake' }, 70, asking);
      expect(asked).toMatchObject({
        alert: { state: 'acknowledged', dueAt: at(85) },
        events: [{ kind: 'reminded', detail: 'U0ANA' }],
      });
      if (!asked.ok) throw new Error('refused');
      expect(noticesOf(asked, { flapping: false, onCall, defaultChannel: 'C0ALERTS', paged: [] })).toMatchObject([
        { kind: 'direct', target: 'U0ANA', reason: 'reminded' },
      ]);
      const lapsed = clock(changed(asked), commandDue(changed(asked), at(85)) ?? { kind: 'wake' }, 85, asking);
      expect(lapsed).toMatchObject({
        alert: { state: 'firing', level: 0, acknowledgedBy: null, remindedAt: null, dueAt: at(90) },
        events: [{ kind: 'lapsed', detail: 'U0ANA' }],
      });
    });

    test.each<[string, AlertCommand]>([
      ['an answer', { kind: 'hold' }],
      ['a note', { kind: 'note', text: 'reading logs' }],
      ['handing it on', { kind: 'assign', to: 'U0BEN' }],
    ])('%s is a sign of life', (_what, command) => {
      const asked = changed(clock(mine, { kind: 'remind' }, 70, asking));
      expect(by(asked, command, 75)).toMatchObject({ state: 'acknowledged', remindedAt: null, dueAt: at(75 + hour) });
    });

    test('is not asked after where the policy says nothing of its severity, nor after 30 days', () => {
      expect(by(alert({ severity: 'low' }), { kind: 'acknowledge' }, 10).dueAt).toBeNull();
      const old = { ...mine, heldAt: at(30 * 24 * 60) };
      expect(nextDue(old, asking)).toBeNull();
    });
  });

  describe('in quiet hours', () => {
    // The fixtures begin at 03:00 UTC, 04:00 in Prague; quiet hours end at 05:00 UTC.
    const quietHours = {
      from: 22 * 60,
      to: 6 * 60,
      timezone: 'Europe/Prague',
      days: [1, 2, 3, 4, 5, 6, 7],
      below: 'critical' as const,
    };
    const five = 120;

    test('the first call waits for their end, and the others keep their distance to it', () => {
      expect(night(alert({ quietHours }), policy).calls).toEqual([
        `${five} schedule:security`,
        `${five + 10} usergroup:S0SECLEADS channel:C0PROD`,
        `${five + 20} exhausted 2`,
      ]);
    });

    test('what is critical does not wait, and what becomes critical waits no more', () => {
      expect(night(alert({ quietHours, severity: 'critical' }), policy, { until: 5 }).calls).toEqual([
        '5 schedule:security',
      ]);
      expect(says(alert({ quietHours }), { severity: 'critical' }, 10).alert.dueAt).toEqual(at(15));
    });

    test('a snooze that ends in them wakes the alert, and nobody before their end', () => {
      const asleep = changed(does(alert({ quietHours }), { kind: 'snooze', until: at(30) }));
      expect(night(asleep, policy).calls.slice(0, 2)).toEqual(['30', `${five} schedule:security`]);
    });

    test('that never end, nobody is called by the clock, and there is a reason to read', () => {
      const always = alert({ quietHours: { ...quietHours, from: 0, to: 24 * 60 } });
      expect(nextDue(always, policy)).toBeNull();
      expect(whySilent(always, policy)).toBe('the quiet hours of its route never end');
    });
  });
});

const anyCommand: fc.Arbitrary<AlertCommand> = fc.oneof(
  fc.constantFrom<AlertCommand>(
    { kind: 'acknowledge' },
    { kind: 'unacknowledge' },
    { kind: 'escalate' },
    { kind: 'resolve' },
    { kind: 'reopen' },
    { kind: 'wake' },
  ),
  fc.integer({ min: -5, max: 90 }).map((minutes): AlertCommand => ({ kind: 'snooze', until: at(minutes) })),
  fc.constantFrom('U0ANA', 'U0BEN').map((to): AlertCommand => ({ kind: 'assign', to })),
  fc.string().map((text): AlertCommand => ({ kind: 'note', text })),
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
        const outcome: CommandOutcome =
          'kind' in step ? does(now, step, minute) : says(now, { state: step.state }, step.minute);
        if (!outcome.ok) continue;
        expect(outcome.alert.version).toBe(now.version + 1);
        expect(outcome.events.length).toBeGreaterThan(0);
        now = outcome.alert;
        if (now.state !== 'resolved') expect(now.snoozedUntil === null).toBe(now.state !== 'snoozed');
        if (now.state === 'resolved' || now.state === 'acknowledged') expect(now.dueAt).toBeNull();
        if (now.state === 'snoozed') expect(now.dueAt).toEqual(now.snoozedUntil);
        if (now.state === 'firing' && now.dueAt === null) expect(whySilent(now, policy)).toContain('default channel');
        if (now.state !== 'resolved') expect(now.resolvedAt).toBeNull();
        expect(now.level).toBeLessThanOrEqual(policy.steps.length);
      }
    }),
  );
});

describe('two people for the worst', () => {
  const policy = (lead: string[] | null) => ({
    steps: [
      { notify: ['user:U0ANA'], afterMs: 0 },
      { notify: ['user:U0BEN'], afterMs: 600_000 },
    ],
    repeat: 0,
    second: { of: ['critical' as const], lead },
  });
  const press = (on: Alert, user: string, lead: string[] | null, isLead = false) =>
    apply(
      on,
      { kind: 'acknowledge', lead: isLead },
      { now: at(2), by: { type: 'user', id: user }, policy: policy(lead), onCall },
    );
  const changedBy = (outcome: ReturnType<typeof press>): Alert => {
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
    return outcome.alert;
  };
  const fired = alert({ severity: 'critical', level: 1, calledAt: at(0) });

  test('the first stops no timer; the second does, and the first one keeps it', () => {
    const half = changedBy(press(fired, 'U0ANA', null));
    expect(half).toMatchObject({ state: 'firing', acknowledgedBy: 'U0ANA', secondWanted: 'anybody', dueAt: at(10) });
    const again = press(half, 'U0ANA', null);
    expect(again).toMatchObject({ ok: false, refusal: { sentence: expect.stringContaining('a second person') } });
    expect(changedBy(press(half, 'U0BEN', null))).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'U0ANA',
      assignee: 'U0ANA',
      secondWanted: null,
      dueAt: null,
    });
  });

  test('calling the next level forgets nobody who acknowledged', () => {
    const half = changedBy(press(fired, 'U0ANA', null));
    const outcome = apply(
      half,
      { kind: 'escalate' },
      { now: at(10), by: { type: 'timer' }, policy: policy(null), onCall },
    );
    expect(outcome).toMatchObject({ alert: { level: 2, acknowledgedBy: 'U0ANA', secondWanted: 'anybody' } });
  });

  test('one and a lead, in either order', () => {
    const half = changedBy(press(fired, 'U0ANA', ['user:U0CY']));
    expect(half.secondWanted).toBe('lead');
    expect(press(half, 'U0BEN', ['user:U0CY'])).toMatchObject({ ok: false });
    expect(changedBy(press(half, 'U0CY', ['user:U0CY'], true)).state).toBe('acknowledged');
    const led = changedBy(press(fired, 'U0CY', ['user:U0CY'], true));
    expect(led.secondWanted).toBe('anybody');
    expect(changedBy(press(led, 'U0BEN', ['user:U0CY'])).state).toBe('acknowledged');
  });

  test('what is less severe takes one, and what becomes worse starts anew', () => {
    expect(changedBy(press(alert({ severity: 'high' }), 'U0ANA', null)).state).toBe('acknowledged');
    const half = changedBy(press(fired, 'U0ANA', null));
    const over = apply(
      half,
      { kind: 'resolve' },
      { now: at(3), by: { type: 'user', id: 'U0BEN' }, policy: policy(null), onCall },
    );
    expect(over).toMatchObject({ ok: true, alert: { state: 'resolved' } });
  });
});
