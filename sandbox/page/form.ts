import * as z from 'zod';
import { Element, type Option } from './blocks/schema.ts';

/** The value of an element as Slack writes it in `state.values` and in an action (docs.slack.dev/reference/interaction-payloads). */
export type FieldValue = {
  value?: string | null;
  selected_option?: Option | null;
  selected_options?: Option[];
  selected_user?: string | null;
  selected_users?: string[];
  selected_conversation?: string | null;
  selected_conversations?: string[];
  selected_channel?: string | null;
  selected_channels?: string[];
  selected_date?: string | null;
  selected_time?: string | null;
  selected_date_time?: number | null;
  rich_text_value?: unknown;
  files?: unknown[];
};

/** What people changed on the page, by `fieldKey`. */
export type Edits = Record<string, FieldValue>;

export const fieldKey = (blockId: string, actionId: string): string => `${blockId}\u0000${actionId}`;

/** What stands in an element before anybody touched it; undefined for one that holds no value (a button, an image, an overflow menu). */
export function initialValue(element: Element, conversation?: string): FieldValue | undefined {
  const here = element.default_to_current_conversation ? conversation : undefined;
  const text = typeof element.initial_value === 'string' ? element.initial_value : undefined;
  switch (element.type) {
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return { value: text ?? null };
    case 'rich_text_input':
      return { rich_text_value: element.initial_value ?? null };
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
      return { selected_option: element.initial_option ?? null };
    case 'multi_static_select':
    case 'multi_external_select':
    case 'checkboxes':
      return { selected_options: element.initial_options ?? [] };
    case 'users_select':
      return { selected_user: element.initial_user ?? null };
    case 'multi_users_select':
      return { selected_users: element.initial_users ?? [] };
    case 'conversations_select':
      return { selected_conversation: element.initial_conversation ?? here ?? null };
    case 'multi_conversations_select':
      return { selected_conversations: element.initial_conversations ?? (here ? [here] : []) };
    case 'channels_select':
      return { selected_channel: element.initial_channel ?? null };
    case 'multi_channels_select':
      return { selected_channels: element.initial_channels ?? [] };
    case 'datepicker':
      return { selected_date: element.initial_date ?? null };
    case 'timepicker':
      return { selected_time: element.initial_time ?? null };
    case 'datetimepicker':
      return { selected_date_time: element.initial_date_time ?? null };
    case 'file_input':
      return { files: [] };
    default:
      return undefined;
  }
}

const Holder = z.object({
  block_id: z.string().optional(),
  type: z.string(),
  element: Element.optional().catch(undefined),
  accessory: Element.optional().catch(undefined),
  elements: z
    .array(Element.catch({ type: '', action_id: '' }))
    .optional()
    .catch(undefined),
  child_blocks: z.array(z.unknown()).optional().catch(undefined),
});

/** `state.values`: every element of the blocks that holds a value, with what people changed laid over it. */
export function formState(
  blocks: readonly unknown[],
  edits: Edits,
  conversation?: string,
): Record<string, Record<string, unknown>> {
  const state: Record<string, Record<string, unknown>> = {};
  for (const raw of blocks) {
    const read = Holder.safeParse(raw);
    if (!read.success) continue;
    const { block_id: blockId = '', element, accessory, elements, child_blocks } = read.data;
    if (child_blocks) Object.assign(state, formState(child_blocks, edits, conversation));
    for (const one of [element, accessory, ...(elements ?? [])]) {
      const initial = one && initialValue(one, conversation);
      if (!initial) continue;
      const value = { type: one.type, ...(edits[fieldKey(blockId, one.action_id)] ?? initial) };
      state[blockId] = { ...state[blockId], [one.action_id]: value };
    }
  }
  return state;
}
