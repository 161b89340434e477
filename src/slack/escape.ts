import { oneLine } from '../words/text.ts';
import { limits } from './limits.ts';

/**
 * Text in Slack's mrkdwn that is safe to send. Only `md` makes it, so an unescaped string cannot pass for one:
 * its field is private, and no plain object has its type.
 */
export class Mrkdwn {
  readonly #text: string;

  constructor(strings: TemplateStringsArray, values: readonly Piece[]) {
    this.#text = strings.reduce((text, part, index) => text + escaped(values[index - 1]) + part);
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: safe mrkdwn goes in as it is, everything else is escaped. */
export type Piece = string | number | Mrkdwn;

/**
 * Safe mrkdwn: the template's own words are markup, every `${…}` in it is text.
 * `md\`*Who* ${name}\`` is bold in its first word whatever the name is.
 */
export const md = (strings: TemplateStringsArray, ...values: Piece[]): Mrkdwn => new Mrkdwn(strings, values);

const escaped = (value: Piece | undefined): string =>
  value instanceof Mrkdwn ? value.toString() : value === undefined ? '' : mrkdwn(String(value));

/** Look-alikes for the characters that format and that Slack has no escape for. */
const lookAlike: Readonly<Record<string, string>> = { '*': '∗', '~': '∼', '`': 'ˋ', _: 'ˍ', '>': '›' };

/**
 * Any text as mrkdwn that shows it and does nothing else: no mention, link, command or format, on one line.
 * `&`, `<` and `>` become entities, in that order (docs.slack.dev, "Formatting message text"). `*`, `~`, backticks, an
 * underscore at the edge of a word and a `>` at the start have no escape and become look-alikes: where somebody
 * may copy the text, show it in plain_text or rich_text, which keep it as it is.
 */
export const mrkdwn = (text: string): string =>
  visible(text)
    .replace(/(?<=^ ?)>|[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (character) => lookAlike[character] ?? character)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

/** One line without hidden characters, at most `max` and two units long; one space at either end stays. */
export function visible(text: string, max: number = limits.text): string {
  const line = oneLine(text, max);
  const first = line !== '' && /^\s/.test(text) ? ' ' : '';
  const last = /\s$/.test(text) ? ' ' : '';
  return `${first}${line}${last}`;
}

/** Pieces with a separator between them. */
export const joined = (pieces: readonly Mrkdwn[], separator: Mrkdwn): Mrkdwn =>
  pieces.reduce((all, piece, index) => (index === 0 ? piece : md`${all}${separator}${piece}`), md``);

/**
 * Shortens mrkdwn to at most `max` UTF-16 units, an ellipsis included; never inside a code point, an entity (`&amp;`)
 * or a link, mention or date (`<…>`). Formatting that was opened before the cut may stay open.
 */
export function clipMrkdwn(text: string, max: number): string {
  if (text.length <= max) return text;
  let kept = '';
  for (const [token] of text.matchAll(/<[^<>]*>|&(?:amp|lt|gt);|./gsu)) {
    if (kept.length + token.length > max - 1) break;
    kept += token;
  }
  return `${kept.trimEnd()}…`;
}

/** A message's fallback text: what notifications and screen readers say. */
export const fallback = (text: Mrkdwn, max: number = limits.message.text): string =>
  clipMrkdwn(text.toString().trim(), max);

const userId = /^[UW][A-Z0-9]{1,20}$/;
const usergroupId = /^S[A-Z0-9]{1,20}$/;
const channelId = /^[CGD][A-Z0-9]{1,20}$/;

const unknownId = (id: string): Mrkdwn => md`${id.slice(0, 40)}`;

export const isUserId = (id: string): boolean => userId.test(id);

/** Mentions, from ids of config, the store or Slack itself; anything else is shown as the text it is. */
export const userMention = (id: string): Mrkdwn => (userId.test(id) ? md`<@${id}>` : unknownId(id));
export const usergroupMention = (id: string): Mrkdwn => (usergroupId.test(id) ? md`<!subteam^${id}>` : unknownId(id));
export const channelMention = (id: string): Mrkdwn => (channelId.test(id) ? md`<#${id}>` : unknownId(id));

/** `user:U…` and `usergroup:S…` as a mention that calls them; other targets call nobody. */
export function mention(target: string): Mrkdwn | undefined {
  const [kind, id = ''] = target.split(':');
  if (kind === 'user' && userId.test(id)) return userMention(id);
  if (kind === 'usergroup' && usergroupId.test(id)) return usergroupMention(id);
  return undefined;
}

/** A URL that may be linked: https, without a password, nothing in it that ends a link. Undefined for any other text. */
export function safeUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  // URL encodes what else could end a link (`<`, `>`, white space), and leaves the bar before the label.
  const url = new URL(new URL(text).href.replaceAll('|', '%7C'));
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  return /[<>\s]/.test(url.href) || url.href.length > limits.button.url ? undefined : url;
}

/** A link with a label. Only for URLs from `safeUrl`: they hold no character that could end the link. */
export function link(url: URL, label: string): Mrkdwn {
  const opening = `<${url.href.replaceAll('&', '&amp;')}|`;
  return md`${new Mrkdwn(Object.assign([opening], { raw: [opening] }), [])}${label.replaceAll('|', '/')}>`;
}
