import { expect, test } from 'vitest';
import { investigationList, investigationMessage, shownIn } from '../../../src/slack/views/investigate.ts';
import { expectSound, shown } from './check.ts';

const one = {
  id: '000000000000000000001',
  entity: 'arn:aws:iam::111122223333:user/alice',
  status: 'SUCCESSFUL',
  severity: 'HIGH',
  state: 'ACTIVE',
  createdAt: new Date('2026-11-23T09:30:00Z'),
  scope: null,
  console: 'https://eu-west-1.console.aws.amazon.com/detective/home?region=eu-west-1',
  coverage: 'Detective’s graph of account 111122223333 in eu-west-1.',
};
const indicators = (count: number, heading = 'Flagged IP addresses') =>
  Array.from({ length: count }, (_, index) => ({ heading, sentence: `198.51.100.${index} • was seen`, url: null }));

test.for([0, 3, 45, 100])('of %i investigations those are counted that the message shows', (count) => {
  const list = Array.from({ length: count }, (_, index) => ({ ...one, id: String(index).padStart(21, '0') }));
  const message = investigationList(list, one.coverage);
  expectSound(message);
  expect(shownIn(message)).toBe(shown(message.blocks).match(/· \d{21}$/gm)?.length ?? 0);
});

test.for([0, 1, 15, 40])('of %i indicators those are counted that the message shows', (count) => {
  const message = investigationMessage({ ...one, indicators: [...indicators(count), ...indicators(2, 'New ASO')] });
  expectSound(message);
  expect(shownIn(message)).toBe(shown(message.blocks).match(/^• /gm)?.length);
  expect(shownIn(message)).toBe(Math.min(count, 15) + 2);
});
