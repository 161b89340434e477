import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import * as z from 'zod';
import type { AppRequest } from './app-request.ts';
import { type Json, parseJson } from './json.ts';
import { bot, type State } from './state.ts';

/**
 * Socket Mode: the app opens a WebSocket with its app-level token, and requests come down it as envelopes that the app
 * acknowledges by their id. Source: docs.slack.dev/apis/events-api/using-socket-mode.
 */

/** Milliseconds for which an address from apps.connections.open can be used, once. */
const ticketMs = 30_000;
/** Connections that one app may hold at a time. */
const mostConnections = 10;

const Ack = z.object({ envelope_id: z.string(), payload: z.record(z.string(), z.unknown()).default({}) });

export class SocketMode {
  readonly #state: State;
  readonly #server = new WebSocketServer({ noServer: true });
  /** Newest last. */
  readonly #sockets: WebSocket[] = [];
  /** Tickets that nobody has used yet, and until when they hold. */
  readonly #tickets = new Map<string, number>();
  readonly #waiting = new Map<string, (answer: Json) => void>();

  constructor(state: State) {
    this.#state = state;
  }

  /** Whether requests go this way. */
  get connected(): boolean {
    return this.#sockets.length > 0;
  }

  /** The path of a new connection, good for one use within half a minute. */
  newPath(): string {
    const ticket = randomUUID();
    this.#tickets.set(ticket, Date.now() + ticketMs);
    return `/link/?${new URLSearchParams({ ticket, app_id: bot.appId })}`;
  }

  /** An HTTP request that wants to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://sandbox');
    const ticket = searchParams.get('ticket') ?? '';
    const until = this.#tickets.get(ticket) ?? 0;
    this.#tickets.delete(ticket);
    if (pathname !== '/link/' || Date.now() > until) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#welcome(opened));
  }

  #welcome(socket: WebSocket): void {
    socket.on('error', () => socket.terminate());
    if (this.#sockets.length >= mostConnections) {
      goodbye(socket, 'too_many_websockets');
      return;
    }
    this.#sockets.push(socket);
    this.#state.note('app → Slack: connected by Socket Mode', true);
    socket.on('close', () => {
      this.#forget(socket);
      this.#state.note('app → Slack: the Socket Mode connection is closed', true);
    });
    socket.on('message', (data) => this.#acknowledged(String(data)));
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#sockets.length,
        debug_info: { host: 'sandbox', build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: bot.appId },
      }),
    );
  }

  #forget(socket: WebSocket): void {
    const place = this.#sockets.indexOf(socket);
    if (place >= 0) this.#sockets.splice(place, 1);
  }

  #acknowledged(text: string): void {
    const ack = Ack.safeParse(parseJson(text));
    const take = ack.success ? this.#waiting.get(ack.data.envelope_id) : undefined;
    if (ack.success && take !== undefined) take(ack.data.payload);
    else this.#state.note(`app → Slack: an acknowledgement of nothing that was sent: ${text.slice(0, 200)}`, false);
  }

  /** Sends an envelope down the newest connection; returns the payload of its acknowledgement, or undefined when none came. */
  async send(
    { kind, payload, retry }: AppRequest,
    acceptsAnswer: boolean,
    patienceMs: number,
  ): Promise<Json | undefined> {
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Json | undefined>();
    this.#waiting.set(id, resolve);
    const timer = setTimeout(resolve, patienceMs, undefined);
    this.#sockets.at(-1)?.send(
      JSON.stringify({
        envelope_id: id,
        type: kind,
        accepts_response_payload: acceptsAnswer,
        payload,
        ...(kind === 'events_api'
          ? { retry_attempt: retry?.num ?? 0, retry_reason: retry === undefined ? '' : 'timeout' }
          : {}),
      }),
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Asks the app to connect again, as Slack does every few hours. */
  refresh(): void {
    for (const socket of this.#sockets.splice(0)) goodbye(socket, 'refresh_requested');
  }

  /** Breaks the connections without a word. */
  drop(): void {
    for (const socket of this.#sockets.splice(0)) socket.terminate();
  }
}

function goodbye(socket: WebSocket, reason: 'refresh_requested' | 'too_many_websockets'): void {
  socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'sandbox' } }));
  socket.close(1000);
}
