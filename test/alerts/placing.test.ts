import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Alert } from '../../src/alerts/alert.ts';
import { type Burst, escalateStorm, foldable, type Storm, stormKey } from '../../src/alerts/grouping.ts';
import { type Known, type Placed, placeAll, type Routed, type Rules } from '../../src/alerts/placing.ts';
import { worse } from '../../src/alerts/severity.ts';
import type { Signal } from '../../src/alerts/signal.ts';
import { at, signal } from './fixtures.ts';

const policy = {
  steps: [
    { notify: ['user:U0ANA'], afterMs: 5 * 60_000 },
    { notify: ['user:U0BEN'], afterMs: 15 * 60_000 },
  ],
  repeat: 0,
};
const onCall = () => [];
const rules: Rules = {
  now: at(0),
  storm: 3,
  incidentWindowMs: 0,
  isOwn: () => false,
  policyOf: ({ escalation }) => (escalation === null ? undefined : policy),
  onCall,
};
const noIncidents = { links: new Map(), linked: [], incidents: [] };
const nothing: Known = {
  alerts: new Map(),
  ends: new Map(),
  storms: [],
  bursts: new Map(),
  silences: [],
  ...noIncidents,
};

const routed = (more: Partial<Signal>, placement: Partial<Routed['placement']> = {}): Routed => {
  const said = signal(more);
  return {
    signal: said,
    placement: {
      channel: 'C0SEC',
      mention: [],
      escalation: 'primary',
      quietHours: null,
      severity: said.severity,
      mode: 'alert',
      runbook: null,
      also: [],
      ...placement,
    },
  };
};
const many = (count: number, more: Partial<Signal> = {}, name = 'a'): Routed[] =>
  Array.from({ length: count }, (_, place) => routed({ dedupKey: `${name}-${place}`, ...more }));

const alertsOf = ({ changes }: Placed): Alert[] => [
  ...new Map(changes.map(({ alert }) => [alert.dedupKey, alert])).values(),
];
const alertOf = (placed: Placed, key: string): Alert | undefined =>
  alertsOf(placed).find(({ dedupKey }) => dedupKey === key);
const ownMessage = (placed: Placed, alert: Alert | undefined): boolean =>
  placed.shown.some((place) => 'alertId' in place && place.alertId === alert?.id);

describe('a storm', () => {
  const storm = many(6);

  test('is one message with those that it began with, and calls once', () => {
    const placed = placeAll(storm, nothing, rules);
    expect(placed.storms).toMatchObject([
      { count: 6, apart: 0, severity: 'high', escalation: 'primary', level: 0, dueAt: at(5) },
    ]);
    expect(placed.shown.filter((place) => 'stormId' in place)).toHaveLength(1);
    expect(placed.shown.filter((place) => 'alertId' in place)).toEqual([]);
    for (const { stormId, dueAt } of alertsOf(placed)) expect([stormId, dueAt]).toEqual([placed.storms[0]?.id, null]);
  });

  test('leaves their own message to those of its beginning that are critical, worse, of another person, or in hand', () => {
    const by = (name: string) => ({ actor: { type: 'user' as const, name } });
    const first = placeAll(
      [
        routed({ dedupKey: 'a', severity: 'low', ...by('ana') }),
        routed({ dedupKey: 'b', severity: 'low', ...by('ben') }),
        routed({ dedupKey: 'c', severity: 'critical', ...by('ana') }),
      ],
      nothing,
      rules,
    );
    const held = alertOf(first, 'a');
    if (held === undefined) throw new Error('It is open.');
    const alone = (more: Partial<Alert> = {}): Alert[] => foldable([{ ...held, ...more }, ...alertsOf(first).slice(1)]);
    expect(alone().map(({ dedupKey }) => dedupKey)).toEqual(['a']);
    expect(alone({ state: 'acknowledged', acknowledgedBy: 'U0ANA' })).toEqual([]);
    expect(alone({ incidentId: 3 })).toEqual([]);
    expect(alone({ level: 1 })).toEqual([]);
  });

  test.each<[string, Partial<Signal>]>([
    ['critical', { severity: 'critical' }],
    ['of an account that is new to it', { account: '444455556666' }],
    ['of an actor that is new to it', { actor: { type: 'user', name: 'mallory' } }],
  ])('hides nothing that is %s: it has a message and a timer of its own', (_what, more) => {
    const placed = placeAll([...storm, routed({ dedupKey: 'x', ...more })], nothing, rules);
    const alert = alertOf(placed, 'x');
    expect(alert).toMatchObject({ stormId: null, dueAt: at(5) });
    expect(ownMessage(placed, alert)).toBe(true);
    expect(placed.storms).toMatchObject([{ count: 6, apart: 1 }]);
  });

  test('hides nothing that is worse than all before it, but more of the same', () => {
    const low = many(6, { severity: 'low' });
    const placed = placeAll(
      [...low, routed({ dedupKey: 'x', severity: 'medium' }), routed({ dedupKey: 'y', severity: 'medium' })],
      nothing,
      rules,
    );
    expect(alertOf(placed, 'x')).toMatchObject({ stormId: null });
    expect(alertOf(placed, 'y')?.stormId).not.toBeNull();
  });

  test('of critical alerts alone is not made before there are too many for one message each', () => {
    const placed = placeAll(many(200, { severity: 'critical' }), nothing, rules);
    expect(placed.storms).toMatchObject([{ apart: 100, count: 97, severity: 'critical', dueAt: at(5) }]);
  });

  test('fires again when one of its alerts does, though its timer had ended', () => {
    const first = placeAll(storm, nothing, rules);
    const [was] = first.storms;
    const inside = alertsOf(first).find(({ stormId }) => stormId !== null);
    if (was === undefined || inside === undefined) throw new Error('There is a storm.');
    const known: Known = {
      ...nothing,
      alerts: new Map([[inside.dedupKey, { ...inside, state: 'resolved', resolvedAt: at(0) }]]),
      storms: [{ ...was, level: 1, dueAt: null, endedAt: at(1) }],
    };
    const again = placeAll([routed({ dedupKey: inside.dedupKey })], known, { ...rules, now: at(20) });
    expect(again.outcomes).toEqual(['reopened']);
    expect(again.storms).toMatchObject([{ level: 0, dueAt: at(25) }]);
  });

  test('calls level after level, then the default channel, and then no more', () => {
    const [was] = placeAll(storm, nothing, rules).storms;
    if (was === undefined) throw new Error('There is a storm.');
    const first = escalateStorm(was, policy, { now: at(5), onCall });
    expect(first).toMatchObject({ notify: ['user:U0ANA'], storm: { level: 1, dueAt: at(15) } });
    const second = escalateStorm(first.storm, policy, { now: at(15), onCall });
    expect(second).toMatchObject({ notify: ['user:U0BEN'], storm: { level: 2, dueAt: at(25) } });
    const third = escalateStorm(second.storm, policy, { now: at(25), onCall });
    expect(third).toMatchObject({ notify: [], events: [{ kind: 'exhausted' }], storm: { level: 2, dueAt: null } });
    expect(escalateStorm(third.storm, policy, { now: at(90), onCall })).toMatchObject({ events: [], notify: [] });
  });
});

describe('a batch', () => {
  const times = [at(-2), at(-1), at(0)].map((time) => time.toISOString());
  const anySignal = fc
    .record({
      dedupKey: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
      kind: fc.constantFrom('one', 'other'),
      state: fc.constantFrom<Signal['state']>('firing', 'firing', 'resolved'),
      severity: fc.constantFrom<Signal['severity']>('low', 'high', 'critical'),
      time: fc.constantFrom(...times),
    })
    .chain((said) =>
      fc.record({
        // One key is of one kind and one account.
        signal: fc.constant(
          signal({
            ...said,
            dedupKey: `${said.kind}-${said.dedupKey}`,
            account: said.dedupKey < 'e' ? '111122223333' : '444455556666',
          }),
        ),
        mode: fc.constantFrom('alert' as const, 'alert' as const, 'notification' as const, 'digest' as const),
      }),
    )
    .map(({ signal: said, mode }) => routed(said, { mode }));
  /** An alert that is repeated is at least as bad as before: the store no longer knows how bad one once was. */
  const rising = (signals: readonly Routed[]): Routed[] => {
    const worst = new Map<string, Signal['severity']>();
    return signals.map(({ signal: said, placement }) => {
      const severity = worse(worst.get(said.dedupKey) ?? said.severity, said.severity);
      worst.set(said.dedupKey, severity);
      return { signal: { ...said, severity }, placement: placement && { ...placement, severity } };
    });
  };
  const silence = { id: 4, match: { kind: ['other'] }, from: at(-9), until: at(9), reason: 'r', createdBy: 'U0ANA' };

  test('gives what its signals give one by one', () => {
    fc.assert(
      fc.property(fc.array(anySignal, { maxLength: 40 }).map(rising), fc.boolean(), (signals, silenced) => {
        const known = { ...nothing, silences: silenced ? [silence] : [] };
        expect(pictureOf([signals], known)).toEqual(
          pictureOf(
            signals.map((one) => [one]),
            known,
          ),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

/** What is known after some batches, as a store would tell it, with everything that was shown and said on the way. */
function pictureOf(batches: readonly (readonly Routed[])[], start: Known) {
  let lastId = 0;
  const alerts = new Map<number, Alert>();
  const storms = new Map<number, Storm>();
  const ends = new Map(start.ends);
  const seen = {
    outcomes: [] as unknown[],
    shown: [] as ['alert' | 'storm', number][],
    events: [] as unknown[],
    caught: 0,
  };
  for (const batch of batches) {
    const placed = placeAll(batch, { ...start, ...asKnown(alerts, storms), ends }, rules);
    const ids = new Map<number, number>();
    const real = (id: number): number => {
      if (id > 0) return id;
      if (!ids.has(id)) ids.set(id, ++lastId);
      return ids.get(id) ?? 0;
    };
    for (const id of newIdsOf(placed)) real(id);
    for (const storm of placed.storms)
      storms.set(real(storm.id), { ...storm, id: real(storm.id), accounts: storm.accounts.toSorted() });
    for (const { alert, events } of placed.changes) {
      const stormId = alert.stormId === null ? null : real(alert.stormId);
      alerts.set(real(alert.id), { ...alert, id: real(alert.id), stormId });
      seen.events.push(...events.map(({ kind, detail }) => [real(alert.id), alert.version, kind, detail]));
    }
    seen.outcomes.push(...placed.outcomes);
    seen.shown.push(
      ...placed.shown.flatMap((place): ['alert' | 'storm', number][] =>
        'alertId' in place
          ? [['alert', real(place.alertId)]]
          : 'stormId' in place
            ? [['storm', real(place.stormId)]]
            : [],
      ),
    );
    for (const count of placed.caught.values()) seen.caught += count;
    for (const [key, end] of placed.ends) {
      if (end === null) ends.delete(key);
      else ends.set(key, end);
    }
  }
  // What went into a storm later has no message of its own, whether it had one before or not.
  const shown = seen.shown.filter(([what, id]) => what === 'storm' || alerts.get(id)?.stormId === null);
  return { ...seen, shown, alerts, storms, ends };
}

/** Ids below 0 in the order in which they were made. */
const newIdsOf = ({ changes, storms }: Placed): number[] =>
  [...new Set([...changes.map(({ alert }) => alert.id), ...storms.map(({ id }) => id)].filter((id) => id < 0))].sort(
    (a, b) => b - a,
  );

function asKnown(
  alerts: ReadonlyMap<number, Alert>,
  storms: ReadonlyMap<number, Storm>,
): Omit<Known, 'silences' | 'ends'> {
  const byKey = new Map<string, Alert>();
  const inOrder = [...alerts.values()].sort((a, b) => a.id - b.id);
  for (const alert of inOrder.filter(({ state }) => state === 'resolved')) byKey.set(alert.dedupKey, alert);
  for (const alert of inOrder.filter(({ state }) => state !== 'resolved')) byKey.set(alert.dedupKey, alert);
  const bursts = new Map<string, Burst>();
  for (const { id, channel, signal: said, severity, mode } of inOrder) {
    if (mode === 'digest') continue;
    const key = stormKey({ channel, source: said.source, kind: said.kind });
    const burst = bursts.get(key);
    bursts.set(key, {
      count: (burst?.count ?? 0) + 1,
      worst:
        severity === 'critical' || burst?.worst === 'critical'
          ? 'critical'
          : severity === 'high'
            ? 'high'
            : (burst?.worst ?? severity),
      accounts: [...new Set([...(burst?.accounts ?? []), ...(said.account === undefined ? [] : [said.account])])],
      actors: [],
      alertIds: [...(burst?.alertIds ?? []), id],
    });
  }
  const open = new Set([...storms.values()].map((storm) => stormKey(storm)));
  return {
    alerts: byKey,
    storms: [...storms.values()],
    bursts: new Map([...bursts].filter(([key]) => !open.has(key))),
    ...noIncidents,
    linked: inOrder,
  };
}
