import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';

export type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;

/** Handlers by path; a path that is not here is answered 404. */
export type Routes = Record<string, { methods: readonly string[]; handle: Handler | RequestListener }>;

const answer = (res: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void => {
  if (res.headersSent) return;
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(`${text}\n`);
};

/**
 * The one HTTP server. Slow senders are cut off: headers within 10 s, a whole request within 30 s.
 * A handler that throws is answered 503 (SNS and Slack try again) and logged; the sender learns no details.
 */
export function httpServer(routes: Routes, log: Logger): Server {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 },
    (req, res) => {
      const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
      const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
      if (route === undefined)
        return answer(res, 404, 'There is nothing here. Slack uses /slack/events, SNS uses /sns.');
      if (!route.methods.includes(req.method ?? ''))
        return answer(res, 405, `Use ${route.methods.join(' or ')} here.`, { allow: route.methods.join(', ') });
      Promise.try(route.handle, req, res).catch((error: unknown) => {
        log.error({ err: error, path }, 'A request failed by a fault of ours.');
        answer(res, 503, 'Trailwatch has a problem; try again.');
      });
    },
  );
  // A client that goes away in the middle of a request is no trouble of ours.
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  return server;
}
