import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifest } from '../../src/cli/manifest.ts';
import { scopesByMethod, slackManifest } from '../../src/slack/manifest.ts';

const src = join(import.meta.dirname, '..', '..', 'src');
const families = 'auth|chat|conversations|dnd|usergroups\\.users|users|views|files|reactions|bookmarks|pins|team';

test('the table of methods is exactly what the code calls', () => {
  const called = new Set<string>();
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')))
    for (const match of readFileSync(join(src, file), 'utf8').matchAll(
      new RegExp(`(?:slack|client)\\s*\\.(${families})\\s*\\.(\\w+)\\(`, 'g'),
    ))
      called.add(`${match[1]}.${match[2]}`);
  expect([...called].sort()).toEqual(Object.keys(scopesByMethod).sort());
});

test('over HTTP every request goes to one address; by Socket Mode none is named', () => {
  const http = JSON.stringify(slackManifest({ mode: 'http', publicUrl: 'https://bot.example.com' }));
  expect(http.match(/https:\/\/bot\.example\.com\/slack\/events/g)).toHaveLength(3);
  const socket = slackManifest({ mode: 'socket' });
  expect(JSON.stringify(socket)).not.toContain('https://');
  expect(socket.settings?.socket_mode_enabled).toBe(true);
});

const run = async (args: string[], env: Record<string, string> = {}) => {
  let [out, err] = ['', ''];
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: (async function* () {})(),
    env,
    cwd: '/',
  };
  return { code: await manifest(args, io), out, err };
};

test('without a way for Slack to reach us it says how to name one', async () => {
  expect(await run([])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--socket') });
  expect(JSON.parse((await run(['--socket', '--json'])).out)).toMatchObject({
    settings: { socket_mode_enabled: true },
  });
  await expect(run(['--http', 'http://bot.example.com'])).rejects.toThrow(/no https address/);
});

test('the environment decides when nothing is said, Socket Mode first', async () => {
  const publicUrl = { TRAILWATCH_PUBLIC_URL: 'https://bot.example.com/' };
  expect((await run([], publicUrl)).out).toContain('request_url: https://bot.example.com/slack/events\n');
  expect((await run([], { ...publicUrl, SLACK_APP_TOKEN: 'xapp-1' })).out).toContain('socket_mode_enabled: true\n');
  expect((await run(['--http', 'https://other.example.com'], { SLACK_APP_TOKEN: 'xapp-1' })).out).toContain(
    'https://other.example.com/slack/events',
  );
  expect(await run([], { TRAILWATCH_PUBLIC_URL: '', SLACK_APP_TOKEN: '' })).toMatchObject({ code: 1, out: '' });
});

test('an address with a path, or two ways at once, is refused', async () => {
  await expect(run(['--http', 'https://bot.example.com/bot'])).rejects.toThrow(/has a path/);
  await expect(run(['--http', 'https://bot.example.com', '--socket'])).rejects.toThrow(/give one of them/);
});

test('the app asks for these scopes and no more', () => {
  expect(slackManifest({ mode: 'socket' }).oauth_config?.scopes?.bot).toEqual([
    'channels:history',
    'channels:read',
    'channels:write.topic',
    'chat:write',
    'commands',
    'dnd:read',
    'files:write',
    'groups:history',
    'groups:read',
    'groups:write.topic',
    'im:history',
    'im:write',
    'usergroups:read',
    'usergroups:write',
    'users:read',
    'users:read.email',
  ]);
});
