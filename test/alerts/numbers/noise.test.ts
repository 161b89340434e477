import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Noise, NoiseTally, propose } from '../../../src/alerts/numbers/noise.ts';
import { spellsOf } from '../../../src/alerts/numbers/spells.ts';
import { route } from '../../../src/alerts/routing.ts';
import { routeSchema } from '../../../src/config/schema.ts';
import { at, signal } from '../fixtures.ts';

const noise = (more: Partial<Noise> = {}): Noise => ({
  key: 'a',
  alert: 1,
  title: 'CPU high',
  source: 'cloudwatch',
  account: null,
  severity: 'medium',
  spells: 5,
  signals: 9,
  byItself: 0,
  taken: 0,
  falseAlarms: 0,
  lengths: [],
  ...more,
});

test('what is proposed follows from how people treated it', () => {
  const kind = (more: Partial<Noise>) => propose(noise(more), signal()).kind;
  expect(propose(noise({ byItself: 4, lengths: [60_000, 180_000, 240_000, 600_000] }), signal())).toEqual({
    kind: 'threshold',
    sentence: expect.stringMatching(/^4 of 5 times over by itself, after 4 minutes in the middle: .*DatapointsToAlarm/),
  });
  expect(kind({ byItself: 3 })).toBe('route');
  expect(kind({ taken: 2 })).toBe('silence');
  expect(kind({ spells: 2, signals: 50 })).toBe('silence');
  // What people call a false alarm is worth narrowing, however grave it says it is.
  expect(propose(noise({ severity: 'high', taken: 5, falseAlarms: 4 }), signal())).toMatchObject({
    kind: 'threshold',
    sentence: expect.stringMatching(/^4 of 5 times a false alarm/),
  });
  // What is grave is made rarer at its source, or not at all: it is never proposed to be hidden.
  expect(kind({ severity: 'high' })).toBe('cause');
  expect(kind({ severity: 'critical', byItself: 5, lengths: [1] })).toBe('threshold');
});

test('the line that is proposed is a route of trailwatch.yaml and takes the alert it is made of, whatever AWS named it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (name) => {
      const loud = signal({ kind: name, resource: { name } });
      const proposal = propose(noise(), loud);
      if (proposal.kind !== 'route') throw new Error('No route.');
      const [line] = parse(proposal.line);
      const made = routeSchema.parse(line);
      const { home } = route(loud, [made], 'C0ALERTS', at(0));
      expect(home).toMatchObject({ mode: 'notification', route: 0 });
      expect(route(signal({ kind: `${name}x` }), [made], 'C0ALERTS', at(0)).home.mode).toBe('alert');
    }),
  );
});

test('the noisiest are those that asked most often, and the signals of one alert count once', () => {
  const tally = new NoiseTally();
  const add = (id: number, dedupKey: string, signals: number, times: number) => {
    const events = Array.from({ length: times }, (_, place) => [
      {
        kind: place === 0 ? ('opened' as const) : ('reopened' as const),
        at: at(place * 30),
        by: { type: 'aws' as const },
      },
      { kind: 'resolved' as const, at: at(place * 30 + 2), by: { type: 'aws' as const } },
    ]).flat();
    const alert = {
      id,
      dedupKey,
      title: dedupKey,
      severity: 'low' as const,
      source: 'cloudwatch',
      kind: 'metric alarm',
      account: null,
      accountName: null,
      policy: null,
      mode: 'alert' as const,
      storm: null,
      incident: null,
    };
    for (const [place, spell] of spellsOf(alert, events).entries())
      tally.add({ ...spell, signals: place === 0 ? signals : 0 });
  };
  add(1, 'once', 1, 1);
  add(2, 'repeats', 80, 1);
  add(3, 'comes back', 6, 3);
  add(4, 'comes back', 4, 1);
  expect(
    tally.noisiest(9).map(({ key, spells, signals, byItself, alert }) => [key, spells, signals, byItself, alert]),
  ).toEqual([
    ['comes back', 4, 10, 4, 4],
    ['repeats', 1, 80, 1, 2],
  ]);
  expect(tally.noisiest(1)).toHaveLength(1);
});
