import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../../alerts/alert.ts';
import { plural } from '../../../words/text.ts';
import { isUserId } from '../../escape.ts';
import { callbackIds } from '../action-ids.ts';
import { headline } from '../alert-words.ts';
import { option, plain, richText, words } from '../elements.ts';
import { type FormReading, modal, question, read, type SubmittedView } from './form.ts';

const atOnce = option('assign', 'Assign at once');

/** Asks who should take the alert; who asks is filled in where nobody has it. */
export const assignModal = (alert: Alert, asker: string): ModalView =>
  modal(
    `Assign #${alert.id}`,
    [
      richText(words(headline(alert))),
      question(
        'to',
        'To whom?',
        {
          type: 'users_select',
          placeholder: plain('Choose a person'),
          ...(isUserId(alert.assignee ?? asker) ? { initial_user: alert.assignee ?? asker } : {}),
        },
        { hint: 'They are told by direct message. The alert stays as it is until somebody acknowledges it.' },
      ),
      question('how', 'How?', {
        type: 'radio_buttons',
        options: [atOnce, option('ask', 'Ask first: it stays with me until they take it over, within 10 minutes')],
        initial_option: atOnce,
      }),
    ],
    { callbackId: callbackIds.assign, submit: 'Assign', subject: alert },
  );

/** The same for all that a list of alerts lets through. */
export const assignListModal = (list: string, count: number, asker: string): ModalView =>
  modal(
    `Assign ${plural(count, 'alert')}`,
    [
      question(
        'to',
        'To whom?',
        {
          type: 'users_select',
          placeholder: plain('Choose a person'),
          ...(isUserId(asker) ? { initial_user: asker } : {}),
        },
        {
          hint: 'All that pass the filter when you press Assign, each on the record. They are told by one direct message.',
        },
      ),
    ],
    { callbackId: callbackIds.assignList, submit: 'Assign', subject: { list } },
  );

const AssignForm = z.object({
  to: z.string({ error: 'Choose a person.' }).refine(isUserId, 'Choose a person.'),
  how: z.enum(['assign', 'ask']).default('assign'),
});

export const readAssignForm = (view: SubmittedView): FormReading<z.infer<typeof AssignForm>> => read(view, AssignForm);
