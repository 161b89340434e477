import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { type HttpHandler, httpServer, type Routes } from '../../src/listeners/http.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** The server with these routes, its log lines, and a clock to turn. */
async function serve(routes: Routes) {
  const lines: { msg: string; unlogged?: number }[] = [];
  const clock = { now: new Date('2026-03-06T20:00:00Z') };
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const server = httpServer(routes, { now: () => clock.now, log });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server, port, lines, clock, url: `http://127.0.0.1:${port}` };
}

/** A client that never closes its own side. */
async function rude(port: number): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
  });
  socket.on('error', () => {});
  closing.push(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, heard: () => heard };
}

test('a client that does not close its side loses its socket all the same', async () => {
  const { server, port } = await serve({});
  const client = await rude(port);
  client.socket.write('NONSENSE\r\n\r\n');
  await vi.waitFor(() => expect(client.heard()).toMatch(/^HTTP\/1.1 400/));
  const open = () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
  await vi.waitFor(async () => expect(await open()).toBe(0));
});

test('headers that are too large are answered 431, and what is no request 400', async () => {
  const { port } = await serve({});
  for (const [sent, status] of [
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n', 400],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03', 400],
  ] as const) {
    const client = await rude(port);
    client.socket.write(sent);
    await vi.waitFor(() => expect(client.heard()).toMatch(new RegExp(`^HTTP/1.1 ${status} `)));
  }
});

test('a request whose headers do not come in time is answered 503: SNS tries that again', async () => {
  const { server, port } = await serve({});
  server.headersTimeout = 1;
  const client = await rude(port);
  client.socket.write('POST /sns HTTP/1.1\r\n');
  await vi.waitFor(() => expect(client.heard()).toMatch(/^HTTP\/1.1 503/), 10_000);
});

test('slow headers are looked for every five seconds, and there is an end to how many sockets are held', async () => {
  const { server } = await serve({});
  expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000, maxConnections: 4_000 });
});

test('a connection is kept for longer than a load balancer of AWS keeps it: 60 s', async () => {
  const { url } = await serve({});
  const { headers } = await fetch(url);
  expect(Number(/timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1])).toBeGreaterThan(60);
});

test('requests that fail are one line a minute for each path, with a count of the others', async () => {
  const fails = () => {
    throw new Error('no');
  };
  const { url, lines, clock } = await serve({ '/a': { methods: ['GET'], handle: fails } });
  for (let at = 0; at < 10; at += 1) expect((await fetch(`${url}/a`)).status).toBe(503);
  expect(lines.map(({ unlogged }) => unlogged)).toEqual([0]);
  clock.now = new Date(clock.now.getTime() + 60_000);
  await fetch(`${url}/a`);
  expect(lines.map(({ unlogged }) => unlogged)).toEqual([0, 9]);
});

test('every answer says that it is no page', async () => {
  const handle: HttpHandler = (_req, res) => void res.end('x');
  const { url } = await serve({ '/a': { methods: ['GET'], handle } });
  for (const path of ['/a', '/nothing']) {
    const { headers } = await fetch(url + path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  }
});
