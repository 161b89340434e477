import { afterAll, beforeAll, expect, test } from 'vitest';
import { endTasksOf, giveTask, openTasks } from '../../src/store/digests/people.ts';
import { placeAnswered, placeFailed, placesOf, setPlaces } from '../../src/store/digests/places.ts';
import {
  askAgain,
  changeRun,
  claimRun,
  type DigestRun,
  type Held,
  LeaseLost,
  openRun,
  redrawRun,
  releaseRun,
  runBefore,
  runById,
  runsDue,
} from '../../src/store/digests/runs.ts';
import { memoryBefore, remember } from '../../src/store/digests/snapshots.ts';
import { describeBackends, type Store } from './backends.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 7, 0, seconds));

describeBackends('a run of a digest', (backend) => {
  let store: Store;
  beforeAll(async () => {
    store = await backend.open();
  });
  afterAll(() => store.close());

  let periods = 0;
  /** A run that the worker "first" holds until the sixtieth second. */
  async function heldRun(channel = 'C0AUDIT'): Promise<Held> {
    const { database } = store;
    const period = `period ${periods++}`;
    const run = { digest: 'credentialReport', period, askedBy: null, channel, now: at(0) };
    const id = (await database.transaction((trx) => openRun(trx, run))) ?? 0;
    expect(await claimRun(database.db, id, 'first', at(0), at(60))).toBeDefined();
    return { id, lease: 'first' };
  }
  const stateOf = async ({ id }: Held): Promise<DigestRun> => {
    const run = await runById(store.database.db, id);
    if (run === undefined) throw new Error('The run is gone.');
    return run;
  };

  test('a worker whose run was taken by another changes nothing of it, and does not free it', async () => {
    const { db } = store.database;
    const first = await heldRun();
    const second = { id: first.id, lease: 'second' };
    expect(await claimRun(db, first.id, 'second', at(59), at(120))).toBeUndefined();
    expect(await claimRun(db, first.id, 'second', at(60), at(120))).toBeDefined();
    await changeRun(db, second, { state: 'posting', ts: '1.2' });
    const before = await stateOf(first);

    await expect(changeRun(db, first, { state: 'done' })).rejects.toThrow(LeaseLost);
    await expect(changeRun(db, first, { lease_until: at(999) })).rejects.toThrow(LeaseLost);
    const places = { places: [], trouble: 'none', shared: {} };
    await expect(store.database.transaction((trx) => setPlaces(trx, first, places))).rejects.toThrow(LeaseLost);
    expect(await releaseRun(db, first, { retry_at: at(999), error: 'late' }, at(61))).toBeUndefined();
    expect(await stateOf(first)).toEqual(before);

    expect(await releaseRun(db, second, {}, at(70))).toEqual(at(70));
    expect(await runsDue(db, at(70))).toContain(first.id);
  });

  test('an account that answered another worker keeps that answer', async () => {
    const held = await heldRun();
    const { database } = store;
    const place = { account: '111122223333', name: null };
    await database.transaction((trx) => setPlaces(trx, held, { places: [place], trouble: null, shared: {} }));
    const answer = (says: number) => ({ reportedAt: at(says), content: { says }, raw: [] });
    const { account } = place;
    await placeAnswered(database, held.id, account, answer(1), at(1));
    await placeAnswered(database, held.id, account, answer(2), at(2));
    await placeFailed(database.db, held.id, account, 'too late');
    expect(await placesOf(database.db, held.id)).toMatchObject([{ state: 'answered', reported_at: at(1) }]);
  });

  test('accounts are asked again while a worker sends the files: it keeps the run, and finds more to do', async () => {
    const held = await heldRun();
    const { database } = store;
    const place = { account: '111122223333', name: null };
    const again = () => database.transaction((trx) => askAgain(trx, held.id, null));
    await database.transaction((trx) => setPlaces(trx, held, { places: [place], trouble: null, shared: {} }));
    expect(await again()).toBe('asking');
    await placeFailed(database.db, held.id, place.account, 'denied');
    await changeRun(database.db, held, { state: 'posting' });
    expect(await again()).toBe(1);
    expect(await again()).toBe('asking');
    expect(await stateOf(held)).toMatchObject({ state: 'collecting', edition: 2, lease: 'first' });
    expect(await releaseRun(database.db, held, {}, at(5))).toEqual(at(5));
  });

  test('runs of the clock are compared with one another, what was asked for with whatever was last', async () => {
    const { database } = store;
    const open = async (askedBy: string | null): Promise<DigestRun> => {
      const period = `period ${periods++}`;
      const run = { digest: 'evidence', period, askedBy, channel: 'C0AUDIT', now: at(0) };
      const id = (await database.transaction((trx) => openRun(trx, run))) ?? 0;
      await claimRun(database.db, id, 'first', at(0), at(60));
      return stateOf({ id, lease: 'first' });
    };
    const finish = async ({ id }: DigestRun): Promise<void> => {
      const held = { id, lease: 'first' };
      const place = { account: '111122223333', name: null };
      await database.transaction((trx) => setPlaces(trx, held, { places: [place], trouble: null, shared: {} }));
      await remember(database.db, id, place.account, { run: id });
      await changeRun(database.db, held, { state: 'done', collected_at: at(1) });
    };
    const before = async (run: DigestRun) => (await runBefore(database.db, run))?.id;
    const remembered = (run: DigestRun) => memoryBefore(database.db, run, '111122223333');

    const asked = await open('U0ANA');
    await finish(asked);
    const monday = await open(null);
    expect(await before(monday)).toBe(asked.id);
    await finish(monday);
    const friday = await open('U0ANA');
    expect(await before(friday)).toBe(monday.id);
    await finish(friday);
    const next = await open(null);
    expect(await before(next)).toBe(monday.id);
    expect(await remembered(next)).toEqual({ run: monday.id });
    expect(await remembered(await open('U0ANA'))).toEqual({ run: friday.id });
  });

  test('nobody is reminded of a finding that is gone', async () => {
    const { database } = store;
    const give = (finding: string) =>
      database.transaction((trx) =>
        giveTask(trx, {
          digest: 'credentialReport',
          finding,
          title: finding,
          assignee: 'U0BEN',
          askedBy: 'U0ANA',
          note: null,
          due: at(1),
          ticket: null,
          channel: 'C0AUDIT',
          now: at(0),
        }),
      );
    await give('gone');
    await give('still there');
    await database.transaction((trx) => endTasksOf(trx, 'credentialReport', ['gone', 'never given'], at(1)));
    expect(await openTasks(database.db, 'credentialReport')).toMatchObject([{ finding: 'still there' }]);
  });

  test('what a terminal made is neither asked again nor drawn', async () => {
    const held = await heldRun('');
    const { database } = store;
    await changeRun(database.db, held, { state: 'done' });
    expect(await database.transaction((trx) => askAgain(trx, held.id, null))).toBe('terminal');
    await redrawRun(database.db, held.id);
    expect(await stateOf(held)).toMatchObject({ state: 'done' });
  });

  test('whoever redraws a run while it is being ended waits, and then has it drawn once more', async () => {
    const held = await heldRun();
    const { database } = store;
    await changeRun(database.db, held, { state: 'posting', ts: '1.2', retry_at: null });
    let redrawn: Promise<unknown> = Promise.resolve();
    await database.transaction(async (trx) => {
      await changeRun(trx, held, { state: 'done' });
      redrawn = redrawRun(database.db, held.id);
      if (backend.name === 'embedded') return;
      // The statement has reached the server when the next one of another connection is answered.
      await runById(database.db, held.id);
    });
    await redrawn;
    expect(await stateOf(held)).toMatchObject({ state: 'posting' });
  });
});
