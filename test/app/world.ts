import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { test as base } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { Channel, Person } from '../../sandbox/slack/people.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import type { App } from '../../src/app.ts';

export interface Evening {
  world: World;
  app: App;
  dataDir: string;
  /** Publishes a message through SNS, signed. */
  publish: (message: unknown) => void;
  alarm: (name: string, state?: 'ALARM' | 'OK') => void;
  channel: (id: string) => Channel;
  person: (name: string) => Person;
  /** Stops the app and starts it again on the same data. */
  restart: () => Promise<void>;
}

/** The real app in a sandbox of its own, for one test. */
export const test = base.extend<{ evening: Evening }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants a destructured argument
  evening: async ({}, use) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-test-'));
    const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
    const world = await openWorld({ port: 0, log });
    const storage = { databaseUrl: process.env['TEST_APP_DATABASE_URL'] ?? null, redisUrl: null };
    const evening: Evening = {
      world,
      dataDir,
      app: await world.startApp({ dataDir, ...storage }),
      publish: (message) => void world.sns.publish(world.topicArn, { message: JSON.stringify(message) }),
      alarm: (name, state = 'ALARM') => evening.publish(alarm(name, state, world.now())),
      channel: (id) => new Channel(world.slack, id),
      person: (name) => new Person(world.slack, name),
      restart: async () => {
        await world.stopApp(evening.app);
        evening.app = await world.startApp({ dataDir, ...storage });
      },
    };
    await world.sns.idle();
    await use(evening);
    await world.close();
    rmSync(dataDir, { recursive: true, force: true });
  },
});
