import type { ModalView } from '@slack/types';
import * as z from 'zod';
import { hourMs } from '../../../words/time.ts';
import { isUserId, md } from '../../escape.ts';
import { callbackIds } from '../action-ids.ts';
import { plain, section } from '../elements.ts';
import { type FormReading, modal, question, read, type SubmittedView } from './form.ts';

const person = { type: 'users_select' as const, placeholder: plain('Choose a person') };

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/** Asks who stands in, from when until when; who asks and the hours until the next handoff are filled in. */
export const overrideModal = (schedule: string, asker: string, now: Date, until: Date | null): ModalView =>
  modal(
    'Stand in',
    [
      section(md`Somebody is on call for *${schedule.slice(0, 80)}* in place of who would be.`),
      question(
        'user',
        'Who stands in?',
        { ...person, ...(isUserId(asker) ? { initial_user: asker } : {}) },
        { hint: 'For others than yourself you must be one of those who administer.' },
      ),
      question(
        'from',
        'From when? (empty: now)',
        { type: 'datetimepicker' },
        { optional: true, hint: 'Your own time zone.' },
      ),
      question('until', 'Until when?', {
        type: 'datetimepicker',
        initial_date_time: seconds(until ?? new Date(now.getTime() + 2 * hourMs)),
      }),
      question('instead', 'In whose place? (empty: everybody’s)', person, {
        optional: true,
        hint: 'Where several are on call at a time.',
      }),
    ],
    { callbackId: callbackIds.override, submit: 'Stand in', subject: { schedule } },
  );

/** Asks with whom to swap one's own next shift. */
export const swapModal = (schedule: string): ModalView =>
  modal(
    'Swap shifts',
    [
      section(
        md`Your next shift of *${schedule.slice(0, 80)}* for the next one of somebody else. Nothing changes before they agree.`,
      ),
      question('user', 'With whom?', person),
    ],
    { callbackId: callbackIds.swap, submit: 'Ask', subject: { schedule } },
  );

const user = z.string({ error: 'Choose a person.' }).refine(isUserId, 'Choose a person.');
const time = z.number().transform((at) => new Date(at * 1000));
const OverrideForm = z.object({
  user,
  from: time.optional(),
  until: z.number({ error: 'Choose until when.' }).pipe(time),
  instead: user.optional(),
});
const SwapForm = z.object({ user });

export const readOverrideForm = (view: SubmittedView): FormReading<z.output<typeof OverrideForm>> =>
  read(view, OverrideForm);
export const readSwapForm = (view: SubmittedView): FormReading<z.output<typeof SwapForm>> => read(view, SwapForm);
