import { readFile } from 'node:fs/promises';
import { App, LogLevel } from '@slack/bolt';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageAsset } from '../../../sandbox/page-assets.ts';
import { createSlack, type Slack } from '../../../sandbox/slack/index.ts';
import { pixel } from '../../sandbox/slack/pixel.ts';
import { openBrowser, openPage } from '../browser.ts';

const secrets = { botToken: 'xoxb-test', appToken: 'xapp-test', signingSecret: 'test-secret' };
const plain = (text: string) => ({ type: 'plain_text' as const, text });

const question = (text: string, action_id: string, words: string) => [
  { type: 'section' as const, text: { type: 'mrkdwn' as const, text } },
  { type: 'actions' as const, elements: [{ type: 'button' as const, action_id, text: plain(words) }] },
];

let slack: Slack;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let app: App;
/** One for all tests: the page compiles for a second where it is new. */
let page: Page;

/** A small bot: a button that opens a form, a form that wants a reason. */
beforeAll(async () => {
  slack = await createSlack({
    now: () => new Date(),
    port: 0,
    ...secrets,
    manifest: {
      features: { slash_commands: [{ command: '/audit', description: 'Alerts' }] },
      oauth_config: { scopes: { bot: ['chat:write', 'commands', 'files:write', 'im:write'] } },
    },
    samples: [],
    breaks: [],
    page: pageAsset,
    onPage: {
      '/page/explain': async () => '',
      '/page/publish': () => {},
      '/page/break': () => {},
      '/page/scenario': () => {},
      '/page/clock': () => {},
    },
  });
  app = new App({
    token: secrets.botToken,
    signingSecret: secrets.signingSecret,
    tokenVerificationEnabled: false,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: `${slack.url}/api/`, retryConfig: { retries: 0 } },
  });
  app.action({ type: 'block_actions', action_id: 'escalate' }, async ({ ack, body, client }) => {
    await ack();
    await client.views.open({
      trigger_id: body.trigger_id,
      view: {
        type: 'modal',
        callback_id: 'reason',
        title: plain('Escalate'),
        submit: plain('Escalate'),
        blocks: [
          {
            type: 'input',
            block_id: 'why',
            label: plain('Why'),
            element: { type: 'plain_text_input', action_id: 'text' },
          },
        ],
      },
    });
  });
  app.view('reason', async ({ ack, view, body, client }) => {
    const why = view.state.values['why']?.['text']?.value ?? '';
    if (why.length < 5) return ack({ response_action: 'errors', errors: { why: 'Say a little more.' } });
    await ack();
    await client.chat.postMessage({ channel: 'C0ALERTS', text: `<@${body.user.id}> escalated: ${why}` });
  });
  app.action('sure', async ({ ack, respond }) => {
    await ack();
    await respond({
      replace_original: true,
      text: 'It is done.',
      blocks: question('It is done.', 'dismiss', 'Dismiss'),
    });
  });
  app.action('dismiss', async ({ ack, respond }) => {
    await ack();
    await respond({ delete_original: true });
  });
  const address = (await app.start(0)).address();
  if (typeof address !== 'object' || address === null) throw new Error('The bot has no port.');
  slack.connect(`http://127.0.0.1:${address.port}/slack/events`);
  browser = await openBrowser();
  page = await openPage(browser);
});

afterAll(async () => {
  await browser.close();
  await app.stop();
  await slack.close();
});

test('a press on the page reaches a bot, whose form comes back, is refused, mended and answered', async () => {
  await page.goto(`${slack.url}/?user=U0BEN&place=C0ALERTS`);
  await app.client.chat.postMessage({
    channel: 'C0ALERTS',
    text: 'Root login',
    blocks: [
      { type: 'header', text: plain('Root login') },
      { type: 'actions', elements: [{ type: 'button', action_id: 'escalate', text: plain('Escalate') }] },
    ],
  });
  await page.getByRole('button', { name: 'Escalate' }).click();
  await page.getByRole('dialog', { name: 'Escalate' }).waitFor();
  // Slack's own rule first: a required input was left empty.
  await page.getByTestId('modal-submit').click();
  await expect.poll(() => page.getByTestId('error-why').textContent()).toContain('required');
  await page.getByLabel('Why').fill('oh');
  await page.getByTestId('modal-submit').click();
  await expect.poll(() => page.getByTestId('error-why').textContent()).toBe('Say a little more.');
  await page.getByLabel('Why').fill('the key is public');
  await page.keyboard.press('Enter');
  await page.getByText('@ben escalated: the key is public').waitFor();
  expect(await page.getByTestId('modal').count()).toBe(0);
});

test('what people write is said to all, and a command that nobody answers says so at the composer', async () => {
  await page.goto(`${slack.url}/?user=U0ANA&place=C0ALERTS`);
  await page.getByTestId('composer').fill('who has the pager?');
  await page.keyboard.press('Enter');
  await page.getByTestId('messages').getByText('who has the pager?').waitFor();
  await page.getByTestId('composer').fill('/audit nobody listens');
  await page.keyboard.press('Enter');
  await page.getByTestId('composer-error').waitFor();
  await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('/audit nobody listens');
});

test('a message that only one sees is replaced and deleted by its own buttons', async () => {
  await page.goto(`${slack.url}/?user=U0ANA&place=C0SEC`);
  const blocks = question('Resolve all 12?', 'sure', 'Yes, resolve');
  await app.client.chat.postEphemeral({ channel: 'C0SEC', user: 'U0ANA', text: 'Resolve all 12?', blocks });
  await page.getByText('Only visible to you').waitFor();
  await page.getByRole('button', { name: 'Yes, resolve' }).click();
  await page.getByText('It is done.').waitFor();
  expect(await page.getByText('Resolve all 12?').count()).toBe(0);
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.getByText('It is done.').waitFor({ state: 'detached' });
  expect(await page.getByText('Only visible to you').count()).toBe(0);
});

test('files in a thread are shown and downloaded; a direct message counts as unread until it is read', async () => {
  await page.goto(`${slack.url}/?user=U0ANA&place=C0AUDIT`);
  const { ts = '' } = await app.client.chat.postMessage({ channel: 'C0AUDIT', text: 'The weekly report' });
  await app.client.filesUploadV2({
    channel_id: 'C0AUDIT',
    thread_ts: ts,
    initial_comment: 'With evidence',
    file_uploads: [
      { file: pixel, filename: 'chart.png', title: 'Cost by day', alt_text: 'Cost rises' },
      { content: 'user,age\nana,7\n', filename: 'users.csv', title: 'Users' },
    ],
  });
  await page.getByTestId(`replies-${ts}`).click();
  const thread = page.getByTestId('thread');
  await thread.getByText('With evidence').waitFor();
  const picture = thread.getByRole('img', { name: 'Cost rises' });
  await expect.poll(() => picture.evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth)).toBe(1);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    thread.getByRole('link', { name: /Users/ }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('users.csv');
  expect(await readFile(await download.path(), 'utf8')).toBe('user,age\nana,7\n');

  const { channel } = await app.client.conversations.open({ users: 'U0ANA' });
  const id = channel?.id ?? '';
  await app.client.chat.postMessage({ channel: id, text: 'Alert #7 waits for you' });
  await expect.poll(() => page.getByTestId(`unread-${id}`).textContent()).toContain('1');
  await page.getByTestId(`channel-${id}`).click();
  await page.getByTestId('messages').getByText('Alert #7 waits for you').waitFor();
  expect(await page.getByTestId(`unread-${id}`).count()).toBe(0);
});
