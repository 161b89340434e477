import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../../alerts/alert.ts';
import { parseDuration } from '../../../words/durations.ts';
import { dayMs } from '../../../words/time.ts';
import { callbackIds } from '../action-ids.ts';
import { headline } from '../alert-words.ts';
import { option, richText, words } from '../elements.ts';
import { type FormReading, modal, question, read, type SubmittedView } from './form.ts';

const halfAnHour = option('30m', '30 minutes');

/** Asks how long; `tomorrow` is the next morning where the person is. */
export const snoozeModal = (alert: Alert, tomorrow: Date): ModalView =>
  modal(
    `Snooze #${alert.id}`,
    [
      richText(words(headline(alert))),
      question('for', 'How long?', {
        type: 'radio_buttons',
        options: [
          halfAnHour,
          option('2h', '2 hours'),
          option(tomorrow.toISOString(), 'Until tomorrow 9:00 AM'),
          option('choose', 'Until the time below'),
        ],
        initial_option: halfAnHour,
      }),
      question(
        'until',
        'Until',
        { type: 'datetimepicker', initial_date_time: Math.floor(tomorrow.getTime() / 1000) },
        {
          optional: true,
          hint: 'Your own time zone. No one is called until then; after it the alert fires again unless it is resolved.',
        },
      ),
    ],
    { callbackId: callbackIds.snooze, submit: 'Snooze', subject: alert },
  );

/** The longest snooze: what is quiet for longer is a silence, with a reason. */
const longestMs = 30 * dayMs;

/** When "30m", "2h", a time of its own or the time below is over; undefined: no time was chosen. */
function untilOf({ for: choice, until }: { for: string; until?: number | undefined }, now: Date): Date | undefined {
  if (choice === 'choose') return until === undefined ? undefined : new Date(until * 1000);
  const ms = parseDuration(choice);
  const at = new Date(ms === undefined ? choice : now.getTime() + ms);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

export function readSnoozeForm(view: SubmittedView, now: Date): FormReading<{ until: Date }> {
  const SnoozeForm = z
    .object({ for: z.string({ error: 'Choose how long.' }), until: z.number().optional() })
    .transform((form) => ({ until: untilOf(form, now) }))
    .pipe(
      z.object({
        until: z
          .date({ error: 'Choose a day and a time.' })
          .refine((until) => until > now, 'Choose a time in the future.')
          .refine(
            (until) => until.getTime() - now.getTime() <= longestMs,
            'At most 30 days: for longer, resolve the alert or silence alerts like it.',
          ),
      }),
    );
  return read(view, SnoozeForm);
}
