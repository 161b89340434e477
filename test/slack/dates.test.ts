import { expect, test } from 'vitest';
import { richDate, slackDate } from '../../src/slack/dates.ts';

const date = new Date('2026-11-23T09:30:45.999Z');

test('a moment is shown in the zone of the reader, or in UTC where tokens are not known', () => {
  expect(slackDate(date).toString()).toBe(
    '<!date^1795426245^\u200b{date_short_pretty} at {time}|2026-11-23 09:30 UTC>',
  );
  expect(richDate(date)).toEqual({
    type: 'date',
    timestamp: 1795426245,
    format: '\u200b{date_short_pretty} at {time}',
    fallback: '2026-11-23 09:30 UTC',
  });
});
