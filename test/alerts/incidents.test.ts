import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leakedKey, storm } from '../../sandbox/scenario.ts';
import type { Alert } from '../../src/alerts/alert.ts';
import { nextDue, whySilent } from '../../src/alerts/escalation.ts';
import {
  joinReason,
  type KnownLink,
  leadOf,
  linksOf,
  mostMembers,
  seenOn,
  sharedBy,
} from '../../src/alerts/incidents.ts';
import { type InboxMessage, signalsOf } from '../../src/alerts/message.ts';
import { type Known, type Placed, placeAll, type Routed, type Rules } from '../../src/alerts/placing.ts';
import { severities, severityRank } from '../../src/alerts/severity.ts';
import type { Signal } from '../../src/alerts/signal.ts';
import { alert, at, signal } from './fixtures.ts';

const nobody = () => false;
const hourMs = 3_600_000;
const rules: Rules = {
  now: at(0),
  storm: 10,
  incidentWindowMs: 2 * hourMs,
  isOwn: nobody,
  policyOf: ({ escalation }) =>
    escalation === null ? undefined : { steps: [{ notify: ['user:U0ANA'], afterMs: 5 * 60_000 }], repeat: 0 },
  onCall: () => [],
};
const nothing: Known = {
  alerts: new Map(),
  ends: new Map(),
  storms: [],
  bursts: new Map(),
  silences: [],
  links: new Map(),
  linked: [],
  incidents: [],
};

const routedAs = (said: Signal, placement: Partial<Routed['placement']> = {}): Routed => ({
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
});

const key = 'AKIAIOSFODNN7EXAMPLE';
const caller = { type: 'user', name: 'deploy-bot', account: '111122223333', accessKeyId: key } as const;
const by = (name: string, more: Partial<Signal> = {}): Signal => signal({ dedupKey: name, actor: caller, ...more });

const alertsOf = ({ changes }: Placed): Alert[] => [
  ...new Map(changes.map((change) => [change.alert.id, change.alert])).values(),
];
const named = (placed: Placed, dedupKey: string): Alert | undefined =>
  alertsOf(placed).find((each) => each.dedupKey === dedupKey);
const linkNames = (said: Signal) => linksOf(said, nobody).map(({ name }) => name);

const messageOf = (id: string, said: unknown): InboxMessage => ({
  type: 'Notification',
  id,
  topicArn: 'arn:aws:sns:eu-west-1:111122223333:security-alerts',
  timestamp: at(0).toISOString(),
  message: JSON.stringify(said),
  stale: false,
});

const scenes = (begin: Date): Signal[] =>
  leakedKey.flatMap(({ afterMs, message }, place) =>
    signalsOf(messageOf(`m-${place}`, message(new Date(begin.getTime() + afterMs)))),
  );

describe('what an alert names of its attacker', () => {
  test('is its key, its session or user, its address, and what it is about, in this order', () => {
    expect(
      linksOf(
        by('a', { sourceIp: '198.51.100.23', resource: { name: 'payments-exports', type: 'S3 bucket' } }),
        nobody,
      ).map(({ kind, value }) => `${kind} ${value}`),
    ).toEqual([`key ${key}`, 'principal deploy-bot', 'ip 198.51.100.23', 'resource payments-exports']);
  });

  test('is never what all share: root, services, private and own addresses, the account itself', () => {
    const shared: Partial<Signal>[] = [
      { actor: { type: 'root', name: 'root', account: '111122223333' } },
      { actor: { type: 'service', name: 'cloudformation.amazonaws.com' } },
      { actor: { type: 'role', name: 'deploy', account: '111122223333' } },
      { sourceIp: '10.1.2.3' },
      { sourceIp: '192.168.7.7' },
      { sourceIp: 'fe80::1' },
      { sourceIp: 'cloudtrail.amazonaws.com' },
      { resource: { name: '111122223333', type: 'AWS account' } },
      { resource: { name: 'root', type: 'account root' } },
    ];
    for (const more of shared) expect(linkNames(signal(more))).toEqual([]);
    expect(linksOf(signal({ sourceIp: '203.0.113.9' }), (address) => address === '203.0.113.9')).toEqual([]);
  });

  test('goes on with the keys that a call gave out, and with the user that a call changed', () => {
    const issued = { detail: { responseElements: { credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE' } } } };
    expect(linkNames(by('a', { raw: issued }))).toContain('key::asiaiosfodnn7example');
    const changed = signal({ resource: { name: 'backup-admin', type: 'IAM user' } });
    const acts = signal({ actor: { type: 'user', name: 'backup-admin', account: '111122223333' } });
    expect(linkNames(changed)).toEqual(linkNames(acts));
  });

  test('of one session is not of another session of the same role', () => {
    const session = (name: string) => signal({ actor: { type: 'role', name, account: '111122223333' } });
    expect(linkNames(session('Admin/ana'))).not.toEqual(linkNames(session('Admin/ben')));
  });
});

describe('alerts of one attack', () => {
  test('the leaked key of the demo is one incident, led by its worst alert, with one message', () => {
    const said = scenes(at(0));
    const placed = placeAll(
      said.map((each) => routedAs(each)),
      nothing,
      rules,
    );
    const alerts = alertsOf(placed);
    // What only measures (the alarm) names no attacker.
    const attack = alerts.filter(({ signal: { source } }) => source !== 'cloudwatch');
    expect(attack).toHaveLength(7);
    expect(new Set(attack.map(({ incidentId }) => incidentId)).size).toBe(1);
    expect(attack[0]?.incidentId).not.toBeNull();
    expect(placed.shown.filter((place) => 'incidentId' in place)).toHaveLength(1);
    expect(placed.shown.filter((place) => 'alertId' in place)).toHaveLength(
      alerts.length - attack.length + attack.filter(({ severity }, n) => n > 1 && severity === 'critical').length,
    );
    // Nobody is called for one of them alone: the lead is chosen when all are stored.
    for (const each of attack) expect(each.dueAt).toBeNull();
    expect(sharedBy(attack, nobody)[0]?.link).toMatchObject({ kind: 'key', value: key });
  });

  test('a single alert is none, the second makes it, and each reason says what with which', () => {
    const one = placeAll([routedAs(by('a'))], nothing, rules);
    expect(one.incidents).toEqual([]);
    expect(named(one, 'a')?.dueAt).not.toBeNull();
    const two = placeAll(
      [routedAs(by('a')), routedAs(by('b', { actor: { ...caller, name: 'other' } }))],
      nothing,
      rules,
    );
    expect(two.incidents).toMatchObject([{ count: 2, channel: 'C0SEC' }]);
    const [joined] = two.joined;
    expect(joined && joinReason(joined.link, 41)).toBe(`same access key ${key} as #41`);
  });

  test('a storm of alarms is no incident', () => {
    const said = storm(25, at(0)).flatMap((message, n) => signalsOf(messageOf(`s-${n}`, message)));
    const placed = placeAll(
      said.map((each) => routedAs(each)),
      nothing,
      rules,
    );
    expect(placed.incidents).toEqual([]);
    expect(placed.storms).toHaveLength(1);
  });

  test('two faults of one thing are no attack; with whoever did it to this thing, or with a threat to it, they are', () => {
    const about = { resource: { name: 'payments-exports', type: 'S3 bucket' } };
    const found = (name: string) => routedAs(signal({ dedupKey: name, source: 'config', kind: 'S3.8', ...about }));
    expect(placeAll([found('a'), found('b')], nothing, rules).incidents).toEqual([]);
    expect(placeAll([found('a'), routedAs(by('b', about))], nothing, rules).incidents).toHaveLength(1);
    expect(placeAll([routedAs(by('b', about)), found('a')], nothing, rules).incidents).toHaveLength(1);
    // Two findings on one machine, and neither says from where.
    const threat = (name: string, source = 'guardduty') => routedAs(signal({ dedupKey: name, source, ...about }));
    expect(placeAll([threat('a'), threat('b')], nothing, rules).incidents).toHaveLength(1);
    expect(placeAll([threat('a', 'securityhub'), threat('b', 'securityhub')], nothing, rules).incidents).toHaveLength(
      1,
    );
    // Both faults wait for it.
    expect(placeAll([found('a'), found('b'), threat('c')], nothing, rules).incidents).toMatchObject([{ count: 3 }]);
  });

  test('that only a later one connects are joined by it: two that stood alone, and two incidents', () => {
    const ip = '198.51.100.23';
    const from = (name: string, more: Partial<Signal> = {}) =>
      routedAs(signal({ dedupKey: name, sourceIp: ip, ...more }));
    const alone = placeAll([routedAs(by('a')), from('b'), routedAs(by('c', { sourceIp: ip }))], nothing, rules);
    expect(alone.incidents).toMatchObject([{ count: 3, mergedInto: null }]);
    expect(alone.joined.map(({ alert: { dedupKey }, link }) => [dedupKey, link.kind])).toEqual([
      ['b', 'ip'],
      ['c', 'key'],
    ]);
    expect(alone.shown).toHaveLength(1);

    const first = [routedAs(by('a')), routedAs(by('b', { severity: 'low' }))];
    const second = [from('c', { severity: 'critical' }), from('d')];
    const merged = placeAll([...first, ...second, routedAs(by('e', { sourceIp: ip }))], nothing, rules);
    expect(new Set(alertsOf(merged).map(({ incidentId }) => incidentId)).size).toBe(1);
    const [into, from2] = merged.incidents;
    expect(into).toMatchObject({ count: 5, worst: 'critical', mergedInto: null });
    expect(from2).toMatchObject({ count: 0, mergedInto: into?.id });
    expect(merged.merged).toMatchObject([{ from: from2?.id, into: into?.id, link: { kind: 'ip' } }]);
    expect(merged.merged[0]?.alertIds).toHaveLength(2);
    // One message, that of the older one.
    expect(merged.shown).toEqual([{ incidentId: into?.id, channel: 'C0SEC' }]);
  });

  test('what was resolved by hand, is only stored, or is more than two hours old is not gone on with', () => {
    const known = (more: Partial<Alert>, seen: Partial<KnownLink> = {}): Known => ({
      ...nothing,
      linked: [alert({ id: 41, signal: by('a'), dedupKey: 'a', ...more })],
      links: new Map(linkNames(by('a')).map((name) => [name, { alertIds: [41], at: at(-10), days: 1, ...seen }])),
    });
    const joins = (more: Partial<Alert>, seen?: Partial<KnownLink>): boolean =>
      placeAll([routedAs(by('b'))], known(more, seen), rules).incidents.length > 0;
    expect(joins({})).toBe(true);
    expect(joins({ state: 'acknowledged', acknowledgedBy: 'U0ANA' })).toBe(true);
    expect(joins({ state: 'resolved', resolvedBy: null })).toBe(true);
    expect(joins({ state: 'resolved', resolvedBy: 'U0ANA' })).toBe(false);
    expect(joins({ mode: 'digest' })).toBe(false);
    expect(joins({ stormId: 3 })).toBe(false);
    expect(joins({}, { at: at(-121) })).toBe(false);
    // Seen on alerts of each of the last days: somebody's daily work.
    expect(joins({}, { days: 5 })).toBe(false);
    expect(joins({}, { days: 4 })).toBe(true);
  });

  test('a rarer link counts where the first is common', () => {
    const [first, second] = linkNames(by('a', { sourceIp: '198.51.100.23' }));
    const known: Known = {
      ...nothing,
      linked: [alert({ id: 41, signal: by('a'), dedupKey: 'a' })],
      links: new Map([
        [first ?? '', { alertIds: [41], at: at(-1), days: 9 }],
        [second ?? '', { alertIds: [41], at: at(-1), days: 1 }],
      ]),
    };
    const { joined } = placeAll([routedAs(by('b', { sourceIp: '198.51.100.23' }))], known, rules);
    expect(joined[0]?.link.kind).toBe('principal');
  });

  test('two notifications are none; a silenced alert is never part of one; with window 0 nothing is', () => {
    const quiet = { mode: 'notification' } as const;
    expect(placeAll([routedAs(by('a'), quiet), routedAs(by('b'), quiet)], nothing, rules).incidents).toEqual([]);
    expect(placeAll([routedAs(by('a'), quiet), routedAs(by('b'))], nothing, rules).incidents).toHaveLength(1);
    const stored = { mode: 'digest' } as const;
    expect(placeAll([routedAs(by('a')), routedAs(by('b'), stored)], nothing, rules).incidents).toEqual([]);
    const off = { ...rules, incidentWindowMs: 0 };
    expect(placeAll([routedAs(by('a')), routedAs(by('b'))], nothing, off).incidents).toEqual([]);
  });

  test('is bounded: what comes when it is full begins another one', () => {
    const many = Array.from({ length: mostMembers + 5 }, (_, n) => routedAs(by(`k-${n}`, { kind: `K${n}` })));
    const placed = placeAll(many, nothing, rules);
    expect(placed.incidents).toMatchObject([{ count: mostMembers }, { count: 5 }]);
  });

  test('an alert of another channel, or critical and worse than all before, has a line of its own', () => {
    const own = (placed: Placed, dedupKey: string) =>
      placed.shown.some((place) => 'alertId' in place && place.alertId === named(placed, dedupKey)?.id);
    const first = [routedAs(by('a', { severity: 'medium' })), routedAs(by('b', { severity: 'low' }))];
    const placed = placeAll(
      [
        ...first,
        routedAs(by('c', { severity: 'critical' })),
        routedAs(by('d', { severity: 'critical' })),
        routedAs(by('e', { severity: 'high' }), { channel: 'C0ALERTS' }),
      ],
      nothing,
      rules,
    );
    expect(['a', 'b', 'c', 'd', 'e'].filter((dedupKey) => own(placed, dedupKey))).toEqual(['c', 'e']);
  });
});

describe('days on which a link was seen', () => {
  const on = (day: number) => new Date(Date.UTC(2026, 10, day, 23, 59));
  const naming = (id: number, more: Partial<Alert> = {}) => {
    const said = by('a');
    return { ...alert({ id, ...more }), signal: said, links: linksOf(said, nobody) };
  };
  const [link] = naming(1).links;
  if (link === undefined) throw new Error('It names a key.');

  test('count up day by day, and from one again after a week of rest', () => {
    let seen = seenOn(undefined, naming(1), link, on(1));
    expect(seen.days).toBe(1);
    seen = seenOn(seen, naming(2), link, on(1));
    expect(seen).toMatchObject({ days: 1, alertIds: [2] });
    seen = seenOn(seenOn(seen, naming(3), link, on(2)), naming(4), link, on(5));
    expect(seen.days).toBe(3);
    expect(seenOn(seen, naming(5), link, on(13)).days).toBe(1);
  });

  test('what draws nobody to itself waits, so many at most, until one comes that does', () => {
    let seen = seenOn(undefined, naming(1, { mode: 'notification' }), link, on(1));
    for (let id = 2; id <= 14; id += 1) seen = seenOn(seen, naming(id, { mode: 'notification' }), link, on(1));
    expect(seen.alertIds).toHaveLength(10);
    expect(seenOn(seen, naming(15), link, on(1)).alertIds).toEqual([15]);
  });
});

describe('the alert that leads', () => {
  const members = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 50 }),
      severity: fc.constantFrom(...severities),
      state: fc.constantFrom('firing' as const, 'acknowledged' as const, 'snoozed' as const, 'resolved' as const),
      mode: fc.constantFrom('alert' as const, 'notification' as const),
      leads: fc.boolean(),
      level: fc.nat(3),
    }),
    { selector: ({ id }) => id, maxLength: 8 },
  );

  test('is there exactly while something fires or is in hand, is the worst of these, and choosing it again changes nothing', () => {
    fc.assert(
      fc.property(members, (all) => {
        const lead = leadOf(all);
        const able = all.filter(
          ({ mode, state }) => mode === 'alert' && (state === 'firing' || state === 'acknowledged'),
        );
        expect(lead === undefined).toBe(able.length === 0);
        if (lead === undefined) return;
        for (const each of able) expect(severityRank(lead.severity)).toBeLessThanOrEqual(severityRank(each.severity));
        const settled = all.map((each) => ({ ...each, leads: each.id === lead.id }));
        expect(leadOf(settled)?.id).toBe(lead.id);
        expect(leadOf(settled.toReversed())?.id).toBe(lead.id);
      }),
    );
  });

  test('of several as bad stays who leads; what is worse takes over; who is over leaves it', () => {
    const of = (id: number, more: Partial<Alert> = {}) => alert({ id, incidentId: 3, ...more });
    expect(leadOf([of(1), of(2, { leads: true })])?.id).toBe(2);
    expect(leadOf([of(1, { leads: true }), of(2, { severity: 'critical' })])?.id).toBe(2);
    // Of two incidents that became one, both led: nobody is called again.
    expect(leadOf([of(1, { leads: true }), of(2, { leads: true, level: 2 })])?.id).toBe(2);
    // In hand: what is no worse calls nobody.
    expect(leadOf([of(1, { leads: true, state: 'acknowledged' }), of(2)])?.id).toBe(1);
    expect(leadOf([of(1, { leads: true, state: 'resolved' }), of(2, { severity: 'low' })])?.id).toBe(2);
    expect(leadOf([of(1, { leads: true, state: 'resolved' })])).toBeUndefined();
  });

  test('has the timer; of each other member the reason why it has none can be said', () => {
    const policy = rules.policyOf({ escalation: 'primary' });
    const lead = alert({ incidentId: 3, leads: true });
    expect(nextDue(lead, policy)).not.toBeNull();
    const other = alert({ incidentId: 3 });
    expect(nextDue(other, policy)).toBeNull();
    expect(whySilent(other, policy)).toBe('it is in incident 3, which calls for it');
    expect(nextDue(alert({ incidentId: 3, state: 'snoozed', snoozedUntil: at(9) }), policy)).toEqual(at(9));
  });
});

describe('the incidents that alerts make', () => {
  const pool = fc.array(
    fc.record({
      actor: fc.constantFrom('ana', 'ben', 'cid', undefined),
      address: fc.constantFrom('198.51.100.1', '198.51.100.2', undefined),
      resource: fc.constantFrom('one', 'two', undefined),
      mode: fc.constantFrom('alert' as const, 'alert' as const, 'notification' as const),
      source: fc.constantFrom('cloudtrail', 'config', 'guardduty'),
    }),
    { minLength: 1, maxLength: 10 },
  );
  type Drawn = typeof pool extends fc.Arbitrary<(infer Item)[]> ? Item : never;
  const routedFrom = ({ actor, address, resource, mode, source }: Drawn, n: number): Routed =>
    routedAs(
      signal({
        dedupKey: `k-${n}`,
        kind: `K${n}`,
        source,
        ...(actor === undefined ? {} : { actor: { type: 'user', name: actor, account: '1' } }),
        ...(address === undefined ? {} : { sourceIp: address }),
        ...(resource === undefined ? {} : { resource: { name: resource, type: 'S3 bucket' } }),
      }),
      { mode },
    );
  const groups = (list: readonly Alert[]) => {
    const of = Map.groupBy(list, ({ incidentId }) => incidentId);
    of.delete(null);
    return [...of.values()].map((group) => group.map(({ dedupKey }) => dedupKey).toSorted()).toSorted();
  };

  /** Takes each in alone, as if a minute of intake lay between, and keeps what the store would. */
  function oneByOne(all: readonly Routed[]): { alerts: Alert[]; incidents: Known['incidents'] } {
    let known = nothing;
    const alerts = new Map<string, Alert>();
    let id = 0;
    for (const each of all) {
      const placed = placeAll([each], known, rules);
      const fresh = new Map<number, number>();
      const real = (n: number): number => {
        if (n > 0) return n;
        if (!fresh.has(n)) fresh.set(n, ++id);
        return fresh.get(n) ?? n;
      };
      for (const { alert: changed } of placed.changes)
        alerts.set(changed.dedupKey, {
          ...changed,
          id: real(changed.id),
          incidentId: changed.incidentId === null ? null : real(changed.incidentId),
        });
      const links = [...placed.links].map(
        ([name, link]) => [name, { ...link, alertIds: link.alertIds.map(real) }] as const,
      );
      const incidents = new Map(known.incidents.map((incident) => [incident.id, incident]));
      for (const incident of placed.incidents) {
        const mergedInto = incident.mergedInto === null ? null : real(incident.mergedInto);
        incidents.set(real(incident.id), { ...incident, worst: 'high', id: real(incident.id), mergedInto });
      }
      known = {
        ...nothing,
        linked: [...alerts.values()],
        links: new Map([...known.links, ...links]),
        incidents: [...incidents.values()],
      };
    }
    return { alerts: [...alerts.values()], incidents: known.incidents };
  }

  test('are the same however many arrive together', () => {
    fc.assert(
      fc.property(pool, (said) => {
        const all = said.map(routedFrom);
        expect(groups(oneByOne(all).alerts)).toEqual(groups(alertsOf(placeAll(all, nothing, rules))));
      }),
      { numRuns: 60 },
    );
  });

  test('are the same in whatever order they arrive, and nothing is lost', () => {
    const shuffled = pool.chain((said) =>
      fc.tuple(
        fc.constant(said),
        fc.shuffledSubarray(
          said.map((_, n) => n),
          { minLength: said.length },
        ),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([said, order]) => {
        const all = said.map(routedFrom);
        const placed = placeAll(all, nothing, rules);
        const other = oneByOne(order.flatMap((n) => all[n] ?? []));
        expect(groups(other.alerts)).toEqual(groups(alertsOf(placed)));
        expect(other.alerts).toHaveLength(all.length);
        for (const { id, count, mergedInto } of other.incidents) {
          expect(other.alerts.filter(({ incidentId }) => incidentId === id)).toHaveLength(count);
          expect(count > 0).toBe(mergedInto === null);
        }
        // Each has a message of its own, or is in an incident that has one.
        const seen = new Set(
          placed.shown.map((place) =>
            'alertId' in place ? place.alertId : 'incidentId' in place ? place.incidentId : 0,
          ),
        );
        for (const { id, incidentId } of alertsOf(placed)) expect(seen.has(id) || seen.has(incidentId ?? 0)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
