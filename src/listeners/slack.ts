import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import {
  App,
  type Logger as BoltLogger,
  HTTPModuleFunctions,
  HTTPReceiver,
  isValidSlackRequest,
  LogLevel,
  type Receiver,
  SocketModeReceiver,
} from '@slack/bolt';
import type { Logger } from 'pino';
import type { Check } from '../checks.ts';
import type { SlackConnection } from '../config/config.ts';
import { clientOptions } from '../slack/client.ts';
import type { Database } from '../store/database.ts';
import { isFirst } from '../store/requests.ts';
import { isRecord } from '../words/json.ts';
import { BodyError, bodyReader } from './body.ts';
import type { HttpHandler } from './http.ts';
import { seldom } from './seldom.ts';
import { requestReader } from './slack-request.ts';
import { SlackSocket } from './socket.ts';

export interface SlackIn {
  app: App;
  /** Handles POST /slack/events; undefined in Socket Mode, where Slack needs no address of ours. */
  handle: HttpHandler | undefined;
  /** Socket Mode: whether the socket is open; none over HTTP, where Slack calls us. */
  checks: Check[];
  /** Socket Mode: connects. */
  start: () => Promise<void>;
  /** Waits for what was answered and is still being done; Socket Mode: disconnects. */
  stop: () => Promise<void>;
}

/**
 * Bolt's log lines go to ours, warnings and errors only: its debug lines hold whole requests. Anybody can send requests that
 * are not signed, and each is a warning: one of a kind a minute is written.
 */
function boltLogger({ now, log }: { now: () => Date; log: Logger }): BoltLogger {
  const writes = seldom(now);
  const line =
    (level: 'warn' | 'error') =>
    (...messages: unknown[]) => {
      const text = messages.map(String).join(' ');
      // What differs from one to the next is numbers, and what the sender wrote, behind the beginning.
      const unlogged = writes(text.replace(/\d+/g, '#').slice(0, 60));
      if (unlogged !== undefined) log[level]({ unlogged }, text);
    };
  return {
    debug: () => {},
    info: () => {},
    warn: line('warn'),
    error: line('error'),
    setLevel: () => {},
    getLevel: () => LogLevel.WARN,
    setName: () => {},
  };
}

const maxAgeSeconds = 300;
const maxBodyBytes = 1024 * 1024;
/** Bodies of all requests that are being read or handled at once. */
const maxHeldBytes = 64 * 1024 * 1024;
const bodyDeadlineMs = 10_000;

/**
 * Reads the body before Bolt does: Bolt looks into whatever JSON it holds, and a body that lacks what Bolt takes for granted would
 * end as an error of ours, which Slack tries again. What is not signed, or no JSON, is left to Bolt, which refuses it.
 */
function servedOnly(
  listener: RequestListener,
  connection: { signingSecret: string; apiUrl: string },
  { now, log }: { now: () => Date; log: Logger },
): HttpHandler {
  const readRequest = requestReader(connection.apiUrl);
  const writes = seldom(now);
  const withBody = bodyReader({ maxBytes: maxBodyBytes, maxHeldBytes, deadlineMs: bodyDeadlineMs });
  return async (req, res) => {
    const answer = (status: number) => void res.writeHead(status, req.complete ? {} : { connection: 'close' }).end();
    const handle = async (rawBody: Buffer): Promise<void> => {
      // Where Bolt looks for a body that somebody has read already.
      const buffered = Object.assign(req, { rawBody });
      const body = isSigned(buffered, connection.signingSecret) ? bodyOf(buffered) : undefined;
      if (body === undefined) return void (await listener(req, res));
      const reading = readRequest(body);
      if (reading.kind === 'served') return void (await listener(req, res));
      if (reading.kind === 'unserved') return answer(200);
      const unlogged = writes('malformed');
      if (unlogged !== undefined)
        log.warn(
          { where: reading.where, unlogged },
          'A signed request of Slack is not of the form that Slack documents: refused.',
        );
      answer(400);
    };
    await withBody(req, handle).catch((error: unknown) => {
      if (error instanceof BodyError) return answer(unread[error.trouble]);
      throw error;
    });
  };
}

/** What is answered where a body was not read to its end. */
const unread = { 'too-large': 413, slow: 408, aborted: 408, overload: 503 } satisfies Record<
  BodyError['trouble'],
  number
>;

type Buffered = IncomingMessage & { rawBody: Buffer };

const isSigned = ({ headers, rawBody }: Buffered, signingSecret: string): boolean =>
  isValidSlackRequest({
    signingSecret,
    body: rawBody.toString(),
    headers: {
      'x-slack-signature': String(headers['x-slack-signature']),
      'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
    },
  });

/** The body as Bolt reads it; undefined where it cannot, and for the one request that Slack does not sign. */
function bodyOf(request: Buffered): unknown {
  try {
    const body: unknown = HTTPModuleFunctions.parseHTTPRequestBody(request);
    return isRecord(body) && body['ssl_check'] === '1' ? undefined : (body ?? null);
  } catch {
    return undefined;
  }
}

/**
 * The way in from Slack: Bolt with its signature check, and what Bolt leaves out. Bolt accepts timestamps from the
 * future and the same signed request any number of times in five minutes; both are refused here.
 */
export function slackIn(
  connection: SlackConnection,
  parts: { database: Database; now: () => Date; log: Logger },
): SlackIn {
  const logger = boltLogger(parts);
  const socketReceiver =
    connection.mode === 'socket'
      ? new SocketModeReceiver({
          appToken: connection.appToken,
          logger,
          installerOptions: { clientOptions: clientOptions(connection.apiUrl) },
          autoReconnectEnabled: false,
        })
      : undefined;
  const socket = socketReceiver && new SlackSocket(socketReceiver.client, parts.log);
  const http =
    connection.mode === 'http'
      ? new HTTPReceiver({
          signingSecret: connection.signingSecret,
          logger,
          customPropertiesExtractor: (request) => ({
            signature: request.headers['x-slack-signature'],
            timestamp: request.headers['x-slack-request-timestamp'],
          }),
        })
      : undefined;
  const receiver: Receiver | undefined = http ?? socketReceiver;
  if (receiver === undefined) throw new Error('Slack is reached by HTTP or by Socket Mode.');
  const app = new App({
    token: connection.botToken,
    receiver,
    logger,
    clientOptions: clientOptions(connection.apiUrl),
    deferInitialization: true,
    convoStore: false,
  });
  const underWay = new Set<Promise<void>>();
  app.use(async ({ next }) => {
    const work = next().finally(() => underWay.delete(work));
    underWay.add(work);
    await work;
  });
  if (http !== undefined) app.use(onlyOnce(parts));
  return {
    app,
    handle: http && connection.mode === 'http' ? servedOnly(http.requestListener, connection, parts) : undefined,
    checks: socket === undefined ? [] : [{ name: 'Slack socket', trouble: async () => socket.trouble }],
    start: async () => {
      await app.init();
      await socket?.start();
    },
    stop: async () => {
      // Slack was answered before the work was done, and does not ask again.
      await Promise.allSettled(underWay);
      if (socket === undefined) return;
      await socket.stop();
      // What came down the socket meanwhile.
      await Promise.allSettled(underWay);
    },
  };
}

type Middleware = Parameters<App['use']>[0];

/** Lets each signed request through once, and none that claims to come from the future. */
function onlyOnce({ database, now, log }: { database: Database; now: () => Date; log: Logger }): Middleware {
  const writes = seldom(now);
  return async ({ context, next, ...args }) => {
    const { signature, timestamp } = context;
    const ahead = Number(timestamp) - now().getTime() / 1000;
    const fresh = typeof signature === 'string' && ahead <= maxAgeSeconds;
    const id = createHash('sha256').update(String(signature)).digest('hex');
    if (fresh && (await isFirst(database.db, id, now()))) return next();
    const unlogged = writes('twice');
    if (unlogged !== undefined)
      log.warn({ ahead, unlogged }, 'A signed request of Slack came twice or from the future: refused.');
    // Answered, so that Bolt does not wait for a listener; nothing is done.
    if ('ack' in args && typeof args.ack === 'function') await args.ack();
  };
}
