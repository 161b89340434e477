import { expect, test } from 'vitest';
import { scheduleAlt, schedulePng } from '../../src/reports/schedule-picture.ts';

const at = (text: string) => new Date(`${text}Z`);
const shown = {
  title: 'On call: security, four weeks (Europe/Prague)',
  zone: 'Europe/Prague',
  from: at('2027-03-14T23:00'),
  to: at('2027-04-11T22:00'),
  rows: [
    { name: '@ana', spans: [{ from: at('2027-03-22T08:00'), to: at('2027-03-29T07:00') }] },
    { name: '<b>@ben</b> & co', spans: [{ from: at('2027-03-14T23:00'), to: at('2027-03-22T08:00') }] },
  ],
  gaps: [{ from: at('2027-03-29T07:00'), to: at('2027-04-11T22:00') }],
};

test('four weeks over a change of the clocks are a picture, with the same in words by the clock on the wall', async () => {
  const png = Buffer.from(await schedulePng(shown));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  // Twice the width of 28 days beside the names, and three rows.
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2476, 388]);
  expect(scheduleAlt(shown)).toBe(
    'On call: security, four weeks (Europe/Prague). @ana: 22 Mar 09:00 to 29 Mar 09:00. <b>@ben</b> & co: 15 Mar 00:00 to 22 Mar 09:00. Nobody: 29 Mar 09:00 to 12 Apr 00:00.',
  );
});
