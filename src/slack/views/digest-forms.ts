import type { ModalView } from '@slack/types';
import * as z from 'zod';
import { oneLine } from '../../alerts/text.ts';
import { isUserId, md } from '../escape.ts';
import { limits } from '../limits.ts';
import { digestCallbacks, type ItemPlace } from './digest-ids.ts';
import { type DigestItem, keptItems } from './digest-result.ts';
import { plain, section } from './elements.ts';
import { modal, question, type Read, read, required, type Subject, type SubmittedView } from './modals/form.ts';

/** Which item of which run a form is about: edition and place stand, as one number, where alerts have their version. */
type Of = ItemPlace & { item: DigestItem };

const subject = ({ run, edition, place }: Of): Subject => ({ id: run, version: edition * keptItems + place });

export const itemPlaceOf = ({ id, version }: Subject): ItemPlace => ({
  run: id,
  edition: Math.floor(version / keptItems),
  place: version % keptItems,
});

const about = ({ item }: Of) => section(md`*${oneLine(item.title, 200)}*\n${oneLine(item.sentence, 400)}`);

/** Asks who mends a finding. */
export const digestAssignModal = (of: Of, assignee: string | undefined): ModalView =>
  modal(
    'Assign',
    [
      about(of),
      question(
        'to',
        'To whom?',
        { type: 'users_select', ...(assignee === undefined || !isUserId(assignee) ? {} : { initial_user: assignee }) },
        { hint: 'They are told now, and once a week until they press Done or the finding is gone.' },
      ),
      question('note', 'A note', { type: 'plain_text_input', max_length: 500 }, { optional: true }),
    ],
    { callbackId: digestCallbacks.assign, submit: 'Assign', subject: subject(of) },
  );

export const readDigestAssign = (view: SubmittedView): Read<{ to: string; note?: string | undefined }> =>
  read(view, z.object({ to: z.string({ error: 'Choose somebody.' }), note: z.string().optional() }));

const dayMs = 86_400_000;

/** Asks why a risk is accepted, and until when: another person decides about it. */
export const digestAcceptModal = (of: Of, now: Date): ModalView =>
  modal(
    'Accept the risk',
    [
      about(of),
      question(
        'reason',
        'Why may this stay as it is?',
        {
          type: 'plain_text_input',
          multiline: true,
          max_length: 500,
          placeholder: plain('What protects it instead, and what is planned', limits.select.placeholder),
        },
        { hint: 'Auditors read this. You are its owner.' },
      ),
      question(
        'until',
        'Until when?',
        { type: 'datetimepicker', initial_date_time: Math.ceil((now.getTime() + 90 * dayMs) / 60_000) * 60 },
        { hint: 'At most a year. Then it counts again.' },
      ),
    ],
    { callbackId: digestCallbacks.accept, submit: 'Ask for approval', subject: subject(of) },
  );

export function readDigestAccept(view: SubmittedView, now: Date): Read<{ reason: string; until: Date }> {
  return read(
    view,
    z.object({
      reason: required('Say why: auditors will ask.'),
      until: z
        .number({ error: 'Choose a day and a time.' })
        .transform((seconds) => new Date(seconds * 1000))
        .refine((until) => until > now, 'Choose a time in the future.')
        .refine((until) => until.getTime() - now.getTime() <= 366 * dayMs, 'At most a year.'),
    }),
  );
}
