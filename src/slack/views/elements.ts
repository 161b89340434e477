import type {
  ActionsBlock,
  Button,
  ContextBlock,
  HeaderBlock,
  MrkdwnElement,
  PlainTextElement,
  PlainTextOption,
  RichTextBlock,
  RichTextElement,
  RichTextText,
  RichTextUserMention,
  SectionBlock,
} from '@slack/types';
import { oneLine } from '../../words/text.ts';
import { clipMrkdwn, isUserId, joined, type Mrkdwn, md, userMention, visible } from '../escape.ts';
import { limits } from '../limits.ts';

const withoutMentions = (text: string): string => text.replace(/<(?=[!@#])/g, '‹');

/**
 * Text that no markup can hide in; `:tada:` in it stays as it is. Slack refuses an empty one, hence `–`. Slack calls nobody from
 * here; what copies messages into other chats may read `<!channel>` all the same, so that the bracket is a look-alike.
 */
export const plain = (text: string, max: number = limits.text): PlainTextElement => ({
  type: 'plain_text',
  text: withoutMentions(oneLine(text, max)) || '–',
  emoji: false,
});

/** `verbatim`: bare URLs, channel names and @names in it are not turned into links. */
const formatted = (text: Mrkdwn, max: number = limits.text): MrkdwnElement => ({
  type: 'mrkdwn',
  text: clipMrkdwn(text.toString(), max) || '–',
  verbatim: true,
});

export const header = (text: string): HeaderBlock => ({ type: 'header', text: plain(text, limits.header.text) });

export const section = (text: Mrkdwn, accessory?: SectionBlock['accessory']): SectionBlock => ({
  type: 'section',
  text: formatted(text, limits.section.text),
  ...(accessory === undefined ? {} : { accessory }),
});

export const context = (...lines: Mrkdwn[]): ContextBlock => ({
  type: 'context',
  elements: lines.slice(0, limits.context.elements).map((line) => formatted(line)),
});

export const actions = (blockId: string, elements: ActionsBlock['elements']): ActionsBlock => ({
  type: 'actions',
  block_id: blockId,
  elements,
});

/**
 * `label` says to a screen reader what exactly the button is about. What stands on it is a part of that: whoever speaks to their
 * computer says what they see. Source: WCAG 2.5.3, "Label in Name".
 */
export const button = (
  actionId: string,
  text: string,
  value: string,
  label: string,
  style?: Button['style'],
): Button => ({
  type: 'button',
  action_id: actionId,
  text: plain(text, limits.button.text),
  value,
  accessibility_label: withoutMentions(named(text, oneLine(label, limits.button.accessibilityLabel))),
  ...(style === undefined ? {} : { style }),
});

function named(text: string, label: string): string {
  const name = oneLine(text, limits.button.text).replace(/…$/, '');
  return label.toLowerCase().includes(name.toLowerCase())
    ? label
    : oneLine(`${name}: ${label}`, limits.button.accessibilityLabel);
}

export const option = (value: string, text: string): PlainTextOption => ({
  text: plain(text, limits.option.text),
  value,
});

/** Pieces of rich_text: the reader copies exactly what the text is, and no markup is read in it. */
export const words = (text: string, max = 300): RichTextText => ({ type: 'text', text: visible(text, max) || ' ' });
export const bold = (text: string, max = 300): RichTextText => ({ ...words(text, max), style: { bold: true } });
export const code = (text: string, max = 300): RichTextText => ({ ...words(text, max), style: { code: true } });
export const lineBreak: RichTextText = { type: 'text', text: '\n' };

/** Somebody by id: a mention, or the id as text when it is none. */
export const person = (id: string): RichTextUserMention | RichTextText =>
  isUserId(id) ? { type: 'user', user_id: id } : words(id);

export const richText = (...elements: RichTextElement[]): RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
});

/** Commands to copy, each on its line. */
export const preformatted = (text: string): RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_preformatted', elements: written(text) }],
});

/** What a person wrote, with its line breaks, at most `max` characters. */
export function written(text: string, max = 2000): RichTextText[] {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/).slice(0, 50);
  let left = max;
  return lines.flatMap((line, index) => {
    const kept = oneLine(line, Math.max(left, 1));
    left -= kept.length;
    const element: RichTextText[] = kept === '' || left < -1 ? [] : [{ type: 'text', text: kept }];
    return index === 0 ? element : [lineBreak, ...element];
  });
}

/** The same words as mrkdwn, for the fallback text. */
export const spoken = (elements: readonly RichTextElement[]): Mrkdwn => joined(elements.map(spokenElement), md``);

function spokenElement(element: RichTextElement): Mrkdwn {
  switch (element.type) {
    case 'text':
      return md`${element.text}`;
    case 'user':
      return userMention(element.user_id);
    case 'date':
      return md`${element.fallback ?? ''}`;
    case 'link':
      return md`${element.text ?? element.url}`;
    default:
      return md``;
  }
}

/** Words for readers without Slack: people and times as `nameOf` and `timeOf` write them, nothing else but text. */
export const wordsOutside = (
  elements: readonly RichTextElement[],
  {
    nameOf,
    timeOf,
  }: { nameOf: (user: string) => string; timeOf: (date: Extract<RichTextElement, { type: 'date' }>) => string },
): string =>
  elements
    .map((element) => {
      switch (element.type) {
        case 'text':
          return element.text;
        case 'user':
          return nameOf(element.user_id);
        case 'date':
          return timeOf(element);
        default:
          return '';
      }
    })
    .join('');
