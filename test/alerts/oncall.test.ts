import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextHandoff, type Override, onCallAt, type Schedule } from '../../src/alerts/oncall.ts';

const weekly: Schedule = {
  timezone: 'Europe/Prague',
  users: ['U1', 'U2', 'U3'],
  days: 7,
  handoff: { hour: 9, minute: 0 },
  // A Monday.
  start: '2026-01-05',
};
const utc = (text: string) => new Date(`${text}Z`);

describe('turns', () => {
  test('a week begins at the handoff, to the second', () => {
    expect(onCallAt(weekly, utc('2026-01-05T07:59:59'))).toBe('U3');
    expect(onCallAt(weekly, utc('2026-01-05T08:00:00'))).toBe('U1');
    expect(onCallAt(weekly, utc('2026-01-12T07:59:59'))).toBe('U1');
    expect(onCallAt(weekly, utc('2026-01-12T08:00:00'))).toBe('U2');
  });

  test('the handoff stays at nine o’clock over both changes of the clocks', () => {
    // Prague goes to summer time on 2026-03-29 and back on 2026-10-25.
    expect(nextHandoff(weekly, utc('2026-03-28T00:00:00'))?.at).toEqual(utc('2026-03-30T07:00:00'));
    expect(nextHandoff(weekly, utc('2026-10-24T00:00:00'))?.at).toEqual(utc('2026-10-26T08:00:00'));
  });

  test('a handoff in the hour that is skipped comes an hour later, in the hour that comes twice the first time', () => {
    const daily = { ...weekly, days: 1, handoff: { hour: 2, minute: 30 } };
    expect(nextHandoff(daily, utc('2026-03-28T12:00:00'))?.at).toEqual(utc('2026-03-29T01:30:00'));
    expect(nextHandoff(daily, utc('2026-10-24T12:00:00'))?.at).toEqual(utc('2026-10-25T00:30:00'));
  });

  test('nobody is on call where there is nobody, and one person is never relieved', () => {
    expect(onCallAt({ ...weekly, users: [] }, utc('2026-01-05T08:00:00'))).toBeUndefined();
    expect(nextHandoff({ ...weekly, users: [] }, utc('2026-01-05T08:00:00'))).toBeUndefined();
    expect(nextHandoff({ ...weekly, users: ['U1'] }, utc('2026-01-05T08:00:00'))).toBeUndefined();
  });
});

describe('overrides', () => {
  const standIn: Override = { user: 'U9', from: utc('2026-01-06T12:00:00'), until: utc('2026-01-07T12:00:00') };

  test('somebody stands in from a time until before another', () => {
    expect(onCallAt(weekly, utc('2026-01-06T11:59:59'), [standIn])).toBe('U1');
    expect(onCallAt(weekly, utc('2026-01-06T12:00:00'), [standIn])).toBe('U9');
    expect(onCallAt(weekly, utc('2026-01-07T12:00:00'), [standIn])).toBe('U1');
    expect(onCallAt(weekly, utc('2026-01-06T12:00:00'), [standIn, { ...standIn, user: 'U8' }])).toBe('U8');
  });

  test('they are handoffs too', () => {
    expect(nextHandoff(weekly, utc('2026-01-06T00:00:00'), [standIn])).toEqual({ at: standIn.from, user: 'U9' });
    expect(nextHandoff(weekly, standIn.from, [standIn])).toEqual({ at: standIn.until, user: 'U1' });
    const alone = { ...weekly, users: ['U1'] };
    expect(nextHandoff(alone, utc('2026-01-06T00:00:00'), [standIn])).toEqual({ at: standIn.from, user: 'U9' });
    expect(nextHandoff(alone, standIn.until, [standIn])).toBeUndefined();
  });
});

describe('over years, in zones with all kinds of clocks', () => {
  const zones = [
    'UTC',
    'Europe/Prague',
    'America/New_York',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  ];
  // No zone here changes its clocks between 04:00 and 23:59, where the model below is exact.
  const schedules: fc.Arbitrary<Schedule> = fc.record({
    timezone: fc.constantFrom(...zones),
    users: fc.uniqueArray(fc.constantFrom('U1', 'U2', 'U3', 'U4'), { minLength: 1 }),
    days: fc.integer({ min: 1, max: 15 }),
    handoff: fc.record({ hour: fc.integer({ min: 4, max: 22 }), minute: fc.integer({ min: 0, max: 59 }) }),
    start: fc.constantFrom('2024-01-01', '2026-03-28', '2026-10-25'),
  });
  const times = fc.date({ min: utc('2024-06-01T00:00:00'), max: utc('2029-01-01T00:00:00'), noInvalidDate: true });

  /** The same by the clock on the wall alone, which Intl tells: days that begin at the handoff, counted and divided. */
  function model(schedule: Schedule, time: Date): string | undefined {
    const wall = new Intl.DateTimeFormat('sv-SE', {
      timeZone: schedule.timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    const [date = '', clock = ''] = wall.format(time).split(' ');
    const two = (number: number) => String(number).padStart(2, '0');
    const began = clock >= `${two(schedule.handoff.hour)}:${two(schedule.handoff.minute)}:00` ? 0 : 1;
    const days = (Date.parse(date) - Date.parse(schedule.start)) / 86_400_000 - began;
    const turn = Math.floor(days / schedule.days);
    return schedule.users[((turn % schedule.users.length) + schedule.users.length) % schedule.users.length];
  }

  test('the one on call is the one that the wall clock says', () => {
    fc.assert(
      fc.property(schedules, times, (schedule, time) => {
        expect(onCallAt(schedule, time)).toBe(model(schedule, time));
      }),
      { numRuns: 3000 },
    );
  });

  test('until the next handoff nothing changes, and then it does', () => {
    const overrides = fc.array(
      fc.record({
        user: fc.constantFrom('U1', 'U8', 'U9'),
        after: fc.nat(20 * 24),
        hours: fc.integer({ min: 1, max: 400 }),
      }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(
        schedules,
        times,
        overrides,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (schedule, time, some, part) => {
          const hour = 3_600_000;
          const list = some.map(({ user, after, hours }) => ({
            user,
            from: new Date(time.getTime() + after * hour),
            until: new Date(time.getTime() + (after + hours) * hour),
          }));
          const now = onCallAt(schedule, time, list);
          const next = nextHandoff(schedule, time, list);
          const end = next?.at.getTime() ?? time.getTime() + 400 * 24 * hour;
          expect(onCallAt(schedule, new Date(time.getTime() + part * (end - 1 - time.getTime())), list)).toBe(now);
          if (next === undefined) return;
          expect(next.user).not.toBe(now);
          expect(onCallAt(schedule, next.at, list)).toBe(next.user);
          expect(onCallAt(schedule, new Date(end - 1), list)).toBe(now);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
