import { readable } from '../../sandbox/slack/people.ts';
import { bot, type StoredMessage } from '../../sandbox/slack/state.ts';

/** An alarm that was published, and what became of it on the way in. */
export interface Sent {
  name: string;
  /** Where it belongs. */
  channel: string;
  /** Whether Ben is called for it when nobody acknowledges. */
  calls: boolean;
  messageId: string;
  /** Answered 200. */
  accepted: boolean;
  /** SNS tries no more. */
  givenUp: boolean;
  /** `acknowledged`: the press was answered; `tried`: Slack showed an error, and it may have been done or not. */
  press: 'none' | 'tried' | 'acknowledged';
}

/** What such a message says of itself; a reader knows what to think of the second. */
const saysRepeat = /possible repeat/i;

const seen = (message: StoredMessage): string => `${message.text} ${readable(message.blocks)}`;

/**
 * What is not as it must be in Slack, in words. `lost`: what was answered is not to be seen (yet); `doubled`: it is to be seen
 * twice, and the second does not say that it may be a repeat.
 */
export function troubleIn(messages: readonly StoredMessage[], sent: readonly Sent[]): string[] {
  const ours = messages.filter(({ user, ephemeralFor }) => user === bot.userId && ephemeralFor === undefined);
  return [...sent.flatMap((each) => troubleOf(ours, each)), ...postedTwice(ours)];
}

function troubleOf(ours: readonly StoredMessage[], { name, accepted, givenUp, press, calls }: Sent): string[] {
  if (!accepted && !givenUp) return [`lost? ${name} is not answered yet`];
  const named = new RegExp(`${name}\\b`);
  const about = ours.filter((each) => named.test(seen(each)));
  // Beside it a channel may be told that nobody took it.
  const top = about.filter(
    ({ threadTs, metadata }) =>
      threadTs === undefined && /^alert-\d+-C/.test(String(metadata?.event_payload['key'] ?? '')),
  );
  const trouble: string[] = [];
  const once = (what: string, found: readonly StoredMessage[], atLeast: 0 | 1): void => {
    if (found.length < atLeast) trouble.push(`lost: ${what}`);
    if (found.filter((each) => !saysRepeat.test(seen(each))).length > 1) trouble.push(`doubled: ${what}`);
  };
  once(`the message of ${name}`, top, accepted ? 1 : 0);
  const [message] = top;
  if (message === undefined) return trouble;
  const thread = ours.filter(({ channel, threadTs }) => channel === message.channel && threadTs === message.ts);
  const said = (pattern: RegExp) => thread.filter((each) => pattern.test(seen(each)));
  const acknowledged = press === 'acknowledged';
  once(`the acknowledgement of ${name} in its thread`, said(/Acknowledged by/), acknowledged ? 1 : 0);
  if (acknowledged && !/Acknowledged by/.test(seen(message))) trouble.push(`lost: ${name} does not look acknowledged`);
  // Whoever acknowledges may have been too late for the call.
  const mustCall = calls && press === 'none' ? 1 : 0;
  once(`the call for ${name} in its thread`, said(/calling level 1\b/), mustCall);
  const direct = about.filter(({ channel }) => channel.startsWith('D'));
  once(`the direct message about ${name}`, direct, mustCall);
  return trouble;
}

/** Whatever the bot says bears a key: one that is there twice was posted twice. */
function postedTwice(ours: readonly StoredMessage[]): string[] {
  const keys = Map.groupBy(
    ours.filter((each) => !saysRepeat.test(seen(each))),
    ({ channel, metadata }) => {
      const key = metadata?.event_payload['key'];
      return key === undefined ? undefined : `${channel} ${String(key)}`;
    },
  );
  return [...keys].flatMap(([key, posts]) => (key !== undefined && posts.length > 1 ? [`doubled: ${key}`] : []));
}
