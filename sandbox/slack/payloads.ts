import { stateValues } from './blocks.ts';
import { isObject, type Json, objects } from './json.ts';
import { bot, type SlackUser, type StoredView, team } from './state.ts';
import { viewAsApi } from './views.ts';

/** What Slack tells the app about what people do: pure functions. Source: docs.slack.dev/interactivity, /apis/events-api. */

const token = 'legacy-verification-token';

const from = (user: SlackUser): Json => ({
  team: { id: team.id, domain: team.domain },
  user: { id: user.id, username: user.name, name: user.name, team_id: team.id },
  token,
  enterprise: null,
  is_enterprise_install: false,
});

/** Where something happened, as payloads name it. */
export interface Place {
  id: string;
  name: string;
}

export const slashCommand = (
  user: SlackUser,
  channel: Place,
  said: { command: string; text: string; response_url: string; trigger_id: string },
): Json => ({
  token,
  team_id: team.id,
  team_domain: team.domain,
  channel_id: channel.id,
  channel_name: channel.name,
  user_id: user.id,
  user_name: user.name,
  api_app_id: bot.appId,
  is_enterprise_install: 'false',
  ...said,
});

/** A press in a message; `message` is left out when only one person sees it. */
export const messageAction = (
  user: SlackUser,
  channel: Place,
  at: { ts: string; threadTs?: string | undefined; message?: Json | undefined },
  act: { trigger_id: string; response_url: string; action: Json; values: Json },
): Json => ({
  type: 'block_actions',
  ...from(user),
  api_app_id: bot.appId,
  container: {
    type: 'message',
    message_ts: at.ts,
    channel_id: channel.id,
    is_ephemeral: at.message === undefined,
    ...(at.threadTs === undefined ? {} : { thread_ts: at.threadTs }),
  },
  trigger_id: act.trigger_id,
  channel,
  ...(at.message === undefined ? {} : { message: at.message }),
  state: { values: act.values },
  response_url: act.response_url,
  actions: [act.action],
});

/** A view with what was filled in. */
const filledIn = (view: StoredView, values: Json): Json => ({ ...viewAsApi(view), state: { values } });

export const viewAction = (
  user: SlackUser,
  view: StoredView,
  act: { trigger_id: string; action: Json; values: Json },
): Json => ({
  type: 'block_actions',
  ...from(user),
  api_app_id: bot.appId,
  container: { type: 'view', view_id: view.id },
  trigger_id: act.trigger_id,
  view: filledIn(view, act.values),
  actions: [act.action],
});

export const viewSubmission = (user: SlackUser, view: StoredView, trigger_id: string, values: Json): Json => ({
  type: 'view_submission',
  ...from(user),
  api_app_id: bot.appId,
  trigger_id,
  view: filledIn(view, values),
  response_urls: [],
});

/** `is_cleared`: all views of the stack were closed at once. */
export const viewClosed = (user: SlackUser, view: StoredView, is_cleared: boolean): Json => ({
  type: 'view_closed',
  ...from(user),
  api_app_id: bot.appId,
  view: filledIn(view, stateValues(blocksOf(view), {})),
  is_cleared,
});

export const messageShortcut = (
  user: SlackUser,
  channel: Place,
  message: Json,
  act: { callback_id: string; trigger_id: string; response_url: string; action_ts: string; message_ts: string },
): Json => ({
  type: 'message_action',
  ...from(user),
  user: { id: user.id, name: user.name, team_id: team.id },
  channel,
  message,
  ...act,
});

export const eventCallback = (event: Json, event_id: string, event_time: number): Json => ({
  token,
  team_id: team.id,
  api_app_id: bot.appId,
  event,
  type: 'event_callback',
  event_id,
  event_time,
  authorizations: [
    { enterprise_id: null, team_id: team.id, user_id: bot.userId, is_bot: true, is_enterprise_install: false },
  ],
  is_ext_shared_channel: false,
});

export const blocksOf = ({ view }: StoredView): Json[] => (isObject(view) ? objects(view.blocks) : []);
