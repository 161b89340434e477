import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { streamKey, streamsOf } from '../../src/alerts/cadence.ts';
import { type CadenceParts, cadenceWatch } from '../../src/jobs/cadence.ts';
import { listAlerts } from '../../src/store/alerts.ts';
import { hourOf, noteHeard } from '../../src/store/cadence.ts';
import { describeBackends, type Store } from '../store/backends.ts';
import { intakeOf, messageOf, topicArn } from './taking-in.ts';

const start = new Date('2026-11-02T00:00:00Z');
const hourMs = 3_600_000;
const minuteMs = 60_000;

describeBackends('what falls silent', (backend) => {
  let store: Store;
  const clock = { now: start };
  beforeEach(async () => {
    clock.now = start;
    store = await backend.open();
  });
  afterEach(() => store.close());

  const watching = (changes: Partial<CadenceParts> = {}) =>
    cadenceWatch({
      database: store.database,
      config: { cadence: { floorMs: 6 * hourMs }, sqs: { queues: [] } },
      wakes: { intake: () => {} },
      now: () => clock.now,
      log: pino({ level: 'silent' }),
      ...changes,
    });

  const found = async (state?: 'resolved') => {
    const { alerts } = await listAlerts(store.database.db, state ? { state } : {}, { offset: 0, limit: 50 });
    return alerts.filter(({ signal }) => signal.source === 'trailwatch' || signal.source === 'sns');
  };

  /** Nine days in which everything was heard of every six hours; the last of them is over. */
  async function learned(): Promise<void> {
    const streams = ['topic', ...streamsOf({ source: 'cloudwatch', account: '111122223333' }).map(streamKey)];
    const hours = Array.from({ length: 9 * 24 }, (_, hour) => hourOf(start) + hour);
    for (const stream of streams)
      await noteHeard(
        store.database.db,
        hours.flatMap((hour, place) =>
          place % 6 === 0 ? [{ stream: stream === 'topic' ? `topic ${topicArn}` : stream, hour }] : [],
        ),
      );
    await noteHeard(
      store.database.db,
      hours.map((hour) => ({ stream: 'awake', hour })),
    );
    clock.now = new Date(start.getTime() + 9 * 24 * hourMs);
  }

  test('opens one alert for the widest that is missed, and resolves it when it is heard again', async () => {
    const { intake, take } = intakeOf(store.database, clock);
    const watch = watching();
    await learned();
    const pass = async (hours: number) => {
      for (let hour = 0; hour < hours; hour += 1) {
        clock.now = new Date(clock.now.getTime() + hourMs);
        await watch();
      }
      await intake();
    };
    await pass(6);
    expect(await found()).toEqual([]);
    await pass(16);
    expect(await found()).toMatchObject([
      {
        signal: { kind: 'source fell silent', title: 'Nothing comes any more from the topic security-alerts' },
        count: 1,
      },
    ]);
    await take(messageOf(alarm('canary', 'ALARM', clock.now), clock.now));
    await pass(1);
    expect(await found()).toEqual([]);
    expect(await found('resolved')).toMatchObject([{ resolvedBy: null, count: 2 }]);
  });

  test('is no silence after we were away', async () => {
    const { intake } = intakeOf(store.database, clock);
    await learned();
    clock.now = new Date(clock.now.getTime() + 72 * hourMs);
    await watching()();
    await intake();
    expect(await found()).toEqual([]);
  });

  test('a removed subscription is over when the topic is heard again, and not by its own word', async () => {
    const { intake, take } = intakeOf(store.database, clock);
    await take(messageOf('', clock.now, { type: 'UnsubscribeConfirmation' }));
    clock.now = new Date(clock.now.getTime() + minuteMs);
    await watching()();
    await intake();
    expect(await found()).toMatchObject([{ signal: { kind: 'subscription removed' }, state: 'firing' }]);
    await take(messageOf(alarm('canary', 'ALARM', clock.now), clock.now));
    clock.now = new Date(clock.now.getTime() + minuteMs);
    await watching()();
    await intake();
    expect(await found()).toEqual([]);
    expect(await found('resolved')).toMatchObject([{ dedupKey: `sns:subscription-removed:${topicArn}` }]);
  });

  test('an inbox that only grows is told once, and is over when it has shrunk by half', async () => {
    const { intake, put } = intakeOf(store.database, clock);
    const watch = watching();
    const after5 = async (more: number) => {
      await put(Array.from({ length: more }, (_, n) => messageOf(alarm(`more-${n}`, 'OK', clock.now), clock.now)));
      clock.now = new Date(clock.now.getTime() + 5 * minuteMs);
      await watch();
    };
    for (let n = 0; n < 9; n += 1) await after5(3);
    const { rows } = await store.database.pool.query(
      `select count(*)::integer from inbox where waiting like '%"Finding"%'`,
    );
    expect(rows).toEqual([{ count: 1 }]);
    await intake();
    expect(await found()).toMatchObject([{ signal: { kind: 'queue only grows' }, severity: 'high' }]);
    await after5(0);
    await intake();
    expect(await found()).toEqual([]);
  });
});
