import ICAL from 'ical.js';
import { expect, test } from 'vitest';
import { shifts } from '../../src/alerts/oncall/shifts.ts';
import { schedule } from '../../src/config/schedules.ts';
import { calendarOf } from '../../src/reports/calendar.ts';

const stamp = new Date('2027-03-01T00:00:00Z');
const nights = schedule.parse({
  timezone: 'Europe/Prague',
  rotation: 'daily',
  handoff: '22:00',
  users: ['U0ANA', ['U0BEN', 'U0CY']],
  restrictions: { from: '22:00', to: '06:00' },
});
const between = (from: string, to: string) =>
  shifts(nights, new Date(from), new Date(to)).map((shift) => ({ ...shift, schedule: 'nights' }));
const eventsOf = (calendar: string): ICAL.Event[] =>
  ICAL.Component.fromString(calendar)
    .getAllSubcomponents('vevent')
    .map((event) => new ICAL.Event(event));

test('another parser finds the same instants, over both changes of the clocks', async () => {
  for (const [from, to] of [
    ['2027-03-20T12:00Z', '2027-04-05T12:00Z'],
    ['2027-10-24T12:00Z', '2027-11-05T12:00Z'],
  ] as const) {
    const all = between(from, to);
    const read = eventsOf(await calendarOf('On call: nights', all, stamp, (user) => user));
    expect(read.map(({ startDate, endDate }) => [startDate.toJSDate(), endDate.toJSDate()])).toEqual(
      all.map((shift) => [shift.from, shift.to]),
    );
    expect(read.every(({ startDate }) => startDate.zone.tzid === 'UTC')).toBe(true);
  }
  const changes = between('2027-03-27T12:00Z', '2027-03-28T12:00Z').concat(
    between('2027-10-30T12:00Z', '2027-10-31T12:00Z'),
  );
  const hours = eventsOf(await calendarOf('', changes, stamp)).map(({ duration }) => duration.toSeconds() / 3600);
  expect(hours).toEqual([7, 9]);
});

test('a shift keeps its UID while the days go by, and no two have one', async () => {
  const uids = async (from: string, to: string) =>
    eventsOf(await calendarOf('', between(from, to), stamp)).map(({ uid }) => uid);
  const first = await uids('2027-03-01T12:00Z', '2027-04-01T12:00Z');
  const later = await uids('2027-03-02T12:00Z', '2027-04-02T12:00Z');
  expect(new Set(first).size).toBe(first.length);
  expect(later.slice(0, -1)).toEqual(first.slice(1));
});

test('names that somebody chose to break out of an event stay text', async () => {
  const hostile = 'Eve\rX;,\\\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:you are on call ';
  const name = `${hostile}${'ž'.repeat(80)}`;
  const calendar = await calendarOf('On call', between('2027-03-01T12:00Z', '2027-03-02T12:00Z'), stamp, () => name);
  const read = eventsOf(calendar);
  expect(read).toHaveLength(1);
  expect(read[0]?.summary).toMatch(/END:VEVENT\s+BEGIN:VEVENT\s+SUMMARY:you are on call ž{80}: nights$/);
  const octets = calendar.split('\r\n').map((line) => Buffer.byteLength(line));
  expect(Math.max(...octets)).toBeLessThanOrEqual(75);
});
