import type { Block as LibraryBlock } from 'slack-blocks-to-jsx';
import * as z from 'zod';

// The page's content security policy forbids eval, which zod would compile its schemas with.
z.config({ jitless: true });

/**
 * Block Kit as the page reads it (docs.slack.dev/reference/block-kit). Limits are the server's business; here only the shapes
 * that are drawn matter, and what does not fit them is shown as a block that could not be drawn.
 */
export const Text = z.object({ type: z.enum(['plain_text', 'mrkdwn']), text: z.string() });
export type Text = z.infer<typeof Text>;

export const Option = z.object({
  text: Text,
  value: z.string().default(''),
  description: Text.optional(),
  url: z.string().optional(),
});
export type Option = z.infer<typeof Option>;

const OptionGroup = z.object({ label: Text, options: z.array(Option) });

export const Confirm = z.object({
  title: Text,
  text: Text,
  confirm: Text,
  deny: Text,
  style: z.string().optional(),
});
export type Confirm = z.infer<typeof Confirm>;

const SlackFile = z.object({ id: z.string().optional(), url: z.string().optional() });

const Picture = z.object({ image_url: z.string().optional(), slack_file: SlackFile.optional(), alt_text: z.string() });
export type Picture = z.infer<typeof Picture>;

const Feedback = z.object({ text: Text, value: z.string(), accessibility_label: z.string().optional() });

/** Any element, with the fields that any type of element has. */
export const Element = z.object({
  type: z.string(),
  action_id: z.string().default(''),
  confirm: Confirm.optional(),
  focus_on_load: z.boolean().optional(),
  placeholder: Text.optional(),
  accessibility_label: z.string().optional(),
  // button, icon_button, workflow_button
  text: z.union([Text, z.string()]).optional(),
  value: z.string().optional(),
  url: z.string().optional(),
  style: z.string().optional(),
  icon: z.string().optional(),
  positive_button: Feedback.optional(),
  negative_button: Feedback.optional(),
  // menus, checkboxes, radio buttons
  options: z.array(Option).optional(),
  option_groups: z.array(OptionGroup).optional(),
  initial_option: Option.optional(),
  initial_options: z.array(Option).optional(),
  initial_user: z.string().optional(),
  initial_users: z.array(z.string()).optional(),
  initial_conversation: z.string().optional(),
  initial_conversations: z.array(z.string()).optional(),
  initial_channel: z.string().optional(),
  initial_channels: z.array(z.string()).optional(),
  default_to_current_conversation: z.boolean().optional(),
  max_selected_items: z.number().optional(),
  // pickers and text inputs
  initial_date: z.string().optional(),
  initial_time: z.string().optional(),
  initial_date_time: z.number().optional(),
  /** A string, or what a rich_text_input holds. */
  initial_value: z.unknown().optional(),
  multiline: z.boolean().optional(),
  min_length: z.number().optional(),
  max_length: z.number().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
  is_decimal_allowed: z.boolean().optional(),
  dispatch_action_config: z.object({ trigger_actions_on: z.array(z.string()).optional() }).optional(),
  // image
  image_url: z.string().optional(),
  slack_file: SlackFile.optional(),
  alt_text: z.string().optional(),
});
export type Element = z.infer<typeof Element>;

const block_id = z.string().optional();

/** What the library draws as it stands. Everything with mrkdwn, a button or an outside frame in it is drawn here. */
const libraryTypes = ['rich_text', 'markdown', 'data_visualization', 'plan', 'task_card'] as const;

const byLibrary = z.custom<LibraryBlock>((value) => z.object({ type: z.enum(libraryTypes) }).safeParse(value).success);

const RichText = z.custom<Extract<LibraryBlock, { type: 'rich_text' }>>(
  (value) => z.object({ type: z.literal('rich_text'), elements: z.array(z.unknown()) }).safeParse(value).success,
);

export const Cell = z.union([
  z.object({ type: z.literal('raw_text'), text: z.string() }),
  z.object({ type: z.literal('raw_number'), value: z.number(), text: z.string().optional() }),
  RichText,
]);
export type Cell = z.infer<typeof Cell>;

const Card = z.object({
  type: z.literal('card'),
  block_id,
  title: Text.optional(),
  subtitle: Text.optional(),
  body: Text.optional(),
  subtext: Text.optional(),
  hero_image: Picture.optional(),
  icon: Picture.optional(),
  actions: z.array(Element).optional(),
});
export type Card = z.infer<typeof Card>;

const ownBlock = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('section'),
    block_id,
    text: Text.optional(),
    fields: z.array(Text).optional(),
    accessory: Element.optional(),
  }),
  z.object({ type: z.literal('header'), block_id, text: Text, level: z.number().int().min(1).max(4).optional() }),
  z.object({ type: z.literal('divider'), block_id }),
  z.object({
    type: z.literal('context'),
    block_id,
    elements: z.array(z.union([Text, Picture.extend({ type: z.literal('image') })])),
  }),
  z.object({ type: z.enum(['actions', 'context_actions']), block_id, elements: z.array(Element) }),
  z.object({
    type: z.literal('input'),
    block_id,
    label: Text,
    hint: Text.optional(),
    element: Element,
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
  }),
  Picture.extend({ type: z.literal('image'), block_id, title: Text.optional() }),
  z.object({
    type: z.literal('table'),
    block_id,
    rows: z.array(z.array(Cell)),
    column_settings: z
      .array(
        z
          .object({ align: z.enum(['left', 'center', 'right']).optional(), is_wrapped: z.boolean().optional() })
          .nullable(),
      )
      .optional(),
  }),
  z.object({
    type: z.literal('data_table'),
    block_id,
    caption: z.string(),
    rows: z.array(z.array(Cell)),
    page_size: z.number().int().min(1).default(5),
    row_header_column_index: z.number().optional(),
  }),
  z.object({ type: z.literal('alert'), block_id, text: Text, level: z.string().default('default') }),
  Card,
  z.object({ type: z.literal('carousel'), block_id, elements: z.array(Card) }),
  z.object({
    type: z.literal('container'),
    block_id,
    title: Text.optional(),
    rich_text_title: RichText.optional(),
    subtitle: Text.optional(),
    icon: Picture.optional(),
    child_blocks: z.array(z.unknown()),
    is_collapsible: z.boolean().optional(),
    default_collapsed: z.boolean().optional(),
    has_header_divider: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('video'),
    block_id,
    title: Text,
    title_url: z.string().optional(),
    description: Text.optional(),
    author_name: z.string().optional(),
    provider_name: z.string().optional(),
    alt_text: z.string(),
  }),
  z.object({ type: z.literal('file'), block_id, external_id: z.string(), source: z.string().optional() }),
]);
export type OwnBlock = z.infer<typeof ownBlock>;

export type ReadBlock =
  | { drawnBy: 'page'; block: OwnBlock }
  | { drawnBy: 'library'; block: LibraryBlock }
  | { drawnBy: 'nobody'; type: string; text: string };

/** The block, told apart by who draws it; a block of an unknown type or shape keeps its type and whatever text it holds. */
export function readBlock(raw: unknown): ReadBlock {
  const own = ownBlock.safeParse(raw);
  if (own.success) return { drawnBy: 'page', block: own.data };
  const library = byLibrary.safeParse(raw);
  if (library.success) return { drawnBy: 'library', block: library.data };
  const named = z.object({ type: z.string() }).safeParse(raw);
  return { drawnBy: 'nobody', type: named.success ? named.data.type : 'unknown', text: textsIn(raw).join(' ') };
}

/** Every string under a key that holds text to read, in order. */
export function textsIn(raw: unknown): string[] {
  if (Array.isArray(raw)) return raw.flatMap(textsIn);
  if (typeof raw !== 'object' || raw === null) return [];
  const readable = ['text', 'title', 'caption', 'label', 'alt_text', 'fallback'];
  return Object.entries(raw).flatMap(([key, value]) =>
    typeof value === 'string' ? (readable.includes(key) ? [value] : []) : textsIn(value),
  );
}

const Blocks = z.array(z.unknown());

/** A message's legacy attachment: a coloured bar with blocks (or text) beside it. */
export const Attachment = z.object({
  color: z.string().optional(),
  blocks: Blocks.default([]),
  fallback: z.string().optional(),
  pretext: z.string().optional(),
  title: z.string().optional(),
  title_link: z.string().optional(),
  text: z.string().optional(),
  fields: z.array(z.object({ title: z.string().default(''), value: z.string().default('') })).optional(),
  image_url: z.string().optional(),
  footer: z.string().optional(),
});
export type Attachment = z.infer<typeof Attachment>;

export const View = z.object({
  title: Text.optional(),
  submit: Text.nullish(),
  close: Text.nullish(),
  blocks: Blocks,
});

/** The blocks of a view; none when it has no readable shape. */
export function viewBlocks(view: unknown): unknown[] {
  const read = View.safeParse(view);
  return read.success ? read.data.blocks : [];
}
