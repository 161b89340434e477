import * as z from 'zod';
import { type Answer, type Api, ApiError, flag, method, pageOf, paging } from './api.ts';
import { joined, messageAsApi } from './chat.ts';
import { bot, type StoredMessage, team } from './state.ts';

const read = ['channels:read', 'groups:read', 'im:read'];
const readMessages = ['channels:history', 'groups:history', 'im:history'];

/** A conversation as Slack tells it. */
function asApi({ state }: Api, id: string): Answer {
  const channel = state.channel(id);
  if (channel === undefined) throw new ApiError('channel_not_found');
  const shared = { id, created: 1_700_000_000, is_archived: false, is_org_shared: false, context_team_id: team.id };
  if (channel.kind === 'dm') return { ...shared, is_im: true, user: channel.user ?? '', priority: 0 };
  return {
    ...shared,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: state.membersOfPrivate.has(id),
    is_general: false,
    is_shared: false,
    is_ext_shared: false,
    is_pending_ext_shared: false,
    is_member: state.botIsIn.has(id),
    creator: 'U0ANA',
    topic: { value: channel.topic, creator: 'U0ANA', last_set: 1_700_000_000 },
    purpose: { value: '', creator: '', last_set: 0 },
    previous_names: [],
  };
}

const time = z.coerce.number().min(0).optional();
const span = { oldest: time, latest: time, inclusive: flag.optional(), include_all_metadata: flag.optional() };

/** The messages of a span of time. Messages that only one person saw are in no history. */
function history(
  api: Api,
  messages: readonly StoredMessage[],
  args: {
    oldest?: number | undefined;
    latest?: number | undefined;
    inclusive?: boolean | undefined;
    include_all_metadata?: boolean | undefined;
    cursor?: string | undefined;
    limit: number;
  },
): Answer {
  const { oldest = 0, latest = Number.POSITIVE_INFINITY, inclusive = false } = args;
  const within = messages.filter(({ ts, ephemeralFor }) => {
    const at = Number(ts);
    const inside = inclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
    return ephemeralFor === undefined && inside;
  });
  const { items, response_metadata } = pageOf(within, args);
  return {
    messages: items.map((message) => messageAsApi(api, message, args.include_all_metadata)),
    has_more: response_metadata.next_cursor !== '',
    response_metadata,
  };
}

export const conversations = {
  'conversations.history': method(readMessages, { channel: z.string(), ...span, ...paging }, (api, args) => {
    const channel = joined(api, args.channel);
    const top = api.state.messages.filter((message) => message.channel === channel && message.threadTs === undefined);
    return history(api, top.toReversed(), args);
  }),

  'conversations.replies': method(
    readMessages,
    { channel: z.string(), ts: z.string(), ...span, ...paging },
    (api, args) => {
      const channel = joined(api, args.channel);
      const parent = api.state.message(channel, args.ts);
      if (parent === undefined) throw new ApiError('thread_not_found');
      return history(api, [parent, ...api.state.replies(channel, args.ts)], args);
    },
  ),

  'conversations.info': method(
    read,
    { channel: z.string(), include_num_members: flag.optional(), include_locale: flag.optional() },
    (api, args) => ({
      channel: {
        ...asApi(api, args.channel),
        ...(args.include_num_members ? { num_members: api.state.membersOf(args.channel).length } : {}),
      },
    }),
  ),

  'conversations.list': method(
    read,
    { ...paging, types: z.string().default('public_channel'), exclude_archived: flag.optional() },
    (api, args) => {
      const types = args.types.split(',').map((type) => type.trim());
      const kinds = ['public_channel', 'private_channel', 'mpim', 'im'];
      if (types.some((type) => !kinds.includes(type))) throw new ApiError('invalid_types');
      const wanted = api.state.channels.filter(({ kind }) => types.includes(kind === 'dm' ? 'im' : 'public_channel'));
      const { items, response_metadata } = pageOf(wanted, args);
      return { channels: items.map(({ id }) => asApi(api, id)), response_metadata };
    },
  ),

  'conversations.members': method(read, { channel: z.string(), ...paging }, (api, args) => {
    if (api.state.channel(args.channel) === undefined) throw new ApiError('channel_not_found');
    const { items, response_metadata } = pageOf(api.state.membersOf(args.channel), args);
    return { members: items, response_metadata };
  }),

  'conversations.join': method(['channels:join'], { channel: z.string() }, (api, args) => {
    const channel = api.state.channel(args.channel);
    if (channel === undefined) throw new ApiError('channel_not_found');
    if (channel.kind === 'dm') throw new ApiError('method_not_supported_for_channel_type');
    api.state.botIsIn.add(channel.id);
    return { channel: asApi(api, channel.id) };
  }),

  'conversations.setTopic': method(
    ['channels:write.topic', 'groups:write.topic'],
    { channel: z.string(), topic: z.string() },
    (api, args) => {
      const channel = api.state.channel(joined(api, args.channel));
      if (channel?.kind !== 'channel') throw new ApiError('method_not_supported_for_channel_type');
      if (args.topic.length > 250) throw new ApiError('too_long');
      channel.topic = args.topic;
      api.state.tell({ type: 'channel', channel });
      return { channel: asApi(api, channel.id) };
    },
  ),

  'conversations.open': method(
    ['im:write'],
    {
      users: z.string().optional(),
      channel: z.string().optional(),
      return_im: flag.optional(),
      prevent_creation: flag.optional(),
    },
    (api, args) => {
      if ((args.users === undefined) === (args.channel === undefined)) throw new ApiError('users_list_not_supplied');
      const user = args.users ?? api.state.channel(args.channel ?? '')?.user;
      if (user === undefined) throw new ApiError('channel_not_found');
      if (user === bot.userId || api.state.user(user) === undefined) throw new ApiError('user_not_found');
      const { id } = api.state.dm(user);
      return { channel: args.return_im ? asApi(api, id) : { id } };
    },
  ),
};
