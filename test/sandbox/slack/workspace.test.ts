import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal, type SmallWorkspace, secrets, smallWorkspace } from './small-workspace.ts';

let workspace: SmallWorkspace;
let slack: SmallWorkspace['slack'];
let client: SmallWorkspace['client'];

beforeAll(async () => {
  workspace = await smallWorkspace(['chat:write', 'users:read']);
  ({ slack, client } = workspace);
});

afterAll(() => workspace.close());

test('errors have the names that Slack gives them', async () => {
  expect(await refusal(client.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }))).toBe('channel_not_found');
  expect(await refusal(client.chat.postMessage({ channel: 'C0PRIVATE', text: 'x' }))).toBe('not_in_channel');
  expect(await refusal(client.chat.update({ channel: 'C0SEC', ts: '1.000000', text: 'x' }))).toBe('message_not_found');
  expect(
    await refusal(
      client.views.open({
        trigger_id: 'gone',
        view: { type: 'modal', title: { type: 'plain_text', text: 'x' }, blocks: [] },
      }),
    ),
  ).toBe('invalid_trigger_id');
  expect(await refusal(client.conversations.history({ channel: 'C0SEC' }))).toBe('missing_scope');
  expect(await refusal(workspace.clientOf('xoxb-other').auth.test())).toBe('invalid_auth');
  expect(await refusal(workspace.clientOf(secrets.appToken).auth.test())).toBe('not_allowed_token_type');
  expect(await refusal(client.apiCall('chat.postMessage', { channel: 'C0SEC', text: 'x', colour: 'red' }))).toBe(
    'invalid_arguments',
  );
  const cut = await fetch(`${slack.url}/api/auth.test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secrets.botToken}` },
    body: '{"cut',
  });
  expect(await cut.json()).toEqual({ ok: false, error: 'invalid_json' });
});

test('a channel takes a short burst and then one message a second', async () => {
  const posts = await Promise.all(
    Array.from({ length: 6 }, () =>
      client.chat.postMessage({ channel: 'C0AUDIT', text: 'x' }).then(
        () => 'ok',
        (error: { retryAfter?: number }) => error.retryAfter,
      ),
    ),
  );
  expect(posts.filter((each) => each === 'ok')).toHaveLength(3);
  expect(posts.filter((each) => typeof each === 'number' && each >= 1)).toHaveLength(3);
});

test('a response URL takes five posts', async () => {
  await slack.interactions.say('U0BEN', 'C0SEC', '/audit');
  const url = String(workspace.told()['response_url']);
  const statuses: number[] = [];
  for (let post = 0; post < 6; post++)
    statuses.push((await fetch(url, { method: 'POST', body: JSON.stringify({ text: 'hello' }) })).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
});

test('a web site that somebody visits cannot press buttons here', async () => {
  const post = (headers: Record<string, string>) =>
    fetch(`${slack.url}/page/send`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ user: 'U0ANA', channel: 'C0SEC', text: 'hi' }),
    });
  expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
  expect((await post({ origin: slack.url })).status).toBe(200);
});
