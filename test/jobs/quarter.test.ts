import { expect, test } from 'vitest';
import { judge } from '../quarter/oracle.ts';
import { play } from '../quarter/play.ts';
import { tell } from '../quarter/story.ts';
import { tamper } from '../quarter/tamper.ts';
import { freshStore } from '../store/fresh-store.ts';

// `npm run test:quarter` plays two quarters with thousands of alerts.
test('two days over a change of the clocks, with a restart, a lost queue and an outage, call each person in time and once', async () => {
  const story = tell({ from: '2027-03-27T00:00:00Z', to: '2027-03-29T12:00:00Z', alerts: 8, seed: 7 });
  const database = await freshStore();
  const seen = await play(story, { database, redisUrl: null });
  const verdict = judge(story, seen);
  await database.close();
  expect(verdict.wrong).toEqual([]);
  expect(verdict).toMatchObject({ alerts: 8 });
  expect(verdict.reached).toBeGreaterThan(8);
  expect(verdict.numbers).toBeGreaterThan(20);
  for (const { way, tried, caught } of tamper(story, seen))
    expect({ way, missed: tried - caught, any: tried > 0 }).toEqual({ way, missed: 0, any: true });
}, 180_000);
