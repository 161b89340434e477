import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mending, type OperatedRun, operation, operationSentence } from '../../src/framework/operation.ts';

const at = (week: number, hours = 0): Date =>
  new Date(Date.parse('2026-09-07T06:00:00Z') + (week * 168 + hours) * 3_600_000);
const periods = Array.from({ length: 13 }, (_, week) => ({ at: at(week), name: `week ${week}` }));

const run = (week: number, given: Partial<OperatedRun> = {}): OperatedRun => ({
  run: week,
  period: `week ${week}`,
  startedAt: at(week, 0.01),
  doneAt: at(week, 0.2),
  asked: 3,
  answered: 3,
  reviewedAt: at(week, 48.2),
  reviewedBy: 'U0ANA',
  outcome: 'accepted',
  files: 5,
  unsent: 0,
  ...given,
});

test('each time that was due is missed, unfinished, late or on time, and the sentence adds up', () => {
  const found = operation(periods.slice(0, 5), [
    run(0),
    run(1, { startedAt: at(1, 30), reviewedAt: null, reviewedBy: null }),
    run(2, { doneAt: null, reviewedAt: null }),
    run(4, { answered: 2, unsent: 1 }),
    run(9),
  ]);
  expect(found.periods.map(({ state }) => state)).toEqual(['on time', 'late', 'unfinished', 'missed', 'on time']);
  expect(operationSentence(found)).toBe(
    '5 times due: 2 on time, 1 late, 1 unfinished, 1 missed; 2 signed off, in the middle after 2.0 days, 2 not signed off, 1 with accounts that gave no answer, 1 with files that were not sent.',
  );
  fc.assert(
    fc.property(fc.subarray(periods.map((_, week) => week)), (weeks) => {
      const { due, missed, unfinished, late, onTime, reviewed, unreviewed } = operation(
        periods,
        weeks.map((week) => run(week)),
      );
      expect(missed + unfinished + late + onTime).toBe(due);
      expect(reviewed + unreviewed).toBe(due - missed);
    }),
  );
});

test('what was fixed within the time has its days, and what is open its age', () => {
  const closed = (how: string, week: number) => ({ at: at(week).toISOString(), how });
  const seen = at(0).toISOString();
  expect(
    mending(
      [
        { firstSeen: seen, closed: closed('fixed', 1) },
        { firstSeen: seen, closed: closed('fixed', 3) },
        { firstSeen: seen, closed: closed('used-again', 2) },
        { firstSeen: seen, closed: null },
      ],
      at(0),
      at(10),
    ),
  ).toEqual({ fixed: 2, meanDays: 14, open: 1, oldestDays: 70 });
  expect(mending([], at(0), at(1))).toEqual({ fixed: 0, meanDays: null, open: 0, oldestDays: null });
});
