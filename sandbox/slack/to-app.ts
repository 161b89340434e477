import { createHmac } from 'node:crypto';
import type { AppRequest, Retry } from './app-request.ts';
import { isObject, type Json, parseJson, string } from './json.ts';
import type { SocketMode } from './socket.ts';
import type { State } from './state.ts';

/** How Slack's requests reach the app: down the socket that the app opened, else signed to its address. */

/** The app did not take a request; the message is what the person who caused it reads. */
export class Undelivered extends Error {
  readonly reason: Retry['reason'];
  /** The app asked not to be sent this again (X-Slack-No-Retry). */
  readonly final: boolean;

  constructor(reason: Retry['reason'], message: string, final = false) {
    super(message);
    this.reason = reason;
    this.final = final;
  }
}

const tooLate = () =>
  new Undelivered(
    'http_timeout',
    'failed with the error "operation_timeout": the app did not answer within three seconds',
  );

/** What kind of request it is, in the words of the log. */
const nameOf = ({ payload }: AppRequest): string =>
  string(payload.command) || string(isObject(payload.event) ? payload.event.type : payload.type);

/** Slack reads the body of an acknowledgement only for these. */
const acceptsAnswer = ({ kind, payload }: AppRequest): boolean =>
  kind === 'slash_commands' || payload.type === 'view_submission';

function encode({ kind, payload }: AppRequest): { body: string; type: string } {
  if (kind === 'events_api') return { body: JSON.stringify(payload), type: 'application/json' };
  const fields: [string, string][] =
    kind === 'slash_commands'
      ? Object.entries(payload).map(([name, value]) => [name, String(value)])
      : [['payload', JSON.stringify(payload)]];
  return { body: new URLSearchParams(fields).toString(), type: 'application/x-www-form-urlencoded' };
}

/** An acknowledgement's body, JSON or bare text; {} when it is empty. */
function readAnswer(body: string): Json {
  if (body === '') return {};
  const parsed = parseJson(body);
  return isObject(parsed) ? parsed : { text: body };
}

export class ToApp {
  readonly #state: State;
  readonly #secret: string;
  readonly #socket: SocketMode;
  readonly #patienceMs: number;
  #address: string | undefined;

  /** `patienceMs`: how long an app may take for its acknowledgement, of real time. */
  constructor(state: State, signingSecret: string, socket: SocketMode, patienceMs: number) {
    this.#state = state;
    this.#secret = signingSecret;
    this.#socket = socket;
    this.#patienceMs = patienceMs;
  }

  /** Where the app listens for Slack, when it opens no socket. */
  connect(address: string): void {
    this.#address = address;
  }

  /** Sends a request and answers the app's acknowledgement, {} when it says nothing. Throws `Undelivered`. */
  async send(request: AppRequest): Promise<Json> {
    try {
      const answer = this.#socket.connected ? await this.#down(request) : await this.#post(request);
      this.#state.note(`Slack → app: ${nameOf(request)}: acknowledged`, true);
      return acceptsAnswer(request) ? answer : {};
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#state.note(`Slack → app: ${nameOf(request)}: ${problem}`, false);
      throw error;
    }
  }

  async #down(request: AppRequest): Promise<Json> {
    const answer = await this.#socket.send(request, acceptsAnswer(request), this.#patienceMs);
    if (answer === undefined) throw tooLate();
    return answer;
  }

  async #post(request: AppRequest): Promise<Json> {
    if (this.#address === undefined)
      throw new Undelivered('connection_failed', 'No app is connected to this workspace yet.');
    const { body, type } = encode(request);
    const timestamp = String(Math.floor(this.#state.now().getTime() / 1000));
    const signature = createHmac('sha256', this.#secret).update(`v0:${timestamp}:${body}`).digest('hex');
    const headers: Record<string, string> = {
      'content-type': type,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    };
    if (request.retry !== undefined) {
      headers['x-slack-retry-num'] = String(request.retry.num);
      headers['x-slack-retry-reason'] = request.retry.reason;
    }
    try {
      const response = await fetch(this.#address, {
        method: 'POST',
        body,
        headers,
        redirect: 'error',
        signal: AbortSignal.timeout(this.#patienceMs),
      });
      const said = await response.text();
      if (response.ok) return readAnswer(said);
      throw new Undelivered(
        'http_error',
        `failed with the error "dispatch_failed" (the app answered ${response.status})`,
        response.headers.get('x-slack-no-retry') === '1',
      );
    } catch (error) {
      if (error instanceof Undelivered) throw error;
      if (error instanceof DOMException && error.name === 'TimeoutError') throw tooLate();
      throw new Undelivered('connection_failed', 'failed with the error "dispatch_failed" (the app cannot be reached)');
    }
  }
}
