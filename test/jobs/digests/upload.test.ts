import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { uploadFile } from '../../../src/jobs/digests/upload.ts';
import type { Database } from '../../../src/store/database.ts';
import { addFile, filesOf } from '../../../src/store/digests/files.ts';
import { openRun, runById } from '../../../src/store/digests/runs.ts';
import { freshStore } from '../../store/fresh-store.ts';

const now = new Date('2026-11-30T08:00:00Z');
const bytes = Buffer.from('"user"\r\n"josé"\r\n');

let database: Database;
let server: Server;
let run: number;
/** What the server does with the next requests; a request that it has no answer for is taken. */
const answers: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
const came: { headers: IncomingMessage['headers']; fields: Record<string, string>; file: Buffer }[] = [];

beforeAll(async () => {
  database = await freshStore();
  const opened = { digest: 'credentialReport', period: 'p', askedBy: null, channel: 'C0AUDIT', now };
  run = (await database.transaction((trx) => openRun(trx, opened))) ?? 0;
  await addFile(database.db, run, { name: 'findings.csv', title: 'All findings (CSV)', bytes });
  server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk);
    const answer = answers.shift();
    if (answer !== undefined) return answer(request, response);
    const type = request.headers['content-type'] ?? '';
    const form = await new Response(Buffer.concat(body), { headers: { 'content-type': type } }).formData();
    const file = form.get('file');
    const fields = Object.fromEntries(
      [...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    );
    const content = file instanceof Blob ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0);
    came.push({ headers: request.headers, fields, file: content });
    response.writeHead(201).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  server.close();
  await database.close();
});

const port = (): number => {
  const bound = server.address();
  return bound === null || typeof bound === 'string' ? 0 : bound.port;
};

const address = (): string => `http://127.0.0.1:${port()}/evidence`;

/** Uploads the file once; returns its row. */
async function upload(given: { url?: string; allowPrivate?: boolean; secret?: string | null } = {}) {
  const loaded = loadConfig('sandbox/config.yaml', {});
  if ('problems' in loaded) throw new Error('The configuration of the sandbox has problems.');
  const { url = address(), allowPrivate = true, secret = 'hush' } = given;
  const digests = { ...loaded.config.digests, upload: { url, allowPrivate } };
  const [file] = await filesOf(database.db, run);
  const held = await runById(database.db, run);
  if (file === undefined || held === undefined) throw new Error('There is no file.');
  const parts = { database, config: { ...loaded.config, digests }, now: () => now, log: pino({ level: 'silent' }) };
  await uploadFile({ ...parts, uploadSecret: secret }, held, file);
  const [after] = await filesOf(database.db, run);
  return after;
}

test.each([
  ['an address', undefined, /127\.0\.0\.1 has a private address/],
  ['a name', 'http://localhost', /localhost has a private address/],
  ['IPv4 within IPv6', 'https://[::ffff:10.0.0.1]/', /has a private address/],
  ['the metadata of an instance', 'https://169.254.169.254/latest', /has a private address/],
])('nothing is sent to a private address that nobody means: %s', async (_, url, error) => {
  const row = await upload({
    ...(url === undefined
      ? {}
      : { url: url === 'http://localhost' ? address().replace('127.0.0.1', 'localhost') : url }),
    allowPrivate: false,
  });
  expect(row).toMatchObject({ uploaded_at: null, upload_error: expect.stringMatching(error) });
  expect(came).toEqual([]);
});

test('what is refused, sent elsewhere or cut off is tried again in an hour, and no secret is told', async () => {
  answers.push(
    (_, response) => response.writeHead(503).end(),
    (_, response) => response.writeHead(307, { location: 'https://example.com/' }).end(),
    (request) => request.socket.destroy(),
  );
  for (const said of [/answered 503/, /redirect/, /other side closed|socket|terminated/]) {
    const row = await upload();
    expect(row).toMatchObject({ uploaded_at: null, upload_error: expect.stringMatching(said) });
    expect(row?.retry_at).toEqual(new Date(now.getTime() + 3_600_000));
    expect(row?.upload_error).not.toContain('hush');
  }
  expect(await upload({ secret: null })).toMatchObject({
    upload_error: expect.stringMatching(/DIGEST_UPLOAD_SECRET is not set/),
  });
  expect(came).toEqual([]);
});

test('the file arrives as it is, with what it is about, under the secret, and under one key each time', async () => {
  const row = await upload();
  expect(row).toMatchObject({ uploaded_at: now, upload_error: null });
  await upload();
  const [first, second] = came;
  expect(first?.file).toEqual(bytes);
  expect(first?.fields).toEqual({
    ...{ digest: 'credential-report', run: String(run), edition: '1', askedAt: now.toISOString() },
    ...{ title: 'All findings (CSV)', sha256: row?.sha256 },
  });
  expect(first?.headers).toMatchObject({
    authorization: 'Bearer hush',
    'idempotency-key': `trailwatch-${run}-${row?.sha256}`,
  });
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
});
