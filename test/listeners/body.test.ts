import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { BodyError, bodyReader } from '../../src/listeners/body.ts';

/** A server that reads bodies with these limits and says of each what came of it; `handle` may take its time. */
async function serve({
  handle = async () => {},
  ...limits
}: Partial<Parameters<typeof bodyReader>[0]> & { handle?: () => Promise<void> }) {
  const withBody = bodyReader({ maxBytes: 100, maxHeldBytes: 250, deadlineMs: 20_000, ...limits });
  const came: string[] = [];
  const server = createServer(async (req, res) => {
    const said = await withBody(req, async (body) => {
      await handle();
      return String(body.byteLength);
    }).catch((error: unknown) => (error instanceof BodyError ? error.trouble : 'other'));
    came.push(said);
    res.end(said);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  /** Says that it sends 100 bytes, sends so many, and waits. */
  const holding = async (bytes: number): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {}).write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n${'x'.repeat(bytes)}`);
    await once(socket, 'connect');
    return socket;
  };
  const post = async (bytes: number): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x'.repeat(bytes) })).text();
  return { came, holding, post };
}

test('bodies are read up to their limit', async () => {
  const { post } = await serve({});
  expect(await post(100)).toBe('100');
  expect(await post(101)).toBe('too-large');
});

test('who holds bodies back keeps nobody out: whoever has been sending for longest leaves', async () => {
  const { came, holding, post } = await serve({});
  for (let at = 0; at < 20; at += 1) await holding(90);
  await expect.poll(() => came.length).toBe(18);
  expect(new Set(came)).toEqual(new Set(['overload']));
  expect(await post(100)).toBe('100');
});

test('what is being handled counts, and is never given up for what comes after it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let handled = 0;
  const { post } = await serve({
    handle: () => {
      handled += 1;
      return promise;
    },
  });
  const first = [post(100), post(100)];
  await expect.poll(() => handled).toBe(2);
  expect(await post(100)).toBe('overload');
  resolve();
  expect(await Promise.all(first)).toEqual(['100', '100']);
  expect(await post(100)).toBe('100');
});

test('a body that does not come to its end in time is given up', async () => {
  const { came, holding } = await serve({ deadlineMs: 50 });
  await holding(10);
  await expect.poll(() => came).toEqual(['slow']);
});
