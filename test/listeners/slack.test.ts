import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from '../../sandbox/world.ts';
import type { App } from '../../src/app.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

/** What somebody can send to POST /slack/events who knows the signing secret, and who does not. */
let world: World;
let app: App;
const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-slack-'));
/** The response URLs that the app answered at, by their paths. */
const answered: string[] = [];
const responses = createServer((request, response) => {
  answered.push(request.url ?? '');
  request.resume().on('end', () => response.end('{"ok":true}'));
});
let responseUrl = '';

beforeAll(async () => {
  await prepareDataDir(dataDir);
  await new Promise<void>((listening) => responses.listen(0, '127.0.0.1', listening));
  const address = responses.address();
  if (typeof address === 'object' && address !== null) responseUrl = `http://127.0.0.1:${address.port}`;
  world = await openWorld({ port: 0, log: pino({ level: 'silent' }) });
  app = await world.startApp({ dataDir });
  await world.sns.idle();
});

afterAll(async () => {
  await world.close();
  responses.closeAllConnections();
  responses.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** `/audit help` as Slack sends it, with a name of its own to be answered at. */
const helpCommand = (name: string) =>
  new URLSearchParams({
    command: '/audit',
    text: 'help',
    user_id: 'U0ANA',
    user_name: 'ana',
    team_id: 'T0TRAIL',
    channel_id: 'C0ALERTS',
    channel_name: 'alerts',
    response_url: `${responseUrl}/${name}`,
    trigger_id: `trigger-${name}`,
  }).toString();

const secret = () => (world.environment.slack?.mode === 'http' ? world.environment.slack.signingSecret : '');
const seconds = (ahead = 0) => String(Math.floor(world.now().getTime() / 1000) + ahead);

async function post(body: string, { timestamp = seconds(), key = secret() } = {}) {
  const signature = `v0=${createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const response = await fetch(`http://127.0.0.1:${app.port}/slack/events`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    body,
  });
  return { status: response.status, text: await response.text() };
}

/** Sends a command that is answered, after which any other one that was sent before has been answered too, or never will be. */
async function oneMore(name: string): Promise<void> {
  expect(await post(helpCommand(name))).toEqual({ status: 200, text: '' });
  await expect.poll(() => answered, { timeout: 10_000 }).toContain(`/${name}`);
}

test('the same signed request again does nothing', async () => {
  const body = helpCommand('first');
  const timestamp = seconds();
  expect(await post(body, { timestamp })).toEqual({ status: 200, text: '' });
  expect(await post(body, { timestamp })).toEqual({ status: 200, text: '' });
  await oneMore('second');
  expect(answered.filter((path) => path === '/first')).toHaveLength(1);
});

test('a request from the future does nothing, though its signature is right', async () => {
  expect(await post(helpCommand('future'), { timestamp: seconds(600) })).toEqual({ status: 200, text: '' });
  await oneMore('present');
  expect(answered).not.toContain('/future');
});

test.each([
  ['signed with another secret', { key: 'another-secret' }],
  ['ten minutes old', { timestamp: String(Math.floor(Date.now() / 1000) - 600) }],
])('a request %s is refused', async (_name, how) => {
  expect(await post(helpCommand('refused'), how)).toEqual({ status: 401, text: '' });
});

test('a body of more than a mebibyte is refused', async () => {
  expect((await post(`${helpCommand('long')}&text=${'x'.repeat(1024 * 1024)}`)).status).toBe(413);
});
