import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Logger } from 'pino';
import { seldom } from './seldom.ts';

export type HttpHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;

/** Handlers by path, or by all that is below one (`/oncall/`); a path that is not here is answered 404. */
export type Routes = Record<string, { methods: readonly string[]; handle: HttpHandler | RequestListener }>;

/** Nothing here is a page: no browser may make one of it, keep it, or tell another where it came from. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
};

const answer = (res: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void => {
  if (res.headersSent) return;
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(`${text}\n`);
};

/** As many sockets as a process can have open beside what it needs itself. */
const maxConnections = 4_000;

/**
 * How long a connection is kept that asks nothing: longer than the 60 s of an AWS load balancer, which else sends a
 * request into a connection that is being closed, and answers it 502.
 * Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
 */
const idleMs = 65_000;

/**
 * The one HTTP server. Slow senders are cut off: headers within 10 s, a whole request within 30 s, looked at every 5 s.
 * A handler that throws is answered 503 (SNS and Slack try again) and logged; the sender learns no details.
 */
export function httpServer(routes: Routes, { now, log }: { now: () => Date; log: Pick<Logger, 'error'> }): Server {
  const writes = seldom(now);
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: idleMs, connectionsCheckingInterval: 5_000 },
    (req, res) => {
      for (const [name, value] of Object.entries(securityHeaders)) res.setHeader(name, value);
      const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
      const name = [path, path.slice(0, path.lastIndexOf('/') + 1)].find((each) => Object.hasOwn(routes, each));
      const route = name === undefined ? undefined : routes[name];
      if (name === undefined || route === undefined)
        return answer(res, 404, 'There is nothing here. Slack uses /slack/events, SNS uses /sns.');
      if (!route.methods.includes(req.method ?? ''))
        return answer(res, 405, `Use ${route.methods.join(' or ')} here.`, { allow: route.methods.join(', ') });
      Promise.try(route.handle, req, res).catch((error: unknown) => {
        // Whoever finds a request that fails can send it as often as he likes. What is below a path may be secret.
        const unlogged = writes(name);
        if (unlogged !== undefined)
          log.error({ err: error, path: name, unlogged }, 'A request failed by a fault of ours.');
        answer(res, 503, 'Trailwatch has a problem; try again.');
      });
    },
  );
  server.maxConnections = maxConnections;
  // A client that goes away in the middle of a request is no trouble of ours.
  server.on('clientError', (error, socket) => {
    if (socket.writable) socket.end(`HTTP/1.1 ${statusOf(error)}\r\nConnection: close\r\n\r\n`);
    // One that does not close its own side would keep its socket for ever.
    if (socket instanceof Socket) socket.destroySoon();
  });
  return server;
}

/**
 * What is answered to what is no request. One that did not come in time may be genuine and the network slow: SNS tries what is
 * answered 503 again, and 408 not.
 * Source of the codes: Node.js documentation, "Errors"; of what SNS does: SNS developer guide, "Message delivery retries".
 */
function statusOf(error: Error): string {
  switch ('code' in error ? error.code : undefined) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return '503 Service Unavailable';
    case 'HPE_HEADER_OVERFLOW':
      return '431 Request Header Fields Too Large';
    default:
      return '400 Bad Request';
  }
}
