import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../../alerts/alert.ts';
import { actionIds, callbackIds } from '../action-ids.ts';
import { headline } from '../alert-words.ts';
import { actions, button, option, richText, words } from '../elements.ts';
import { type FormReading, modal, question, read, required, type SubmittedView } from './form.ts';

const choices = {
  resolve: 'Resolve it',
  '1h': 'Resolve it, and silence the same for 1 hour',
  '1d': 'Resolve it, and silence the same for 1 day',
  note: 'Just note it: the alert stays as it is',
} as const;

type Choice = keyof typeof choices;

/** Somebody vouches for an alert: asks what follows from it, and why. The same: this kind, by this caller, on this resource. */
export function expectedModal(alert: Alert): ModalView {
  const open = alert.state !== 'resolved';
  const offered = (Object.keys(choices) as Choice[]).filter((choice) => open || choice === 'note');
  const options = offered.map((choice) => option(choice, choices[choice]));
  const [first] = options;
  return modal(
    `Expected: #${alert.id}`,
    [
      richText(words(headline(alert))),
      question('follows', 'You expected this. What now?', {
        type: 'radio_buttons',
        options,
        ...(first === undefined ? {} : { initial_option: first }),
      }),
      question(
        'reason',
        'Why is it expected?',
        { type: 'plain_text_input', max_length: 500 },
        { hint: "Shown in the alert's thread, under your name." },
      ),
      actions('wider', [
        button(actionIds.silence, 'Silence more than the same…', String(alert.id), `Silence alerts like ${alert.id}`),
      ]),
    ],
    { callbackId: callbackIds.expected, submit: 'Mark as expected', subject: alert },
  );
}

const ExpectedForm = z.object({
  follows: z.enum(['resolve', '1h', '1d', 'note'], { error: 'Choose what follows.' }),
  reason: required('Say in a few words why: others will wonder.'),
});

export const readExpectedForm = (view: SubmittedView): FormReading<z.infer<typeof ExpectedForm>> =>
  read(view, ExpectedForm);
