const between = ' | ';

/**
 * A channel's topic with who is on call for a schedule. What others wrote stays; the parts are divided by ` | `. Undefined: it says
 * so already.
 */
export function topicWith(topic: string, schedule: string, names: readonly string[]): string | undefined {
  const label = `On call for ${plain(schedule)}: `;
  const ours = `${label}${names.map(plain).join(', ')}`;
  const parts = topic.trim() === '' ? [] : topic.split(between);
  const place = parts.findIndex((part) => part.startsWith(label));
  if (parts[place] === ours) return undefined;
  return (place < 0 ? [...parts, ours] : parts.with(place, ours)).join(between);
}

/** Nothing that Slack would write otherwise when it is asked again (emoji, `&`), or that divides parts. */
const plain = (text: string): string => text.replace(/[^\p{L}\p{N} ._'@-]/gu, '').trim();
