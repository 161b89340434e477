import type { RichTextBlockElement, RichTextSectionElement } from 'slack-blocks-to-jsx';
import { type Node, NodeType, parse } from 'slack-message-parser';

/**
 * Slack's mrkdwn as the elements of a rich_text block, which the library draws without reading the text a second time.
 * (The library's own mrkdwn is Markdown: it swallows `# 5 attempts`, eats the colons of an ARN and makes mentions of escaped text.)
 */

type Style = { bold?: boolean; italic?: boolean; strike?: boolean; code?: boolean };
type DrawDate = (seconds: string, format: string, fallback: string) => string;

/** Slack escapes exactly these three (docs.slack.dev/messaging/formatting-message-text). */
export const unescapeText = (text: string): string =>
  text.replace(/&(lt|gt|amp);/g, (_entity, name: string) => (name === 'lt' ? '<' : name === 'gt' ? '>' : '&'));

const shortcode = /^:[a-z0-9_+'-]+:(:skin-tone-[1-6]:)?$/;

const safeLink = /^(https?:\/\/|mailto:|tel:)/i;

const textOf = (nodes: readonly Node[]): string =>
  nodes.map((node) => ('children' in node ? textOf(node.children) : 'text' in node ? node.text : node.source)).join('');

function inline(node: Node, style: Style, drawDate: DrawDate): RichTextSectionElement[] {
  const text = (value: string, more: Style = {}): RichTextSectionElement[] => [
    { type: 'text', text: unescapeText(value), style: { ...style, ...more } },
  ];
  const children = (nodes: readonly Node[], more: Style = {}) =>
    nodes.flatMap((child) => inline(child, { ...style, ...more }, drawDate));
  switch (node.type) {
    case NodeType.Text:
      return text(node.text);
    case NodeType.Bold:
      return children(node.children, { bold: true });
    case NodeType.Italic:
      return children(node.children, { italic: true });
    case NodeType.Strike:
      return children(node.children, { strike: true });
    case NodeType.Code:
    case NodeType.PreText:
      return text(node.text, { code: true });
    case NodeType.Emoji:
      // The parser takes nearly anything between two colons; what no shortcode can be is read on from behind the first.
      if (!shortcode.test(node.source)) return [...text(':'), ...children(parse(node.source.slice(1)).children)];
      return [{ type: 'emoji', name: node.name, ...skinTone(node.variation) }];
    case NodeType.UserLink:
      return [{ type: 'user', user_id: node.userID, style }];
    case NodeType.ChannelLink:
      return [{ type: 'channel', channel_id: node.channelID, style }];
    case NodeType.URL:
      if (!safeLink.test(node.url)) return text(node.source);
      return [
        {
          type: 'link',
          url: unescapeText(node.url),
          text: unescapeText(node.label ? textOf(node.label) : node.url),
          style,
        },
      ];
    case NodeType.Command:
      return command(node, style, drawDate);
    case NodeType.Quote:
    case NodeType.Root:
      return children(node.children);
  }
}

function skinTone(variation: string | undefined): { skin_tone?: 1 | 2 | 3 | 4 | 5 | 6 } {
  const tone = ([1, 2, 3, 4, 5, 6] as const).find((one) => variation === `skin-tone-${one}`);
  return tone ? { skin_tone: tone } : {};
}

function command(
  node: Extract<Node, { type: typeof NodeType.Command }>,
  style: Style,
  drawDate: DrawDate,
): RichTextSectionElement[] {
  const label = node.label ? unescapeText(textOf(node.label)) : '';
  const [first = '', second = '', link = ''] = node.arguments;
  if (node.name === 'here' || node.name === 'channel' || node.name === 'everyone')
    return [{ type: 'broadcast', range: node.name, style }];
  if (node.name === 'subteam') return [{ type: 'usergroup', usergroup_id: first, style }];
  if (node.name === 'date') {
    const drawn = drawDate(first, second, label);
    return safeLink.test(link)
      ? [{ type: 'link', url: unescapeText(link), text: drawn, style }]
      : [{ type: 'text', text: drawn, style }];
  }
  return [{ type: 'text', text: label || unescapeText(node.source), style }];
}

/** A line that begins with a bare `>` quotes as `&gt;` does; the parser knows the escaped form only. */
const escapeQuotes = (text: string): string => text.replace(/^>/gm, '&gt;');

/** What a quote says, without its marks: one mark for each line, or three for all that follows. */
const quoted = (source: string): string =>
  (source.startsWith('&gt;&gt;&gt;') ? source.replace(/^(&gt;){3} ?/, '') : source.replace(/^&gt; ?/gm, '')).replace(
    /\n$/,
    '',
  );

/**
 * The elements of the rich_text block that shows this mrkdwn.
 * @param drawDate draws a date token (seconds, format, fallback) in the reader's zone
 */
export function mrkdwnToRichText(text: string, drawDate: DrawDate): RichTextBlockElement[] {
  const blocks: RichTextBlockElement[] = [];
  let line: RichTextSectionElement[] = [];
  const endLine = () => {
    const last = line.at(-1);
    if (last?.type === 'text') last.text = last.text.replace(/\n$/, '');
    if (line.length > 0) blocks.push({ type: 'rich_text_section', elements: line });
    line = [];
  };
  const readText = (piece: string) => {
    for (const node of parse(escapeQuotes(piece)).children) {
      if (node.type !== NodeType.Quote) {
        line.push(...inline(node, {}, drawDate));
        continue;
      }
      endLine();
      const elements = parse(quoted(node.source)).children.flatMap((child) => inline(child, {}, drawDate));
      blocks.push({ type: 'rich_text_quote', elements });
    }
  };
  // Code fences are taken out first: the parser knows them only at the start of a line, and what stands in them is text.
  const pieces = text.split('```');
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 0) readText(index > 0 ? piece.replace(/^\n/, '') : piece);
    else if (index === pieces.length - 1) readText(`\`\`\`${piece}`);
    else {
      endLine();
      const code = unescapeText(piece).replace(/^\n|\n$/g, '');
      blocks.push({ type: 'rich_text_preformatted', elements: [{ type: 'text', text: code }] });
    }
  }
  endLine();
  return blocks;
}

/** Plain text: nothing in it is markup but emoji shortcodes. */
export function plainToRichText(text: string): RichTextBlockElement[] {
  const elements: RichTextSectionElement[] = [];
  let end = 0;
  for (const match of text.matchAll(/:([a-z0-9_+'-]+):/g)) {
    if (match.index > end) elements.push({ type: 'text', text: unescapeText(text.slice(end, match.index)) });
    elements.push({ type: 'emoji', name: match[1] ?? '' });
    end = match.index + match[0].length;
  }
  if (end < text.length) elements.push({ type: 'text', text: unescapeText(text.slice(end)) });
  return [{ type: 'rich_text_section', elements }];
}
