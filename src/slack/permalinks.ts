import type { WebClient } from '@slack/web-api';
import { Kept } from '../words/kept.ts';

const mostKept = 10_000;
const known = new WeakMap<WebClient, Kept<string>>();

/**
 * The way to a message; '' where Slack does not tell. It never changes, and Slack answers some fifty such questions a minute: each is
 * asked once, so that many copies of one alert that change together keep their link.
 */
export async function permalinkOf(slack: WebClient, { channel, ts }: { channel: string; ts: string }): Promise<string> {
  const links = known.get(slack) ?? new Kept<string>(mostKept);
  known.set(slack, links);
  const message = `${channel} ${ts}`;
  const link = links.get(message);
  if (link !== undefined) return link;
  const found = await slack.chat.getPermalink({ channel, message_ts: ts }).catch(() => undefined);
  if (found?.permalink !== undefined) links.set(message, found.permalink);
  return found?.permalink ?? '';
}
