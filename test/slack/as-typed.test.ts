import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escaped } from '../../sandbox/slack/escaping.ts';
import { State } from '../../sandbox/slack/state.ts';
import { asTyped } from '../../src/slack/as-typed.ts';

const state = new State(() => new Date('2026-11-23T09:30:00Z'));

test.each([
  ['lookup user <mailto:alice@example.com|alice@example.com>', 'lookup user alice@example.com'],
  ['lookup resource <http://logs.example.com|logs.example.com>', 'lookup resource logs.example.com'],
  ['lookup resource <https://example.com/?a=1&amp;b=2>', 'lookup resource https://example.com/?a=1&b=2'],
  ['silence <https://evil.example|our wiki>', 'silence https://evil.example'],
  ['oncall swap security <@U0BEN|ben>', 'oncall swap security <@U0BEN>'],
  ['oncall swap security <@W0BEN>', 'oncall swap security <@W0BEN>'],
  [
    'alerts --text <#C0SEC|security> <!subteam^S0ONCALL|@oncall> <!here|@here>',
    'alerts --text #security @oncall @here',
  ],
  ['alerts --text "a &lt;b&gt; &amp;lt; c"', 'alerts --text "a <b> &lt; c"'],
])('%s was typed as %s', (sent, typed) => {
  expect(asTyped(sent)).toBe(typed);
});

test('whatever is typed comes as it was typed, but for people, who come by id', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '@ben',
      '@oncall',
      '#security',
      'alice@example.com',
      'https://example.com/a?b=1&c=<d>',
      '<@U0BEN|x>',
      '&lt;',
    ),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const typed = words.join(' ');
      const people = typed.replace(/(?<![^\s("'=])@(ana|ben|chris|dana|trailwatch)(?![\w.-])/g, (_, name: string) => {
        const user = state.users.find((one) => one.name === name);
        return user === undefined ? '' : `<@${user.id}>`;
      });
      expect(asTyped(escaped(state, typed))).toBe(people);
    }),
  );
});
