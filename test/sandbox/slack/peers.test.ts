import { parseSlackWebhookBody, verifySlackSignature } from '@chat-adapter/slack/webhook';
import { SlackAPIClient, SlackApp } from 'slack-edge';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Received, type SmallWorkspace, secrets, smallWorkspace } from './small-workspace.ts';

/** Implementations of Slack's protocol by others: they read what the sandbox sends, and drive what it answers. */
let workspace: SmallWorkspace;
let slack: SmallWorkspace['slack'];
const heard: unknown[] = [];

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const modal = {
  type: 'modal' as const,
  callback_id: 'why',
  title: plain('Why?'),
  submit: plain('Go'),
  blocks: [
    {
      type: 'input' as const,
      block_id: 'why',
      label: plain('Why?'),
      element: { type: 'plain_text_input' as const, action_id: 'text' },
    },
  ],
};

const headersOf = ({ headers }: Received): Headers =>
  new Headers(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );

/** An app of slack-edge that tells what it heard. */
function edgeApp(signingSecret: string) {
  const client = new SlackAPIClient(secrets.botToken, { baseUrl: `${slack.url}/api/` });
  return new SlackApp({
    env: { SLACK_SIGNING_SECRET: signingSecret, SLACK_LOGGING_LEVEL: 'ERROR' },
    authorize: async () => ({
      botId: 'B0TRAILBOT',
      botUserId: 'U0TRAILBOT',
      botToken: secrets.botToken,
      botScopes: [],
    }),
  })
    .command('/audit', async ({ payload }) => {
      heard.push(['command', payload.user_id, payload.text]);
      await client.views.open({ trigger_id: payload.trigger_id, view: modal });
      return { response_type: 'ephemeral', text: `You said ${payload.text}` };
    })
    .action('go', async ({ payload }) => {
      heard.push(['action', payload.user.id, payload.actions[0]]);
    })
    .viewSubmission('why', async ({ payload }) => {
      const why = payload.view.state.values['why']?.['text']?.value;
      heard.push(['view', payload.user.id, why]);
      return why === 'no' ? { response_action: 'errors', errors: { why: 'Say more.' } } : undefined;
    })
    .messageShortcut('note', async ({ payload }) => {
      heard.push(['shortcut', payload.user.id, payload.message_ts]);
    })
    .event('app_home_opened', async ({ payload }) => {
      heard.push(['event', payload.user, payload.tab]);
    });
}

/** Lets an app of slack-edge answer what the sandbox sends. */
function answerWith(app: ReturnType<typeof edgeApp>) {
  workspace.answer(async (response, request) => {
    const said = await app.run(
      new Request(`${slack.url}/slack/events`, { method: 'POST', headers: headersOf(request), body: request.body }),
    );
    response.writeHead(said.status, Object.fromEntries(said.headers)).end(await said.text());
  });
}

beforeAll(async () => {
  workspace = await smallWorkspace();
  ({ slack } = workspace);
});
afterAll(() => workspace.close());

test("slack-edge's client drives the workspace, and its app understands what people do there", async () => {
  const client = new SlackAPIClient(secrets.botToken, { baseUrl: `${slack.url}/api/` });
  expect(await client.auth.test()).toMatchObject({ ok: true, user_id: 'U0TRAILBOT' });
  const blocks = [
    {
      type: 'actions' as const,
      elements: [{ type: 'button' as const, action_id: 'go', text: plain('Go'), value: '1' }],
    },
  ];
  const { ts = '' } = await client.chat.postMessage({ channel: 'C0SEC', text: 'Root login', blocks });
  await client.chat.update({ channel: 'C0SEC', ts, text: 'Root login again', blocks });
  // Its uploadV2 goes to slack.com whatever the base address is; these are its three steps.
  const { upload_url: url = '', file_id: id = '' } = await client.files.getUploadURLExternal({
    filename: 'a.csv',
    length: 3,
  });
  const form = new FormData();
  form.append('file', new Blob(['a,b']), 'a.csv');
  await fetch(url, { method: 'POST', body: form });
  await client.files.completeUploadExternal({ files: [{ id, title: 'A' }], channel_id: 'C0SEC', thread_ts: ts });
  const { messages } = await client.conversations.replies({ channel: 'C0SEC', ts });
  expect(messages).toMatchObject([{ text: 'Root login again' }, { files: [{ name: 'a.csv', title: 'A' }] }]);
  await expect(client.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' })).rejects.toThrow(/channel_not_found/);

  answerWith(edgeApp(secrets.signingSecret));
  await slack.interactions.say('U0ANA', 'C0SEC', '/audit alerts --since 1h');
  expect(slack.state.messages.at(-1)).toMatchObject({ text: 'You said alerts --since 1h', ephemeralFor: 'U0ANA' });
  const [view] = [...slack.state.views.values()];
  const submit = (value: string) => slack.interactions.submit('U0ANA', view?.id ?? '', { why: { text: { value } } });
  await submit('no');
  expect(slack.state.views.get(view?.id ?? '')?.errors).toEqual({ why: 'Say more.' });
  await submit('because');
  expect(slack.state.views.size).toBe(0);
  const action = { type: 'button', action_id: 'go', block_id: 'b', value: '1' };
  await slack.interactions.press('U0BEN', { type: 'message', channel: 'C0SEC', ts }, action, {});
  await slack.interactions.shortcut('U0BEN', 'C0SEC', ts, 'note');
  await slack.interactions.openHome('U0BEN');
  expect(heard).toMatchObject([
    ['command', 'U0ANA', 'alerts --since 1h'],
    ['view', 'U0ANA', 'no'],
    ['view', 'U0ANA', 'because'],
    ['action', 'U0BEN', { action_id: 'go', value: '1' }],
    ['shortcut', 'U0BEN', ts],
    ['event', 'U0BEN', 'home'],
  ]);
});

test('slack-edge refuses what is signed with another secret', async () => {
  answerWith(edgeApp('another-secret'));
  await expect(slack.interactions.say('U0ANA', 'C0SEC', '/audit')).rejects.toThrow(/401/);
});

test('the chat adapter verifies and reads a command, a press, a form and an event', async () => {
  workspace.answer((response) => void response.end());
  const read = async () => {
    const request = workspace.received.at(-1) ?? { headers: {}, body: '' };
    const headers = headersOf(request);
    await verifySlackSignature(request.body, headers, { signingSecret: secrets.signingSecret });
    await expect(
      verifySlackSignature(`${request.body} `, headers, { signingSecret: secrets.signingSecret }),
    ).rejects.toThrow();
    return parseSlackWebhookBody(request.body, { headers, contentType: headers.get('content-type') });
  };
  await slack.interactions.say('U0ANA', 'C0PROD', '/audit status');
  const command = await read();
  expect(command).toMatchObject({ kind: 'slash_command', command: '/audit', text: 'status', userId: 'U0ANA' });

  const { ts = '' } = await workspace.client.chat.postMessage({ channel: 'C0PROD', text: 'Root login' });
  const action = { type: 'button', action_id: 'go', block_id: 'b', value: '1' };
  await slack.interactions.press('U0ANA', { type: 'message', channel: 'C0PROD', ts }, action, {});
  expect(await read()).toMatchObject({
    kind: 'block_actions',
    userId: 'U0ANA',
    channelId: 'C0PROD',
    messageTs: ts,
    actions: [{ actionId: 'go', blockId: 'b', value: '1' }],
    responseUrl: expect.stringContaining('/response/'),
  });

  const trigger_id = command.kind === 'slash_command' ? (command.triggerId ?? '') : '';
  const { view } = await workspace.client.views.open({ trigger_id, view: modal });
  await slack.interactions.submit('U0ANA', view?.id ?? '', { why: { text: { value: 'because' } } });
  expect(await read()).toMatchObject({ kind: 'view_submission', callbackId: 'why', userId: 'U0ANA' });

  await slack.interactions.openHome('U0ANA');
  expect(await read()).toMatchObject({ raw: { event: { type: 'app_home_opened', user: 'U0ANA' } } });
});
