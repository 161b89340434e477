import type { ModalView } from '@slack/types';
import * as z from 'zod';
import {
  type DigestItem,
  dueOf,
  keptItems,
  type SignOffOutcome,
  signOffOutcomes,
} from '../../framework/digest-result.ts';
import { oneLine } from '../../words/text.ts';
import { dayMs } from '../../words/time.ts';
import { isUserId, md } from '../escape.ts';
import { limits } from '../limits.ts';
import { digestCallbacks, type ItemPlace } from './digest-ids.ts';
import type { GivenTask } from './digest-message.ts';
import { option, plain, section } from './elements.ts';
import {
  type AlertOnScreen,
  type FormReading,
  modal,
  question,
  read,
  required,
  type SubmittedView,
} from './modals/form.ts';

/** Which item of which run a form is about: edition and place stand, as one number, where alerts have their version. */
type Of = ItemPlace & { item: DigestItem };

const subject = ({ run, edition, place }: Of): AlertOnScreen => ({ id: run, version: edition * keptItems + place });

export const itemPlaceOf = ({ id, version }: AlertOnScreen): ItemPlace => ({
  run: id,
  edition: Math.floor(version / keptItems),
  place: version % keptItems,
});

/** As pickers of Slack count: seconds, without those of the minute. */
const wholeMinute = (time: Date): number => Math.ceil(time.getTime() / 60_000) * 60;

const about = ({ item }: Of) => section(md`*${oneLine(item.title, 200)}*\n${oneLine(item.sentence, 400)}`);

/** Asks who fixes a finding, and until when. */
export const digestAssignModal = (of: Of, task: GivenTask | undefined, now: Date): ModalView =>
  modal(
    'Assign',
    [
      about(of),
      question(
        'to',
        'To whom?',
        {
          type: 'users_select',
          ...(task === undefined || !isUserId(task.assignee) ? {} : { initial_user: task.assignee }),
        },
        { hint: 'They get a message now, and once a week until they press Done or the finding is gone.' },
      ),
      question(
        'due',
        'Until when?',
        { type: 'datetimepicker', initial_date_time: wholeMinute(task?.due ?? dueOf(of.item, now)) },
        { hint: `Usual for ${of.item.severity}. From then on the digest lists it as overdue.` },
      ),
      question(
        'ticket',
        'Ticket',
        {
          type: 'plain_text_input',
          max_length: 300,
          placeholder: plain('SEC-123, or its address', limits.select.placeholder),
          ...(task?.ticket == null ? {} : { initial_value: task.ticket }),
        },
        { optional: true },
      ),
      question('note', 'A note', { type: 'plain_text_input', max_length: 500 }, { optional: true }),
    ],
    { callbackId: digestCallbacks.assign, submit: 'Assign', subject: subject(of) },
  );

/** An assignment as it was filled in. */
export interface AssignForm {
  to: string;
  due?: Date | undefined;
  ticket?: string | undefined;
  note?: string | undefined;
}

export const readDigestAssign = (view: SubmittedView, now: Date): FormReading<AssignForm> =>
  read(
    view,
    z.object({
      to: z.string({ error: 'Choose somebody.' }),
      due: z
        .number()
        .transform((seconds) => new Date(seconds * 1000))
        .refine((due) => due > now, 'Choose a time in the future.')
        .optional(),
      ticket: z.string().max(300, 'Shorten this to 300 characters.').optional(),
      note: z.string().optional(),
    }),
  );

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
        { type: 'datetimepicker', initial_date_time: wholeMinute(new Date(now.getTime() + 90 * dayMs)) },
        { hint: 'At most a year. Then it counts again.' },
      ),
    ],
    { callbackId: digestCallbacks.accept, submit: 'Ask for approval', subject: subject(of) },
  );

export function readDigestAccept(view: SubmittedView, now: Date): FormReading<{ reason: string; until: Date }> {
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

/** Asks for a verdict on exactly the edition that was on screen; what it does not rest on is acknowledged by name. */
export const digestReviewModal = (of: {
  run: number;
  edition: number;
  title: string;
  gaps: readonly string[];
}): ModalView =>
  modal(
    'Sign off',
    [
      section(md`*${oneLine(of.title, 200)}*, run ${of.run}, edition ${of.edition}`),
      question('outcome', 'Your verdict', {
        type: 'static_select',
        options: [
          option('accepted', 'Accepted'),
          option('remarks', 'Accepted with remarks'),
          option('refused', 'Refused'),
        ],
      }),
      question(
        'comment',
        'What you looked at, and your remarks',
        { type: 'plain_text_input', multiline: true, max_length: 1000 },
        { optional: true, hint: 'It stands in the certificate. A remark or a refusal needs it.' },
      ),
      ...(of.gaps.length === 0
        ? []
        : [
            section(md`❗ *Not in it:*\n${oneLine(of.gaps.slice(0, 10).join(' · '), 1500)}`),
            question('gaps', 'What is not in it', {
              type: 'static_select',
              options: [option('seen', 'I know that this was not looked at')],
            }),
          ]),
    ],
    { callbackId: digestCallbacks.review, submit: 'Sign off', subject: { id: of.run, version: of.edition } },
  );

/** A sign-off as it was filled in. */
export interface ReviewForm {
  outcome: SignOffOutcome;
  comment: string | null;
  gapsSeen: boolean;
}

export const readDigestReview = (view: SubmittedView): FormReading<ReviewForm> =>
  read(
    view,
    z
      .object({
        outcome: z.enum(signOffOutcomes, { error: 'Choose a verdict.' }),
        comment: z.string().optional(),
        gaps: z.string().optional(),
      })
      .refine(({ outcome, comment }) => outcome === 'accepted' || comment !== undefined, {
        path: ['comment'],
        error: 'Write what is wrong: whoever mends it reads this.',
      })
      .transform(({ outcome, comment, gaps }) => ({ outcome, comment: comment ?? null, gapsSeen: gaps === 'seen' })),
  );
