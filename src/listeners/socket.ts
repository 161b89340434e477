import { setTimeout as delay } from 'node:timers/promises';
import type { SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';

/** Milliseconds to wait after so many attempts in a row have failed; the last holds for all further ones. */
const waits = [0, 1000, 2000, 5000, 10_000, 30_000];

/**
 * Opens the socket to Slack and keeps it open: Slack asks for a new connection every few hours, and networks break.
 * Bolt's client would wait five seconds first, in which every press fails, and would end the process when Slack cannot
 * be reached at that moment; so its own reconnection is off. Slack repeats events that come in between, not presses.
 */
export class SlackSocket {
  readonly #client: SocketModeReceiver['client'];
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #reconnecting = false;
  #lost: string | undefined = 'the socket to Slack is not open yet';

  /** `receiver` must have been made with `autoReconnectEnabled: false`. */
  constructor(receiver: SocketModeReceiver, log: Logger) {
    this.#client = receiver.client;
    this.#log = log;
  }

  /** Connects. Throws, in one sentence, when Slack does not let us. */
  async start(): Promise<void> {
    try {
      await this.#client.start();
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

  async #reconnect(): Promise<void> {
    const { signal } = this.#stopping;
    if (this.#reconnecting) return;
    this.#reconnecting = true;
    this.#lost = 'the socket to Slack is lost';
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await delay(waits[failures] ?? waits.at(-1), undefined, { signal });
        await this.#client.start();
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
