import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeMatcher, type Matcher, matchesSignal, whyMatches } from '../../src/alerts/matcher.ts';
import { type Route, route, shadowedBy } from '../../src/alerts/routing.ts';
import { severities } from '../../src/alerts/severity.ts';
import { at, signal } from './fixtures.ts';

const rule = (more: Partial<Route> = {}): Route => ({
  match: {},
  channel: null,
  mention: [],
  escalation: null,
  severity: null,
  runbook: null,
  mode: 'alert',
  quietHours: null,
  ask: null,
  show: null,
  continue: false,
  ...more,
});

const routed = (routes: Route[], about = signal(), now = at(0)) => route(about, routes, 'C0DEFAULT', now);

describe('a matcher', () => {
  const about = signal({
    accountName: 'prod-web',
    organizationalUnits: ['ou-ab12-11111111', 'Root/Workloads/Prod'],
    tags: { Env: 'Production' },
    actor: {
      type: 'role',
      name: 'deploy/ana@example.com',
      human: 'ana@example.com',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    },
    resource: { name: 'i-1', arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1' },
    fields: [{ name: 'Port', value: '22 (ssh)' }],
  });

  test.each<[Matcher]>([
    [{}],
    [{ severity: ['critical', 'high'] }],
    [{ source: ['guard*'] }],
    [{ kind: ['recon:ec2/*'] }],
    [{ account: ['111122223333'] }],
    [{ account: ['prod-*'] }],
    [{ organizationalUnit: ['*/Prod'] }],
    [{ organizationalUnit: ['ou-ab12-11111111'] }],
    [{ region: ['us-east-1', 'eu-*'] }],
    [{ tag: { env: ['prod*'] } }],
    [{ actor: ['ana@example.com'] }],
    [{ actor: ['AKIAIOSFODNN7EXAMPLE'] }],
    [{ resource: ['*:instance/i-?'] }],
    [{ text: ['being probed'] }],
    [{ text: ['ssh'] }],
    [{ severity: ['high'], account: ['prod-*'], region: ['eu-west-1'] }],
  ])('%j matches', (matcher) => expect(matchesSignal(matcher, about)).toBe(true));

  test.each<[Matcher]>([
    [{ severity: ['low'] }],
    [{ source: ['guard'] }],
    [{ account: ['dev-*'] }],
    [{ organizationalUnit: ['Prod'] }],
    [{ tag: { env: ['prod*'], team: ['*'] } }],
    [{ text: ['probed ssh'] }],
    [{ severity: ['high'], account: ['dev-*'] }],
  ])('%j does not', (matcher) => expect(matchesSignal(matcher, about)).toBe(false));

  test('what a signal does not say is matched by no pattern, not even a star', () => {
    const bare = signal({ account: undefined, accountName: undefined, resource: undefined, actor: undefined });
    for (const key of ['account', 'resource', 'actor', 'organizationalUnit'] as const)
      expect(matchesSignal({ [key]: ['*'] }, bare)).toBe(false);
    expect(matchesSignal({ tag: { env: ['*'] } }, bare)).toBe(false);
  });

  test('says why, and what it is, in words', () => {
    const matcher: Matcher = {
      severity: ['critical', 'high'],
      account: ['prod-*'],
      region: ['eu-west-1'],
      text: ['probed'],
    };
    expect(whyMatches(matcher, about)).toEqual([
      'severity is high',
      'account prod-web is like prod-*',
      'region is eu-west-1',
      'text has probed',
    ]);
    expect(describeMatcher(matcher)).toBe('critical or high, account prod-*, region eu-west-1, text probed');
    expect(describeMatcher({})).toBe('everything');
  });
});

describe('routes', () => {
  test('the first that matches decides', () => {
    const { home, copies } = routed([
      rule({ match: { severity: ['low'] }, channel: 'C0LOW' }),
      rule({ match: { account: ['1111*'] }, channel: 'C0SEC', escalation: 'primary', mention: ['user:U1'] }),
      rule({ channel: 'C0ALL' }),
    ]);
    expect(home).toMatchObject({
      channel: 'C0SEC',
      escalation: 'primary',
      mention: ['user:U1'],
      route: 1,
      mode: 'alert',
    });
    expect(home.because).toBe('route 2: account 111122223333 is like 1111*');
    expect(copies).toEqual([]);
  });

  test('without one it is an alert in the default channel, and nobody is called', () => {
    const { home } = routed([rule({ match: { severity: ['low'] }, channel: 'C0LOW' })]);
    expect(home).toMatchObject({ channel: 'C0DEFAULT', escalation: null, mention: [], route: null, mode: 'alert' });
    expect(home.because).toMatch(/no route matched/);
  });

  test('continue shows it elsewhere too: the alert keeps one home, the copy has no escalation', () => {
    const { home, copies } = routed([
      rule({
        match: { severity: ['high'] },
        channel: 'C0BOSS',
        mode: 'notification',
        mention: ['user:U9'],
        continue: true,
      }),
      rule({ channel: 'C0SEC', escalation: 'primary', severity: 'critical' }),
    ]);
    expect(home).toMatchObject({ channel: 'C0SEC', mode: 'alert', escalation: 'primary', severity: 'critical' });
    expect(copies).toMatchObject([
      { channel: 'C0BOSS', mode: 'notification', escalation: null, mention: ['user:U9'], severity: 'critical' },
    ]);
  });

  test('continue on the last route that matches leads on to the default', () => {
    const { home, copies } = routed([rule({ channel: 'C0BOSS', mode: 'notification', continue: true })]);
    expect(home).toMatchObject({ channel: 'C0DEFAULT', mode: 'alert', route: null });
    expect(copies.map(({ channel }) => channel)).toEqual(['C0BOSS']);
  });

  test('drop ends it; a copy ordered before stays', () => {
    expect(routed([rule({ mode: 'drop' }), rule({ channel: 'C0SEC' })])).toMatchObject({
      home: { mode: 'drop', route: 0 },
      copies: [],
    });
    const { home, copies } = routed([rule({ channel: 'C0SEC', continue: true }), rule({ mode: 'drop' })]);
    expect(home).toMatchObject({ channel: 'C0SEC', mode: 'alert' });
    expect(copies).toEqual([]);
  });

  test('quiet hours leave people in peace, but not for what is critical', () => {
    const quietHours = {
      from: 18 * 60,
      to: 8 * 60,
      timezone: 'Europe/Prague',
      days: [1, 2, 3, 4, 5],
      below: 'critical' as const,
    };
    const routes = [rule({ channel: 'C0SEC', escalation: 'primary', mention: ['user:U1'], quietHours })];
    const calm = { escalation: 'primary', quietHours, mention: [], quiet: true, mode: 'alert', channel: 'C0SEC' };
    const loud = { escalation: 'primary', mention: ['user:U1'], quiet: false };
    // 2026-11-23 is a Monday; Prague is one hour ahead of UTC.
    expect(routed(routes, signal(), new Date('2026-11-23T16:59:59Z')).home).toMatchObject(loud);
    expect(routed(routes, signal(), new Date('2026-11-23T17:00:00Z')).home).toMatchObject(calm);
    expect(routed(routes, signal(), new Date('2026-11-24T06:59:59Z')).home).toMatchObject(calm);
    expect(routed(routes, signal(), new Date('2026-11-24T07:00:00Z')).home).toMatchObject(loud);
    // Friday's night goes on into Saturday; Saturday's own evening is not in the days.
    expect(routed(routes, signal(), new Date('2026-11-28T06:00:00Z')).home).toMatchObject(calm);
    expect(routed(routes, signal(), new Date('2026-11-28T18:00:00Z')).home).toMatchObject(loud);
    expect(routed(routes, signal({ severity: 'critical' }), new Date('2026-11-23T20:00:00Z')).home).toMatchObject(loud);
    expect(
      routed([rule({ ...routes[0], severity: 'critical' })], signal(), new Date('2026-11-23T20:00:00Z')).home,
    ).toMatchObject(loud);
  });
});

test('quiet hours go by the clock on the wall, also in the night that it is put forward', () => {
  const quietHours = {
    from: 22 * 60,
    to: 6 * 60,
    timezone: 'Europe/Prague',
    days: [1, 2, 3, 4, 5, 6, 7],
    below: 'critical' as const,
  };
  const quietAt = (time: string) => routed([rule({ quietHours })], signal(), new Date(time)).home.quiet;
  // On 2026-03-29 Prague goes from UTC+1 to UTC+2, on 2026-10-25 back.
  expect(['2026-03-28T21:00:00Z', '2026-03-29T03:59:00Z', '2026-03-29T04:00:00Z'].map(quietAt)).toEqual([
    true,
    true,
    false,
  ]);
  expect(['2026-10-24T19:59:00Z', '2026-10-25T04:59:00Z', '2026-10-25T05:00:00Z'].map(quietAt)).toEqual([
    false,
    true,
    false,
  ]);
});

describe('whatever the routes', () => {
  const accounts = fc.constantFrom('prod-web', 'prod-db', 'dev');
  const matchers: fc.Arbitrary<Matcher> = fc.record(
    {
      severity: fc.uniqueArray(fc.constantFrom(...severities), { minLength: 1 }),
      account: fc.array(fc.constantFrom('*', 'prod-*', 'prod-web', 'd?v', '*-*'), { minLength: 1, maxLength: 2 }),
      text: fc.array(fc.constantFrom('probe', 'port', '*'), { minLength: 1, maxLength: 2 }),
      tag: fc.dictionary(fc.constantFrom('env', 'Env', 'team'), fc.array(fc.constantFrom('a', '*'), { minLength: 1 })),
    },
    { requiredKeys: [] },
  );
  const routeLists = fc.array(
    fc.record({
      match: matchers,
      channel: fc.constantFrom(null, 'C0A', 'C0B', 'C0C'),
      mode: fc.constantFrom<Route['mode'][]>('alert', 'notification', 'digest', 'drop'),
      escalation: fc.constantFrom(null, 'primary'),
      severity: fc.constantFrom(null, ...severities),
      continue: fc.boolean(),
    }),
    { maxLength: 6 },
  );
  const signals = fc
    .record({
      severity: fc.constantFrom(...severities),
      accountName: fc.option(accounts, { nil: undefined }),
      title: fc.constantFrom('a port probe', 'nothing'),
      tags: fc.dictionary(fc.constantFrom('env', 'ENV', 'team'), fc.constantFrom('a', 'b')),
    })
    .map((more) => signal({ ...more, sentence: 'x' }));

  test('there is one home, and every other channel is told once, without escalation', () => {
    fc.assert(
      fc.property(routeLists, signals, (lists, about) => {
        const { home, copies } = routed(lists.map(rule), about);
        const channels = copies.map(({ channel }) => channel);
        expect(new Set(channels).size).toBe(channels.length);
        expect(channels).not.toContain(home.channel);
        for (const copy of copies)
          expect(copy).toMatchObject({ mode: 'notification', escalation: null, severity: home.severity });
        if (home.mode !== 'alert') expect(home.escalation).toBeNull();
        const first = lists.findIndex(({ match }) => matchesSignal(match, about));
        if (first < 0) expect(home.route).toBeNull();
        else if (lists[first]?.continue === false) expect(home.route).toBe(first);
      }),
      { numRuns: 500 },
    );
  });

  test('a route that is said to be out of reach never decides', () => {
    let dead = 0;
    fc.assert(
      fc.property(routeLists, signals, (lists, about) => {
        const routes = lists.map(rule);
        const { home, copies } = routed(routes, about);
        const deciding = [home, ...copies].map((decision) => decision.route);
        for (const index of routes.keys())
          if (shadowedBy(routes, index) !== undefined) {
            dead++;
            expect(deciding).not.toContain(index);
          }
      }),
      { numRuns: 2000 },
    );
    expect(dead).toBeGreaterThan(200);
  });

  test('severities taken one route at a time leave nothing for the last', () => {
    const routes = [
      rule({ match: { severity: ['critical', 'high'] } }),
      rule({ match: { severity: ['medium', 'low', 'info'], account: ['*'] } }),
      rule({ match: { severity: ['medium', 'low', 'info'] } }),
      rule({ match: { account: ['prod-*'] } }),
    ];
    expect(shadowedBy(routes, 3)).toBe(0);
    expect(shadowedBy(routes, 2)).toBeUndefined();
  });
});
