import { randomBytes } from 'node:crypto';
import { isObject, type Json, objects, string } from './json.ts';

/** Reading Block Kit: pure functions over blocks as they travel, checked by validate.ts before they are stored. */

/** A block and its place, as a JSON pointer. */
interface Placed {
  block: Json;
  pointer: string;
}

/** Every block of a list and those inside containers and carousels, in reading order. */
export function eachBlock(blocks: unknown, pointer = '/blocks'): Placed[] {
  if (!Array.isArray(blocks)) return [];
  return blocks.flatMap((block: unknown, index) => {
    if (!isObject(block)) return [];
    const place = `${pointer}/${index}`;
    const inside = block.type === 'container' ? 'child_blocks' : block.type === 'carousel' ? 'elements' : undefined;
    return [{ block, pointer: place }, ...(inside === undefined ? [] : eachBlock(block[inside], `${place}/${inside}`))];
  });
}

/** The elements that belong to one block itself: accessory, elements, input, card buttons. */
export function elementsOf(block: Json): Json[] {
  if (block.type === 'section') return objects([block.accessory]);
  if (block.type === 'input') return objects([block.element]);
  if (block.type === 'card') return objects(block.actions);
  return block.type === 'actions' || block.type === 'context_actions' ? objects(block.elements) : [];
}

/** The field in which an element's value travels, in actions and in state.values. Source: Slack, block_actions payload. */
const valueField: Record<string, string> = {
  checkboxes: 'selected_options',
  radio_buttons: 'selected_option',
  overflow: 'selected_option',
  static_select: 'selected_option',
  external_select: 'selected_option',
  users_select: 'selected_user',
  conversations_select: 'selected_conversation',
  channels_select: 'selected_channel',
  multi_static_select: 'selected_options',
  multi_external_select: 'selected_options',
  multi_users_select: 'selected_users',
  multi_conversations_select: 'selected_conversations',
  multi_channels_select: 'selected_channels',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
  datetimepicker: 'selected_date_time',
  plain_text_input: 'value',
  email_text_input: 'value',
  url_text_input: 'value',
  number_input: 'value',
  rich_text_input: 'rich_text_value',
  file_input: 'files',
};

const stateless = new Set(['overflow']);

/** The options of a menu, in or out of groups. */
export const optionsOf = (element: Json): Json[] => [
  ...objects(element.options),
  ...objects(element.option_groups).flatMap((group) => objects(group.options)),
];

const initialFields = [
  'initial_value',
  'initial_option',
  'initial_options',
  'initial_user',
  'initial_users',
  'initial_conversation',
  'initial_conversations',
  'initial_channel',
  'initial_channels',
  'initial_date',
  'initial_time',
  'initial_date_time',
];

/** What Slack sends for an element that nobody touched. */
function initialValue(element: Json): unknown {
  const field = initialFields.find((name) => element[name] !== undefined);
  if (field !== undefined) return element[field];
  const type = string(element.type);
  return type === 'checkboxes' || type.startsWith('multi_') || type === 'file_input' ? [] : null;
}

/**
 * state.values as Slack sends it: one entry for each element that holds a value, from what the page sent or else as the blocks
 * began. Entries for elements that do not exist are dropped.
 */
export function stateValues(blocks: unknown, given: Json): Record<string, Json> {
  const values: Record<string, Json> = {};
  for (const { block } of eachBlock(blocks)) {
    for (const element of elementsOf(block)) {
      const type = string(element.type);
      const field = valueField[type];
      if (field === undefined || stateless.has(type)) continue;
      const blockId = string(block.block_id);
      const actionId = string(element.action_id);
      const sentBlock = given[blockId];
      const sent = isObject(sentBlock) ? sentBlock[actionId] : undefined;
      const value = isObject(sent) && field in sent ? sent[field] : initialValue(element);
      values[blockId] = { ...values[blockId], [actionId]: { type, [field]: value ?? null } };
    }
  }
  return values;
}

/** Problems of a form that the Slack client itself finds before it submits: block_id to message. */
export function inputErrors(blocks: unknown, values: Record<string, Json>): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { block } of eachBlock(blocks)) {
    if (block.type !== 'input' || !isObject(block.element)) continue;
    const { element } = block;
    const blockId = string(block.block_id);
    const entry = values[blockId]?.[string(element.action_id)];
    const value = isObject(entry) ? entry[valueField[string(element.type)] ?? 'value'] : undefined;
    const empty = value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    if (empty) {
      if (block.optional !== true) errors[blockId] = 'Please complete this required field.';
      continue;
    }
    const problem = typeof value === 'string' ? textProblem(element, value) : undefined;
    if (problem !== undefined) errors[blockId] = problem;
  }
  return errors;
}

function textProblem(element: Json, value: string): string | undefined {
  const length = [...value].length;
  const { min_length: min, max_length: max } = element;
  if (typeof min === 'number' && length < min) return `Please enter at least ${min} characters.`;
  if (typeof max === 'number' && length > max) return `Please enter at most ${max} characters.`;
  if (element.type === 'email_text_input' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value))
    return 'Enter an email address in a format like name@example.com';
  if (element.type === 'url_text_input' && !URL.canParse(value))
    return 'Enter a URL in a format like http://www.example.com';
  if (element.type === 'number_input') {
    const number = Number(value);
    const wanted = element.is_decimal_allowed === true ? 'number' : 'whole number';
    if (value.trim() === '' || !Number.isFinite(number) || (wanted === 'whole number' && !Number.isInteger(number)))
      return `Enter a ${wanted}.`;
    if (typeof element.min_value === 'string' && number < Number(element.min_value))
      return `Enter a number not less than ${element.min_value}.`;
    if (typeof element.max_value === 'string' && number > Number(element.max_value))
      return `Enter a number not more than ${element.max_value}.`;
  }
  return undefined;
}

const newId = (): string => randomBytes(4).toString('base64url').slice(0, 5);

/** Fields whose strings nobody reads: they do not count against the size of a message. */
const unread = new Set([
  'type',
  'block_id',
  'action_id',
  'value',
  'style',
  'url',
  'image_url',
  'id',
  'level',
  'width',
  'icon',
  'align',
  'status',
  'task_id',
  'thumbnail_url',
  'video_url',
  'title_url',
  'provider_icon_url',
]);

/** Every text that a reader sees in blocks, attachments or a view, in order. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([field, inner]) =>
    typeof inner === 'string' && unread.has(field) ? [] : textsOf(inner),
  );
}

/**
 * Blocks as Slack stores them: missing block_id and action_id are made up, and text objects say their defaults.
 * Source: what Slack answers to chat.postMessage.
 */
function stored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stored);
  if (!isObject(value)) return value;
  const inner: Json = Object.fromEntries(Object.entries(value).map(([field, child]) => [field, stored(child)]));
  if (inner.type === 'plain_text' && typeof inner.text === 'string') return { ...inner, emoji: inner.emoji ?? true };
  if (inner.type === 'mrkdwn' && typeof inner.text === 'string') return { ...inner, verbatim: inner.verbatim ?? false };
  return inner;
}

/** A list of checked blocks as Slack stores it. */
export function storedBlocks(blocks: Json[]): Json[] {
  const result = objects(stored(blocks));
  for (const { block } of eachBlock(result)) {
    block.block_id ??= newId();
    for (const element of elementsOf(block)) if (element.type !== 'image') element.action_id ??= newId();
  }
  return result;
}
