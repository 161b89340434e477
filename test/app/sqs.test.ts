import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { test as base, describe, expect, vi } from 'vitest';
import { AwsError } from '../../sandbox/aws/service.ts';
import { createQueue, deleteQueue, messagesIn, send } from '../../sandbox/aws/services/sqs.ts';
import { alarm } from '../../sandbox/scenario.ts';
import { Channel, Person } from '../../sandbox/slack/people.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import type { App } from '../../src/app.ts';
import { prepareDataDir } from '../store/fresh-store.ts';
import { sandboxConfig, slackPatienceMs } from './world.ts';

const home = '111122222222';
const region = 'eu-west-1';
const alertsQueue = `arn:aws:sqs:${region}:${home}:alerts`;
const deadQueue = `arn:aws:sqs:${region}:${home}:alerts-dead`;
const patience = { timeout: 30_000, interval: 20 };
/** Each starts an app, some twice. */
const slow = { timeout: 60_000 };

interface Night {
  world: World;
  /** Not started at first. */
  start: () => Promise<App>;
  stop: () => Promise<void>;
  alarm: (name: string) => void;
  alerts: Channel;
  /** The lines of /metrics that begin so. */
  metric: (start: string) => Promise<string[]>;
  ready: () => Promise<{ status: number; body: string }>;
}

/** A world whose app reads alerts from a queue and a dead-letter queue, and talks with Slack over a socket. */
const test = base.extend<{ night: Night }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants a destructured argument
  night: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'trailwatch-sqs-'));
    const configFile = sandboxConfig({ sqs: { queues: [alertsQueue, { queue: deadQueue, deadLetter: true }] } });
    const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
    const world = await openWorld({ port: 0, log, configFile, socketMode: true, slackPatienceMs });
    const dataDir = join(folder, 'data');
    await prepareDataDir(dataDir);
    let app: App | undefined;
    const get = (path: string) => fetch(`http://127.0.0.1:${app?.port}${path}`);
    await use({
      world,
      start: async () => {
        app = await world.startApp({ dataDir });
        return app;
      },
      stop: async () => {
        if (app !== undefined) await world.stopApp(app);
        app = undefined;
      },
      alarm: (name) => {
        const message = JSON.stringify(alarm(name, 'ALARM', world.now()));
        world.sns.publish(world.topicArn, { message });
      },
      alerts: new Channel(world.slack, 'C0ALERTS'),
      metric: async (start) =>
        (await (await get('/metrics')).text()).split('\n').filter((line) => line.startsWith(start)),
      ready: async () => {
        const answer = await get('/readyz');
        return { status: answer.status, body: await answer.text() };
      },
    });
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  },
});

describe('alerts through a queue', slow, () => {
  test('need no way in: topic, queue, socket', async ({ night }) => {
    await night.start();
    night.alarm('cpu-high-web-1');
    await night.alerts.expectMessage(/cpu-high-web-1/);
    expect(night.world.sns.subscriptionsOf(night.world.topicArn).map(({ protocol }) => protocol)).toEqual(['sqs']);
    await vi.waitFor(() => expect(messagesIn(night.world.organization, alertsQueue)).toEqual([]), patience);
    expect(await night.metric('trailwatch_sqs_messages_total')).toEqual([
      'trailwatch_sqs_messages_total{queue="alerts",outcome="accepted"} 1',
    ]);
    expect(await night.ready()).toMatchObject({ status: 200 });
  });

  test('wait while nobody is there, and none is lost or said twice', async ({ night }) => {
    await night.start();
    await night.stop();
    for (let i = 0; i < 6; i++) night.alarm(`outage-${i}`);
    await night.world.sns.idle();
    // SQS delivers at least once: each stands in the queue twice.
    for (const { body } of [...messagesIn(night.world.organization, alertsQueue)])
      send(night.world.organization, alertsQueue, body, night.world.now());
    await night.start();
    for (let i = 0; i < 6; i++) await night.alerts.expectMessage(new RegExp(`outage-${i}`));
    await vi.waitFor(() => expect(messagesIn(night.world.organization, alertsQueue)).toEqual([]), patience);
    const shown = night.alerts
      .messages()
      .filter(({ threadTs, text }) => threadTs === undefined && /outage-/.test(text));
    expect(shown).toHaveLength(6);
    expect(await night.metric('trailwatch_sns_messages_total{outcome="repeated-message"}')).toEqual([
      'trailwatch_sns_messages_total{outcome="repeated-message"} 6',
    ]);
    expect(shown.some((message) => /\b(twice|2 times)\b/.test(JSON.stringify(message)))).toBe(false);
  });

  test('that are days old are shown, and said to be late', async ({ night }) => {
    night.alarm('weekend');
    await night.world.sns.idle();
    await night.world.moveClock(3 * 24 * 3_600_000);
    await night.start();
    const message = await night.alerts.expectMessage(/weekend/);
    expect(JSON.stringify([message.blocks, message.attachments])).toMatch(/Late/);
  });

  test('come out of the dead-letter queue too, late', async ({ night }) => {
    night.alarm('dropped');
    await night.world.sns.idle();
    const [genuine] = messagesIn(night.world.organization, alertsQueue);
    deleteQueue(night.world.organization, alertsQueue);
    createQueue(night.world.organization, { account: home, region, name: 'alerts' });
    send(night.world.organization, deadQueue, genuine?.body ?? '', night.world.now());
    await night.start();
    const message = await night.alerts.expectMessage(/dropped/);
    expect(JSON.stringify([message.blocks, message.attachments])).toMatch(/Late/);
    await vi.waitFor(() => expect(messagesIn(night.world.organization, deadQueue)).toEqual([]), patience);
  });
});

describe('what must not be believed', slow, () => {
  test('goes to the dead-letter queue, stays there, and holds up nobody', async ({ night }) => {
    const { organization } = night.world;
    night.alarm('victim');
    await night.world.sns.idle();
    const [genuine] = messagesIn(organization, alertsQueue);
    // A genuine envelope of a topic that is not ours proves nothing.
    const forged =
      genuine?.body.replace('victim', 'attack').replace(night.world.topicArn, `${night.world.topicArn}-2`) ?? '';
    send(organization, alertsQueue, forged, night.world.now());
    send(organization, alertsQueue, '{"version":"0","source":"aws.guardduty"}', night.world.now());
    await night.start();
    await night.alerts.expectMessage(/victim/);
    await vi.waitFor(() => {
      expect(messagesIn(organization, alertsQueue)).toEqual([]);
      expect(messagesIn(organization, deadQueue).map(({ body }) => body)).toContain(forged);
    }, patience);
    expect((await night.metric('trailwatch_sqs_messages_total')).join('\n')).toMatch(
      /queue="alerts",outcome="raw-delivery"} 3\b/,
    );
    expect(messagesIn(organization, deadQueue)).toHaveLength(2);
    expect(night.alerts.messages().some((message) => /attack/.test(JSON.stringify(message)))).toBe(false);
  });
});

describe('a queue that cannot be read', slow, () => {
  test('is named with the reason when the role may not', async ({ night }) => {
    const effect = new AwsError('AccessDeniedException', 'Access to the resource is denied.');
    night.world.aws.faults.inject({ operation: 'sqs:ReceiveMessage', effect });
    await night.start();
    await vi.waitFor(async () => {
      const { status, body } = await night.ready();
      expect(status).toBe(503);
      expect(body).toMatch(/SQS alerts.*sqs:ReceiveMessage.*SQS alerts-dead/);
    }, patience);
    const ana = new Person(night.world.slack, 'ana');
    await ana.type('/audit status');
    await ana.expectEphemeral(/SQS alerts/);
  });

  test('is read again once it is there', async ({ night }) => {
    const { organization } = night.world;
    deleteQueue(organization, alertsQueue);
    await night.start();
    await vi.waitFor(async () => expect((await night.ready()).body).toMatch(/There is no queue alerts/), patience);
    createQueue(organization, { account: home, region, name: 'alerts' });
    night.alarm('back-again');
    await night.alerts.expectMessage(/back-again/);
    await vi.waitFor(async () => expect((await night.ready()).status).toBe(200), patience);
  });
});
