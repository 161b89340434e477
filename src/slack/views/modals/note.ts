import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../../alerts/alert.ts';
import { limits } from '../../limits.ts';
import { callbackIds } from '../action-ids.ts';
import { headline } from '../alert-words.ts';
import { richText, words } from '../elements.ts';
import { modal, question, type Read, read, required, type SubmittedView } from './form.ts';

/** Asks for a note: it goes into the thread and the timeline. */
export const noteModal = (alert: Alert): ModalView =>
  modal(
    `Note on #${alert.id}`,
    [
      richText(words(headline(alert))),
      question(
        'text',
        'Note',
        { type: 'plain_text_input', multiline: true, max_length: limits.plainTextInput.maxLength, focus_on_load: true },
        { hint: "Shown in the alert's thread, under your name." },
      ),
    ],
    { callbackId: callbackIds.note, submit: 'Add note', subject: alert },
  );

const NoteForm = z.object({ text: required('Write the note first.') });

export const readNoteForm = (view: SubmittedView): Read<z.infer<typeof NoteForm>> => read(view, NoteForm);
