import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { Channel, Person } from '../../sandbox/slack/people.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import type { App } from '../../src/app.ts';
import { startApp } from '../../src/app.ts';
import { prepareDataDir } from '../store/fresh-store.ts';
import { slackPatienceMs } from './world.ts';

/** The real app with SLACK_APP_TOKEN: everything that people do comes down the socket that it opens. */
const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
let world: World;
let app: App;
let dataDir: string;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-socket-'));
  await prepareDataDir(dataDir);
  world = await openWorld({ port: 0, log, socketMode: true, slackPatienceMs });
  app = await world.startApp({ dataDir });
  await world.sns.idle();
});

afterEach(async () => {
  await world.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const person = (name: string) => new Person(world.slack, name);
const alerts = () => new Channel(world.slack, 'C0ALERTS');
const fire = (name: string) =>
  world.sns.publish(world.topicArn, { message: JSON.stringify(alarm(name, 'ALARM', world.now())) });
/** Waits until the log of the workspace tells of so many connections. */
const connections = (count: number) =>
  expect
    .poll(() => world.slack.state.log.filter(({ line }) => line.includes('connected by Socket Mode')).length, {
      timeout: 30_000,
    })
    .toBe(count);

test('a command, a press and a form travel by the socket, and there is no HTTP address for Slack', async () => {
  expect((await fetch(`http://127.0.0.1:${app.port}/slack/events`, { method: 'POST' })).status).toBe(404);

  const [ana, ben] = [person('ana'), person('ben')];
  await ana.type('/audit alrets');
  await ana.expectEphemeral(/alerts/);

  fire('cpu-high-web-1');
  const message = await alerts().expectMessage(/cpu-high-web-1/);
  await ben.press(message, 'Escalate');
  const form = await ben.expectModal(/Escalate/);
  await form.submit({ reason: { value: '' } });
  await form.expectError(/required/);
  await form.submit({ reason: { value: 'The whole site is slow' } });
  await alerts().expectReply(message, /The whole site is slow/);

  await ana.press(message, 'Acknowledge');
  await alerts().expectUpdate(message, /Acknowledged by <@U0ANA>/);
});

test('what the app says in the acknowledgement of a form is shown: an error at its question, or another view', async () => {
  const [ana, ben] = [person('ana'), person('ben')];
  fire('disk-full-db-1');
  const message = await alerts().expectMessage(/disk-full-db-1/);
  await ana.choose(message, 'Snooze…');
  const form = await ana.expectModal(/Snooze/);
  await form.submit({
    for: { selected_option: { value: 'choose' } },
    until: { selected_date_time: Math.floor(world.now().getTime() / 1000) - 60 },
  });
  await form.expectError(/Choose a time in the future/);

  await ben.press(message, 'Resolve');
  await (await ben.expectModal(/Resolve/)).submit({});
  await alerts().expectUpdate(message, /resolved by <@U0BEN>/);
  await form.submit({});
  await ana.expectModal(/Not done/);
});

test('the app connects again when Slack asks for it, and when the connection breaks', async () => {
  await connections(1);
  world.slack.socket.refresh();
  await connections(2);
  world.slack.socket.drop();
  await connections(3);
  const ana = person('ana');
  await ana.type('/audit help');
  await ana.expectEphemeral(/audit/);
});

test('Slack that cannot be reached for a while is asked again, and the app lives on', async () => {
  await connections(1);
  world.slack.fault({ method: 'apps.connections.open', kind: '500', times: 1 });
  const ready = async () => (await fetch(`http://127.0.0.1:${app.port}/readyz`)).text();
  expect(await ready()).not.toContain('socket to Slack');
  world.slack.fault({ method: 'apps.connections.open', kind: 'drop', times: 1 });
  world.slack.socket.drop();
  await expect.poll(ready).toContain('the socket to Slack is lost');
  await connections(2);
  await expect.poll(ready).not.toContain('socket to Slack');
  const ana = person('ana');
  await ana.type('/audit help');
  await ana.expectEphemeral(/audit/);
});

test('a wrong token is told at the start, in one sentence', async () => {
  const { slack } = world.environment;
  if (slack?.mode !== 'socket') throw new Error('This world is not in Socket Mode.');
  const wrong = { ...world.environment, slack: { ...slack, appToken: 'xapp-wrong' } };
  const other = mkdtempSync(join(tmpdir(), 'trailwatch-socket-'));
  await prepareDataDir(other);
  const start = startApp(world.config, { ...wrong, dataDir: other, port: 0 }, { now: world.now, log });
  await expect(start).rejects.toThrow(/Slack does not open a socket \(.*invalid_auth\): check SLACK_APP_TOKEN/);
  rmSync(other, { recursive: true, force: true });
});
