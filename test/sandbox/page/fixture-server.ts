import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { PageEvent, PageState } from '../../../sandbox/page-api.ts';
import { pageAsset } from '../../../sandbox/page-assets.ts';
import { pixel } from '../slack/pixel.ts';
import { workspace } from './workspace.ts';

interface Post {
  path: string;
  body: unknown;
}
type Answer = { ok: true } | { ok: false; error: string };

/** The server's half of sandbox/page-api.ts, played by a test: it says what the state is and hears what the page posts. */
export interface FixtureServer {
  url: string;
  state: PageState;
  /** Every post so far, oldest first. */
  posts: Post[];
  /** What the next posts are answered; `hold` keeps the answer back until it resolves. */
  answer: (post: Post) => Answer | Promise<Answer>;
  emit: (...events: PageEvent[]) => void;
  /** Cuts the event streams, as a restart of the sandbox would. */
  cut: () => void;
  /** Begins anew with this state: nothing was posted, and every post is answered with ok. */
  begin: (state: PageState) => void;
  close: () => Promise<void>;
}

export async function fixtureServer(): Promise<FixtureServer> {
  const streams = new Set<ServerResponse>();
  const http = createServer((request, response) => void handle(request, response));
  const server: FixtureServer = {
    url: '',
    state: workspace(),
    posts: [],
    answer: () => ({ ok: true }),
    emit: (...events) => {
      for (const stream of streams) for (const event of events) stream.write(`data: ${JSON.stringify(event)}\n\n`);
    },
    cut: () => {
      for (const stream of streams) stream.destroy();
    },
    begin: (state) => Object.assign(server, { state, posts: [], answer: () => ({ ok: true }) }),
    close: async () => {
      for (const stream of streams) stream.destroy();
      http.closeAllConnections();
      await new Promise((closed) => http.close(closed));
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/page/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return;
    }
    if (path === '/page/state') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(server.state));
      return;
    }
    if (request.method === 'POST') {
      const post: Post = { path, body: JSON.parse(await text(request)) };
      server.posts.push(post);
      const answer = await server.answer(post);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      return;
    }
    if (path.startsWith('/page/files/')) {
      response.writeHead(200, { 'content-type': 'image/png' }).end(pixel);
      return;
    }
    const found = await pageAsset(path);
    if (found) response.writeHead(200, { 'content-type': found.type }).end(found.body);
    else response.writeHead(404).end();
  }

  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
  const address = http.address();
  if (typeof address !== 'object' || address === null) throw new Error('The fixture server has no port.');
  server.url = `http://127.0.0.1:${address.port}`;
  return server;
}
