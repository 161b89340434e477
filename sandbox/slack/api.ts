import * as z from 'zod';
import { bot, type State, type StoredMessage, type StoredView, team } from './state.ts';
import { checkAttachments, checkBlocks, checkView, type Problem, textSize } from './validate.ts';

/** Slack's refusal of a call, by its own error name. */
export class ApiError extends Error {
  readonly more: Record<string, unknown>;

  constructor(name: string, more: Record<string, unknown> = {}) {
    super(name);
    this.more = more;
  }
}

export interface Api {
  state: State;
  /** Who may use a trigger id, once, within three seconds. Throws `expired_trigger_id` and the like. */
  useTrigger: (id: string) => string;
  /** The address of this server. */
  url: () => string;
}

type Answer = Record<string, unknown>;

interface Method {
  /** Bot scopes; a public channel, a private one and a direct message differ, and one of them is enough here. */
  scopes: readonly string[];
  call: (api: Api, args: Record<string, unknown>) => Answer;
}

const json = (text: unknown): unknown => {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('invalid_arguments', { response_metadata: { messages: ['[ERROR] not JSON'] } });
  }
};
const jsonArg = z.unknown().transform(json);
const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1'),
]);
const amount = z.coerce.number().int().min(1).max(1000);
/** The SDK names the team in each call. */
const common = { team_id: z.string().optional(), token: z.string().optional() };

function method<Shape extends z.ZodRawShape>(
  scopes: readonly string[],
  shape: Shape,
  call: (api: Api, args: z.output<z.ZodObject<Shape>>) => Answer,
): Method {
  const schema = z.strictObject({ ...shape, ...common });
  return {
    scopes,
    call: (api, args) => {
      const parsed = schema.safeParse(args);
      if (!parsed.success)
        throw new ApiError('invalid_arguments', {
          response_metadata: {
            messages: parsed.error.issues.map(
              (issue) => `[ERROR] ${issue.message} [json-pointer:/${issue.path.join('/')}]`,
            ),
          },
        });
      return call(api, z.object(shape).parse(args));
    },
  };
}

const refuse = (name: string, problems: Problem[]): void => {
  if (problems.length > 0)
    throw new ApiError(name, {
      errors: problems.map(({ pointer, message }) => `${message} [json-pointer:${pointer}]`),
      response_metadata: {
        messages: problems.map(({ pointer, message }) => `[ERROR] ${message} [json-pointer:${pointer}]`),
      },
    });
};

const content = {
  text: z.string().optional(),
  blocks: jsonArg.optional(),
  attachments: jsonArg.optional(),
};

export function checked(args: {
  text?: string | undefined;
  blocks?: unknown;
  attachments?: unknown;
}): Pick<StoredMessage, 'text' | 'blocks' | 'attachments'> {
  const { text = '', blocks, attachments } = args;
  if (blocks !== undefined) refuse('invalid_blocks', checkBlocks(blocks, 'message'));
  if (attachments !== undefined) refuse('invalid_attachments', checkAttachments(attachments));
  const all = [...(Array.isArray(blocks) ? blocks : []), ...(Array.isArray(attachments) ? attachments : [])];
  if (text === '' && all.length === 0) throw new ApiError('no_text');
  if ([...text].length > 40_000) throw new ApiError('msg_too_long');
  if (textSize(all) > 13_200) throw new ApiError('msg_blocks_too_long');
  let place = 0;
  const named = (list: unknown): unknown[] =>
    (Array.isArray(list) ? list : []).map((block: unknown) => {
      if (typeof block !== 'object' || block === null) return block;
      const inner = 'blocks' in block && Array.isArray(block.blocks) ? { blocks: named(block.blocks) } : {};
      return 'type' in block ? { block_id: `auto${place++}`, ...block, ...inner } : { ...block, ...inner };
    });
  return { text, blocks: named(blocks), attachments: named(attachments) };
}

/** The channel a call names, if the bot may speak or read there. */
function joined(api: Api, id: string): string {
  const { state } = api;
  if (state.user(id) !== undefined) return state.dm(id).id;
  if (state.channel(id) === undefined) throw new ApiError('channel_not_found');
  if (!id.startsWith('D') && !state.botIsIn.has(id)) throw new ApiError('not_in_channel');
  return id;
}

const asApi = (message: StoredMessage, withMetadata: boolean): Answer => ({
  type: 'message',
  user: message.user,
  ...(message.user === bot.userId ? { bot_id: bot.botId, app_id: bot.appId } : {}),
  team: team.id,
  text: message.text,
  ts: message.ts,
  ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
  ...(message.replyCount > 0 ? { reply_count: message.replyCount } : {}),
  blocks: message.blocks,
  attachments: message.attachments,
  ...(withMetadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
});

const metadata = jsonArg.pipe(
  z.strictObject({ event_type: z.string().min(1).max(255), event_payload: z.record(z.string(), z.unknown()) }),
);

const history = {
  channel: z.string(),
  oldest: z.coerce.number().optional(),
  latest: z.coerce.number().optional(),
  inclusive: flag.optional(),
  limit: amount.default(100),
  cursor: z.string().optional(),
  include_all_metadata: flag.optional(),
};

function page(
  messages: StoredMessage[],
  args: {
    oldest?: number | undefined;
    latest?: number | undefined;
    limit: number;
    cursor?: string | undefined;
    include_all_metadata?: boolean | undefined;
  },
): Answer {
  const within = messages.filter(
    ({ ts, ephemeralFor }) =>
      ephemeralFor === undefined &&
      Number(ts) > (args.oldest ?? 0) &&
      Number(ts) <= (args.latest ?? Number.POSITIVE_INFINITY),
  );
  const start = Number(args.cursor ?? 0);
  const next = start + args.limit;
  return {
    messages: within.slice(start, next).map((message) => asApi(message, args.include_all_metadata === true)),
    has_more: next < within.length,
    response_metadata: { next_cursor: next < within.length ? String(next) : '' },
  };
}

const member = (state: State, id: string): Answer => {
  const user = state.user(id);
  if (user === undefined) throw new ApiError('user_not_found');
  return {
    id: user.id,
    team_id: team.id,
    name: user.name,
    real_name: user.realName,
    deleted: false,
    tz: user.timeZone,
    tz_label: user.timeZone,
    is_bot: user.isBot,
    is_restricted: user.isGuest,
    is_ultra_restricted: false,
    is_admin: false,
    profile: { real_name: user.realName, display_name: user.name },
  };
};

/** Stores a view as Slack does and answers it. */
export function putView(
  api: Api,
  given: unknown,
  at: { user: string; kind: 'modal' | 'home'; id?: string; stack: string[] },
): Answer {
  refuse('invalid_arguments', checkView(given));
  const { state } = api;
  const parsed = z
    .looseObject({
      type: z.enum(['modal', 'home']),
      callback_id: z.string().default(''),
      private_metadata: z.string().default(''),
      blocks: z.array(z.unknown()),
    })
    .parse(given);
  if (parsed.type !== at.kind) throw new ApiError('invalid_arguments');
  const id = at.id ?? state.nextId('V');
  const view: StoredView = {
    id,
    kind: at.kind,
    user: at.user,
    stack: at.stack,
    view: {
      ...parsed,
      blocks: parsed.blocks.map((block, place) =>
        typeof block === 'object' ? { block_id: `auto${place}`, ...block } : block,
      ),
    },
    hash: `${Math.floor(Date.now() / 1000)}.${state.nextId('h')}`,
    callbackId: parsed.callback_id,
    privateMetadata: parsed.private_metadata,
  };
  state.show(view);
  return { view: viewAnswer(view) };
}

export const viewAnswer = (view: StoredView): Answer => ({
  ...(typeof view.view === 'object' && view.view !== null ? view.view : {}),
  id: view.id,
  team_id: team.id,
  app_id: bot.appId,
  bot_id: bot.botId,
  hash: view.hash,
  callback_id: view.callbackId,
  private_metadata: view.privateMetadata,
  root_view_id: view.stack[0] ?? view.id,
  previous_view_id: view.stack.at(-1) ?? null,
});

/** The Web API methods that the bot uses. */
export const methods: Record<string, Method> = {
  'auth.test': method([], {}, ({ url }) => ({
    url: url(),
    team: team.name,
    user: 'trailwatch',
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  })),

  'chat.postMessage': method(
    ['chat:write'],
    {
      channel: z.string(),
      ...content,
      thread_ts: z.string().optional(),
      metadata: metadata.optional(),
      unfurl_links: flag.optional(),
      unfurl_media: flag.optional(),
      mrkdwn: flag.optional(),
    },
    (api, args) => {
      const channel = joined(api, args.channel);
      if (args.thread_ts !== undefined && api.state.message(channel, args.thread_ts) === undefined)
        throw new ApiError('thread_not_found');
      const message = api.state.add({
        channel,
        ...(args.thread_ts === undefined ? {} : { threadTs: args.thread_ts }),
        user: bot.userId,
        ...checked(args),
        ...(args.metadata === undefined ? {} : { metadata: args.metadata }),
      });
      return { channel, ts: message.ts, message: asApi(message, false) };
    },
  ),

  'chat.update': method(
    ['chat:write'],
    { channel: z.string(), ts: z.string(), ...content, metadata: metadata.optional() },
    (api, args) => {
      if (api.state.channel(args.channel) === undefined) throw new ApiError('channel_not_found');
      const message = api.state.message(args.channel, args.ts);
      if (message === undefined || message.ephemeralFor !== undefined) throw new ApiError('message_not_found');
      if (message.user !== bot.userId) throw new ApiError('cant_update_message');
      Object.assign(message, checked(args), { edited: true });
      if (args.metadata !== undefined) message.metadata = args.metadata;
      api.state.changed(message);
      return { channel: args.channel, ts: args.ts, text: message.text, message: asApi(message, false) };
    },
  ),

  'chat.delete': method(['chat:write'], { channel: z.string(), ts: z.string() }, (api, args) => {
    const message = api.state.message(args.channel, args.ts);
    if (message === undefined) throw new ApiError('message_not_found');
    api.state.remove(message);
    return { channel: args.channel, ts: args.ts };
  }),

  'chat.postEphemeral': method(
    ['chat:write'],
    { channel: z.string(), user: z.string(), ...content, thread_ts: z.string().optional() },
    (api, args) => {
      const channel = joined(api, args.channel);
      if (api.state.user(args.user) === undefined) throw new ApiError('user_not_in_channel');
      const message = api.state.add({
        channel,
        user: bot.userId,
        ...checked(args),
        ephemeralFor: args.user,
      });
      return { message_ts: message.ts };
    },
  ),

  'chat.getPermalink': method([], { channel: z.string(), message_ts: z.string() }, (api, args) => {
    if (api.state.message(args.channel, args.message_ts) === undefined) throw new ApiError('message_not_found');
    return {
      channel: args.channel,
      permalink: `https://${team.domain}.slack.com/archives/${args.channel}/p${args.message_ts.replace('.', '')}`,
    };
  }),

  'conversations.history': method(['channels:history', 'groups:history', 'im:history'], history, (api, args) => {
    const channel = joined(api, args.channel);
    const top = api.state.messages
      .filter((message) => message.channel === channel && message.threadTs === undefined)
      .toReversed();
    return page(top, args);
  }),

  'conversations.replies': method(
    ['channels:history', 'groups:history', 'im:history'],
    { ...history, ts: z.string() },
    (api, args) => {
      const channel = joined(api, args.channel);
      if (api.state.message(channel, args.ts) === undefined) throw new ApiError('thread_not_found');
      return page(
        api.state.messages.filter(
          (message) => message.channel === channel && (message.ts === args.ts || message.threadTs === args.ts),
        ),
        args,
      );
    },
  ),

  'conversations.open': method(['im:write'], { users: z.string(), return_im: flag.optional() }, (api, args) => {
    if (api.state.user(args.users) === undefined) throw new ApiError('user_not_found');
    return { channel: { id: api.state.dm(args.users).id } };
  }),

  'conversations.members': method(
    ['channels:read', 'groups:read'],
    { channel: z.string(), limit: amount.optional(), cursor: z.string().optional() },
    (api, args) => {
      if (api.state.channel(args.channel) === undefined) throw new ApiError('channel_not_found');
      return { members: api.state.users.map(({ id }) => id), response_metadata: { next_cursor: '' } };
    },
  ),

  'users.info': method(['users:read'], { user: z.string(), include_locale: flag.optional() }, (api, args) => ({
    user: member(api.state, args.user),
  })),

  'usergroups.users.list': method(
    ['usergroups:read'],
    { usergroup: z.string(), include_disabled: flag.optional() },
    (api, args) => {
      const group = api.state.usergroups.find(({ id }) => id === args.usergroup);
      if (group === undefined) throw new ApiError('no_such_subteam');
      return { users: group.users };
    },
  ),

  'views.open': method([], { trigger_id: z.string(), view: jsonArg }, (api, args) => {
    const user = api.useTrigger(args.trigger_id);
    for (const open of api.state.views.values())
      if (open.kind === 'modal' && open.user === user) api.state.closeView(open.id);
    return putView(api, args.view, { user, kind: 'modal', stack: [] });
  }),

  'views.push': method([], { trigger_id: z.string(), view: jsonArg }, (api, args) => {
    const user = api.useTrigger(args.trigger_id);
    const under = [...api.state.views.values()].filter((open) => open.kind === 'modal' && open.user === user).at(-1);
    const stack = under === undefined ? [] : [...under.stack, under.id];
    if (stack.length >= 3) throw new ApiError('push_limit_reached');
    return putView(api, args.view, { user, kind: 'modal', stack });
  }),

  'views.update': method([], { view_id: z.string(), hash: z.string().optional(), view: jsonArg }, (api, args) => {
    const open = api.state.views.get(args.view_id);
    if (open === undefined) throw new ApiError('not_found');
    if (args.hash !== undefined && args.hash !== open.hash) throw new ApiError('hash_conflict');
    return putView(api, args.view, { user: open.user, kind: open.kind, id: open.id, stack: open.stack });
  }),

  'views.publish': method([], { user_id: z.string(), view: jsonArg, hash: z.string().optional() }, (api, args) => {
    if (api.state.user(args.user_id) === undefined) throw new ApiError('user_not_found');
    const home = [...api.state.views.values()].find((view) => view.kind === 'home' && view.user === args.user_id);
    return putView(api, args.view, {
      user: args.user_id,
      kind: 'home',
      stack: [],
      ...(home === undefined ? {} : { id: home.id }),
    });
  }),
};
