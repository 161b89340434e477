import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../../alerts/alert.ts';
import { callbackIds } from '../action-ids.ts';
import { headline } from '../alert-words.ts';
import { richText, words } from '../elements.ts';
import { modal, question, type Read, read, type SubmittedView } from './form.ts';

const hourMs = 3_600_000;

/** Asks until when; an hour from now is filled in. */
export const snoozeModal = (alert: Alert, now: Date): ModalView =>
  modal(
    `Snooze #${alert.id}`,
    [
      richText(words(headline(alert))),
      question(
        'until',
        'Until when?',
        { type: 'datetimepicker', initial_date_time: Math.ceil((now.getTime() + hourMs) / 60_000) * 60 },
        {
          hint: 'Your own time zone. Nobody is called until then; after it the alert fires again unless it is resolved.',
        },
      ),
    ],
    { callbackId: callbackIds.snooze, submit: 'Snooze', subject: alert },
  );

/** The longest snooze: what is quiet for longer is a silence, with a reason. */
const longestMs = 30 * 24 * hourMs;

export function readSnoozeForm(view: SubmittedView, now: Date): Read<{ until: Date }> {
  const SnoozeForm = z.object({
    until: z
      .number({ error: 'Choose a day and a time.' })
      .transform((seconds) => new Date(seconds * 1000))
      .refine((until) => until > now, 'Choose a time in the future.')
      .refine(
        (until) => until.getTime() - now.getTime() <= longestMs,
        'At most 30 days: for longer, resolve the alert or silence alerts like it.',
      ),
  });
  return read(view, SnoozeForm);
}
