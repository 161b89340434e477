import type { PageChannel, PageEvent, PageMessage, PageState, PageView } from '../page-api.ts';

/** The log of the panel keeps as many lines as the server does. */
const logLines = 100;

const byTs = (one: PageMessage, other: PageMessage): number => Number(one.ts) - Number(other.ts);

function putMessage(messages: PageMessage[], message: PageMessage): PageMessage[] {
  const same = (one: PageMessage) => one.channel === message.channel && one.ts === message.ts;
  if (messages.some(same)) return messages.map((one) => (same(one) ? message : one));
  const last = messages.at(-1);
  return last && byTs(last, message) > 0 ? [...messages, message].sort(byTs) : [...messages, message];
}

function putById<T extends { id: string }>(items: T[], item: T): T[] {
  return items.some((one) => one.id === item.id)
    ? items.map((one) => (one.id === item.id ? item : one))
    : [...items, item];
}

/** The state after an event of the server; the same event a second time changes nothing. */
export function applyEvent(state: PageState, event: PageEvent): PageState {
  switch (event.type) {
    case 'message':
      return { ...state, messages: putMessage(state.messages, event.message) };
    case 'message-deleted':
      return {
        ...state,
        messages: state.messages.filter((one) => one.channel !== event.channel || one.ts !== event.ts),
      };
    case 'channel':
      return { ...state, channels: putById(state.channels, event.channel) };
    case 'view': {
      // A user has one home tab: a new one takes the old one's place, whatever its id.
      const others = state.views.filter(
        (one) =>
          event.view.kind !== 'home' || one.kind !== 'home' || one.user !== event.view.user || one.id === event.view.id,
      );
      return { ...state, views: putById(others, event.view) };
    }
    case 'view-closed':
      return { ...state, views: state.views.filter((one) => one.id !== event.id) };
    case 'log': {
      const { at, line } = event.entry;
      if (state.log.some((one) => one.at === at && one.line === line)) return state;
      return { ...state, log: [...state.log, event.entry].slice(-logLines) };
    }
    case 'clock':
      return { ...state, clockOffset: event.clockOffset };
    case 'caption':
      return { ...state, caption: event.caption };
  }
}

/** Messages arrive in any order in the first state. */
export const sorted = (state: PageState): PageState => ({ ...state, messages: [...state.messages].sort(byTs) });

/** What this user sees in a channel: no replies, nobody else's ephemeral messages. Oldest first. */
export const channelMessages = (state: PageState, channel: string, user: string): PageMessage[] =>
  state.messages.filter(
    (one) =>
      one.channel === channel &&
      (one.threadTs === undefined || one.threadTs === one.ts) &&
      (one.ephemeralFor === undefined || one.ephemeralFor === user),
  );

/** The parent (when it is still there) and its replies, oldest first. */
export const threadMessages = (state: PageState, channel: string, threadTs: string, user: string): PageMessage[] =>
  state.messages.filter(
    (one) =>
      one.channel === channel &&
      (one.ts === threadTs || one.threadTs === threadTs) &&
      (one.ephemeralFor === undefined || one.ephemeralFor === user),
  );

/** Channels and this user's own direct messages. */
export const channelsOf = (state: PageState, user: string): PageChannel[] =>
  state.channels.filter((one) => one.kind === 'channel' || one.user === undefined || one.user === user);

/** The modal on top of this user's stack. */
export function topModal(state: PageState, user: string): PageView | undefined {
  const mine = state.views.filter((one) => one.kind === 'modal' && one.user === user);
  return mine.findLast((one) => !mine.some((other) => other.stack.includes(one.id)));
}

export const homeView = (state: PageState, user: string): PageView | undefined =>
  state.views.findLast((one) => one.kind === 'home' && one.user === user);

/** Messages of others since `readTs` in a channel; edits are not new. */
export const unread = (state: PageState, channel: string, user: string, readTs: string): number =>
  channelMessages(state, channel, user).filter((one) => Number(one.ts) > Number(readTs) && one.user !== user).length;
