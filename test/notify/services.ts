import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect } from 'vitest';

/** Where it is played. What comes elsewhere is meant for whoever had the port before. */
const place = '/service';

/** A service that calls people, on the wire: takes one request after the other and answers what it is told to. */
export function playService() {
  const played = {
    answers: [] as { status: number; body?: object; headers?: Record<string, string> }[],
    taken: [] as { path: string; headers: IncomingHttpHeaders; body: string }[],
    url: '',
  };
  beforeEach(async () => {
    played.answers = [];
    played.taken = [];
    const server = createServer(async (req, res) => {
      const path = req.url?.startsWith(place) ? req.url.slice(place.length) : undefined;
      if (path === undefined) return void res.writeHead(404).end();
      played.taken.push({ path: path || '/', headers: req.headers, body: await text(req) });
      const { status, body = {}, headers = {} } = played.answers.shift() ?? { status: 200 };
      res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    played.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${place}`;
    return () => void server.close();
  });
  afterEach(() => expect(played.answers).toEqual([]));
  return played;
}
