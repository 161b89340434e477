import type { KnownBlock, ModalView } from '@slack/types';
import * as z from 'zod';
import type { Matcher } from '../../../alerts/matcher.ts';
import { matchesEverything } from '../../../alerts/silences.ts';
import { parseDuration } from '../../../words/durations.ts';
import { clip, oneLine } from '../../../words/text.ts';
import { joined, md } from '../../escape.ts';
import { limits } from '../../limits.ts';
import { actionIds, callbackIds } from '../action-ids.ts';
import { actions, button, option, plain, section } from '../elements.ts';
import { type AlertOnScreen, type FormReading, modal, question, read, required, type SubmittedView } from './form.ts';

/** What the silence would have held back in the last 24 hours. */
export interface Preview {
  count: number;
  /** Some of their titles. */
  titles: string[];
}

/** The parts of a matcher that the form asks for, in its order. */
const questions = {
  kind: 'Kind of alert',
  source: 'AWS service',
  account: 'Account (number or name)',
  region: 'Region',
  resource: 'Resource (name or ARN)',
  actor: 'Who (name or ARN)',
  text: 'Text in the title or the details',
} as const satisfies Partial<Record<keyof Matcher, string>>;

type Key = keyof typeof questions;
/** The parts of a matcher that can be asked for, in the order of the form. */
export const silenceKeys = [
  'kind',
  'source',
  'account',
  'region',
  'resource',
  'actor',
  'text',
] as const satisfies readonly Key[];

const durations = { '1h': '1 hour', '4h': '4 hours', '1d': '1 day', '1w': '1 week', '30d': '30 days' } as const;
const usual = '4h';

/** A pattern may be as long as an ARN: longer ones match nothing that Slack could show. */
const patternMax = 500;

/**
 * Asks what to silence, for how long and why. The matcher (of the alert, if it is about one) is filled in; emptying a
 * field widens it. `planned`: the times of a maintenance window.
 * When drawn again with a new preview, Slack keeps what the person has typed.
 */
export function silenceModal(
  subject: AlertOnScreen | null,
  match: Matcher,
  preview: Preview,
  planned: { from?: Date; until?: Date } = {},
): ModalView {
  return modal(
    subject === null ? 'Silence alerts' : 'Silence alerts like this',
    [
      section(
        md`Alerts that match *all* fields below are kept in the list but not posted, and no one is called. Empty a field to match more; a star stands for any text.`,
      ),
      ...previewBlocks(preview),
      question('duration', 'For how long?', {
        type: 'static_select',
        options: Object.entries(durations).map(([value, text]) => option(value, text)),
        initial_option: option(usual, durations[usual]),
      }),
      question(
        'from',
        'From when? (empty: now)',
        { type: 'datetimepicker', ...picked(planned.from) },
        {
          optional: true,
          hint: 'Your own time zone. Planned ahead for maintenance: critical alerts are posted all the same, unless you tick the box below.',
        },
      ),
      question(
        'until',
        'Until when? (in place of how long)',
        { type: 'datetimepicker', ...picked(planned.until) },
        { optional: true },
      ),
      question(
        'reason',
        'Why?',
        {
          type: 'plain_text_input',
          max_length: 500,
          placeholder: plain('Planned work, a known fault …', limits.select.placeholder),
        },
        { hint: 'Shown in the list of silences, under your name.' },
      ),
      question(
        'sure',
        'Does it hide much?',
        { type: 'checkboxes', options: [option('sure', 'Yes: silence it all the same')] },
        {
          optional: true,
          hint: 'Asked for where it would have hidden critical or high alerts, or more than 20 in a day. Planned ahead, critical alerts are held back too.',
        },
      ),
      ...silenceKeys.map((key) =>
        question(
          key,
          questions[key],
          { type: 'plain_text_input', max_length: patternMax, ...initial(match[key]?.[0]) },
          { optional: true },
        ),
      ),
    ],
    { callbackId: callbackIds.silence, submit: 'Silence', subject },
  );
}

const picked = (time: Date | undefined) =>
  time === undefined ? {} : { initial_date_time: Math.floor(time.getTime() / 1000) };

const initial = (pattern: string | undefined) => {
  const text = clip(oneLine(pattern ?? '', patternMax), patternMax);
  return text === '' ? {} : { initial_value: text };
};

function previewBlocks({ count, titles }: Preview): KnownBlock[] {
  const examples = titles.slice(0, 3).map((title) => md`• ${oneLine(title, 150)}`);
  const sum =
    count === 0
      ? md`In the last 24 hours this would have hidden nothing.`
      : md`In the last 24 hours this would have hidden *${count.toLocaleString('en')}* ${count === 1 ? 'alert' : 'alerts'}${examples.length < count ? ', among them' : ''}:`;
  return [
    section(joined([sum, ...(count === 0 ? [] : examples)], md`\n`)),
    actions('preview', [
      button(actionIds.silencePreview, 'Count again', 'count', 'Count again what this silence would hold back'),
    ]),
  ];
}

const pattern = z.string().optional();
const Patterns = z.object({
  kind: pattern,
  source: pattern,
  account: pattern,
  region: pattern,
  resource: pattern,
  actor: pattern,
  text: pattern,
});

const SilenceForm = Patterns.extend({
  duration: z.string({ error: 'Choose how long.' }),
  from: z.number().optional(),
  until: z.number().optional(),
  reason: required('Say why: others will wonder where the alerts are.'),
  sure: z.string().optional(),
}).refine((form) => !matchesEverything(matcherOf(form)), {
  path: ['kind'],
  error: 'This would hold back every alert: say more in at least one field.',
});

/** The matcher that is filled in so far, for counting again; empty fields are left out. */
export function readSilenceMatch(view: SubmittedView): Matcher {
  const filled = read(view, Patterns);
  return filled.ok ? matcherOf(filled.form) : {};
}

/** `from` is null for one that begins now. */
export function readSilenceForm(
  view: SubmittedView,
  now: Date,
): FormReading<{ match: Matcher; from: Date | null; until: Date; reason: string; sure: boolean }> {
  const filled = read(view, SilenceForm);
  if (!filled.ok) return filled;
  const { duration, reason, sure } = filled.form;
  const from = filled.form.from === undefined ? null : new Date(filled.form.from * 1000);
  const ms = parseDuration(duration);
  if (ms === undefined) return { ok: false, errors: { duration: 'Choose how long.' } };
  const { until: end = ((from ?? now).getTime() + ms) / 1000 } = filled.form;
  const until = new Date(end * 1000);
  return { ok: true, form: { match: matcherOf(filled.form), from, until, reason, sure: sure !== undefined } };
}

const matcherOf = (form: Partial<Record<Key, string | undefined>>): Matcher =>
  Object.fromEntries(silenceKeys.flatMap((key) => (form[key] === undefined ? [] : [[key, [form[key]]]])));
