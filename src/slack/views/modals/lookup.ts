import type { ModalView } from '@slack/types';
import * as z from 'zod';
import { parseJson } from '../../../words/json.ts';
import { oneLine } from '../../../words/text.ts';
import type { Typed } from '../../../words/typed.ts';
import { limits } from '../../limits.ts';
import { option, plain } from '../elements.ts';
import { lookupCallbackId } from '../question-ids.ts';
import { type FormReading, modal, question, read, required, type SubmittedView } from './form.ts';

/** What can be looked up, with the words of the menu. */
const kinds = {
  user: 'A user or person, by name, address or ARN',
  role: 'A role, by name or ARN',
  key: 'An access key',
  ip: 'An IP address or a network',
  resource: 'A resource, by name or ARN',
  event: 'An event name, like StopLogging',
  service: 'A service, like iam',
  id: 'An event id',
} as const;

/** What is known of the question already, as it was typed. */
export type LookupDraft = Partial<Record<'kind' | 'value' | 'since' | 'until' | 'account' | 'region', string>>;

/** Where the answer goes: where the form was asked for. */
const Return = z.object({ channel: z.string(), responseUrl: z.string() });

/** Asks what to look up and where: the command's own arguments. */
export function lookupModal(draft: LookupDraft, back: z.infer<typeof Return>): ModalView {
  const kind = Object.entries(kinds).find(([name]) => name === draft.kind);
  const text = (name: keyof LookupDraft, label: string, hint: string) =>
    question(
      name,
      label,
      { type: 'plain_text_input', max_length: 1000, ...initial(draft[name]) },
      { hint, optional: true },
    );
  return {
    ...modal('Who did what?', [
      question('kind', 'What do you know?', {
        type: 'static_select',
        options: Object.entries(kinds).map(([value, words]) => option(value, words)),
        placeholder: plain('Choose', limits.select.placeholder),
        ...(kind === undefined ? {} : { initial_option: option(kind[0], kind[1]) }),
      }),
      question('value', 'Its name', {
        type: 'plain_text_input',
        max_length: 1000,
        focus_on_load: true,
        ...initial(draft.value),
      }),
      text('since', 'Since', '24h, 7d, yesterday 14:00, monday, 2026-11-23; a day if left empty.'),
      text('until', 'Until', 'Now if left empty.'),
      text('account', 'Accounts', 'Names, ids or patterns like prod-*, with commas between; all if left empty.'),
      text('region', 'Regions', 'Like eu-west-1, with commas between; all if left empty.'),
    ]),
    callback_id: lookupCallbackId,
    submit: plain('Look up', limits.view.submit),
    private_metadata: JSON.stringify(back),
  };
}

const initial = (value: string | undefined) => {
  const text = oneLine(value ?? '', 1000);
  return text === '' ? {} : { initial_value: text };
};

const more = z.string().optional();
const LookupForm = z.object({
  kind: required('Choose what you know.'),
  value: required('Write its name.'),
  since: more,
  until: more,
  account: more,
  region: more,
});

/** The question as it would have been typed after `lookup`: a text of the form is one word, quotes and all. */
export function readLookupForm(view: SubmittedView): FormReading<Typed> {
  const filled = read(view, LookupForm);
  if (!filled.ok) return filled;
  const { kind, value, ...more } = filled.form;
  const options = Object.entries(more).flatMap(([name, text]): [string, string][] =>
    text === undefined ? [] : [[name, text]],
  );
  return { ok: true, form: { words: [kind, value], options: new Map(options) } };
}

/** Where the answer goes; undefined for a view that is none of ours. */
export const returnOf = (view: Pick<SubmittedView, 'private_metadata'>): z.infer<typeof Return> | undefined =>
  Return.safeParse(parseJson(view.private_metadata)).data;
