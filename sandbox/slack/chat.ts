import * as z from 'zod';
import { type Answer, type Api, ApiError, flag, jsonArg, method, refuse } from './api.ts';
import { storedBlocks } from './blocks.ts';
import { objects, string } from './json.ts';
import { wholeLimits } from './limits.ts';
import { bot, type StoredMessage, team } from './state.ts';
import { fileInMessage, fileProblems } from './stored-files.ts';
import { checkAttachments, checkBlocks, codePoints, textSize } from './validate.ts';

const content = {
  text: z.string().optional(),
  blocks: jsonArg.optional(),
  attachments: jsonArg.optional(),
};

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const flat = z.record(z.string(), scalar);
/** Flat values, and lists of flat objects. Source: Slack, "Message metadata". */
const metadata = jsonArg.pipe(
  z.strictObject({
    event_type: z.string().min(1).max(255),
    event_payload: z.record(z.string(), z.union([scalar, z.array(z.union([scalar, flat]))])),
  }),
);

/** Ways of writing that change nothing here: no link is unfurled and no name is turned into a mention. */
const manner = {
  mrkdwn: flag.optional(),
  parse: z.enum(['none', 'full']).optional(),
  link_names: flag.optional(),
};

/** What a message says. */
export type Content = Pick<StoredMessage, 'text' | 'blocks' | 'attachments'>;

/** The contents of a message, checked by Slack's rules and as Slack stores them. */
export function checked(
  api: Pick<Api, 'state' | 'url'>,
  args: { text?: string | undefined; blocks?: unknown; attachments?: unknown },
): Content {
  const { text = '', blocks = [], attachments = [] } = args;
  refuse('invalid_blocks', [...checkBlocks(blocks, 'message'), ...fileProblems(api, blocks, '/blocks')]);
  refuse('invalid_attachments', checkAttachments(attachments));
  const [shown, beside] = [objects(blocks), objects(attachments)];
  if (text === '' && shown.length === 0 && beside.length === 0) throw new ApiError('no_text');
  if (codePoints(text) > wholeLimits.text) throw new ApiError('msg_too_long');
  if (textSize(shown) + textSize(beside.map(({ blocks: inner }) => inner)) > wholeLimits.messageCharacters)
    throw new ApiError('msg_blocks_too_long');
  return {
    text,
    blocks: storedBlocks(shown),
    attachments: beside.map((attachment, index) => ({
      ...attachment,
      id: index + 1,
      ...(attachment.color === undefined ? {} : { color: string(attachment.color).replace('#', '') }),
      fallback: string(attachment.fallback) || '[no preview available]',
      ...(attachment.blocks === undefined ? {} : { blocks: storedBlocks(objects(attachment.blocks)) }),
    })),
  };
}

/**
 * The conversation that a call names, if the bot may read there or, with `speak`, post a message there: only then may a
 * person stand for the direct messages with them.
 */
export function joined(api: Api, id: string, speak = false): string {
  const { state } = api;
  if (speak && state.user(id) !== undefined) return state.dm(id).id;
  const channel = state.channel(id);
  if (channel === undefined) throw new ApiError('channel_not_found');
  const welcome = channel.kind === 'dm' || state.botIsIn.has(id) || (speak && api.scopes.includes('chat:write.public'));
  if (!welcome) throw new ApiError('not_in_channel');
  return id;
}

/** The message at the top of a thread. Slack does not nest threads. */
export function threadOf(
  { state }: Pick<Api, 'state'>,
  channel: string,
  ts: string | undefined,
): { threadTs?: string } {
  if (ts === undefined) return {};
  const parent = state.message(channel, ts);
  if (parent === undefined || parent.ephemeralFor !== undefined) throw new ApiError('thread_not_found');
  return { threadTs: parent.threadTs ?? parent.ts };
}

/** What a message says, without its place in the conversation. */
function saidAsApi(api: Pick<Api, 'state' | 'url'>, message: StoredMessage): Answer {
  const files = message.files.flatMap(({ id }) => api.state.files.get(id) ?? []);
  return {
    type: 'message',
    user: message.user,
    ...(message.user === bot.userId ? { bot_id: bot.botId, app_id: bot.appId } : {}),
    team: team.id,
    text: message.text,
    ...(message.blocks.length === 0 ? {} : { blocks: message.blocks }),
    ...(message.attachments.length === 0 ? {} : { attachments: message.attachments }),
    ...(files.length === 0 ? {} : { files: files.map((file) => fileInMessage(api, file)) }),
    ...(message.editedTs === undefined ? {} : { edited: { user: message.user, ts: message.editedTs } }),
  };
}

/** A message as Slack tells it in answers, histories and payloads. */
export function messageAsApi(api: Pick<Api, 'state' | 'url'>, message: StoredMessage, withMetadata = false): Answer {
  const { state } = api;
  const replies = message.replyCount === 0 ? [] : state.replies(message.channel, message.ts);
  return {
    ...saidAsApi(api, message),
    ts: message.ts,
    ...(message.threadTs === undefined
      ? {}
      : { thread_ts: message.threadTs, parent_user_id: state.message(message.channel, message.threadTs)?.user }),
    ...(replies.length === 0
      ? {}
      : {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users: [...new Set(replies.map(({ user }) => user))],
          latest_reply: replies.at(-1)?.ts,
        }),
    ...(message.reactions.length === 0
      ? {}
      : { reactions: message.reactions.map(({ name, users }) => ({ name, users, count: users.length })) }),
    ...(withMetadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  };
}

/** A message of the bot that it may change; others are refused with the method's own error. */
function ownMessage({ state }: Api, channel: string, ts: string, refusal: string): StoredMessage {
  if (state.channel(channel) === undefined) throw new ApiError('channel_not_found');
  const message = state.message(channel, ts);
  if (message === undefined || message.ephemeralFor !== undefined) throw new ApiError('message_not_found');
  if (message.user !== bot.userId) throw new ApiError(refusal);
  return message;
}

export const chat = {
  'chat.postMessage': method(
    ['chat:write'],
    {
      channel: z.string(),
      ...content,
      ...manner,
      thread_ts: z.string().optional(),
      metadata: metadata.optional(),
      unfurl_links: flag.optional(),
      unfurl_media: flag.optional(),
    },
    (api, args) => {
      const channel = joined(api, args.channel, true);
      const message = api.state.add({
        channel,
        user: bot.userId,
        ...threadOf(api, channel, args.thread_ts),
        ...checked(api, args),
        ...(args.metadata === undefined ? {} : { metadata: args.metadata }),
      });
      return { channel, ts: message.ts, message: messageAsApi(api, message) };
    },
  ),

  'chat.update': method(
    ['chat:write'],
    { channel: z.string(), ts: z.string(), ...content, ...manner, metadata: metadata.optional() },
    (api, args) => {
      const message = ownMessage(api, args.channel, args.ts, 'cant_update_message');
      api.state.edit(message, checked(api, args), args.metadata);
      return { channel: args.channel, ts: args.ts, text: message.text, message: saidAsApi(api, message) };
    },
  ),

  'chat.delete': method(['chat:write'], { channel: z.string(), ts: z.string() }, (api, args) => {
    api.state.remove(ownMessage(api, args.channel, args.ts, 'cant_delete_message'));
    return { channel: args.channel, ts: args.ts };
  }),

  'chat.postEphemeral': method(
    ['chat:write'],
    { channel: z.string(), user: z.string(), ...content, ...manner, thread_ts: z.string().optional() },
    (api, args) => {
      const channel = joined(api, args.channel, true);
      if (!api.state.membersOf(channel).includes(args.user)) throw new ApiError('user_not_in_channel');
      const message = api.state.add({
        channel,
        user: bot.userId,
        ...threadOf(api, channel, args.thread_ts),
        ...checked(api, args),
        ephemeralFor: args.user,
      });
      return { message_ts: message.ts };
    },
  ),

  'chat.getPermalink': method([], { channel: z.string(), message_ts: z.string() }, ({ state }, args) => {
    if (state.channel(args.channel) === undefined) throw new ApiError('channel_not_found');
    if (state.message(args.channel, args.message_ts) === undefined) throw new ApiError('message_not_found');
    return {
      channel: args.channel,
      permalink: `https://${team.domain}.slack.com/archives/${args.channel}/p${args.message_ts.replace('.', '')}`,
    };
  }),
};
