import type { InputBlock, InputBlockElement, KnownBlock, ModalView, PlainTextElement } from '@slack/types';
import * as z from 'zod';
import { maskText } from '../../../alerts/mask.ts';
import { parseJson } from '../../../words/json.ts';
import { oneLine } from '../../../words/text.ts';
import { limits } from '../../limits.ts';
import { formActionId } from '../action-ids.ts';
import { plain } from '../elements.ts';

/** The part of a submitted view that a form is read from. */
export interface SubmittedView {
  private_metadata: string;
  state: { values: Record<string, Record<string, unknown>> };
}

/** What was filled in, or one sentence for each block that is wrong: what Slack takes as `response_action: 'errors'`. */
export type FormReading<T> = { ok: true; form: T } | { ok: false; errors: Record<string, string> };

/** Which alert a modal is about, and which version of it was on screen. */
export interface AlertOnScreen {
  id: number;
  version: number;
  /** The level of its policy that the form calls. */
  calls?: number | undefined;
  /** Slack's address of the copy that only this person sees, where the form was opened from one: it is drawn anew. */
  copy?: string | undefined;
}

const SubjectJson = z
  .object({
    id: z.int32().positive(),
    version: z.int32().nonnegative(),
    calls: z.int32().positive().optional(),
    copy: z.url().optional(),
  })
  .nullable();

/** The alert that a modal of ours is about, null for one about none; undefined for a view that is none of ours. */
export const alertOnScreen = (view: Pick<SubmittedView, 'private_metadata'>): AlertOnScreen | null | undefined =>
  SubjectJson.safeParse(parseJson(view.private_metadata)).data;

const ListJson = z.object({ list: z.string() });

/** The list of alerts that a modal of ours is about, as its block_id says; undefined: it is about none. */
export const listOnScreen = (view: Pick<SubmittedView, 'private_metadata'>): string | undefined =>
  ListJson.safeParse(parseJson(view.private_metadata)).data?.list;

const ScheduleJson = z.object({ schedule: z.string() });

/** The schedule that a modal of ours is about; undefined: it is about none. */
export const scheduleOnScreen = (view: Pick<SubmittedView, 'private_metadata'>): string | undefined =>
  ScheduleJson.safeParse(parseJson(view.private_metadata)).data?.schedule;

type Subject = AlertOnScreen | { list: string } | { schedule: string } | null;

/** A form that was opened from a copy of what it is about. */
export const fromCopy = (view: ModalView, copy: string): ModalView => ({
  ...view,
  private_metadata: JSON.stringify({ ...alertOnScreen({ private_metadata: view.private_metadata ?? '' }), copy }),
});

/** A modal, mostly about an alert. With `submit` it is a form, whose answer comes back under the callback id. */
export function modal(
  title: string,
  blocks: KnownBlock[],
  form?: { callbackId: string; submit: string; subject: Subject },
): ModalView {
  return {
    type: 'modal',
    title: short(title),
    close: short(form === undefined ? 'Close' : 'Cancel'),
    blocks: blocks.slice(0, limits.view.blocks),
    ...(form === undefined
      ? {}
      : {
          callback_id: form.callbackId,
          submit: short(form.submit),
          private_metadata: JSON.stringify(subjectOf(form.subject)),
        }),
  };
}

const subjectOf = (subject: Subject) =>
  subject === null || !('id' in subject) ? subject : { id: subject.id, version: subject.version, calls: subject.calls };

const short = (text: string): PlainTextElement => plain(text, limits.view.title);

/** One question of a form: its block_id is the name under which `read` finds the answer. */
export const question = (
  name: string,
  label: string,
  element: InputBlockElement,
  more: { hint?: string; optional?: boolean } = {},
): InputBlock => ({
  type: 'input',
  block_id: name,
  label: plain(label, limits.input.label),
  element: { ...element, action_id: formActionId },
  ...(more.hint === undefined ? {} : { hint: plain(more.hint, limits.input.hint) }),
  ...(more.optional === true ? { optional: true } : {}),
});

/** The last one of the year 9999, since 1970. */
const lastSecond = 253_402_300_799;

const Answer = z.object({
  value: z.string().nullish(),
  selected_user: z.string().nullish(),
  selected_date_time: z.int().nonnegative().max(lastSecond).nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_options: z.array(z.object({ value: z.string() })).nullish(),
});

/** What was answered to each question, secrets masked; a question left empty is undefined. */
function answers({ state }: SubmittedView): Record<string, string | number | undefined> {
  return Object.fromEntries(
    Object.entries(state.values).map(([name, elements]) => {
      const { value, selected_user, selected_date_time, selected_option, selected_options } = Answer.catch({}).parse(
        elements[formActionId],
      );
      const text = value == null ? undefined : maskText(value.trim());
      return [
        name,
        (text === '' ? undefined : text) ??
          selected_user ??
          selected_date_time ??
          selected_option?.value ??
          chosen(selected_options) ??
          undefined,
      ];
    }),
  );
}

/** Of several choices all, with commas between. */
const chosen = (options: readonly { value: string }[] | null | undefined): string | undefined =>
  options == null || options.length === 0 ? undefined : options.map(({ value }) => value).join(',');

/** Reads a form by a schema over its questions' names; a wrong answer is shown at its question. */
export function read<T>(view: SubmittedView, schema: z.ZodType<T>): FormReading<T> {
  const parsed = schema.safeParse(answers(view));
  if (parsed.success) return { ok: true, form: parsed.data };
  const errors = parsed.error.issues.map(
    (issue) => [String(issue.path[0] ?? ''), oneLine(issue.message, 300)] as const,
  );
  // The first error of a question is the one that is shown.
  return { ok: false, errors: Object.fromEntries(errors.toReversed()) };
}

/** A text that has to be there; `empty` says what to write. */
export const required = (empty: string) =>
  z.string({ error: empty }).max(limits.plainTextInput.maxLength, 'Shorten this to 3,000 characters.');
