import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { PageMessage, PageState, PageView } from '../../../sandbox/page-api.ts';
import { dataFiles, dataJson } from '../../data.ts';
import { type FixtureServer, fixtureServer } from '../../sandbox/page/fixture-server.ts';
import { message, start, ts, workspace } from '../../sandbox/page/workspace.ts';
import { openBrowser, openPage } from '../browser.ts';

let browser: Browser;
let server: FixtureServer;
/** The first stays for all tests, each of which loads it anew: where the page is new, it compiles for a second. */
const pages: Page[] = [];
let visitors = 0;
const complaints: string[] = [];

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), fixtureServer()]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});
afterEach(async () => {
  visitors = 0;
  await Promise.all(pages.splice(1).map((page) => page.close()));
  // Neither an error in the console nor a request to anybody but the sandbox, in any test.
  expect(complaints.splice(0)).toEqual([]);
});

interface Options {
  user?: string;
  width?: number;
  height?: number;
}

async function open(state: PageState, options: Options = {}): Promise<Page> {
  server.begin(state);
  return visit(options);
}

/** One more page, on which a person sees the state. */
async function visit({ user = 'UANA', width = 1280, height = 800 }: Options = {}): Promise<Page> {
  const page = pages[visitors++] ?? (await newPage({ width, height }));
  const size = page.viewportSize();
  if (size?.width !== width || size.height !== height) await page.setViewportSize({ width, height });
  await page.goto(`${server.url}/?user=${user}`);
  await page.getByTestId('place').waitFor();
  return page;
}

async function newPage(viewport: { width: number; height: number }): Promise<Page> {
  const page = await openPage(browser, { viewport });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(server.url) && !url.startsWith('data:')) complaints.push(`a request to ${url}`);
  });
  pages.push(page);
  return page;
}

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const section = (text: string) => ({ type: 'section', block_id: 's', text: mrkdwn(text) });
const actions = (...elements: unknown[]) => ({ type: 'actions', block_id: 'a', elements });
const button = (more: object = {}) => ({
  type: 'button',
  action_id: 'ack',
  text: plain('Acknowledge'),
  value: '7',
  ...more,
});
const option = (value: string) => ({ text: plain(value), value });
const withMessage = (change: Partial<PageMessage>) => workspace({ messages: [message(change)] });

/** Waits until the page has posted to this path; returns the newest such body. */
async function posted(path: string): Promise<unknown> {
  await expect.poll(() => server.posts.some((one) => one.path === path)).toBe(true);
  return server.posts.findLast((one) => one.path === path)?.body;
}

describe('drawing', () => {
  /** How a fixture that is a part of a block is made a block; undefined for what is never drawn by itself. */
  function blocksOf(file: string, fixture: Record<string, unknown>): unknown[] | undefined {
    const kind = file.split('/').at(-2);
    const type = String(fixture['type']);
    if (kind === 'blocks' || type === 'rich_text') return [fixture];
    if (kind === 'rich_text') {
      const whole = ['rich_text_section', 'rich_text_list', 'rich_text_quote', 'rich_text_preformatted'].includes(type);
      return [{ type: 'rich_text', elements: [whole ? fixture : { type: 'rich_text_section', elements: [fixture] }] }];
    }
    if (kind === 'elements' && type === 'image') return [{ type: 'context', elements: [fixture] }];
    if (kind === 'elements' && type === 'url')
      return [{ type: 'task_card', task_id: 't', title: 'Sources', sources: [fixture], status: 'complete' }];
    if (kind === 'elements' && /input/.test(type)) return [{ type: 'input', label: plain('Label'), element: fixture }];
    if (kind === 'elements') return [actions(fixture)];
    if (file.includes('/option_')) {
      const groups = 'options' in fixture ? { option_groups: [fixture] } : { options: [fixture] };
      return [actions({ type: 'static_select', action_id: 'x', ...groups })];
    }
    if (file.includes('confirmation')) return [actions(button({ confirm: fixture }))];
    if (file.includes('/text_')) return [{ type: 'section', text: fixture }];
    return undefined;
  }

  test('every valid slackblocks fixture, block for block, none left out', async () => {
    const messages: PageMessage[] = [];
    const notDrawable: string[] = [];
    for (const [index, file] of dataFiles('slack/slackblocks/spec/fixtures/valid').entries()) {
      const fixture = z.record(z.string(), z.unknown()).parse(dataJson(file));
      const list = z.array(z.unknown()).catch([]);
      const blocks = blocksOf(file, fixture) ?? list.parse(fixture['blocks']);
      const attachments = file.includes('/attachments/') ? [fixture] : list.parse(fixture['attachments']);
      const shown = attachments[0] === fixture ? [] : blocks;
      if (shown.length + attachments.length === 0 && !fixture['text'])
        notDrawable.push(file.split('/valid/')[1] ?? file);
      else messages.push(message({ ts: ts(index), text: String(fixture['text'] ?? ''), blocks: shown, attachments }));
    }
    // These describe behaviour (filters, triggers), not something to see.
    expect(notDrawable.toSorted()).toEqual([
      'objects/conversation_filter_basic.json',
      'objects/dispatch_action_configuration_basic.json',
      'objects/input_parameter_basic.json',
      'objects/trigger_basic.json',
      'objects/workflow_basic.json',
    ]);
    expect(messages.length).toBeGreaterThan(80);
    const page = await open(workspace({ messages }));
    await page.getByTestId(`message-${messages.at(-1)?.ts}`).waitFor();
    for (const { ts: at, blocks, attachments } of messages) {
      const sent = attachments.reduce<number>(
        (sum, one) => sum + z.object({ blocks: z.array(z.unknown()).default([]) }).parse(one).blocks.length,
        blocks.length,
      );
      // Blocks within a container are drawn by it, and counted with it.
      const drawn = await page
        .locator(`[data-message="${at}"] [data-block]:not([data-block] [data-block])`)
        .evaluateAll((all) => all.map((one) => ({ type: one.getAttribute('data-block'), height: one.clientHeight })));
      expect(drawn.length, JSON.stringify(blocks)).toBe(sent);
      for (const one of drawn) expect(one.height, `height of ${one.type}`).toBeGreaterThan(0);
    }
    expect(await page.getByTestId('undrawn').allInnerTexts()).toEqual([]);
  });

  test('a block that nobody knows says so with its text, and the others stand', async () => {
    const page = await open(
      withMessage({
        blocks: [
          section('before'),
          { type: 'hologram', title: 'Root login' },
          { type: 'section', text: 5 },
          section('after'),
        ],
      }),
    );
    const texts = await page.getByTestId('undrawn').allInnerTexts();
    expect(texts).toEqual([expect.stringContaining('hologram'), expect.stringContaining('section')]);
    expect(texts[0]).toContain('Root login');
    await page.getByText('before').waitFor();
    await page.getByText('after').waitFor();
  });

  test('a block that the library draws as nothing is told, not dropped', async () => {
    const page = await open(
      withMessage({ blocks: [{ type: 'data_visualization', title: 'Cost', chart: { type: 'pie', segments: [] } }] }),
    );
    expect(await page.getByTestId('undrawn').textContent()).toContain('data_visualization');
  });

  test('hostile text stays text', async () => {
    const hostile =
      '&lt;!channel&gt; &lt;@UBEN&gt; &lt;https://evil.example|click&gt; &lt;img src=x onerror=alert(1)&gt; [x](https://evil.example) # 5 arn:aws:iam::1:root';
    const page = await open(withMessage({ blocks: [section(hostile), { type: 'header', text: plain(hostile) }] }));
    const shown = page.getByTestId(`message-${ts(0)}`);
    const expected =
      '<!channel> <@UBEN> <https://evil.example|click> <img src=x onerror=alert(1)> [x](https://evil.example) # 5 arn:aws:iam::1:root';
    expect(await shown.locator('.block-section').textContent()).toBe(expected);
    expect(await shown.locator('.block-header').textContent()).toBe(expected);
    expect(await shown.locator('a, img, .mention').count()).toBe(0);
  });

  test('mentions, dates and emoji are those of the reader', async () => {
    const text = `<@UBEN> <!subteam^SSEC> <#C2> :bell: :no_such: <!date^${start}^{date_short_pretty} at {time}|then>`;
    const page = await open(withMessage({ blocks: [section(text)] }));
    const drawn = (on: Page) =>
      on
        .getByTestId(`message-${ts(0)}`)
        .locator('.block-section')
        .textContent();
    expect(await drawn(page)).toBe('@ben @security #audit 🔔 :no_such: Today at 10:00 AM');
    const ben = await visit({ user: 'UBEN' });
    expect(await drawn(ben)).toContain('Today at 4:00 AM');
    await page.getByRole('button', { name: '#audit' }).first().click();
    await expect.poll(() => page.getByTestId('place').textContent()).toBe('#audit');
  });

  test('a data table is sorted by a header and turned by pages; numbers are numbers', async () => {
    const number = (value: number) => ({ type: 'raw_number', value, text: `${value}×` });
    const text = (words: string) => ({ type: 'raw_text', text: words });
    const rows = [[text('Alert'), text('Count')], ...[9, 100, 20].map((value) => [text(`a${value}`), number(value)])];
    const page = await open(
      withMessage({
        blocks: [
          { type: 'data_table', caption: 'Open alerts', page_size: 2, rows },
          { type: 'table', rows },
        ],
      }),
    );
    const table = page.locator('.block-data_table');
    const firstColumn = () => table.locator('tbody tr td:first-child').allInnerTexts();
    expect(await firstColumn()).toEqual(['a9', 'a100']);
    await table.getByRole('button', { name: 'Count' }).click();
    expect(await firstColumn()).toEqual(['a9', 'a20']);
    await table.getByRole('button', { name: 'Next page' }).click();
    expect(await firstColumn()).toEqual(['a100']);
    await table.getByRole('button', { name: 'Count' }).click();
    await table.getByRole('button', { name: 'Previous page' }).click();
    expect(await firstColumn()).toEqual(['a100', 'a20']);
    await page.locator('.block-table').getByText('100×').waitFor();
  });

  test('files, reactions, edits, attachments and what only one sees', async () => {
    const page = await open(
      workspace({
        messages: [
          message({
            text: 'the report',
            edited: true,
            reactions: [{ name: 'eyes', users: ['UBEN'] }],
            files: [
              {
                id: 'F1',
                name: 'report.csv',
                title: 'Report',
                mimetype: 'text/csv',
                size: 2048,
                url: '/page/files/F1',
              },
            ],
            attachments: [{ color: '#e01e5a', blocks: [section('inside')] }],
            blocks: [{ type: 'image', slack_file: { id: 'F2' }, alt_text: 'a chart' }],
          }),
          message({ ts: ts(9), text: 'for ana', ephemeralFor: 'UANA' }),
        ],
      }),
    );
    const shown = page.getByTestId(`message-${ts(0)}`);
    await expect.poll(() => shown.textContent()).toContain('(edited)');
    expect(await shown.locator('.reaction').textContent()).toBe('👀 1');
    expect(await shown.getByRole('link', { name: /Report/ }).getAttribute('download')).toBe('report.csv');
    expect(await shown.locator('.attachment-bar').evaluate((bar) => bar.style.background)).toBe('rgb(224, 30, 90)');
    expect(await shown.getByAltText('a chart').getAttribute('src')).toBe('/page/files/F2');
    expect(await page.getByTestId(`message-${ts(9)}`).textContent()).toContain('Only visible to you');
    const ben = await visit({ user: 'UBEN' });
    await ben.getByTestId(`message-${ts(0)}`).waitFor();
    expect(await ben.getByTestId(`message-${ts(9)}`).count()).toBe(0);
  });
});

describe('acting', () => {
  test('a button sends its action with the state of the message, shows that it works, and any error near it', async () => {
    const page = await open(
      withMessage({ blocks: [actions(button(), { type: 'static_select', action_id: 'm', options: [option('1h')] })] }),
    );
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.answer = async () => {
      await held;
      return { ok: false, error: 'operation timed out' };
    };
    const acknowledge = page.getByRole('button', { name: 'Acknowledge' });
    const before = await acknowledge.boundingBox();
    await acknowledge.click();
    await expect.poll(() => page.getByTestId('action-ack').getAttribute('aria-busy')).toBe('true');
    expect(await page.getByTestId('action-ack').boundingBox()).toEqual(before);
    expect(await posted('/page/act')).toEqual({
      user: 'UANA',
      container: { type: 'message', channel: 'C1', ts: ts(0) },
      blockId: 'a',
      actionId: 'ack',
      action: { type: 'button', block_id: 'a', action_id: 'ack', text: plain('Acknowledge'), value: '7' },
      state: { a: { m: { type: 'static_select', selected_option: null } } },
    });
    release();
    expect(await page.getByTestId('action-error').textContent()).toBe('operation timed out');
    server.answer = () => ({ ok: true });
    await acknowledge.click();
    await expect.poll(() => page.getByTestId('action-error').count()).toBe(0);
  });

  test('a confirm dialog stands before the action: Escape and “no” send nothing', async () => {
    const confirm = {
      title: plain('Resolve?'),
      text: mrkdwn('*Sure?*'),
      confirm: plain('Resolve'),
      deny: plain('Keep'),
    };
    const page = await open(withMessage({ blocks: [actions(button({ confirm }))] }));
    const acknowledge = page.getByRole('button', { name: 'Acknowledge' });
    await acknowledge.click();
    await page.getByRole('dialog', { name: 'Resolve?' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByTestId('confirm').count()).toBe(0);
    await acknowledge.click();
    await page.getByTestId('confirm-deny').click();
    await acknowledge.click();
    await page.getByTestId('confirm-yes').click();
    await posted('/page/act');
    expect(server.posts.filter((one) => one.path === '/page/act')).toHaveLength(1);
  });

  test.each([
    ['static_select', { options: [option('1h'), option('8h')] }, { selected_option: option('8h') }],
    ['users_select', {}, { selected_user: 'UBEN' }],
    ['channels_select', {}, { selected_channel: 'C2' }],
    ['conversations_select', {}, { selected_conversation: 'C2' }],
    ['datepicker', {}, { selected_date: '2026-12-24' }],
    ['timepicker', {}, { selected_time: '07:30' }],
    ['datetimepicker', {}, { selected_date_time: Date.UTC(2026, 11, 24, 6, 30) / 1000 }],
    ['checkboxes', { options: [option('x'), option('y')] }, { selected_options: [option('y')] }],
    ['radio_buttons', { options: [option('x'), option('y')] }, { selected_option: option('y') }],
    ['overflow', { options: [option('x'), option('y')] }, { selected_option: option('y') }],
    ['multi_static_select', { options: [option('x'), option('y')] }, { selected_options: [option('y')] }],
    ['multi_users_select', {}, { selected_users: ['UBEN'] }],
    ['plain_text_input', {}, { value: 'hello' }],
    ['number_input', { is_decimal_allowed: false }, { value: '42' }],
  ])('%s sends what was chosen', async (type, more, chosen) => {
    const element = { type, action_id: 'e', ...more };
    const page = await open(withMessage({ blocks: [actions(element)] }));
    const field = page.getByTestId('action-e');
    const picked = Object.values(chosen)[0];
    if (/^(static|users|channels|conversations)_select$/.test(type))
      await field.selectOption(typeof picked === 'string' ? picked : '8h');
    else if (type === 'datetimepicker') await field.fill('2026-12-24T07:30');
    else if (type.endsWith('picker')) await field.fill(String(picked));
    else if (type.endsWith('_input')) {
      await field.fill(String(picked));
      await field.press('Enter');
    } else {
      if (type === 'overflow' || type.startsWith('multi_')) await field.click();
      await page.getByTestId(type === 'multi_users_select' ? 'option-UBEN' : 'option-y').click();
      // The app hears of a multi-select when its menu is closed.
      if (type.startsWith('multi_')) await page.keyboard.press('Escape');
    }
    const body = z.looseObject({ action: z.unknown(), state: z.unknown() }).parse(await posted('/page/act'));
    expect(body.action).toEqual({ type, block_id: 'a', action_id: 'e', ...chosen });
    expect(body.state).toEqual(type === 'overflow' ? {} : { a: { e: { type, ...chosen } } });
  });

  test('a message shortcut is a choice of “More actions”', async () => {
    const page = await open(withMessage({ text: 'hello' }));
    await page.getByTestId(`message-${ts(0)}`).hover();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Add a note to this alert' }).click();
    expect(await posted('/page/shortcut')).toEqual({
      user: 'UANA',
      channel: 'C1',
      ts: ts(0),
      callbackId: 'note',
    });
  });
});

describe('modals and Home', () => {
  const input = (blockId: string, element: object, more: object = {}) => ({
    type: 'input',
    block_id: blockId,
    label: plain(blockId),
    element: { type: 'plain_text_input', action_id: 'text', ...element },
    ...more,
  });
  const modal = (id: string, change: Partial<PageView> = {}, blocks: unknown[] = [input('reason', {})]): PageView => ({
    id,
    kind: 'modal',
    user: 'UANA',
    stack: [],
    view: { type: 'modal', title: plain(`Modal ${id}`), submit: plain('Escalate'), blocks },
    ...change,
  });

  test('is filled in, refused by block, corrected and submitted', async () => {
    const page = await open(workspace());
    server.emit({ type: 'view', view: modal('V1', {}, [input('reason', {}), input('who', { multiline: true })]) });
    await page.getByRole('dialog', { name: 'Modal V1' }).waitFor();
    await page.getByLabel('who').fill('ben');
    await page.getByTestId('modal-submit').click();
    expect(await posted('/page/submit')).toEqual({
      user: 'UANA',
      viewId: 'V1',
      state: {
        reason: { text: { type: 'plain_text_input', value: null } },
        who: { text: { type: 'plain_text_input', value: 'ben' } },
      },
    });
    const refused = modal('V1', { errors: { reason: 'Say why.' } }, [
      input('reason', {}),
      input('who', { multiline: true }),
    ]);
    server.emit({ type: 'view', view: refused });
    expect(await page.getByTestId('error-reason').textContent()).toBe('Say why.');
    await expect.poll(() => page.getByLabel('reason').evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await page.getByLabel('who').inputValue()).toBe('ben');
    await page.keyboard.type('key is leaked');
    await page.keyboard.press('Enter');
    await expect.poll(() => server.posts.filter((one) => one.path === '/page/submit').length).toBe(2);
    expect(await posted('/page/submit')).toMatchObject({
      state: { reason: { text: { value: 'key is leaked' } } },
    });
    server.emit({ type: 'view-closed', id: 'V1' });
    await expect.poll(() => page.getByTestId('modal').count()).toBe(0);
  });

  test('Escape, ✕ and Cancel close the view on top, and the one below keeps what was typed', async () => {
    const page = await open(workspace({ views: [modal('V1')] }));
    await page.getByLabel('reason').fill('half a sentence');
    server.emit({ type: 'view', view: modal('V2', { stack: ['V1'] }, [section('more about it')]) });
    await page.getByText('more about it').waitFor();
    expect(await page.getByLabel('reason').isVisible()).toBe(false);
    await page.keyboard.press('Escape');
    expect(await posted('/page/close')).toEqual({ user: 'UANA', viewId: 'V2' });
    server.emit({ type: 'view-closed', id: 'V2' });
    await page.getByLabel('reason').waitFor();
    expect(await page.getByLabel('reason').inputValue()).toBe('half a sentence');
    await page.locator('form:visible').getByTestId('modal-close').click();
    await expect.poll(() => server.posts.at(-1)).toEqual({ path: '/page/close', body: { user: 'UANA', viewId: 'V1' } });
  });

  test('a button in a modal acts on its view; a failed submit is told in the modal', async () => {
    const page = await open(workspace({ views: [modal('V1', {}, [actions(button())])] }));
    await page.getByTestId('modal').getByRole('button', { name: 'Acknowledge' }).click();
    expect(await posted('/page/act')).toMatchObject({
      container: { type: 'view', viewId: 'V1' },
      actionId: 'ack',
    });
    server.answer = () => ({ ok: false, error: 'The app did not answer within 3 seconds.' });
    await page.getByTestId('modal-submit').click();
    expect(await page.getByTestId('modal-error').textContent()).toBe('The app did not answer within 3 seconds.');
  });

  test('nobody else sees the modal; the Home tab asks for its view and shows it', async () => {
    const page = await open(workspace({ views: [modal('V1')] }), { user: 'UBEN' });
    expect(await page.getByTestId('modal').count()).toBe(0);
    await page.getByTestId('home-tab').click();
    expect(await posted('/page/home')).toEqual({ user: 'UBEN' });
    const view = { type: 'home', blocks: [section('On call: <@UBEN>')] };
    server.emit({ type: 'view', view: { id: 'VH', kind: 'home', user: 'UBEN', stack: [], view } });
    await expect.poll(() => page.getByTestId('home').textContent()).toContain('On call: @ben');
  });
});

describe('the page', () => {
  test('the composer completes commands, sends on Enter and gives the text back when it failed', async () => {
    const page = await open(workspace());
    const composer = page.getByTestId('composer');
    await composer.fill('/');
    expect(await page.getByTestId('suggestions').getByRole('option').count()).toBe(2);
    await composer.press('ArrowDown');
    await composer.press('Enter');
    expect(await composer.inputValue()).toBe('/oncall ');
    await composer.fill('/audit al');
    await composer.press('Enter');
    expect(await posted('/page/send')).toEqual({ user: 'UANA', channel: 'C1', text: '/audit al' });
    expect(await composer.inputValue()).toBe('');
    server.answer = () => ({ ok: false, error: '/audit failed with the error "operation_timeout"' });
    await composer.fill('one\ntwo');
    await composer.press('Enter');
    expect(await page.getByTestId('composer-error').textContent()).toContain('operation_timeout');
    expect(await composer.inputValue()).toBe('one\ntwo');
  });

  test('a thread opens beside the channel and is replied to', async () => {
    const page = await open(
      workspace({
        messages: [
          message({ text: 'parent', replyCount: 1 }),
          message({ ts: ts(1), threadTs: ts(0), user: 'UBEN', text: 'on it' }),
        ],
      }),
    );
    expect(await page.getByTestId('messages').getByText('on it').count()).toBe(0);
    await page.getByRole('button', { name: '1 reply' }).click();
    const thread = page.getByTestId('thread');
    await thread.getByText('on it').waitFor();
    await thread.getByTestId('thread-composer').fill('thanks');
    await page.keyboard.press('Enter');
    expect(await posted('/page/send')).toEqual({
      user: 'UANA',
      channel: 'C1',
      text: 'thanks',
      threadTs: ts(0),
    });
    server.emit({ type: 'message', message: message({ ts: ts(2), threadTs: ts(0), user: 'UANA', text: 'thanks' }) });
    await thread.getByText('thanks').waitFor();
    await thread.getByTestId('thread-close').click();
    await page.getByTestId('panel').waitFor();
  });

  test('a permalink leads to its message, in its channel, with its thread', async () => {
    const url = `https://acme.slack.com/archives/C2/p${ts(5).replace('.', '')}`;
    const link = { type: 'button', action_id: 'open', text: plain('Open the alert'), url };
    const page = await open(
      workspace({
        messages: [
          message({ blocks: [actions(link)] }),
          message({ channel: 'C2', ts: ts(5), text: 'The alert itself' }),
          message({ channel: 'C2', ts: ts(6), threadTs: ts(5), text: 'What was said of it' }),
        ],
      }),
    );
    await page.getByRole('button', { name: 'Open the alert' }).click();
    await expect.poll(() => page.getByTestId('place').textContent()).toBe('#audit');
    await page.getByTestId('thread').getByText('What was said of it').waitFor();
  });

  test('another user has other direct messages and an own time', async () => {
    const page = await open(withMessage({ text: 'hi' }));
    expect(await page.getByTestId('channel-DANA').count()).toBe(1);
    await page.getByTestId('user-switch').selectOption('UBEN');
    expect(await page.getByTestId('channel-DANA').count()).toBe(0);
    expect(await page.getByTestId('channel-DBEN').count()).toBe(1);
    expect(
      await page
        .getByTestId(`message-${ts(0)}`)
        .locator('time')
        .textContent(),
    ).toBe('4:00 AM');
    await page.reload();
    await expect.poll(() => page.getByTestId('user-switch').inputValue()).toBe('UBEN');
  });

  test('new messages are counted elsewhere, followed at the end, and leave a reader further up alone', async () => {
    const messages = Array.from({ length: 60 }, (_, index) => message({ ts: ts(index), text: `line ${index}` }));
    const page = await open(workspace({ messages }));
    const bottom = () =>
      page.getByTestId('messages').evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);
    await expect.poll(bottom).toBeLessThan(2);
    server.emit({ type: 'message', message: message({ ts: ts(100), text: 'newest' }) });
    await page.getByText('newest').waitFor();
    await expect.poll(bottom).toBeLessThan(2);
    await page.getByTestId('messages').evaluate((list) => list.scrollTo({ top: 0 }));
    await expect.poll(bottom).toBeGreaterThan(300);
    server.emit({ type: 'message', message: message({ ts: ts(101), text: 'newer' }) });
    await page.getByTestId('new-messages').waitFor();
    expect(await page.getByTestId('messages').evaluate((list) => list.scrollTop)).toBe(0);
    await page.getByTestId('new-messages').click();
    await expect.poll(bottom).toBeLessThan(2);
    server.emit({ type: 'message', message: message({ ts: ts(102), channel: 'C2', text: 'elsewhere' }) });
    await expect.poll(() => page.getByTestId('unread-C2').textContent()).toContain('1');
    await page.getByTestId('channel-C2').click();
    await page.getByText('elsewhere').waitFor();
    expect(await page.getByTestId('unread-C2').count()).toBe(0);
    await page.getByTestId('user-switch').selectOption('UBEN');
    expect(await page.getByTestId('unread-C1').textContent()).toContain('2');
  });

  test('a long storm is drawn in part, the rest when asked for', async () => {
    const messages = Array.from({ length: 500 }, (_, index) => message({ ts: ts(index), text: `alarm ${index}` }));
    const page = await open(workspace());
    server.emit(...messages.map((one) => ({ type: 'message' as const, message: one })));
    await page.getByText('alarm 499').waitFor();
    expect(await page.locator('[data-message]').count()).toBe(100);
    await page.getByRole('button', { name: 'Show earlier messages (400)' }).click();
    expect(await page.locator('[data-message]').count()).toBe(200);
  });

  test('after a cut connection the state is read again', async () => {
    const page = await open(withMessage({ text: 'before' }));
    await page.getByText('before').waitFor();
    server.state = withMessage({ text: 'changed meanwhile', edited: true });
    server.cut();
    await page.getByText('changed meanwhile').waitFor();
    server.emit({ type: 'message-deleted', channel: 'C1', ts: ts(0) });
    await expect.poll(() => page.locator('[data-message]').count()).toBe(0);
    // The browser reports the cut in its console, rightly.
    complaints.splice(0);
  });

  test('the panel plays AWS and moves the clock', async () => {
    const page = await open(workspace());
    expect(await page.getByTestId('panel-samples').getByRole('heading').allTextContents()).toEqual([
      'high',
      'critical',
    ]);
    await page.getByTestId('panel-search').fill('critical signed');
    expect(await page.getByTestId('panel-samples').getByRole('listitem').count()).toBe(1);
    await page.getByTestId('panel-sample-cloudwatch-alarm-sns/root-login.json').click();
    expect(await posted('/page/publish')).toEqual({ folder: 'cloudwatch-alarm-sns', name: 'root-login.json' });
    await expect.poll(() => page.getByTestId('panel-status').textContent()).toBe('Sent root-login.json.');
    await page.getByTestId('panel-text').fill('disk is full');
    await page.getByTestId('panel-publish').click();
    await expect.poll(() => server.posts.at(-1)?.body).toEqual({ text: 'disk is full' });
    await page.getByTestId('panel-scenario-storm').click();
    expect(await posted('/page/scenario')).toEqual({ name: 'storm' });
    await page.getByTestId('panel-break-trail-stopped').click();
    expect(await posted('/page/break')).toEqual({ id: 'trail-stopped' });
    await page.getByTestId('panel-clock-15').click();
    expect(await posted('/page/clock')).toEqual({ aheadMs: 900_000 });
    server.emit({ type: 'clock', clockOffset: server.state.clockOffset + 900_000 });
    await expect.poll(() => page.getByTestId('panel-clock').textContent()).toContain('10:15');
    server.emit({ type: 'log', entry: { at: '2026-11-23T09:00:00Z', line: 'chat.postMessage ok', ok: true } });
    await page.getByTestId('panel-log').getByText('chat.postMessage ok').waitFor();
  });

  test('is worked by keyboard alone', async () => {
    const page = await open(
      withMessage({
        blocks: [actions(button(), { type: 'overflow', action_id: 'more', options: [option('x'), option('y')] })],
      }),
    );
    await page.getByRole('log', { name: 'Messages in #security-alerts' }).focus();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('action-ack');
    await page.keyboard.press('Enter');
    expect(await posted('/page/act')).toMatchObject({ actionId: 'ack' });
    await page.getByTestId('action-more').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => server.posts.at(-1)?.body)
      .toMatchObject({ actionId: 'more', action: { selected_option: option('y') } });
    await page.getByTestId('action-more').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('menu').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('action-more');
  });

  test('fits a phone: nothing wider than the screen, the channels behind a button', async () => {
    const long = `arn:aws:iam::111122223333:role/${'very-long-'.repeat(12)}`;
    const page = await open(
      withMessage({
        blocks: [section(long), actions(button(), button({ action_id: 'b' }), button({ action_id: 'c' }))],
      }),
      { width: 375, height: 700 },
    );
    await page.getByTestId(`message-${ts(0)}`).waitFor();
    const wider = await page
      .locator('.centre *')
      .evaluateAll((all) =>
        all
          .filter(
            (one) =>
              one.getBoundingClientRect().right > window.innerWidth + 1 &&
              !one.closest('.table-scroll, .visually-hidden'),
          )
          .map((one) => one.className),
      );
    expect(wider).toEqual([]);
    expect(await page.getByTestId('channel-C2').isVisible()).toBe(false);
    await page.getByTestId('menu').click();
    await page.getByTestId('channel-C2').click();
    await expect.poll(() => page.getByTestId('place').textContent()).toBe('#audit');
    expect(await page.getByTestId('channel-C2').isVisible()).toBe(false);
  });
});

describe('axe finds nothing', () => {
  // Source: dequeuniversity.com/rules/axe/4.14, all rules but those of axe's own experiments.
  const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  /** A thread shows its message once more, with the names of its tables; a phone hides the bar that holds the first heading. */
  const options = JSON.stringify({
    resultTypes: ['violations'],
    rules: { 'landmark-unique': { enabled: false }, 'page-has-heading-one': { enabled: false } },
  });
  const Violations = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

  async function violations(page: Page): Promise<string[]> {
    // What fades in has its colours once it is there.
    await page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))');
    await page.evaluate(axe);
    const { data } = Violations.safeParse(
      await page.evaluate(`axe.run(${options}).then(({ violations }) => violations)`),
    );
    return (data ?? [{ id: 'axe did not run', nodes: [{ html: '' }] }]).flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
    );
  }

  const rows = [[{ type: 'raw_text', text: 'Alert' }], ...['a', 'b', 'c'].map((text) => [{ type: 'raw_text', text }])];
  const choices = [option('x'), option('y')];
  const everything = (): PageState =>
    workspace({
      messages: [
        message({
          edited: true,
          text: 'shown',
          replyCount: 1,
          reactions: [{ name: 'eyes', users: ['UBEN'] }],
          files: [
            { id: 'F1', name: 'r.csv', title: 'Report', mimetype: 'text/csv', size: 2048, url: '/page/files/F1' },
          ],
          attachments: [{ color: '#e01e5a', blocks: [section('inside `code` and <https://example.com|a link>')] }],
          blocks: [
            { type: 'header', text: plain('Critical') },
            section('by `AKIAIOSFODNN7EXAMPLE`, <https://example.com|a link>, <@UBEN>, <#C2>'),
            { type: 'context', elements: [mrkdwn('*not acknowledged* · <https://example.com|a link> · `code`')] },
            actions(
              button({ style: 'primary' }),
              button({ action_id: 'no', style: 'danger' }),
              { type: 'overflow', action_id: 'more', options: choices },
              { type: 'static_select', action_id: 'pick', placeholder: plain('Severity'), options: choices },
            ),
            { type: 'data_table', caption: 'Open alerts', page_size: 2, rows },
            { type: 'table', rows },
            {
              type: 'rich_text',
              elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'aws' }] }],
            },
          ],
        }),
        message({ ts: ts(3), threadTs: ts(0), text: 'a reply with `code`' }),
        message({ ts: ts(9), text: 'for ana', ephemeralFor: 'UANA' }),
      ],
    });

  test.each(['light', 'dark'] as const)(
    '%s: a channel, its thread and menus, a form, the Home tab, a phone',
    async (colorScheme) => {
      const page = await open(everything());
      await page.emulateMedia({ colorScheme });
      const found: Record<string, string[]> = {};
      const look = async (state: string): Promise<void> => {
        found[state] = await violations(page);
      };
      await page.getByTestId(`message-${ts(0)}`).waitFor();
      await look('the channel');
      await page
        .getByTestId(`message-${ts(0)}`)
        .locator('code')
        .first()
        .hover();
      await look('under the pointer');
      await page.getByTestId('action-more').click();
      await look('a menu');
      await page.keyboard.press('Escape');
      await page.getByTestId('composer').fill('/');
      await look('suggestions');
      await page.getByTestId('composer').fill('');
      await page.getByRole('button', { name: '1 reply' }).click();
      await look('the thread');
      const question = (element: object) => ({ type: 'input', block_id: 'q', label: plain('What was it?'), element });
      const view = {
        type: 'modal',
        title: plain('Resolve'),
        submit: plain('Resolve'),
        blocks: [
          section('`code` and <https://example.com|a link>'),
          question({ type: 'radio_buttons', action_id: 'a', options: choices }),
        ],
      };
      server.emit({
        type: 'view',
        view: { id: 'V1', kind: 'modal', user: 'UANA', stack: [], view, errors: { q: 'Choose one.' } },
      });
      await page.getByRole('dialog').waitFor();
      await look('a form');
      server.emit({ type: 'view-closed', id: 'V1' });
      await page.getByTestId('home-tab').click();
      const home = {
        type: 'home',
        blocks: [section('On call: <@UBEN>, <https://example.com|a link>'), actions(button())],
      };
      server.emit({ type: 'view', view: { id: 'VH', kind: 'home', user: 'UANA', stack: [], view: home } });
      await page.getByText('On call:').waitFor();
      await look('the Home tab');
      await page.getByTestId('panel-close').click();
      await page.setViewportSize({ width: 390, height: 800 });
      await page.getByTestId('menu').click();
      await look('the drawer of a phone');
      await page.keyboard.press('Escape');
      await expect.poll(() => page.getByTestId('channel-C2').isVisible()).toBe(false);
      await look('a phone');
      expect(Object.entries(found).filter(([, all]) => all.length > 0)).toEqual([]);
    },
    240_000,
  );
});
