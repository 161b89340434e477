import type { ModalView } from '@slack/types';
import * as z from 'zod';
import { clip } from '../../../words/text.ts';
import { limits } from '../../limits.ts';
import { callbackIds } from '../action-ids.ts';
import { option, richText, words } from '../elements.ts';
import { type FormReading, modal, question, read, type SubmittedView } from './form.ts';

/** Asks into which case an answer goes: one that is open, or a new one. */
export const caseModal = (
  asked: { id: number; line: string },
  open: readonly { id: number; name: string }[],
  longestName: number,
): ModalView =>
  modal(
    'Add to a case',
    [
      richText(words(`/audit ${asked.line}`, 600)),
      ...(open.length === 0
        ? []
        : [
            question(
              'case',
              'Which case?',
              {
                type: 'static_select',
                options: open
                  .slice(0, limits.select.options)
                  .map(({ id, name }) => option(String(id), clip(`${id}: ${name}`, limits.option.text))),
              },
              { optional: true },
            ),
          ]),
      question(
        'name',
        open.length === 0 ? 'A name for the case' : 'Or the name of a new one',
        { type: 'plain_text_input', max_length: longestName },
        { optional: open.length > 0 },
      ),
      question(
        'note',
        'What does it tell?',
        { type: 'plain_text_input', max_length: 1000, multiline: true },
        { optional: true, hint: 'A note beside the answer, under your name.' },
      ),
    ],
    { callbackId: callbackIds.addToCase, submit: 'Add', subject: { id: asked.id, version: 0 } },
  );

const which = 'Choose a case, or name a new one.';
const CaseForm = z
  .object({
    case: z
      .string()
      .regex(/^\d{1,9}$/, which)
      .transform(Number)
      .optional(),
    name: z.string().max(limits.plainTextInput.maxLength).optional(),
    note: z.string().max(1000).optional(),
  })
  .refine((filled) => (filled.case === undefined) !== (filled.name === undefined), {
    path: ['name'],
    message: 'Choose a case, or name a new one: not both.',
  });

export const readCaseForm = (view: SubmittedView): FormReading<z.infer<typeof CaseForm>> => read(view, CaseForm);
