import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playEvening } from '../../sandbox/evening.ts';
import { alarm } from '../../sandbox/scenario.ts';
import { Person } from '../../sandbox/slack/people.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import { slackPatienceMs } from '../app/world.ts';
import { prepareDataDir } from '../store/fresh-store.ts';
import { openBrowser, openPage } from './browser.ts';

let world: World;
let browser: Awaited<ReturnType<typeof openBrowser>>;
const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-e2e-'));

beforeAll(async () => {
  await prepareDataDir(dataDir);
  world = await openWorld({ port: 0, log: pino({ level: 'silent' }), slackPatienceMs });
  await world.startApp({ dataDir });
  await world.sns.idle();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await world?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('an alert is sent, drawn, acknowledged by one of two, and resolved by its OK; another is escalated by the clock', async () => {
  const page = await openPage(browser);
  await page.goto(`${world.slack.url}/?user=U0ANA&place=C0ALERTS`);
  const publish = (name: string, state: 'ALARM' | 'OK') =>
    world.sns.publish(world.topicArn, { message: JSON.stringify(alarm(name, state, world.now())) });

  publish('cpu-high-web-7', 'ALARM');
  const message = page.locator('[data-testid^="message-"]', { hasText: 'cpu-high-web-7' }).first();
  await message.waitFor();
  const ts = (await message.getAttribute('data-testid'))?.replace('message-', '') ?? '';
  const ben = new Person(world.slack, 'ben');
  // Ben presses in the moment in which Ana's press leaves her page.
  await page.route('**/page/act', (request) =>
    Promise.all([ben.press({ channel: 'C0ALERTS', ts }, 'Acknowledge'), request.continue()]),
  );
  await message.getByText('Acknowledge', { exact: true }).click();
  await message
    .getByText(/acknowledged by/i)
    .first()
    .waitFor();
  // Whoever was second is told so: ana on her page, or ben in his.
  await Promise.any([
    page
      .getByText(/already acknowledged by/i)
      .first()
      .waitFor(),
    ben.expectEphemeral(/already acknowledged by/),
  ]);
  publish('cpu-high-web-7', 'OK');
  await message
    .getByText(/Resolved/)
    .first()
    .waitFor();

  publish('disk-full-db-1', 'ALARM');
  const second = page.locator('[data-testid^="message-"]', { hasText: 'disk-full-db-1' }).first();
  await second.waitFor();
  await world.moveClock(15 * 60_000 + 1000);
  await second.getByText(/1 reply/).click();
  await page
    .locator('[data-testid="thread"]')
    .getByText(/level 1/i)
    .first()
    .waitFor();
  expect(await page.locator('[data-testid="undrawn"]').count()).toBe(0);
}, 60_000);

test('the evening of the panel is played to its end, with a caption for each part', async () => {
  const page = await openPage(browser);
  await page.goto(`${world.slack.url}/?user=U0BEN&place=C0SEC`);
  await page.getByTestId('composer').waitFor();
  const told: (string | null)[] = [];
  await playEvening({
    slack: world.slack,
    publish: (message) => void world.sns.publish(world.topicArn, { message: JSON.stringify(message) }),
    now: world.now,
    pause: async () => void told.push(await page.getByTestId('caption').locator('strong').textContent()),
  });
  await page.getByTestId('caption').getByText('That was an evening', { exact: false }).waitFor();
  expect(told).toHaveLength(7);
  await page.getByTestId('caption-show').click();
  expect(await page.getByTestId('place').textContent()).toBe('#audit');
  await page.getByTestId('caption-close').click();
  expect(await page.getByTestId('caption').count()).toBe(0);
}, 60_000);
