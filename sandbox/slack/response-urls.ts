import { randomBytes } from 'node:crypto';
import { type Api, ApiError } from './api.ts';
import { checked, threadOf } from './chat.ts';
import { isObject, type Json, parseJson, string } from './json.ts';
import { bot } from './state.ts';

/** A response URL takes five posts in half an hour. Source: Slack, "Handling user interaction", message responses. */
const holdsMs = 30 * 60_000;
const mostPosts = 5;

interface ResponseUrl {
  until: number;
  posts: number;
  user: string;
  channel: string;
  /** Of the message that was acted on, for replace_original and delete_original. */
  originalTs: string | undefined;
}

type ResponseApi = Pick<Api, 'state' | 'url' | 'scopes'>;

/** What an acknowledgement or a post to a response URL says; undefined when it says nothing. */
export function saidIn(api: ResponseApi, body: Json) {
  const { text, blocks, attachments } = body;
  if (text === undefined && blocks === undefined && attachments === undefined) return undefined;
  return checked(api, { text: string(text), blocks, attachments });
}

/** Addresses that let the app answer one act of one person without a token. */
export class ResponseUrls {
  readonly #api: ResponseApi;
  readonly #known = new Map<string, ResponseUrl>();

  constructor(api: ResponseApi) {
    this.#api = api;
  }

  /** A new address; `originalTs` is the message that was acted on. */
  issue(user: string, channel: string, originalTs?: string): string {
    const id = randomBytes(12).toString('hex');
    this.#known.set(id, { until: this.#api.state.now().getTime() + holdsMs, posts: 0, user, channel, originalTs });
    return `${this.#api.url()}/response/${id}`;
  }

  /** A post to an address. Returns the HTTP status and body, as Slack does. */
  post(id: string, text: string): [number, string] {
    const { state } = this.#api;
    const known = this.#known.get(id);
    if (known === undefined || state.now().getTime() > known.until) return [404, '{"ok":false,"error":"expired_url"}'];
    if (++known.posts > mostPosts) return [404, '{"ok":false,"error":"used_url"}'];
    const body = parseJson(text);
    if (!isObject(body)) return [500, 'invalid_payload'];
    try {
      this.#answer(known, body);
      return [200, '{"ok":true}'];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.note(`app → Slack: response_url: ${error.message} ${JSON.stringify(error.more)}`, false);
      return [400, error.message];
    }
  }

  #answer({ user, channel, originalTs }: ResponseUrl, body: Json): void {
    const { state } = this.#api;
    const original = originalTs === undefined ? undefined : state.message(channel, originalTs);
    if (body.delete_original === true) {
      if (original !== undefined) state.remove(original);
      return;
    }
    const said = saidIn(this.#api, body);
    if (said === undefined) throw new ApiError('no_text');
    if (body.replace_original === true && original !== undefined) state.edit(original, said);
    else
      state.add({
        channel,
        user: bot.userId,
        ...threadOf(this.#api, channel, string(body.thread_ts) || undefined),
        ...said,
        ...(body.response_type === 'in_channel' ? {} : { ephemeralFor: user }),
      });
  }
}
