import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClient,
} from '@slack/web-api';
import type { Message } from './types.ts';

/**
 * What came of a request:
 * `refused`: Slack said no, and why; `later`: not now (rate limit, Slack not reachable), nothing was posted;
 * `unknown`: the answer was lost, it may have been posted.
 */
export type Sent =
  | { outcome: 'done'; ts: string }
  | { outcome: 'refused'; error: string }
  | { outcome: 'later'; error: string; waitMs: number; rateLimited: boolean }
  | { outcome: 'unknown'; error: string };

const metadataType = 'trailwatch_post';

/** Slack's own word for a passing trouble on its side. The request may have been carried out. */
const passing = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);
/** Nothing listened or nobody was found: the request cannot have arrived. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Sorts what the Web API client threw into what may be done about it. */
export function judgeFailure(error: unknown): Exclude<Sent, { outcome: 'done' }> {
  if (error instanceof WebAPIRateLimitedError)
    return { outcome: 'later', error: 'ratelimited', waitMs: error.retryAfter * 1000, rateLimited: true };
  if (error instanceof WebAPIPlatformError) {
    const name = error.data.error;
    if (name === 'ratelimited') return { outcome: 'later', error: name, waitMs: 1000, rateLimited: true };
    if (passing.has(name)) return { outcome: 'unknown', error: name };
    const details = error.data.response_metadata?.messages?.join('; ');
    return { outcome: 'refused', error: details ? `${name}: ${details}`.slice(0, 500) : name };
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
  message: Message,
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
  message: Message,
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
 * Looks for a message of ours by its key, among those posted since a time in the channel or the thread.
 * Answers its ts, or undefined. Throws what the Web API client throws.
 */
export async function findPosted(
  client: WebClient,
  at: { channel: string; threadTs?: string; key: string; since: Date },
): Promise<string | undefined> {
  const range = {
    channel: at.channel,
    oldest: String(at.since.getTime() / 1000 - 60),
    limit: 200,
    include_all_metadata: true,
  };
  let cursor: string | undefined;
  for (let page = 0; page < 10; page++) {
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
    if (found?.ts !== undefined) return found.ts;
    cursor = response_metadata?.next_cursor;
    if (!cursor) return undefined;
  }
  return undefined;
}

const isKeyed = (payload: unknown): payload is { key: unknown } =>
  typeof payload === 'object' && payload !== null && 'key' in payload;
