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

/** What a person is told whose press was answered in time and then could not be carried out. */
const saysUnsure = /cannot say whether this was done/;

const seen = (message: StoredMessage): string => `${message.text} ${readable(message.blocks)}`;

/**
 * What is not as it must be in Slack, in words. `lost`: what was answered is not to be seen (yet); `doubled`: it is to be seen
 * twice, and the second does not say that it may be a repeat.
 */
export function troubleIn(messages: readonly StoredMessage[], sent: readonly Sent[]): string[] {
  const ours = messages.filter(({ user, ephemeralFor }) => user === bot.userId && ephemeralFor === undefined);
  const told = messages.filter((each) => each.ephemeralFor !== undefined && saysUnsure.test(seen(each)));
  return [
    ...sent.flatMap((each) => troubleOf(ours, each)),
    ...uncalled(ours, sent),
    ...undone(ours, told, sent),
    ...postedTwice(ours),
  ];
}

const directAbout = (ours: readonly StoredMessage[], { name }: Sent): StoredMessage[] => {
  const named = new RegExp(`${name}\\b`);
  return ours.filter((each) => each.channel.startsWith('D') && named.test(seen(each)));
};

/** Whoever acknowledges may have been too late for the call. */
const mustCall = ({ calls, press, accepted }: Sent): boolean => accepted && calls && press === 'none';

/** Calls of which no direct message is to be seen. One that is for several alerts names the worst, and of the others how many they are. */
function uncalled(ours: readonly StoredMessage[], sent: readonly Sent[]): string[] {
  const missing = sent.filter((each) => mustCall(each) && directAbout(ours, each).length === 0);
  const unnamed = ours
    .filter(({ channel }) => channel.startsWith('D'))
    .reduce((sum, each) => sum + Number(/(\d+) more: type/.exec(seen(each))?.[1] ?? 0), 0);
  return missing.length <= unnamed ? [] : missing.map(({ name }) => `lost: the direct message about ${name}`);
}

/** Presses that were answered and not done. Whoever was told so knows it; which one it was is not said. */
function undone(ours: readonly StoredMessage[], told: readonly StoredMessage[], sent: readonly Sent[]): string[] {
  const pressed = sent.filter(({ press }) => press === 'acknowledged');
  const missing = Map.groupBy(
    pressed.filter((each) => !looksAcknowledged(ours, each)),
    ({ channel }) => channel,
  );
  return [...missing].flatMap(([channel, each]) =>
    each.length <= told.filter((one) => one.channel === channel).length
      ? []
      : each.map(({ name }) => `lost: ${name} does not look acknowledged`),
  );
}

/** The message of an alert; beside it a channel may be told that nobody took it. */
const messagesOf = (ours: readonly StoredMessage[], { name }: Sent): StoredMessage[] => {
  const named = new RegExp(`${name}\\b`);
  return ours.filter(
    (each) =>
      named.test(seen(each)) &&
      each.threadTs === undefined &&
      /^alert-\d+-C/.test(String(each.metadata?.event_payload['key'] ?? '')),
  );
};

export const looksAcknowledged = (messages: readonly StoredMessage[], sent: Sent): boolean =>
  messagesOf(messages, sent).some((each) => /Acknowledged by/.test(seen(each)));

function troubleOf(ours: readonly StoredMessage[], one: Sent): string[] {
  const { name, accepted, givenUp, press } = one;
  if (!accepted && !givenUp) return [`lost? ${name} is not answered yet`];
  const top = messagesOf(ours, one);
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
  const acknowledged = press === 'acknowledged' && looksAcknowledged(top, one);
  once(`the acknowledgement of ${name} in its thread`, said(/Acknowledged by/), acknowledged ? 1 : 0);
  once(`the call for ${name} in its thread`, said(/calling level 1\b/), mustCall(one) ? 1 : 0);
  once(`the direct message about ${name}`, directAbout(ours, one), 0);
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
