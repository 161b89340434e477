import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../../alerts/alert.ts';
import { clip } from '../../../words/text.ts';
import { isUserId, joined, md } from '../../escape.ts';
import { limits } from '../../limits.ts';
import { callbackIds } from '../action-ids.ts';
import { headline } from '../alert-words.ts';
import { plain, richText, section, words } from '../elements.ts';
import { targetWords } from '../target-words.ts';
import { type FormReading, modal, question, read, required, type SubmittedView } from './form.ts';
import { warning } from './plain.ts';

/** Characters of a reason. */
const reasonMax = 1000;

/** The step of the policy that comes next: its level, and whom it calls as config names them. */
export interface NextStep {
  level: number;
  notify: string[];
}

/**
 * Asks why; says who is called next. Without a policy a person has to be chosen. `again`: it is shown once more, because of what
 * `said` says, with the reason that was filled in.
 */
export const escalateModal = (
  alert: Alert,
  next: NextStep | null,
  again?: { said: string; reason: string | undefined },
): ModalView =>
  modal(
    `Escalate #${alert.id}`,
    [
      richText(words(headline(alert))),
      ...(again === undefined ? [] : [warning(again.said)]),
      section(
        next === null || next.notify.length === 0
          ? md`No escalation policy applies to this alert: choose whom to call.`
          : md`Level *${next.level}* calls ${joined(next.notify.slice(0, 20).map(targetWords), md`, `)}.`,
      ),
      question(
        'reason',
        'Why?',
        {
          type: 'plain_text_input',
          multiline: true,
          max_length: reasonMax,
          focus_on_load: true,
          ...(again?.reason === undefined ? {} : { initial_value: clip(again.reason, reasonMax) }),
          placeholder: plain('What you know, and what you need', limits.select.placeholder),
        },
        { hint: 'Goes to everybody who is called, and into the timeline.' },
      ),
      question(
        'to',
        next === null ? 'Whom to call' : 'Call somebody else instead',
        { type: 'users_select', placeholder: plain('Choose a person') },
        { optional: next !== null },
      ),
    ],
    { callbackId: callbackIds.escalate, submit: 'Escalate', subject: { ...alert, calls: next?.level } },
  );

const EscalateForm = z.object({
  reason: required('Say in a few words why: whoever is called reads it first.'),
  to: z.string().refine(isUserId, 'Choose a person.').optional(),
});

export const readEscalateForm = (view: SubmittedView): FormReading<z.infer<typeof EscalateForm>> =>
  read(view, EscalateForm);
