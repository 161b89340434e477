import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../../alerts/alert.ts';
import type { Incident } from '../../../alerts/incidents.ts';
import { clip } from '../../../words/text.ts';
import { limits } from '../../limits.ts';
import { callbackIds } from '../action-ids.ts';
import { consequence } from '../alert-words.ts';
import { option, richText, words } from '../elements.ts';
import { type FormReading, modal, question, read, type SubmittedView } from './form.ts';

/** Asks which alerts leave an incident: the newest hundred can be chosen, the others by the command. */
export const splitModal = (incident: Incident, alerts: readonly Alert[]): ModalView =>
  modal(
    `Incident ${incident.id}`,
    [
      richText(
        words(
          'Alerts that are taken out have a message and a timer of their own again. Where one is left, the incident is none any more.',
          400,
        ),
      ),
      question('alerts', 'Which alerts do not belong here?', {
        type: 'multi_static_select',
        options: alerts
          .slice(-limits.select.options)
          .map(({ id, signal }) => option(String(id), clip(`#${id} ${consequence(signal)}`, limits.option.text))),
      }),
    ],
    { callbackId: callbackIds.split, submit: 'Take out', subject: incident },
  );

const chooseOne = 'Choose one alert at least.';
const SplitForm = z.object({
  alerts: z
    .string({ error: chooseOne })
    .transform((chosen) => chosen.split(','))
    .pipe(
      z.array(
        z
          .string()
          .regex(/^\d{1,9}$/, chooseOne)
          .transform(Number),
      ),
    ),
});

export const readSplitForm = (view: SubmittedView): FormReading<z.infer<typeof SplitForm>> => read(view, SplitForm);
