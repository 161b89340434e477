import type { KnownBlock, ModalView } from '@slack/types';
import * as z from 'zod';
import { parseDuration } from '../../../alerts/durations.ts';
import type { Matcher } from '../../../alerts/matcher.ts';
import { clip, oneLine } from '../../../alerts/text.ts';
import { joined, md } from '../../escape.ts';
import { limits } from '../../limits.ts';
import { actionIds, callbackIds } from '../action-ids.ts';
import { actions, button, option, plain, section } from '../elements.ts';
import { modal, question, type Read, read, required, type Subject, type SubmittedView } from './form.ts';

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
 * field widens it.
 * When drawn again with a new preview, Slack keeps what the person has typed.
 */
export function silenceModal(subject: Subject | null, match: Matcher, preview: Preview): ModalView {
  return modal(
    subject === null ? 'Silence alerts' : 'Silence alerts like this',
    [
      section(
        md`Alerts that match *all* fields below are stored, and nobody is told. Empty a field to match more; a star stands for any text.`,
      ),
      ...previewBlocks(preview),
      question('duration', 'For how long?', {
        type: 'static_select',
        options: Object.entries(durations).map(([value, text]) => option(value, text)),
        initial_option: option(usual, durations[usual]),
      }),
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

const initial = (pattern: string | undefined) => {
  const text = clip(oneLine(pattern ?? '', patternMax), patternMax);
  return text === '' ? {} : { initial_value: text };
};

function previewBlocks({ count, titles }: Preview): KnownBlock[] {
  const examples = titles.slice(0, 3).map((title) => md`• ${oneLine(title, 150)}`);
  const sum =
    count === 0
      ? md`It would have held back nothing in the last 24 hours.`
      : md`It would have held back *${count.toLocaleString('en')}* ${count === 1 ? 'alert' : 'alerts'} of the last 24 hours${examples.length < count ? ', among them' : ''}:`;
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
  reason: required('Say why: others will wonder where the alerts are.'),
}).refine((form) => silenceKeys.some((key) => form[key] !== undefined), {
  path: ['kind'],
  error: 'Fill in at least one field: an empty silence would hold back every alert.',
});

/** The matcher that is filled in so far, for counting again; empty fields are left out. */
export function readSilenceMatch(view: SubmittedView): Matcher {
  const filled = read(view, Patterns);
  return filled.ok ? matcherOf(filled.form) : {};
}

export function readSilenceForm(view: SubmittedView): Read<{ match: Matcher; ms: number; reason: string }> {
  const filled = read(view, SilenceForm);
  if (!filled.ok) return filled;
  const { duration, reason } = filled.form;
  const ms = parseDuration(duration);
  if (ms === undefined) return { ok: false, errors: { duration: 'Choose how long.' } };
  return { ok: true, form: { match: matcherOf(filled.form), ms, reason } };
}

const matcherOf = (form: Partial<Record<Key, string | undefined>>): Matcher =>
  Object.fromEntries(silenceKeys.flatMap((key) => (form[key] === undefined ? [] : [[key, [form[key]]]])));
