import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { within } from '../words/within.ts';

/** Milliseconds to wait after so many attempts in a row have failed; the last holds for all further ones. */
const waits = [0, 1000, 2000, 5000, 10_000, 30_000];

/** How long Slack may take to greet us, once it has named the socket's address. */
const greetingMs = 10_000;
/** How long the other side may take to say goodbye. */
const goodbyeMs = 1_000;

/** As much of Bolt's client as a socket needs. */
interface SocketClient {
  start: () => Promise<unknown>;
  disconnect: () => Promise<unknown>;
  on: (event: 'disconnected' | 'authenticated', listener: () => void) => unknown;
  off: (event: 'authenticated', listener: () => void) => unknown;
}

/**
 * Opens the socket to Slack and keeps it open: Slack asks for a new connection every few hours, and networks break.
 * Bolt's client would wait five seconds first, in which every press fails, and would end the process when Slack cannot
 * be reached at that moment; so its own reconnection is off. Slack repeats events that come in between, not presses.
 */
export class SlackSocket {
  readonly #client: SocketClient;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #stopping = new AbortController();
  #reconnecting = false;
  #lost: string | undefined = 'the socket to Slack is not open yet';

  /** `client` must have been made with `autoReconnectEnabled: false`. */
  constructor(client: SocketClient, log: Pick<Logger, 'warn'>) {
    this.#client = client;
    this.#log = log;
  }

  /** Connects. Throws, in one sentence, when Slack does not let us. */
  async start(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      throw new Error(
        `Slack does not open a socket (${reasonOf(error)}): check SLACK_APP_TOKEN (xapp-…, with the scope connections:write) and that Socket Mode is on for the app.`,
      );
    }
    this.#lost = undefined;
    this.#client.on('disconnected', () => void this.#reconnect());
  }

  /** Why nothing comes in from Slack at the moment; undefined: it does. */
  get trouble(): string | undefined {
    return this.#lost;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#client.disconnect();
  }

  /** The request for the address has a limit of its own; the handshake would wait for ever where packets get lost. */
  async #open(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const silence = Promise.withResolvers<'silence'>();
    const authenticated = (): void => {
      timer = setTimeout(() => silence.resolve('silence'), greetingMs);
    };
    this.#client.on('authenticated', authenticated);
    try {
      if ((await Promise.race([this.#client.start(), silence.promise])) !== 'silence') return;
      // Asked a second time, the client closes the socket without the other side's goodbye.
      if (!(await within(goodbyeMs, this.#client.disconnect()))) await this.#client.disconnect();
      throw new Error(`no greeting within ${greetingMs / 1000} s`);
    } finally {
      clearTimeout(timer);
      this.#client.off('authenticated', authenticated);
    }
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#stopping;
    if (this.#reconnecting) return;
    this.#reconnecting = true;
    this.#lost = 'the socket to Slack is lost';
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await delay(waits[failures] ?? waits.at(-1), undefined, { signal });
        await this.#open();
        this.#lost = undefined;
        break;
      } catch (error) {
        this.#lost = `the socket to Slack is lost (${reasonOf(error)})`;
        if (!signal.aborted) this.#log.warn({ reason: reasonOf(error) }, 'The socket to Slack is lost; trying again.');
      }
    }
    this.#reconnecting = false;
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'the connection was closed');
