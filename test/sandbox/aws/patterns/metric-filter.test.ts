import { expect, test } from 'vitest';
import { PatternError, parseFilterPattern } from '../../../../sandbox/aws/patterns/metric-filter.ts';

const record = {
  eventName: 'ConsoleLogin',
  count: 5,
  ok: true,
  nothing: null,
  userIdentity: { type: 'Root', 'a.b': 'x' },
  resources: [{ ARN: 'arn:aws:s3:::one' }],
};

test.each([
  ['{ $.eventName = ConsoleLogin }', true],
  ["{ ($.eventName = 'ConsoleLogin') }", true],
  ['{$.eventName="Console*"}', true],
  ['{ $.eventName = "*Log*" }', true],
  ['{ $.eventName = "console*" }', false],
  ['{ $.eventName != "ConsoleLogin" }', false],
  ['{ $.missing != "x" }', false],
  ['{ $.missing NOT EXISTS }', true],
  ['{ $.userIdentity.type EXISTS }', true],
  ['{ $.nothing IS NULL && $.ok IS TRUE }', true],
  ['{ $.count > 4 && $.count <= 5 }', true],
  ['{ $.count = 5 }', true],
  ['{ $.resources[0].ARN = "arn:aws:s3:::*" }', true],
  ['{ $.userIdentity.["a.b"] = "x" }', true],
  // `&&` binds before `||`: without brackets the last condition belongs to the second alternative alone.
  ['{ $.eventName = "ConsoleLogin" || $.eventName = "x" && $.ok IS FALSE }', true],
  ['{ ($.eventName = "ConsoleLogin" || $.eventName = "x") && $.ok IS FALSE }', false],
  ['', true],
  ['ConsoleLogin -Denied', true],
  ['ConsoleLogin -Root', false],
  ['?Nope ?Root', true],
])('%s', (pattern, matches) => {
  expect(parseFilterPattern(pattern)(JSON.stringify(record))).toBe(matches);
});

test('a message that is no JSON matches no JSON pattern', () => {
  expect(parseFilterPattern('{ $.a NOT EXISTS }')('plain text')).toBe(false);
});

test.each([
  '{ $.a = }',
  '{ $.a = "x" && }',
  '{ ($.a = "x" }',
  '{ $.a ~ "x" }',
  '{ a = "x" }',
  '{ $.a > "many" }',
  '{ $.a IS GOOD }',
  '{ $.a = "x"',
  '[ip, user]',
])('%s is refused', (pattern) => {
  expect(() => parseFilterPattern(pattern)).toThrow(PatternError);
});
