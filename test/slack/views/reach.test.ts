import { expect, test } from 'vitest';
import { reachModal, readReachForm } from '../../../src/slack/views/modals/reach.ts';

/** What Slack sends of the form: an answer by question. */
const submitted = (answers: Record<string, string>) => ({
  private_metadata: 'null',
  state: {
    values: Object.fromEntries(
      ['pushover', 'ntfy', 'voice']
        .flatMap((kind) => [
          [kind, { value: answers[kind] ?? null }],
          [`${kind}-after`, { value: answers[`${kind}-after`] ?? '5m' }],
          [`${kind}-from`, { selected_option: { value: answers[`${kind}-from`] ?? 'high' } }],
        ])
        .concat([['quiet', { value: answers['quiet'] ?? null }]])
        .map(([name, answer]) => [name, { answer }]),
    ),
  },
});

test('ways are kept in the order of their delays; a number may be written with spaces', () => {
  expect(
    readReachForm(
      submitted({
        ntfy: 'ana-nights',
        'ntfy-after': '10m',
        voice: '+420 123 456 789',
        'voice-from': 'critical',
        quiet: '22:00 – 7:30',
      }),
    ),
  ).toEqual({
    ok: true,
    form: {
      rules: [
        { way: 'voice:+420123456789', afterMs: 300_000, from: 'critical' },
        { way: 'ntfy:ana-nights', afterMs: 600_000, from: 'high' },
      ],
      quiet: { from: 1320, to: 450 },
    },
  });
  expect(readReachForm(submitted({}))).toEqual({ ok: true, form: { rules: [], quiet: null } });
});

test('what is wrong is said at its question', () => {
  const wrong = { voice: '0123', 'voice-after': 'soon', pushover: 'short', quiet: '25:00-07:00' };
  expect(readReachForm(submitted(wrong))).toEqual({
    ok: false,
    errors: {
      voice: 'This is not understood: write your number, like +420123456789.',
      'voice-after': 'Write a time of at most a day, like 5m.',
      pushover: 'This is not understood: write your user key of 30 characters.',
      quiet: 'Write hours like 22:00-07:00.',
    },
  });
});

test('the form shows again what was chosen', () => {
  const shown = JSON.stringify(
    reachModal({
      rules: [{ way: 'voice:+420123456789', afterMs: 90_000, from: 'critical' }],
      quietHours: { from: 1320, to: 450, timezone: 'Europe/Prague' },
    }),
  );
  for (const text of ['+420123456789', '22:00-07:30']) expect(shown).toContain(text);
});
