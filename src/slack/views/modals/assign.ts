import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../../alerts/alert.ts';
import { isUserId } from '../../escape.ts';
import { callbackIds } from '../action-ids.ts';
import { headline } from '../alert-words.ts';
import { plain, richText, words } from '../elements.ts';
import { modal, question, type Read, read, type SubmittedView } from './form.ts';

/** Asks to whom. */
export const assignModal = (alert: Alert): ModalView =>
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
          ...(alert.assignee !== null && isUserId(alert.assignee) ? { initial_user: alert.assignee } : {}),
        },
        { hint: 'They are told by direct message. The alert stays as it is until somebody acknowledges it.' },
      ),
    ],
    { callbackId: callbackIds.assign, submit: 'Assign', subject: alert },
  );

const AssignForm = z.object({ to: z.string({ error: 'Choose a person.' }).refine(isUserId, 'Choose a person.') });

export const readAssignForm = (view: SubmittedView): Read<z.infer<typeof AssignForm>> => read(view, AssignForm);
