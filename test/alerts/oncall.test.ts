import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { freshHandoff, gapsAhead } from '../../src/alerts/oncall/news.ts';
import { type KeptRota, layerWith, rotaNow } from '../../src/alerts/oncall/rota.ts';
import type { Layer, OnCallSchedule, Override } from '../../src/alerts/oncall/schedule.ts';
import { gaps, nextHandoff, onCallAt, shifts } from '../../src/alerts/oncall/shifts.ts';
import { schedule as schema } from '../../src/config/schedules.ts';

const schedule = (written: object): OnCallSchedule => schema.parse({ timezone: 'Europe/Prague', ...written });
/** `2027-03-28T01:30` is UTC. */
const utc = (text: string): Date => new Date(`${text}Z`);
const short = (at: Date): string =>
  at
    .toISOString()
    .replace(/(:00)?\.000Z$/, '')
    .replace(/^2027-/, '');
const told = (of: OnCallSchedule, from: string, to: string, overrides: Override[] = []): string[] =>
  shifts(of, utc(from), utc(to), overrides).map((shift) => `${short(shift.from)} ${shift.users.join('+')}`);
const handoffs = (of: OnCallSchedule, from: string, to: string): string[] =>
  told(of, from, to)
    .slice(1)
    .map((line) => line.split(' ')[0] ?? '');

const weekly = schedule({ rotation: 'weekly', handoff: 'Mon 09:00', start: '2027-01-04', users: ['U1', 'U2', 'U3'] });
const override = (user: string, from: string, until: string, more: Partial<Override> = {}): Override => ({
  user,
  from: utc(from),
  until: utc(until),
  instead: null,
  because: 'override',
  ...more,
});

describe('handoffs', () => {
  test.each([
    ['Europe/Prague', '2027-03-20T00:00', ['03-22T08:00', '03-29T07:00']],
    ['Europe/Prague', '2027-10-24T00:00', ['10-25T07:00', '11-01T08:00']],
    ['America/New_York', '2027-03-07T00:00', ['03-08T14:00', '03-15T13:00']],
    ['America/New_York', '2027-10-31T00:00', ['11-01T13:00', '11-08T14:00']],
  ])('of weeks in %s stay at nine o’clock over a change of the clocks', (timezone, from, expected) => {
    const turns = schedule({ timezone, rotation: 'weekly', handoff: 'Mon 09:00', users: ['U1', 'U2', 'U3'] });
    expect(handoffs(turns, from, new Date(utc(from).getTime() + 11 * 86_400_000).toISOString().slice(0, 16))).toEqual(
      expected,
    );
  });

  test.each([
    ['Europe/Prague', '02:30', '03-28T01:30'],
    ['America/New_York', '02:30', '03-14T07:30'],
    ['Australia/Lord_Howe', '02:15', '10-02T15:45'],
    ['Pacific/Chatham', '03:00', '09-25T14:15'],
    ['Antarctica/Troll', '01:30', '03-28T01:30'],
    ['Africa/Cairo', '00:00', '04-29T22:00'],
    ['America/Havana', '00:00', '03-14T05:00'],
    ['America/Santiago', '00:00', '09-05T04:00'],
    ['Asia/Beirut', '00:30', '03-27T22:30'],
    ['America/Scoresbysund', '23:30', '03-28T01:30'],
    ['Europe/Prague', '02:30', '10-31T00:30'],
    ['America/New_York', '01:30', '11-07T05:30'],
    ['America/Santiago', '23:30', '04-04T02:30'],
    ['America/Nuuk', '23:30', '10-31T00:30'],
    ['Australia/Lord_Howe', '01:45', '04-03T14:45'],
  ])('of days in %s at %s, skipped or there twice, are once a day', (timezone, handoff, at) => {
    const turns = schedule({ timezone, rotation: 'daily', handoff, users: ['U1', 'U2'] });
    const year = handoffs(turns, '2027-01-01T12:00', '2028-01-01T12:00');
    expect(year).toContain(at);
    expect(year).toHaveLength(365);
  });

  test('of months on the 31st are on the last day of shorter months, and on the 31st again', () => {
    const turns = schedule({ timezone: 'UTC', rotation: 'monthly', handoff: '31 09:00', users: ['U1', 'U2'] });
    expect(handoffs(turns, '2027-01-15T00:00', '2027-06-15T00:00')).toEqual(
      ['01-31', '02-28', '03-31', '04-30', '05-31'].map((day) => `${day}T09:00`),
    );
  });

  test('of half days are at the same hours by the clock on the wall, also when that is a day of 23 hours', () => {
    const turns = schedule({ rotation: { hours: 12 }, handoff: '08:00', users: ['U1', 'U2'] });
    expect(told(turns, '2027-03-27T12:00', '2027-03-29T12:00')).toEqual([
      '03-27T12:00 U1',
      '03-27T19:00 U2',
      '03-28T06:00 U1',
      '03-28T18:00 U2',
      '03-29T06:00 U1',
    ]);
  });

  test('of days on which the layer works come round to everybody, and wait for a holiday', () => {
    const users = Array.from({ length: 14 }, (_, n) => `U${n}`);
    const days = { days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'], from: '09:00', to: '17:00' };
    const plain = { rotation: 'daily', handoff: '09:00', start: '2027-01-04', users, restrictions: days };
    const served = (of: OnCallSchedule, to: string) =>
      told(of, '2027-01-04T00:00', to).map((line) => line.split(' ')[1]);
    expect(served(schedule(plain), '2027-01-22T00:00')).toEqual(users);
    expect(served(schedule({ ...plain, holidays: ['2027-01-06'] }), '2027-01-23T00:00')).toEqual(users);
  });

  test('of working days leave a weekend and a holiday to whoever has the day before', () => {
    const turns = schedule({
      rotation: 'workingDays',
      handoff: '09:00',
      start: '2027-01-04',
      users: ['U1', 'U2', 'U3'],
      holidays: ['2027-01-06'],
      onHolidays: true,
    });
    expect(told(turns, '2027-01-04T08:00', '2027-01-11T09:00')).toEqual([
      '01-04T08:00 U1',
      '01-05T08:00 U2',
      '01-07T08:00 U3',
      '01-08T08:00 U1',
      '01-11T08:00 U2',
    ]);
  });
});

describe('hours of layers', () => {
  const days = (nightUsers: string[]) =>
    schedule({
      layers: [
        {
          name: 'night',
          rotation: 'weekly',
          handoff: 'Mon 22:00',
          users: nightUsers,
          restrictions: { from: '22:00', to: '06:00' },
        },
        {
          name: 'day',
          rotation: 'daily',
          handoff: '06:00',
          users: ['UD'],
          restrictions: { from: '06:00', to: '22:00' },
        },
      ],
    });

  test.each([
    ['2027-03-27T12:00', '2027-03-28T12:00', ['03-27T12:00 UD', '03-27T21:00 UN', '03-28T04:00 UD']],
    ['2027-10-30T12:00', '2027-10-31T12:00', ['10-30T12:00 UD', '10-30T20:00 UN', '10-31T05:00 UD']],
  ])('join without a gap over a change of the clocks (%s)', (from, to, expected) => {
    expect(told(days(['UN']), from, to)).toEqual(expected);
    expect(gaps(days(['UN']), utc('2027-01-01T00:00'), utc('2028-01-01T00:00'))).toEqual([]);
  });

  test('in the hour that is skipped are none, in the one that comes twice are two', () => {
    const hour = schedule({
      rotation: 'weekly',
      handoff: 'Mon 09:00',
      users: ['U1'],
      restrictions: { from: '02:00', to: '03:00' },
    });
    expect(told(hour, '2027-03-27T12:00', '2027-03-28T12:00')).toEqual([]);
    expect(shifts(hour, utc('2027-10-30T12:00'), utc('2027-10-31T12:00'))).toMatchObject([
      { from: utc('2027-10-31T00:00'), to: utc('2027-10-31T02:00') },
    ]);
  });

  test('in zones that change at other times leave gaps, and these are found', () => {
    const part = (timezone: string, from: string, to: string) => ({
      timezone,
      rotation: 'weekly',
      handoff: 'Mon 09:00',
      users: ['U1'],
      restrictions: { from, to },
    });
    const sun = schedule({
      layers: [
        part('Europe/Prague', '09:00', '17:00'),
        part('America/New_York', '11:00', '19:00'),
        part('Europe/Prague', '01:00', '09:00'),
      ],
    });
    const found = gaps(sun, utc('2027-01-01T00:00'), utc('2028-01-01T00:00'));
    expect(found).toHaveLength(21);
    expect(found[0]).toEqual({ from: utc('2027-03-14T23:00'), to: utc('2027-03-15T00:00') });
    expect(found.at(-1)).toEqual({ from: utc('2027-11-06T23:00'), to: utc('2027-11-07T00:00') });
  });

  test('of the whole weekend are one stretch, from Friday evening to Monday morning', () => {
    const weekend = schedule({
      layers: [
        {
          rotation: 'weekly',
          handoff: 'Fri 17:00',
          users: ['UW'],
          restrictions: { from: 'Fri 17:00', to: 'Mon 09:00' },
        },
        { rotation: 'weekly', handoff: 'Mon 09:00', users: ['UD'] },
      ],
    });
    expect(told(weekend, '2027-01-06T00:00', '2027-01-13T00:00')).toEqual([
      '01-06T00:00 UD',
      '01-08T16:00 UW',
      '01-11T08:00 UD',
    ]);
  });

  test('two who share a turn are both on call, the first of them first', () => {
    const pairs = schedule({
      rotation: 'weekly',
      handoff: 'Mon 09:00',
      users: [
        ['U1', 'U2'],
        ['U3', 'U1'],
      ],
    });
    expect(told(pairs, '2027-01-04T08:00', '2027-01-18T08:00')).toEqual(['01-04T08:00 U3+U1', '01-11T08:00 U1+U2']);
  });
});

describe('a list that is edited', () => {
  /** The shifts of a list that takes the place of the one of `weekly` on the Wednesday of turn 10, which is U2's. */
  const edited = (users: readonly (string | string[])[], more: object = {}): string[] => {
    const now = utc('2027-03-17T12:00');
    const rotaOf = (of: OnCallSchedule, kept?: KeptRota): [Layer, KeptRota] => {
      const [layer] = of.layers;
      if (layer === undefined) throw new Error('A schedule has a layer.');
      return [layer, rotaNow(layer, of.holidays, kept, now)];
    };
    const [, kept] = rotaOf(weekly);
    const after = schedule({ rotation: 'weekly', handoff: 'Mon 09:00', start: '2027-01-04', users, ...more });
    const [layer, rota] = rotaOf(after, kept);
    // A second start changes nothing.
    expect(rotaOf(after, rota)[1]).toBe(rota);
    return told({ ...after, layers: [layerWith(layer, rota)] }, '2027-03-17T12:00', '2027-04-10T00:00').map(
      (line) => line.split(' ')[1] ?? '',
    );
  };

  test('leaves whoever has the turn on call to the handoff; then whoever comes after them in the new list', () => {
    expect(edited(['U1', 'U2', 'U3'])).toEqual(['U2', 'U3', 'U1', 'U2']);
    expect(edited(['U1', 'U2', 'U3', 'U4'])).toEqual(['U2', 'U3', 'U4', 'U1']);
    expect(edited(['U4', 'U3', 'U2', 'U1'])).toEqual(['U2', 'U1', 'U4', 'U3']);
    expect(edited(['U9', ['U2', 'U8']])).toEqual(['U2+U8', 'U9', 'U2+U8', 'U9']);
  });

  test('gives the turn of who left to the next of the old list who is still there', () => {
    expect(edited(['U1', 'U3'])).toEqual(['U3', 'U1', 'U3', 'U1']);
    expect(edited(['U9', 'U1'])).toEqual(['U1', 'U9', 'U1', 'U9']);
  });

  test('begins anew where nobody is left, or turns are counted in another way', () => {
    expect(edited(['U7', 'U8'])).toEqual(['U7', 'U8', 'U7', 'U8']);
    expect(edited(['U1', 'U2', 'U3', 'U4'], { start: '2027-03-15' })).toEqual(['U1', 'U2', 'U3', 'U4']);
  });
});

describe('holidays', () => {
  const layers = [
    {
      name: 'office',
      rotation: 'daily',
      handoff: '09:00',
      users: ['U1'],
      restrictions: { from: '09:00', to: '17:00', days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'] },
    },
    { name: 'always', rotation: 'weekly', handoff: 'Mon 09:00', users: ['U9'] },
  ];

  test('are no days of the layers that keep to weekdays; the others go on', () => {
    expect(told(schedule({ layers, holidays: ['2027-01-06'] }), '2027-01-05T12:00', '2027-01-07T12:00')).toEqual([
      '01-05T12:00 U1',
      '01-05T16:00 U9',
      '01-07T08:00 U1',
    ]);
  });

  test('have users of their own, from midnight to midnight, and overrides stand above them', () => {
    const christmas = schedule({ layers, holidays: { dates: ['2027-12-24', '2027-12-25'], users: ['UH'] } });
    const found = shifts(christmas, utc('2027-12-23T20:00'), utc('2027-12-26T00:00'), [
      override('UZ', '2027-12-24T12:00', '2027-12-24T18:00'),
    ]);
    expect(
      found.map(({ from, users, layer, because }) => [short(from), users.join(), layer, because].join(' ')),
    ).toEqual([
      '12-23T20:00 U9 always rotation',
      '12-23T23:00 UH  holiday',
      '12-24T12:00 UZ  override',
      '12-24T18:00 UH  holiday',
      '12-25T23:00 U9 always rotation',
    ]);
  });
});

describe('overrides', () => {
  test('over two turns are one shift, and a handoff within is none', () => {
    const stand = [override('UZ', '2027-01-10T09:00', '2027-01-12T09:00')];
    expect(told(weekly, '2027-01-05T00:00', '2027-01-14T00:00', stand).map((line) => line.slice(0, 14))).toEqual([
      '01-05T00:00 U1',
      '01-10T09:00 UZ',
      '01-12T09:00 U2',
    ]);
    expect(nextHandoff(weekly, utc('2027-01-10T11:00'), stand)).toEqual({ at: utc('2027-01-12T09:00'), users: ['U2'] });
  });

  test('that overlap: the later made wins, and without it the earlier holds again', () => {
    const first = override('UX', '2027-01-05T12:00', '2027-01-06T12:00');
    const second = override('UY', '2027-01-06T00:00', '2027-01-07T00:00');
    expect(told(weekly, '2027-01-05T10:00', '2027-01-07T10:00', [first, second])).toEqual([
      '01-05T10:00 U1',
      '01-05T12:00 UX',
      '01-06T00:00 UY',
      '01-07T00:00 U1',
    ]);
    expect(told(weekly, '2027-01-05T10:00', '2027-01-07T10:00', [first])).toHaveLength(3);
  });

  test('that are empty or end before they begin change nothing', () => {
    const nothing = [
      override('UX', '2027-01-06T00:00', '2027-01-06T00:00'),
      override('UY', '2027-01-07T00:00', '2027-01-06T00:00'),
    ];
    expect(told(weekly, '2027-01-05T10:00', '2027-01-07T10:00', nothing)).toEqual(['01-05T10:00 U1']);
  });

  test('in somebody’s place leave those who share the turn', () => {
    const pairs = schedule({ rotation: 'weekly', handoff: 'Mon 09:00', users: [['U1', 'U2']] });
    const stand = [override('UZ', '2027-01-06T00:00', '2027-01-07T00:00', { instead: 'U1', because: 'swap' })];
    expect(shifts(pairs, utc('2027-01-05T00:00'), utc('2027-01-08T00:00'), stand)).toMatchObject([
      { users: ['U1', 'U2'] },
      { users: ['UZ', 'U2'], because: 'swap', layer: 'layer 1' },
      { users: ['U1', 'U2'] },
    ]);
    expect(
      told(pairs, '2027-01-05T00:00', '2027-01-08T00:00', [
        override('UZ', '2027-01-06T00:00', '2027-01-07T00:00', { instead: 'U7' }),
      ]),
    ).toHaveLength(1);
  });
});

describe('now and next', () => {
  test('one person alone is on call for ever, and never relieved', () => {
    const alone = schedule({ rotation: 'daily', handoff: '09:00', users: ['U1'] });
    expect(nextHandoff(alone, utc('2027-03-28T00:00'))).toBeUndefined();
    expect(shifts(alone, utc('2027-01-01T00:00'), utc('2028-01-01T00:00'))).toHaveLength(1);
    expect(onCallAt(alone, utc('2027-03-28T00:00'))).toMatchObject({ users: ['U1'], ends: false });
  });

  test('an hour without anybody ends when somebody comes, and a change of layer alone is no handoff', () => {
    const office = schedule({
      layers: [
        { rotation: 'weekly', handoff: 'Mon 09:00', users: ['U1'], restrictions: { from: '09:00', to: '12:00' } },
        { rotation: 'weekly', handoff: 'Mon 09:00', users: ['U1'], restrictions: { from: '12:00', to: '17:00' } },
      ],
    });
    expect(onCallAt(office, utc('2027-01-05T09:00'))).toEqual({
      users: ['U1'],
      until: utc('2027-01-05T16:00'),
      ends: true,
    });
    expect(onCallAt(office, utc('2027-01-05T20:00'))).toEqual({
      users: [],
      until: utc('2027-01-06T08:00'),
      ends: true,
    });
    expect(nextHandoff(office, utc('2027-01-05T09:00'))).toEqual({ at: utc('2027-01-05T16:00'), users: [] });
  });
});

describe('news', () => {
  const part = (timezone: string, from: string, to: string) => ({
    timezone,
    rotation: 'weekly',
    handoff: 'Mon 09:00',
    users: ['U1'],
    restrictions: { from, to },
  });

  test('of an hour a day between two changes of clocks is told once, a week ahead, with its whole range', () => {
    const sun = schedule({
      layers: [
        part('Europe/Prague', '09:00', '17:00'),
        part('America/New_York', '11:00', '19:00'),
        part('Europe/Prague', '01:00', '09:00'),
      ],
    });
    expect(gapsAhead(sun, utc('2027-03-07T22:59'))).toBeUndefined();
    const first = gapsAhead(sun, utc('2027-03-07T23:00'));
    expect(first).toMatchObject({ from: utc('2027-03-14T23:00'), until: utc('2027-03-28T00:00'), count: 14 });
    expect(gapsAhead(sun, utc('2027-03-20T12:00'))?.key).toBe(first?.key);
  });

  test('of hours that are empty for ever come once a week, and not at all where they are meant', () => {
    const office = {
      ...part('UTC', '09:00', '17:00'),
      restrictions: { from: '09:00', to: '17:00', days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'] },
    };
    const keys = [4, 5, 6, 7, 8, 9, 10].map(
      (day) => gapsAhead(schedule(office), utc(`2027-01-${String(day).padStart(2, '0')}T12:00`))?.key,
    );
    expect(new Set(keys).size).toBe(2);
    expect(gapsAhead(schedule({ ...office, mayBeEmpty: true }), utc('2027-01-04T12:00'))).toBeUndefined();
  });

  test('of a handoff are told for half a day, to nobody whose turn goes on, and not within an override', () => {
    expect(freshHandoff(weekly, utc('2027-01-11T08:30'))).toEqual({
      at: utc('2027-01-11T08:00'),
      users: ['U2'],
      before: ['U1'],
      since: utc('2027-01-04T08:00'),
    });
    expect(freshHandoff(weekly, utc('2027-01-11T19:59'))?.at).toEqual(utc('2027-01-11T08:00'));
    expect(freshHandoff(weekly, utc('2027-01-11T20:00'))).toBeUndefined();
    const stand = [override('UZ', '2027-01-10T09:00', '2027-01-12T09:00')];
    expect(freshHandoff(weekly, utc('2027-01-11T08:30'), stand)).toBeUndefined();
    expect(freshHandoff(weekly, utc('2027-01-12T09:00'), stand)).toMatchObject({
      users: ['U2'],
      before: ['UZ'],
      since: utc('2027-01-10T09:00'),
    });
    expect(
      freshHandoff(schedule({ rotation: 'daily', handoff: '09:00', users: ['U1'] }), utc('2027-01-11T08:30')),
    ).toBeUndefined();
  });

  test('of a day that begins after a night without anybody are told to who was not there the day before', () => {
    const office = schedule({
      ...part('UTC', '09:00', '17:00'),
      rotation: { days: 2 },
      handoff: '09:00',
      start: '2027-01-04',
      users: ['U1', 'U2'],
    });
    expect(freshHandoff(office, utc('2027-01-05T09:10'))).toBeUndefined();
    expect(freshHandoff(office, utc('2027-01-06T09:10'))).toMatchObject({ users: ['U2'], before: ['U1'] });
    expect(freshHandoff(office, utc('2027-01-06T20:00'))).toBeUndefined();
  });

  test('after a clock that jumps are those of the present alone', () => {
    const hourly = schedule({ rotation: 'hourly', handoff: '09:00', users: ['U1', 'U2'] });
    expect(freshHandoff(hourly, utc('2027-01-11T01:30'))?.at).toEqual(utc('2027-01-11T01:00'));
  });
});

describe('any schedule', () => {
  const zones = [
    'UTC',
    'Europe/Prague',
    'America/New_York',
    'America/Santiago',
    'Africa/Cairo',
    'Australia/Lord_Howe',
    'Antarctica/Troll',
    'Pacific/Chatham',
    'Asia/Kathmandu',
  ];
  const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
  const clock = fc
    .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.constantFrom(0, 15, 30, 45) })
    .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
  const rotations = fc.oneof(
    fc.record({
      rotation: fc.integer({ min: 1, max: 3 }).map((weeks) => ({ weeks })),
      handoff: fc.tuple(fc.constantFrom(...dayNames), clock).map((parts) => parts.join(' ')),
    }),
    fc.record({
      rotation: fc.integer({ min: 1, max: 3 }).map((months) => ({ months })),
      handoff: fc.tuple(fc.integer({ min: 1, max: 31 }), clock).map((parts) => parts.join(' ')),
    }),
    fc.record({
      rotation: fc.oneof(
        fc.constantFrom(1, 2, 3, 5, 10).map((days) => ({ days })),
        fc.integer({ min: 1, max: 6 }).map((workingDays) => ({ workingDays })),
        fc.constantFrom(1, 5, 8, 12, 36).map((hours) => ({ hours })),
      ),
      handoff: clock,
    }),
  );
  const windows = fc.oneof(
    fc
      .record({ from: clock, to: clock, days: fc.uniqueArray(fc.constantFrom(...dayNames), { minLength: 1 }) })
      .filter(({ from, to }) => from !== to),
    fc.record({
      from: fc.tuple(fc.constantFrom(...dayNames), clock).map((parts) => parts.join(' ')),
      to: fc.tuple(fc.constantFrom(...dayNames), clock).map((parts) => parts.join(' ')),
    }),
  );
  const layer = fc
    .record({
      timezone: fc.constantFrom(...zones),
      turn: rotations,
      start: fc.constantFrom('2027-01-01', '2027-02-15', '2027-03-20'),
      users: fc.array(fc.uniqueArray(fc.constantFrom('U1', 'U2', 'U3', 'U4'), { minLength: 1, maxLength: 2 }), {
        minLength: 1,
        maxLength: 4,
      }),
      restrictions: fc.array(windows, { maxLength: 2 }),
    })
    .map(({ turn, ...rest }) => ({ ...rest, ...turn }));
  const written = fc.record({
    timezone: fc.constantFrom(...zones),
    layers: fc.array(layer, { minLength: 1, maxLength: 3 }),
    holidays: fc.record({
      dates: fc.uniqueArray(fc.constantFrom('2027-03-26', '2027-03-28', '2027-03-29', '2027-04-05'), { maxLength: 3 }),
      users: fc.uniqueArray(fc.constantFrom('UH'), { maxLength: 1 }),
    }),
  });
  const minuteOf = fc
    .integer({ min: Date.UTC(2027, 2, 1) / 60_000, max: Date.UTC(2027, 4, 1) / 60_000 })
    .map((minute) => new Date(minute * 60_000));
  const overrides = fc.array(
    fc.record({
      user: fc.constantFrom('U1', 'UX', 'UY'),
      from: minuteOf,
      until: minuteOf,
      instead: fc.constantFrom(null, 'U1', 'U2'),
      because: fc.constantFrom('override' as const, 'swap' as const),
    }),
    { maxLength: 3 },
  );

  /** Who is on call at an instant, by Temporal and by walking from the start: shares nothing with the code. */
  function oracle(of: OnCallSchedule, at: Temporal.Instant, stand: readonly Override[]): string {
    const zoned = (plain: Temporal.PlainDateTime, zone: string) =>
      plain.toZonedDateTime(zone, { disambiguation: 'compatible' }).toInstant();
    const reached = (instant: Temporal.Instant) => Temporal.Instant.compare(instant, at) <= 0;
    const isHoliday = (date: Temporal.PlainDate) => of.holidays.includes(date.toString());
    const rotating = (): readonly string[] => {
      if (of.holidayUsers.length > 0 && isHoliday(at.toZonedDateTimeISO(of.timezone).toPlainDate())) {
        const date = at.toZonedDateTimeISO(of.timezone).toPlainDate();
        if (reached(zoned(date.toPlainDateTime(), of.timezone))) return of.holidayUsers;
      }
      for (const layer of of.layers) {
        const time = Temporal.PlainTime.from({ hour: Math.floor(layer.handoff / 60), minute: layer.handoff % 60 });
        const start = Temporal.PlainDate.from(layer.start);
        const works = (date: Temporal.PlainDate): boolean =>
          layer.rotation.unit === 'workingDays'
            ? date.dayOfWeek <= 5 && !isHoliday(date)
            : (layer.restrictions.length === 0 ||
                layer.restrictions.some(({ weekday }) => weekday === date.dayOfWeek)) &&
              (layer.onHolidays || !isHoliday(date));
        const local = at.toZonedDateTimeISO(layer.timezone).toPlainDate();
        const open =
          layer.restrictions.length === 0
            ? layer.onHolidays || !isHoliday(local)
            : Array.from({ length: 10 }, (_, back) => local.subtract({ days: back - 1 })).some(
                (date) =>
                  (layer.onHolidays || !isHoliday(date)) &&
                  layer.restrictions.some(({ weekday, from, days, to }) => {
                    if (weekday !== date.dayOfWeek) return false;
                    const begin = zoned(date.toPlainDateTime().add({ minutes: from }), layer.timezone);
                    const end = zoned(date.add({ days }).toPlainDateTime().add({ minutes: to }), layer.timezone);
                    return reached(begin) && !reached(end);
                  }),
              );
        if (!open) continue;
        const { unit, every } = layer.rotation;
        const handoffOf = (turn: number): Temporal.Instant => {
          if (unit === 'hours') return zoned(start.toPlainDateTime(time).add({ hours: turn * every }), layer.timezone);
          if (unit === 'weeks') return zoned(start.add({ weeks: turn * every }).toPlainDateTime(time), layer.timezone);
          const first = start.with({ day: 1 }).add({ months: turn * every });
          const day = unit === 'months' && layer.rotation.unit === 'months' ? layer.rotation.day : 1;
          return zoned(first.with({ day }, { overflow: 'constrain' }).toPlainDateTime(time), layer.timezone);
        };
        let turn = 0;
        if (unit === 'days' || unit === 'workingDays') {
          // Walks day by day, back from the start or on from it, and counts.
          let date = start;
          let count = 0;
          const ahead = local.add({ days: 2 });
          let last = Number.NEGATIVE_INFINITY;
          while (Temporal.PlainDate.compare(date, ahead) < 0) {
            if (works(date)) {
              if (reached(zoned(date.toPlainDateTime(time), layer.timezone))) last = Math.floor(count / every);
              count++;
            }
            date = date.add({ days: 1 });
          }
          if (last === Number.NEGATIVE_INFINITY) last = -1;
          turn = last;
        } else {
          while (Temporal.Instant.compare(handoffOf(turn), at.add({ hours: 96 })) <= 0) turn++;
          while (!reached(handoffOf(turn))) turn--;
        }
        return layer.users.at(((turn % layer.users.length) + layer.users.length) % layer.users.length) ?? [];
      }
      return [];
    };
    let users = rotating();
    for (const { user, from, until, instead } of stand) {
      if (at.epochMilliseconds < from.getTime() || at.epochMilliseconds >= until.getTime()) continue;
      users = instead === null ? [user] : [...new Set(users.map((each) => (each === instead ? user : each)))];
    }
    return users.join('+');
  }

  const from = utc('2027-03-24T00:00');
  const to = utc('2027-04-08T00:00');

  test('has on call whom the wall clock says, at any time and on both sides of each handoff', () => {
    fc.assert(
      fc.property(
        written,
        overrides,
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 3, maxLength: 6 }),
        (text, stand, parts) => {
          const of = schema.parse(text);
          const found = shifts(of, from, to, stand);
          const edges = found.slice(0, 6).flatMap((shift) => [shift.from, new Date(shift.to.getTime() - 1)]);
          for (const at of [
            ...edges,
            ...parts.map((part) => new Date(from.getTime() + Math.floor(part * (to.getTime() - from.getTime())))),
          ]) {
            const here = found.find((shift) => shift.from <= at && at < shift.to);
            expect([at, here?.users.join('+') ?? '']).toEqual([
              at,
              oracle(of, Temporal.Instant.fromEpochMilliseconds(at.getTime()), stand),
            ]);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('has shifts in order, without overlaps, that say different things; its gaps are what they leave; pages read the same', () => {
    fc.assert(
      fc.property(
        written,
        overrides,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (text, stand, part) => {
          const of = schema.parse(text);
          const found = shifts(of, from, to, stand);
          const free = gaps(of, from, to, stand);
          const all = [...found, ...free].sort((a, b) => a.from.getTime() - b.from.getTime());
          let end = from;
          for (const each of all) {
            expect(each.from).toEqual(end);
            expect(each.to > each.from).toBe(true);
            end = each.to;
          }
          expect(end).toEqual(to);
          for (const [place, shift] of found.entries()) {
            const next = found[place + 1];
            if (next !== undefined && next.from.getTime() === shift.to.getTime())
              expect([next.users, next.layer, next.because]).not.toEqual([shift.users, shift.layer, shift.because]);
          }
          const at = new Date(from.getTime() + Math.floor(part * 7 * 86_400_000));
          const shown = found.find((shift) => shift.from <= at && at < shift.to)?.users ?? [];
          const { users, until } = onCallAt(of, at, stand);
          expect(users).toEqual(shown);
          expect(onCallAt(of, new Date(until.getTime() - 1), stand).users).toEqual(shown);
          const next = nextHandoff(of, at, stand);
          if (next !== undefined) expect(next.users).not.toEqual(shown);
          // A part of the span has the same shifts, cut.
          const later = shifts(of, at, to, stand);
          expect(later.map(({ to: end, users: who }) => [end, who])).toEqual(
            found.filter((shift) => shift.to > at).map(({ to: end, users: who }) => [end, who]),
          );
        },
      ),
      { numRuns: 50 },
    );
  });
});
