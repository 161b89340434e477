import { describe, expect, test } from 'vitest';
import { matcherFor } from '../../../src/alerts/silences.ts';
import { formActionId } from '../../../src/slack/views/action-ids.ts';
import { assignModal, readAssignForm } from '../../../src/slack/views/modals/assign.ts';
import { detailsModal, readNoteForm } from '../../../src/slack/views/modals/details.ts';
import { escalateModal, readEscalateForm } from '../../../src/slack/views/modals/escalate.ts';
import { expectedModal, readExpectedForm } from '../../../src/slack/views/modals/expected.ts';
import { alertOnScreen } from '../../../src/slack/views/modals/form.ts';
import { errorModal } from '../../../src/slack/views/modals/plain.ts';
import { readSilenceForm, readSilenceMatch, silenceModal } from '../../../src/slack/views/modals/silence.ts';
import { readSnoozeForm, snoozeModal } from '../../../src/slack/views/modals/snooze.ts';
import { firing, resolved } from './alerts.ts';
import { objectsIn, shown } from './check.ts';

/** What Slack sends for answers; a question left empty is null. */
const submitted = (answers: Record<string, unknown>) => ({
  private_metadata: '{"id":1042,"version":7}',
  state: {
    values: Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, { [formActionId]: answer }])),
  },
});
const typed = (value: string | null) => ({ type: 'plain_text_input', value });
const person = (id: string | null) => ({ type: 'users_select', selected_user: id });
const chosen = (value: string) => ({
  type: 'static_select',
  selected_option: { text: { type: 'plain_text', text: value }, value },
});
const moment = (seconds: number | null) => ({ type: 'datetimepicker', selected_date_time: seconds });

/** The form as it stands when it is opened: every question with what is filled in. */
const untouched = (view: { blocks: unknown }) =>
  submitted(
    Object.fromEntries(
      objectsIn(view.blocks)
        .filter((block) => block['type'] === 'input')
        .map((block) => {
          const element = Object(block['element']);
          return [
            String(block['block_id']),
            {
              value: element.initial_value ?? null,
              selected_option: element.initial_option ?? null,
              selected_date_time: element.initial_date_time ?? null,
              selected_user: element.initial_user ?? null,
            },
          ];
        }),
    ),
  );

test('a modal remembers which alert it is about, and the version on screen', () => {
  expect(alertOnScreen({ private_metadata: String(assignModal(firing, 'U0ANA').private_metadata) })).toEqual({
    id: 1042,
    version: 7,
  });
  expect(alertOnScreen({ private_metadata: '{"id":"x"}' })).toBeUndefined();
});

describe('escalate', () => {
  test('says whom the next level calls', () => {
    const view = escalateModal(firing, {
      level: 2,
      notify: ['schedule:security', 'usergroup:S0ONCALL', 'channel:C0SEC', 'pagerduty:sec'],
    });
    expect(shown(view.blocks)).toContain(
      'Level *2* calls the security schedule, <!subteam^S0ONCALL>, <#C0SEC>, PagerDuty sec.',
    );
  });

  test('shown once more it says why, keeps the reason, and knows which level it calls', () => {
    const view = escalateModal(firing, { level: 2, notify: [] }, { said: 'Level 1 was called.', reason: 'help' });
    expect(shown(view.blocks)).toContain('Level 1 was called.');
    expect(objectsIn(view.blocks)).toContainEqual(expect.objectContaining({ initial_value: 'help' }));
    expect(alertOnScreen({ private_metadata: view.private_metadata ?? '' })).toMatchObject({ calls: 2 });
  });

  test('asks for a person where no policy applies', () => {
    const question = (next: Parameters<typeof escalateModal>[1]) =>
      objectsIn(escalateModal(firing, next).blocks).find((block) => block['block_id'] === 'to');
    expect(question(null)?.['optional']).toBeUndefined();
    expect(question({ level: 1, notify: ['user:U0BEN'] })?.['optional']).toBe(true);
  });

  test('reads the reason, and whom to call instead', () => {
    expect(readEscalateForm(submitted({ reason: typed(' need help '), to: person('U0BEN') }))).toEqual({
      ok: true,
      form: { reason: 'need help', to: 'U0BEN' },
    });
    expect(readEscalateForm(submitted({ reason: typed('need help'), to: person(null) }))).toEqual({
      ok: true,
      form: { reason: 'need help' },
    });
  });

  test('a missing reason is told at its question', () => {
    expect(readEscalateForm(submitted({ reason: typed('  '), to: person(null) }))).toEqual({
      ok: false,
      errors: { reason: 'Say in a few words why: whoever is called reads it first.' },
    });
  });
});

test('a note keeps its line breaks and may not be empty', () => {
  expect(readNoteForm(submitted({ text: typed('a\nb') }))).toEqual({ ok: true, form: { text: 'a\nb' } });
  expect(readNoteForm(submitted({ text: typed(null) }))).toEqual({
    ok: false,
    errors: { text: 'Write the note first.' },
  });
});

test('an assignment goes to a person', () => {
  expect(readAssignForm(submitted({ to: person('U0BEN') }))).toEqual({
    ok: true,
    form: { to: 'U0BEN', how: 'assign' },
  });
  expect(readAssignForm(submitted({ to: person('<!channel>') }))).toEqual({
    ok: false,
    errors: { to: 'Choose a person.' },
  });
  expect(readAssignForm(submitted({}))).toEqual({ ok: false, errors: { to: 'Choose a person.' } });
});

describe('snooze', () => {
  const now = new Date('2026-11-23T09:30:20Z');

  const tomorrow = new Date('2026-11-24T08:00:00Z');

  test('half an hour is filled in', () => {
    expect(readSnoozeForm(untouched(snoozeModal(firing, tomorrow)), now)).toEqual({
      ok: true,
      form: { until: new Date('2026-11-23T10:00:20Z') },
    });
  });

  test('tomorrow is the morning where the person is; another time is the one below', () => {
    const until = moment(tomorrow.getTime() / 1000 + 3600);
    expect(readSnoozeForm(submitted({ for: chosen(tomorrow.toISOString()), until }), now)).toEqual({
      ok: true,
      form: { until: tomorrow },
    });
    expect(readSnoozeForm(submitted({ for: chosen('choose'), until }), now)).toEqual({
      ok: true,
      form: { until: new Date('2026-11-24T09:00:00Z') },
    });
  });

  test.each([
    ['in the past', moment(now.getTime() / 1000 - 60), 'Choose a time in the future.'],
    [
      'too far',
      moment(now.getTime() / 1000 + 31 * 86_400),
      'At most 30 days: for longer, resolve the alert or silence alerts like it.',
    ],
    ['empty', moment(null), 'Choose a day and a time.'],
  ])('a time %s is told at its question', (_, until, sentence) => {
    expect(readSnoozeForm(submitted({ for: chosen('choose'), until }), now)).toEqual({
      ok: false,
      errors: { until: sentence },
    });
  });
});

test('expected: what follows, and why', () => {
  expect(shown(expectedModal(firing).blocks)).toContain('Resolve it, and silence the same for 1 day');
  expect(shown(expectedModal(resolved).blocks)).not.toContain('Resolve it');
  expect(readExpectedForm(submitted({ follows: chosen('1d'), reason: typed('planned') }))).toEqual({
    ok: true,
    form: { follows: '1d', reason: 'planned' },
  });
  expect(readExpectedForm(submitted({ follows: chosen('1d'), reason: typed('') }))).toEqual({
    ok: false,
    errors: { reason: 'Say in a few words why: others will wonder.' },
  });
});

test('details tell what happened to the alert, and by whom', () => {
  const at = new Date('2026-11-23T09:31:00Z');
  const view = detailsModal(firing, [
    { kind: 'escalated', at, by: { type: 'timer' }, detail: '1' },
    { kind: 'noted', at, by: { type: 'user', id: 'U0ANA' }, text: 'on it' },
  ]);
  expect(shown(view.blocks).replaceAll('\n', '')).toContain('Escalated to level 1: not acknowledged in time');
  expect(shown(view.blocks)).toContain(': on it');
});

describe('silence', () => {
  const at = new Date('2026-11-23T03:12:00Z');
  const match = matcherFor(firing.signal);
  const view = silenceModal(firing, match, { count: 12, titles: ['<!channel>', 'b', 'c', 'd'] });

  test('is prefilled with the matcher, and tells what it would have held back', () => {
    expect(readSilenceMatch(untouched(view))).toEqual(match);
    expect(shown(view.blocks)).toContain(
      'In the last 24 hours this would have hidden *12* alerts, among them:\n• &lt;!channel&gt;\n• b\n• c',
    );
  });

  const day = (count: number) => new Date(at.getTime() + count * 86_400_000);

  test('reads matcher, duration or times, and reason', () => {
    const form = submitted({
      kind: typed('Stop*'),
      account: typed(null),
      duration: chosen('1d'),
      reason: typed('planned'),
    });
    expect(readSilenceForm(form, at)).toEqual({
      ok: true,
      form: { match: { kind: ['Stop*'] }, from: null, until: day(1), reason: 'planned', sure: false },
    });
    const sure = { type: 'checkboxes', selected_options: [{ value: 'sure' }] };
    const window = {
      from: { selected_date_time: day(7).getTime() / 1000 },
      kind: typed('x'),
      reason: typed('y'),
      sure,
    };
    expect(readSilenceForm(submitted({ ...window, duration: chosen('1d') }), at)).toEqual({
      ok: true,
      form: { match: { kind: ['x'] }, from: day(7), until: day(8), reason: 'y', sure: true },
    });
    const until = { selected_date_time: day(9).getTime() / 1000 };
    expect(readSilenceForm(submitted({ ...window, until, duration: chosen('1d') }), at)).toMatchObject({
      form: { from: day(7), until: day(9) },
    });
  });

  test('refuses to silence everything, and silence without a reason', () => {
    const errors = (answers: Record<string, unknown>) => {
      const read = readSilenceForm(submitted({ duration: chosen('1h'), ...answers }), at);
      return read.ok ? {} : read.errors;
    };
    for (const all of ['', '*', '**'])
      expect(errors({ reason: typed('x'), kind: typed(all) })).toEqual({
        kind: 'This would hold back every alert: say more in at least one field.',
      });
    expect(errors({ kind: typed('x'), reason: typed('') })).toEqual({
      reason: 'Say why: others will wonder where the alerts are.',
    });
    expect(errors({ kind: typed('x'), reason: typed('x'), duration: chosen('forever') })).toEqual({
      duration: 'Choose how long.',
    });
  });

  test('every duration that is offered can be read', () => {
    const offered = objectsIn(view.blocks).find((object) => object['type'] === 'static_select')?.['options'];
    const values = objectsIn(offered).flatMap((one) => (typeof one['value'] === 'string' ? [one['value']] : []));
    expect(values).toHaveLength(5);
    for (const value of values)
      expect(readSilenceForm(submitted({ kind: typed('x'), reason: typed('x'), duration: chosen(value) }), at).ok).toBe(
        true,
      );
  });
});

describe('details', () => {
  test('a moment of AWS is one of the reader’s own time zone', () => {
    const fields = [{ name: 'Starts', value: '2026-11-23T09:00:00Z' }];
    const view = detailsModal({ ...firing, signal: { ...firing.signal, fields } }, []);
    expect(objectsIn(view)).toContainEqual(expect.objectContaining({ type: 'date', timestamp: 1_795_424_400 }));
  });

  const everyPiece = (raw: unknown) => {
    const { blocks } = detailsModal({ ...firing, signal: { ...firing.signal, raw } }, []);
    const preformatted = objectsIn(blocks).find((object) => object['type'] === 'rich_text_preformatted');
    return objectsIn(preformatted?.['elements']).map((element) => String(element['text']));
  };
  const payload = (raw: unknown) => everyPiece(raw).join('');

  test('shows the payload as it is', () => {
    expect(JSON.parse(payload({ a: ['<!channel>', '`'] }))).toEqual({ a: ['<!channel>', '`'] });
    expect(payload('plain text')).toBe('plain text');
  });

  test('a long payload is cut, and says so', () => {
    expect(payload('😀'.repeat(10_000))).toHaveLength(9002);
    expect(payload(`x${'😀'.repeat(4000)}`)).toBe(`x${'😀'.repeat(4000)}`);
    expect(everyPiece(`x${'😀'.repeat(4000)}`).every((piece) => piece.isWellFormed())).toBe(true);
    expect(shown(detailsModal({ ...firing, signal: { ...firing.signal, raw: 'x'.repeat(10_000) } }, []))).toContain(
      'longer than a modal can show',
    );
  });

  test('marks that reorder or hide text are written out', () => {
    expect(payload('a\u202eb\u200bc')).toBe('a\\u202eb\\u200bc');
  });
});

test('an error keeps the mentions and dates of its sentence, and is never cut short', () => {
  const short = 'Already acknowledged by <@U0BEN>.';
  expect(errorModal('Not done', short).blocks).toMatchObject([
    { type: 'alert', level: 'error', text: { text: short } },
  ]);
  const long = `Only ${'<!subteam^S0ONCALL>, '.repeat(15)}`;
  expect(errorModal('Not done', long).blocks).toMatchObject([{ type: 'section', text: { text: long } }]);
});

test('the details say whom an alert called, by what, and what came of it', () => {
  const at = new Date('2026-11-23T02:05:00Z');
  const call = { level: 1, person: 'U0ANA', target: 'U0ANA', at, outcome: null, why: null };
  const shown = JSON.stringify(
    detailsModal(
      firing,
      [],
      [
        call,
        { ...call, target: 'voice:+420123456789', outcome: 'unreached', why: 'nobody answered the telephone' },
        { ...call, outcome: 'withdrawn', why: 'not sent: acknowledged by U0BEN' },
        { ...call, person: null, target: 'C0PROD', outcome: 'sent' },
      ],
    ).blocks,
  );
  for (const text of [
    'Calls',
    'waits',
    'telephone …789',
    'not reached',
    'nobody answered',
    ': acknowledged by U0BEN',
    'C0PROD',
  ])
    expect(shown).toContain(text);
});
