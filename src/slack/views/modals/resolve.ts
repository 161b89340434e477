import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../../alerts/alert.ts';
import { type Resolution, resolutions } from '../../../alerts/resolution.ts';
import { plural } from '../../../words/text.ts';
import { callbackIds } from '../action-ids.ts';
import { headline } from '../alert-words.ts';
import { option, richText, words } from '../elements.ts';
import { type IncidentShown, incidentHeadline } from '../incident-message.ts';
import { type FormReading, modal, question, read, type SubmittedView } from './form.ts';

const choices: Record<Resolution, string> = {
  real: 'Real: somebody had to do something',
  'false alarm': 'False alarm: nothing was wrong',
  expected: 'Expected: planned or known work',
  test: 'Test or drill',
};

/** What it turned out to be, and what was done; both may be left out, so that two presses resolve. */
const questions = [
  question(
    'as',
    'What was it?',
    { type: 'radio_buttons', options: resolutions.map((each) => option(each, choices[each])) },
    { optional: true, hint: 'Counted in /audit stats and in the weekly report.' },
  ),
  question(
    'text',
    'What was done?',
    { type: 'plain_text_input', max_length: 1000, multiline: true },
    { optional: true, hint: 'Shown in the thread, under your name.' },
  ),
];

export const resolveModal = (alert: Alert): ModalView =>
  modal(`Resolve #${alert.id}`, [richText(words(headline(alert))), ...questions], {
    callbackId: callbackIds.resolve,
    submit: 'Resolve',
    subject: alert,
  });

export function resolveIncidentModal(shown: Pick<IncidentShown, 'incident' | 'alerts'>): ModalView {
  const open = shown.alerts.filter(({ state }) => state !== 'resolved').length;
  return modal(
    `Resolve incident ${shown.incident.id}`,
    [
      richText(words(incidentHeadline(shown))),
      richText(words(`This resolves ${plural(open, 'open alert')} in your name.`)),
      ...questions,
    ],
    { callbackId: callbackIds.resolveIncident, submit: 'Resolve', subject: shown.incident },
  );
}

const ResolveForm = z.object({ as: z.enum(resolutions).optional(), text: z.string().max(1000).optional() });

export const readResolveForm = (view: SubmittedView): FormReading<z.infer<typeof ResolveForm>> =>
  read(view, ResolveForm);
