import fc from 'fast-check';
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { dueAt, lastDue, nextRunAt, periodsBetween } from '../../../src/jobs/digests/due.ts';

const prague = 'Europe/Prague';
const monday = { cron: '0 8 * * 1', timezone: prague };
const nightly = { cron: '30 2 * * *', timezone: prague };
const at = (iso: string) => new Date(iso);

test('Monday at eight is eight on the wall in summer and in winter', () => {
  expect(lastDue(monday, at('2026-03-20T00:00Z'), at('2026-03-29T00:00Z'))?.at).toEqual(at('2026-03-23T07:00Z'));
  expect(lastDue(monday, at('2026-03-20T00:00Z'), at('2026-03-30T06:00Z'))?.at).toEqual(at('2026-03-30T06:00Z'));
  expect(lastDue(monday, at('2026-10-15T00:00Z'), at('2026-10-20T00:00Z'))?.at).toEqual(at('2026-10-19T06:00Z'));
  expect(lastDue(monday, at('2026-10-15T00:00Z'), at('2026-10-26T07:00Z'))?.at).toEqual(at('2026-10-26T07:00Z'));
  expect(lastDue(monday, at('2026-10-20T00:00Z'), at('2026-10-26T06:59Z'))).toBeUndefined();
});

test('a run that somebody asked for is of no period', () => {
  expect(dueAt('asked 2026-11-23T08:00:00.000Z', prague)).toBeUndefined();
  expect(dueAt('2026-11-23T08:00', prague)).toEqual(at('2026-11-23T07:00Z'));
});

test('the next time is after now, on the wall in summer and in winter', () => {
  expect(nextRunAt(monday, at('2026-03-23T07:00Z'))).toEqual(at('2026-03-30T06:00Z'));
  expect(nextRunAt(monday, at('2026-10-19T05:59Z'))).toEqual(at('2026-10-19T06:00Z'));
});

test('an hour that the clock skips is made up for on the same day', () => {
  const due = lastDue(nightly, at('2026-03-28T12:00Z'), at('2026-03-29T12:00Z'));
  expect(due).toEqual({ at: at('2026-03-29T01:30Z'), name: '2026-03-29T03:30' });
});

test('an hour that comes twice is one period, whenever one looks', () => {
  const names = new Set<string | undefined>();
  const from = at('2026-10-24T12:00Z').getTime();
  for (let minutes = 0; minutes < 24 * 60; minutes += 10)
    names.add(lastDue(nightly, new Date(from + minutes * 60_000 - 3_600_000), new Date(from + minutes * 60_000))?.name);
  expect([...names].filter((name) => name !== undefined)).toEqual(['2026-10-25T02:30']);
});

test('what was missed is one period, the last; what was before the schedule is none', () => {
  expect(lastDue(monday, at('2026-06-01T12:00Z'), at('2026-11-24T12:00Z'))?.name).toBe('2026-11-23T08:00');
  expect(lastDue(monday, at('2026-11-23T07:00Z'), at('2026-11-24T12:00Z'))).toBeUndefined();
});

test.each([
  ['America/Santiago', '0 0 * * 0', '2026-09-05T12:00Z', '2026-09-06T04:00Z'],
  ['Asia/Beirut', '0 0 * * 0', '2027-03-27T12:00Z', '2027-03-27T22:00Z'],
  ['America/Havana', '0 0 * * 0', '2027-03-13T12:00Z', '2027-03-14T05:00Z'],
  ['Africa/Cairo', '0 0 * * 5', '2027-04-29T12:00Z', '2027-04-29T22:00Z'],
])('a midnight that %s skips is due when the clock goes on', (timezone, cron, before, due) => {
  const schedule = { cron, timezone };
  expect(lastDue(schedule, at(before), new Date(at(due).getTime() + 1))?.at).toEqual(at(due));
  expect(nextRunAt(schedule, at(before))).toEqual(at(due));
});

test('in every zone each day has its run, and no run has two names', () => {
  const day = 86_400_000;
  fc.assert(
    fc.property(
      fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
      fc.constantFrom('0 0 * * *', '30 1 * * *', '0 2 * * *', '45 23 * * *'),
      fc.integer({ min: 0, max: 700 }),
      (timezone, cron, days) => {
        const from = new Date(at('2026-01-01T12:00Z').getTime() + days * day);
        const periods = periodsBetween({ cron, timezone }, from, new Date(from.getTime() + 30 * day));
        expect(Math.abs(periods.length - 30)).toBeLessThanOrEqual(1);
        expect(new Set(periods.map(({ name }) => name.slice(0, 10))).size).toBe(periods.length);
        for (const [i, { at: due }] of periods.slice(1).entries()) {
          const gap = due.getTime() - (periods[i]?.at.getTime() ?? 0);
          expect(gap).toBeGreaterThanOrEqual(22 * 3_600_000);
          expect(gap).toBeLessThanOrEqual(26 * 3_600_000);
        }
      },
    ),
  );
});

test('is never in the future, always after since, and has the weekday and hour of the schedule', () => {
  const day = 86_400_000;
  fc.assert(
    fc.property(
      fc.date({ min: at('2020-01-01T00:00Z'), max: at('2035-01-01T00:00Z'), noInvalidDate: true }),
      fc.integer({ min: 0, max: 30 * day }),
      fc.constantFrom(prague, 'UTC', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'),
      (since, ahead, timezone) => {
        const now = new Date(since.getTime() + ahead);
        const due = lastDue({ cron: '0 8 * * 1', timezone }, since, now);
        if (due === undefined) {
          expect(ahead).toBeLessThan(7 * day + 2 * 3_600_000);
          return;
        }
        expect(due.at > since && due.at <= now).toBe(true);
        expect(dueAt(due.name, timezone)).toEqual(due.at);
        expect(now.getTime() - due.at.getTime()).toBeLessThan(7 * day + 2 * 3_600_000);
        const wall = DateTime.fromJSDate(due.at, { zone: timezone });
        expect([wall.weekday, wall.hour, wall.minute]).toEqual([1, 8, 0]);
      },
    ),
  );
});
