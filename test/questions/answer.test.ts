import { expect, test } from 'vitest';
import { isReadable, keptLookup, lineOf, newLookup, shownLookup } from '../../src/questions/answer.ts';
import { lookupGrammar, readLookup } from '../../src/questions/lookup-query.ts';
import { readTyped } from '../../src/words/typed.ts';

const context = {
  now: new Date('2026-11-24T10:30:00Z'),
  zone: 'Europe/Prague',
  partition: 'aws',
  history: false,
  networks: new Map(),
};

/** As the database gives it back. */
const stored = (answer: unknown) => ({ answer: JSON.parse(JSON.stringify(answer)) });

test.each([
  'user arn:aws:iam::111122223333:user/alice --since 2h --errors --account prod-*,staging',
  'logins --no-mfa --not-from 203.0.113.0/24',
  'everything --region eu-* --all',
  'denied role deploy --since yesterday 14:00 --until 14:30',
  'event CreateUser,CreateAccessKey --user alice --ip 2001:db8::/32 --user-agent "aws cli" --severity high',
  'from AKIAIOSFODNN7EXAMPLE --since 3d --reads',
  'bad --only persistence,exfiltration',
  'user alice --new',
])('%s comes back from the store as the question that it was', (line) => {
  const reading = readLookup(readTyped(line, lookupGrammar), context);
  if (!('question' in reading)) throw new Error(JSON.stringify(reading));
  const kept = newLookup(reading.question, context.zone);
  expect(keptLookup(stored(kept))).toEqual(kept);
  expect(shownLookup(kept).line).toBe(lineOf(reading.question));
});

test('what another version kept, or something else, is no question', () => {
  const reading = readLookup(readTyped('user alice', lookupGrammar), context);
  if (!('question' in reading)) throw new Error(JSON.stringify(reading));
  const kept = newLookup(reading.question, context.zone);
  expect(isReadable(stored(kept))).toBe(true);
  expect(isReadable(stored({ ...kept, version: 0 }))).toBe(false);
  expect(isReadable(stored({ asked: 'user alice', line: 'lookup user "alice"', summary: {} }))).toBe(false);
});
