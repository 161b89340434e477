import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fewest, groupOf, median, nineTenths, Tally } from '../../../src/alerts/numbers/count.ts';
import {
  type CountedAlert,
  inStory,
  type Spell,
  type SpellEvent,
  spellsOf,
  storyOf,
} from '../../../src/alerts/numbers/spells.ts';

const began = Date.UTC(2026, 10, 20, 10);
const after = (minutes: number) => new Date(began + minutes * 60_000);
const aws = { type: 'aws' } as const;
const user = (id: string) => ({ type: 'user' as const, id });

const counted = (more: Partial<CountedAlert> = {}): CountedAlert => ({
  id: 1,
  dedupKey: 'a',
  title: 'SSH brute force',
  severity: 'high',
  source: 'guardduty',
  kind: 'SSH',
  account: '111122223333',
  accountName: null,
  policy: 'primary',
  mode: 'alert',
  storm: null,
  incident: null,
  ...more,
});

const line = (minutes: number, kind: SpellEvent['kind'], by: SpellEvent['by'] = aws, detail?: string): SpellEvent => ({
  kind,
  at: after(minutes),
  by,
  ...(detail === undefined ? {} : { detail }),
});

test('a spell goes from its beginning to its end; the first acknowledgement counts, and levels that were called before it', () => {
  const spells = spellsOf(counted(), [
    line(0, 'opened'),
    line(5, 'escalated', { type: 'timer' }, '1'),
    line(7, 'acknowledged', user('U0ANA')),
    line(200, 'lapsed', { type: 'timer' }, 'U0ANA'),
    line(205, 'escalated', { type: 'timer' }, '2'),
    line(206, 'acknowledged', user('U0BEN')),
    line(300, 'resolved', user('U0BEN')),
    line(400, 'reopened'),
  ]);
  expect(spells).toMatchObject([
    { began: after(0), acknowledged: { at: after(7), by: 'U0ANA' }, level: 1, ended: { at: after(300) }, held: false },
    { began: after(400), acknowledged: null, level: 0, ended: null },
  ]);
});

test('while an alert flaps its coming and going is one spell, and the next calm beginning is another', () => {
  const spells = spellsOf(counted(), [
    line(0, 'opened'),
    line(1, 'resolved'),
    line(2, 'reopened'),
    line(3, 'resolved'),
    line(3, 'flapping'),
    line(4, 'reopened'),
    line(5, 'resolved'),
    line(6, 'reopened'),
    line(7, 'resolved'),
    line(60, 'reopened'),
  ]);
  expect(spells.map((spell) => [spell.began, spell.ended?.at ?? null])).toEqual([
    [after(0), after(1)],
    [after(2), after(7)],
    [after(60), null],
  ]);
  // The beginning that makes it flap calls nobody, so it is none of its own.
  const third = [line(0, 'opened'), line(1, 'resolved'), line(2, 'reopened'), line(2, 'flapping')];
  expect(spellsOf(counted(), third)).toMatchObject([{ began: after(0), ended: null }]);
});

test('what a silence held back counts from when it is posted, and what was over by then asked nobody', () => {
  const spells = spellsOf(counted(), [
    line(0, 'opened'),
    line(10, 'resolved'),
    line(20, 'reopened'),
    line(60, 'shown', { type: 'trailwatch' }),
    line(64, 'acknowledged', user('U0ANA')),
  ]);
  expect(spells).toMatchObject([{ held: true }, { held: false, began: after(60), acknowledged: { at: after(64) } }]);
  expect(spellsOf(counted({ mode: 'digest' }), [line(0, 'opened')])).toMatchObject([{ held: true }]);
  expect(spellsOf(counted({ mode: 'notification' }), [line(0, 'opened')])).toMatchObject([{ held: true }]);
});

test('a storm is one: the first acknowledgement, the last end, the highest level, the worst severity', () => {
  const one = (id: number, more: Partial<CountedAlert>, events: readonly SpellEvent[]): Spell => {
    const [spell] = spellsOf(counted({ id, storm: { id: 7, level: 2 }, ...more }), events);
    if (spell === undefined) throw new Error('No spell.');
    return spell;
  };
  const storm = [
    one(1, {}, [line(1, 'opened'), line(9, 'acknowledged', user('U0BEN')), line(20, 'resolved')]),
    one(2, { severity: 'critical', account: '444455556666' }, [line(0, 'opened'), line(30, 'resolved')]),
    one(3, {}, [line(2, 'opened'), line(8, 'acknowledged', user('U0ANA')), line(25, 'resolved')]),
  ].reduce<Spell | undefined>(inStory, undefined);
  expect(storm).toMatchObject({
    began: after(0),
    severity: 'critical',
    account: null,
    acknowledged: { by: 'U0ANA' },
    level: 2,
    ended: { at: after(30) },
    alerts: 3,
  });
  expect(storm && groupOf(storm, 'account', 'UTC')).toBe('several');
  expect(storyOf(counted({ storm: { id: 7, level: 2 }, incident: 3 }))).toBe('storm 7');
  expect(storyOf(counted({ incident: 3 }))).toBe('incident 3');
  expect(storyOf(counted())).toBeNull();
});

test('hours are those of the reader, halves of an hour and the night of the change of clocks among them', () => {
  const at = (iso: string): Spell =>
    ({ ...spellsOf(counted(), [line(0, 'opened')])[0], began: new Date(iso) }) as Spell;
  expect(groupOf(at('2026-10-25T00:30:00Z'), 'hour', 'Europe/Prague')).toBe('02:00');
  expect(groupOf(at('2026-10-25T01:30:00Z'), 'hour', 'Europe/Prague')).toBe('02:00');
  expect(groupOf(at('2026-10-25T01:45:00Z'), 'hour', 'Asia/Kolkata')).toBe('07:00');
});

const spell = fc
  .record({
    acknowledge: fc.option(fc.integer({ min: 0, max: 5000 })),
    end: fc.option(fc.integer({ min: 0, max: 5000 })),
    level: fc.integer({ min: 0, max: 3 }),
    exhausted: fc.boolean(),
  })
  .map(
    ({ acknowledge, end, level, exhausted }): Spell => ({
      alert: counted(),
      severity: 'high',
      account: null,
      accountName: null,
      began: after(0),
      acknowledged: acknowledge === null ? null : { at: after(acknowledge), by: 'U0ANA' },
      ended: end === null ? null : { at: after(end), by: aws, as: null },
      level,
      exhausted,
      alerts: 1,
      signals: 1,
      held: false,
    }),
  );

test('the numbers are those that counting by hand gives, and few are not given as a median', () => {
  /** The smallest value that a share of all does not exceed, by trying each. */
  const smallest = (values: readonly number[], share: number) =>
    values.reduce(
      (best, value) =>
        values.filter((other) => other <= value).length >= share * values.length ? Math.min(best, value) : best,
      Number.POSITIVE_INFINITY,
    );
  fc.assert(
    fc.property(fc.array(spell, { maxLength: 40 }), (spells): void => {
      const tally = new Tally();
      for (const each of spells) tally.add(each);
      const { acknowledge, inTime, untouched, spells: count } = tally.measures();
      const times = spells.flatMap(({ acknowledged }) =>
        acknowledged === null ? [] : [acknowledged.at.getTime() - began],
      );
      expect(count).toBe(spells.length);
      expect(acknowledge.count).toBe(times.length);
      expect(untouched).toBe(
        spells.filter(({ acknowledged, ended }) => acknowledged === null && ended === null).length,
      );
      const late = spells.filter(({ level, exhausted }) => level >= 2 || exhausted);
      const early = spells.filter((each) => each.acknowledged !== null && !late.includes(each));
      expect(inTime).toEqual({ count: early.length, of: early.length + late.length });
      expect(acknowledge.nineTenths).toBe(times.length < fewest.nineTenths ? null : smallest(times, 0.9));
      expect(acknowledge.median === null).toBe(times.length < fewest.median);
      const middle = acknowledge.median ?? median(times) ?? 0;
      expect(times.filter((time) => time < middle).length).toBeLessThanOrEqual(times.length / 2);
      expect(times.filter((time) => time > middle).length).toBeLessThanOrEqual(times.length / 2);
    }),
  );
  expect([median([]), nineTenths([])]).toEqual([null, null]);
  expect([median([4, 1]), nineTenths([1, 2, 3, 4, 5, 6, 7, 8, 9, 99])]).toEqual([2.5, 9]);
});
