import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClient,
} from '@slack/web-api';
import type { SentMessage } from './types.ts';

/**
 * Why a request did not succeed. `refused`: Slack said no, and about what; `later`: not now (rate limit, Slack not
 * reachable), nothing was posted; `unknown`: the answer was lost, it may have been posted.
 */
export type Failure =
  | { outcome: 'refused'; about: Refusal; error: string }
  | { outcome: 'later'; error: string; waitMs: number; rateLimited: boolean }
  | { outcome: 'unknown'; error: string };

export type Sent = { outcome: 'done'; ts: string } | Failure;

/**
 * What a refusal is about: the `person` cannot be written to, the `channel` takes no message of ours, the `look` of the message (its blocks, their number or
 * length), the message to edit is `gone` or not ours, or something `else`.
 */
type Refusal = 'person' | 'channel' | 'look' | 'gone' | 'else';

/** Source: Slack, conversations.open, chat.postMessage and chat.update, "Errors"; msg_blocks_too_long is documented nowhere (bolt-js #2509). */
const refusals: Readonly<Record<string, Refusal>> = {
  users_not_found: 'person',
  user_not_found: 'person',
  user_not_visible: 'person',
  user_disabled: 'person',
  cannot_dm_bot: 'person',
  channel_not_found: 'channel',
  not_in_channel: 'channel',
  is_archived: 'channel',
  restricted_action: 'channel',
  restricted_action_read_only_channel: 'channel',
  restricted_action_thread_only_channel: 'channel',
  restricted_action_non_threadable_channel: 'channel',
  restricted_action_thread_locked: 'channel',
  messages_tab_disabled: 'channel',
  invalid_blocks: 'look',
  invalid_blocks_format: 'look',
  invalid_attachments: 'look',
  too_many_attachments: 'look',
  msg_blocks_too_long: 'look',
  msg_too_long: 'look',
  message_not_found: 'gone',
  cant_update_message: 'gone',
};

const metadataType = 'trailwatch_post';

/** Slack's own word for a passing trouble on its side. The request may have been carried out. */
const passing = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);
/** Nothing listened or nobody was found: the request cannot have arrived. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * Sorts what the Web API client threw into what may be done about it.
 * @throws the error itself when it is none of the client's
 */
export function judgeFailure(error: unknown): Failure {
  if (error instanceof WebAPIRateLimitedError)
    return { outcome: 'later', error: 'ratelimited', waitMs: error.retryAfter * 1000, rateLimited: true };
  if (error instanceof WebAPIPlatformError) {
    const name = error.data.error;
    if (name === 'ratelimited') return { outcome: 'later', error: name, waitMs: 1000, rateLimited: true };
    if (passing.has(name)) return { outcome: 'unknown', error: name };
    const details = error.data.response_metadata?.messages?.join('; ');
    return {
      outcome: 'refused',
      about: refusals[name] ?? 'else',
      error: details ? `${name}: ${details}`.slice(0, 500) : name,
    };
  }
  if (error instanceof WebAPIHTTPError) return { outcome: 'unknown', error: `HTTP ${error.statusCode}` };
  if (error instanceof WebAPIRequestError) {
    const code = causeCode(error);
    if (code !== undefined && neverSent.has(code))
      return { outcome: 'later', error: `Slack cannot be reached (${code})`, waitMs: 5000, rateLimited: false };
    return { outcome: 'unknown', error: code ?? 'no answer' };
  }
  throw error;
}

/** The system's error code at the bottom of a chain of causes. fetch wraps it twice. */
function causeCode(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; depth++) {
    if ('code' in at && typeof at.code === 'string' && !at.code.startsWith('slack_')) return at.code;
    at = 'original' in at && at.original !== undefined ? at.original : at.cause;
  }
  return undefined;
}

async function attempt(send: () => Promise<{ ts?: string }>): Promise<Sent> {
  try {
    const { ts } = await send();
    return ts === undefined ? { outcome: 'unknown', error: 'an answer without ts' } : { outcome: 'done', ts };
  } catch (error) {
    return judgeFailure(error);
  }
}

/**
 * Posts a message, or a reply when `threadTs` is given. The key goes with it as metadata, so that a post whose answer
 * was lost can be found again. Slack has no idempotency key of its own.
 */
export const post = (
  client: WebClient,
  to: { channel: string; threadTs?: string; key: string },
  message: SentMessage,
): Promise<Sent> =>
  attempt(() =>
    client.chat.postMessage({
      channel: to.channel,
      ...(to.threadTs === undefined ? {} : { thread_ts: to.threadTs }),
      ...message,
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: metadataType, event_payload: { key: to.key } },
    }),
  );

/** Brings a posted message up to date. Attachments are named even when there are none: Slack keeps what is not named. */
export const edit = (
  client: WebClient,
  at: { channel: string; ts: string; key: string },
  message: SentMessage,
): Promise<Sent> =>
  attempt(() =>
    client.chat.update({
      channel: at.channel,
      ts: at.ts,
      attachments: [],
      ...message,
      metadata: { event_type: metadataType, event_payload: { key: at.key } },
    }),
  );

/**
 * How far the clock that noted a first try may be ahead of Slack's, in milliseconds. One that is further off cannot work with
 * Slack, which signs its requests with the time.
 */
const clocksApartMs = 5 * 60_000;
const mostPages = 10;

/**
 * Looks for a message of ours by its key, among those posted since a time in the channel or the thread.
 * Returns its ts; undefined: it is not there; `unseen`: there is more than was looked through. Throws what the Web API client throws.
 */
export async function findPosted(
  client: WebClient,
  at: { channel: string; threadTs?: string; key: string; since: Date },
): Promise<{ ts: string } | 'unseen' | undefined> {
  const range = {
    channel: at.channel,
    oldest: String((at.since.getTime() - clocksApartMs) / 1000),
    limit: 200,
    include_all_metadata: true,
  };
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const more = cursor === undefined ? {} : { cursor };
    const { messages, response_metadata } =
      at.threadTs === undefined
        ? await client.conversations.history({ ...range, ...more })
        : await client.conversations.replies({ ...range, ...more, ts: at.threadTs });
    const found = messages?.find(
      (message) =>
        message.metadata?.event_type === metadataType &&
        isKeyed(message.metadata.event_payload) &&
        message.metadata.event_payload.key === at.key,
    );
    if (found?.ts !== undefined) return { ts: found.ts };
    cursor = response_metadata?.next_cursor;
    if (!cursor) return undefined;
  }
  return 'unseen';
}

const isKeyed = (payload: unknown): payload is { key: unknown } =>
  typeof payload === 'object' && payload !== null && 'key' in payload;
