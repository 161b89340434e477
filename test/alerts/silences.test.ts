import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Matcher, matchesSignal } from '../../src/alerts/matcher.ts';
import { matcherFor, matchesEverything, type Silence, silenceFor } from '../../src/alerts/silences.ts';
import { at, signal } from './fixtures.ts';

const silence = (more: Partial<Silence> = {}): Silence => ({
  id: 1,
  match: { kind: ['Recon:*'] },
  from: at(0),
  until: at(60),
  reason: 'planned scan',
  createdBy: 'U1',
  ...more,
});

test('a silence holds from its start until before its end', () => {
  const list = [silence()];
  expect(silenceFor(signal(), list, at(-1))).toBeUndefined();
  expect(silenceFor(signal(), list, at(0))?.id).toBe(1);
  expect(silenceFor(signal(), list, at(59))?.id).toBe(1);
  expect(silenceFor(signal(), list, at(60))).toBeUndefined();
  expect(silenceFor(signal({ kind: 'StopLogging' }), list, at(0))).toBeUndefined();
});

test('of several, the one that ends last is named', () => {
  const list = [silence({ id: 1 }), silence({ id: 2, until: at(120) }), silence({ id: 3, until: at(90) })];
  expect(silenceFor(signal(), list, at(10))?.id).toBe(2);
});

test('a silence made from an alert holds that alert, whatever its texts', () => {
  const hostile = fc.string({ unit: fc.constantFrom('*', '?', '\\', 'a', 'İ', 'ß', '<', ' '), minLength: 1 });
  fc.assert(
    fc.property(hostile, hostile, hostile, (kind, name, region) => {
      const about = signal({ kind, region, resource: { name } });
      expect(matchesSignal(matcherFor(about), about)).toBe(true);
    }),
  );
});

test('a resource named * silences itself alone', () => {
  const match = matcherFor(signal({ kind: '*', resource: { name: '*' } }));
  expect(matchesSignal(match, signal({ kind: '*', resource: { name: '*' } }))).toBe(true);
  expect(matchesSignal(match, signal({ kind: '*', resource: { name: 'bucket' } }))).toBe(false);
  expect(matchesSignal(match, signal({ kind: 'StopLogging', resource: { name: '*' } }))).toBe(false);
});

test('the same kind of thing about another resource, account or region is not held back', () => {
  const match = matcherFor(signal({ resource: { name: 'i-1' } }));
  expect(matchesSignal(match, signal({ resource: { name: 'i-2' } }))).toBe(false);
  expect(matchesSignal(match, signal({ resource: { name: 'i-1' }, account: '444455556666' }))).toBe(false);
  expect(matchesSignal(match, signal({ resource: { name: 'i-1' }, region: 'us-east-1' }))).toBe(false);
});

test.each<[Matcher, boolean]>([
  [{}, true],
  [{ kind: ['*'] }, true],
  [{ kind: ['**'], account: ['?*'], text: ['*'] }, true],
  [{ severity: ['critical', 'high', 'medium', 'low', 'info'] }, true],
  [{ kind: ['*'], account: ['dev-*'] }, false],
  [{ severity: ['low'] }, false],
  [{ tag: { team: ['*'] } }, true],
])('%j matches everything: %s', (match, everything) => {
  expect(matchesEverything(match)).toBe(everything);
});
