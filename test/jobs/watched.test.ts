import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WatchNews } from '../../src/alerts/notices.ts';
import { loadConfig } from '../../src/config/load.ts';
import { lookAgain } from '../../src/jobs/watched.ts';
import { addWatch, openWatches, takeWatches } from '../../src/store/watches.ts';
import { recordedAws } from '../aws/recorded.ts';
import { describeBackends, type Store } from '../store/backends.ts';

const begun = new Date('2023-07-10T05:55:00Z');
const at = (time: string) => new Date(`2023-07-10T${time}Z`);
const config = (() => {
  const loaded = loadConfig(new URL('../../sandbox/config.yaml', import.meta.url).pathname, {});
  if ('problems' in loaded) throw new Error('The sandbox has no configuration.');
  return loaded.config;
})();

describeBackends('a watch', (backend) => {
  let store: Store;
  let world: Awaited<ReturnType<typeof recordedAws>>;
  const clock = { now: begun };
  const right = { has: true };
  beforeEach(async () => {
    store = await backend.open();
    world = await recordedAws();
    right.has = true;
  });
  afterEach(async () => {
    world.close();
    await store.close();
  });

  const watch = (value: string, kind: 'key' | 'user' = 'key') =>
    store.database.transaction((trx) =>
      addWatch(trx, {
        team: 'T0TRAIL',
        watcher: 'U0ANA',
        subject: { kind, value, arn: null },
        until: at('11:00:00'),
        lookAt: begun,
        now: begun,
      }),
    );
  /** What one more look tells. */
  const look = async (id: number, time: string): Promise<WatchNews[]> => {
    clock.now = at(time);
    const before = await told();
    await lookAgain(
      {
        database: store.database,
        aws: world.aws,
        config,
        mayInvestigate: async () => right.has,
        now: () => clock.now,
        wakes: { deliver: () => {} },
        stopping: new AbortController().signal,
      },
      id,
    );
    return (await told()).slice(before.length);
  };
  const told = async (): Promise<WatchNews[]> =>
    (await store.database.db.selectFrom('outbox').select('payload').orderBy('id').execute()).flatMap(({ payload }) =>
      payload.kind === 'watch' ? [payload.news] : [],
    );

  test('tells each call once, in later looks only what is new, and says in the end that it is over', async () => {
    const id = await watch('AKIAMALLORYMALLORYAA');
    expect(await look(id, '06:10:00')).toMatchObject([
      {
        about: 'calls',
        count: 1,
        calls: [{ event: 'AssumeRole', on: 'ops-admin', from: '198.51.100.66', account: '111122223333' }],
        coverage: '2 of 2 accounts, 1 of 1 region.',
      },
    ]);
    expect(await look(id, '06:20:00')).toEqual([]);
    // At its end what CloudTrail has late is waited for.
    expect(await look(id, '11:00:00')).toEqual([]);
    expect(await openWatches(store.database.db)).toHaveLength(1);
    expect(await look(id, '11:15:00')).toMatchObject([{ about: 'over', why: 'time', found: 1 }]);
    expect(await openWatches(store.database.db)).toEqual([]);
    expect(await look(id, '11:30:00')).toEqual([]);
  });

  test('looks again at the quarter of an hour in which CloudTrail was late, never before its beginning', async () => {
    const id = await watch('alice', 'user');
    await look(id, '10:04:00');
    // Her session's call of 10:05 is found by the name of the session, though a look was past it already.
    await look(id, '10:06:00');
    const events = (await told()).flatMap((news) =>
      news.about === 'calls' ? news.calls.map(({ event }) => event) : [],
    );
    expect(events.filter((event) => event === 'ListBuckets')).toHaveLength(1);
    expect(events).toContain('DeleteTrail');
  });

  test('says what could not be looked at, and ends with the right to ask', async () => {
    world.denied.add('444455556666');
    const id = await watch('AKIAMALLORYMALLORYAA');
    expect(await look(id, '06:10:00')).toMatchObject([
      { coverage: expect.stringMatching(/1 of 2 accounts.*Could not search to the end: 444455556666 \(denied\)/) },
    ]);
    right.has = false;
    expect(await look(id, '06:20:00')).toMatchObject([{ about: 'over', why: 'right' }]);
  });

  test('is taken by one process at a time, every quarter of an hour', async () => {
    const id = await watch('AKIAMALLORYMALLORYAA');
    const next = at('06:10:00');
    expect(await takeWatches(store.database.db, begun, next, 8)).toEqual([id]);
    expect(await takeWatches(store.database.db, begun, next, 8)).toEqual([]);
    expect(await takeWatches(store.database.db, next, at('06:25:00'), 8)).toEqual([id]);
  });
});
