import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { App, type Logger as BoltLogger, HTTPReceiver, LogLevel, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import type { SlackConnection } from '../config/config.ts';
import { clientOptions } from '../slack/client.ts';
import type { Database } from '../store/database.ts';
import { isFirst } from '../store/requests.ts';
import type { Check } from './health.ts';
import { SlackSocket } from './socket.ts';

export interface SlackIn {
  app: App;
  /** Handles POST /slack/events; undefined in Socket Mode, where Slack needs no address of ours. */
  requestListener: RequestListener | undefined;
  /** Socket Mode: whether the socket is open; none over HTTP, where Slack calls us. */
  checks: Check[];
  /** Socket Mode: connects. */
  start: () => Promise<void>;
  /** Waits for what was answered and is still being done; Socket Mode: disconnects. */
  stop: () => Promise<void>;
}

/** Bolt's log lines go to ours, warnings and errors only: its debug lines hold whole requests. */
const boltLogger = (log: Logger): BoltLogger => ({
  debug: () => {},
  info: () => {},
  warn: (...messages) => log.warn(messages.map(String).join(' ')),
  error: (...messages) => log.error(messages.map(String).join(' ')),
  setLevel: () => {},
  getLevel: () => LogLevel.WARN,
  setName: () => {},
});

const maxAgeSeconds = 300;

/**
 * The way in from Slack: Bolt with its signature check, and what Bolt leaves out. Bolt accepts timestamps from the
 * future and the same signed request any number of times in five minutes; both are refused here.
 */
export function slackIn(
  connection: SlackConnection,
  parts: { database: Database; now: () => Date; log: Logger },
): SlackIn {
  const logger = boltLogger(parts.log);
  const socketReceiver =
    connection.mode === 'socket'
      ? new SocketModeReceiver({
          appToken: connection.appToken,
          logger,
          installerOptions: { clientOptions: clientOptions(connection.apiUrl) },
          autoReconnectEnabled: false,
        })
      : undefined;
  const socket = socketReceiver && new SlackSocket(socketReceiver, parts.log);
  const http =
    connection.mode === 'http'
      ? new HTTPReceiver({
          signingSecret: connection.signingSecret,
          logger,
          bodyLimit: 1024 * 1024,
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
    requestListener: http?.requestListener,
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
const onlyOnce =
  ({ database, now, log }: { database: Database; now: () => Date; log: Logger }): Middleware =>
  async ({ context, next, ...args }) => {
    const { signature, timestamp } = context;
    const ahead = Number(timestamp) - now().getTime() / 1000;
    const fresh = typeof signature === 'string' && ahead <= maxAgeSeconds;
    const id = createHash('sha256').update(String(signature)).digest('hex');
    if (fresh && (await isFirst(database.db, id, now()))) return next();
    log.warn({ ahead }, 'A signed request of Slack came twice or from the future: refused.');
    // Answered, so that Bolt does not wait for a listener; nothing is done.
    if ('ack' in args && typeof args.ack === 'function') await args.ack();
  };
