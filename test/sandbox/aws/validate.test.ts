import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../../sandbox/aws/models/model.ts';
import { compile, describeViolations, violations } from '../../../sandbox/aws/validate.ts';

const model: Model = {
  operations: {},
  shapes: {
    Request: {
      type: 'structure',
      required: ['Name'],
      members: {
        Name: { shape: 'Name' },
        Size: { shape: 'Size' },
        Kinds: { shape: 'Kinds' },
        Tags: { shape: 'Tags' },
        At: { shape: 'At' },
        Choice: { shape: 'Choice' },
      },
    },
    Name: { type: 'string', min: 2, max: 8, pattern: '[a-z]+' },
    Size: { type: 'integer', min: 1, max: 50 },
    Kinds: { type: 'list', member: { shape: 'Kind' }, max: 2 },
    Kind: { type: 'string', enum: ['A', 'B'] },
    Tags: { type: 'map', key: { shape: 'Name' }, value: { shape: 'Kind' } },
    At: { type: 'timestamp' },
    Choice: { type: 'structure', union: true, members: { Left: { shape: 'Size' }, Right: { shape: 'Name' } } },
  },
};
const rules = (value: unknown): string[] =>
  violations(model, 'Request', value).map(({ path, rule }) => `${path}: ${rule}`);

describe('a value is held to its model', () => {
  test.each([
    [{ Name: 'alice' }, []],
    [{ Name: 'alice', Size: 50, Kinds: ['A', 'B'], Tags: { owner: 'A' }, At: new Date(), Choice: { Left: 1 } }, []],
    [{}, ['name: Member must not be null']],
    [{ Name: 'a' }, ['name: Member must have length greater than or equal to 2']],
    // AWS matches the whole value, though the pattern has no anchors; lengths are in characters, not in UTF-16.
    [{ Name: 'alice!' }, ['name: Member must satisfy regular expression pattern: [a-z]+']],
    [{ Name: '🦊🦊🦊🦊🦊' }, ['name: Member must satisfy regular expression pattern: [a-z]+']],
    [{ Name: 'alice', Size: 51 }, ['size: Member must have value less than or equal to 50']],
    [{ Name: 'alice', Size: 0 }, ['size: Member must have value greater than or equal to 1']],
    [{ Name: 'alice', Size: '5' }, ['size: Member must be a number']],
    [{ Name: 'alice', Kinds: ['A', 'C'] }, ['kinds.2.member: Member must satisfy enum value set: [A, B]']],
    [{ Name: 'alice', Kinds: ['A', 'A', 'A'] }, ['kinds: Member must have length less than or equal to 2']],
    [{ Name: 'alice', Tags: { owner: 'C' } }, ['tags.owner.member: Member must satisfy enum value set: [A, B]']],
    [{ Name: 'alice', At: '2026-01-01' }, ['at: Member must be a timestamp']],
    [{ Name: 'alice', At: new Date('never') }, ['at: Member must be a timestamp']],
    [{ Name: 'alice', Choice: { Left: 1, Right: 'bb' } }, ['choice: Exactly one member must be set']],
    [{ Name: 'alice', Nmae: 'x' }, ['nmae: Member is not part of the model']],
  ])('%j', (value, expected) => {
    expect(rules(value)).toEqual(expected);
  });

  test('and says so in the words of AWS', () => {
    expect(describeViolations(violations(model, 'Request', { Size: 51 }))).toBe(
      "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value '51' at 'size' failed to satisfy constraint: Member must have value less than or equal to 50",
    );
  });
});

test('a pattern holds for the whole value, with the flags and anchors of Java', () => {
  expect(compile('(?s).*').test('a\nb')).toBe(true);
  expect(compile('[\\w+=,.@-]*').test('ana@example.com')).toBe(true);
  expect(compile('[\\w+=,.@-]*').test('ana example')).toBe(false);
  expect(compile('\\A[0-9]{12}\\Z').test('111122223333')).toBe(true);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(compile('[\\p{L}\\p{M}\\p{Z}\\p{S}\\p{N}\\p{P}\\p{C}]*').test(text)).toBe(true);
    }),
  );
});
