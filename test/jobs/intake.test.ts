import { afterEach, beforeEach, expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { escalateStorms } from '../../src/jobs/escalate-storms.ts';
import { listAlerts, timeline } from '../../src/store/alerts.ts';
import { loopsDue } from '../../src/store/due.ts';
import { lockIntake, messagesApart, topicsHeard } from '../../src/store/inbox.ts';
import { stormById } from '../../src/store/storms.ts';
import { transition } from '../../src/store/transitions.ts';
import { describeBackends, type Store } from '../store/backends.ts';
import { intakeOf, messageOf, topicArn } from './taking-in.ts';

const start = new Date('2026-11-23T02:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);

describeBackends('messages that are taken in', (backend) => {
  let store: Store;
  const clock = { now: start };
  beforeEach(async () => {
    clock.now = start;
    store = await backend.open();
  });
  afterEach(() => store.close());

  const all = async () => {
    const [open, resolved] = await Promise.all([
      listAlerts(store.database.db, {}, { offset: 0, limit: 50 }),
      listAlerts(store.database.db, { state: 'resolved' }, { offset: 0, limit: 50 }),
    ]);
    return { open: open.alerts, resolved: resolved.alerts };
  };
  const said = (state: 'ALARM' | 'OK', at: Date, name = 'cpu-high') => messageOf(alarm(name, state, at), at);
  const kinds = async (id = 0) => (await timeline(store.database.db, id)).map(({ kind }) => kind);

  test('an alarm whose OK came first is shown as over, and calls nobody', async () => {
    const { take, outcomes } = intakeOf(store.database, clock);
    await take(said('OK', after(60)));
    expect(await outcomes()).toEqual({ 'nothing-to-resolve': 1 });
    await take(said('ALARM', after(0)));
    const { open, resolved } = await all();
    expect(open).toEqual([]);
    expect(resolved).toMatchObject([{ state: 'resolved', dueAt: null, resolvedBy: null, count: 2 }]);
    expect(await kinds(resolved[0]?.id)).toEqual(['opened', 'resolved']);
    const due = await loopsDue(store.database.db, clock.now, { lookEveryMs: 15_000, calmMs: 60_000 });
    expect(due).toMatchObject({ targets: ['C0ALERTS'], intake: false, escalate: false });
  });

  test('an OK from before an alarm began ends nothing', async () => {
    const { take } = intakeOf(store.database, clock);
    await take(said('OK', after(0)));
    await take(said('ALARM', after(60)));
    expect((await all()).open).toMatchObject([{ state: 'firing', count: 1 }]);
  });

  test('of several early ends the newest counts, and each counts once', async () => {
    const { take } = intakeOf(store.database, clock);
    await take(said('OK', after(90)), said('OK', after(30)));
    await take(said('ALARM', after(60)));
    expect((await all()).open).toEqual([]);
    await take(said('ALARM', after(120)));
    expect((await all()).open).toMatchObject([{ state: 'firing' }]);
  });

  test('messages of one key that come together are two versions of one alert, in their order', async () => {
    const { take, outcomes } = intakeOf(store.database, clock);
    await take(said('ALARM', after(0)), said('ALARM', after(1)), said('OK', after(2)));
    const { open, resolved } = await all();
    expect(open).toEqual([]);
    expect(resolved).toMatchObject([{ count: 3, version: 3, dueAt: null }]);
    expect(await kinds(resolved[0]?.id)).toEqual(['opened', 'seen-again', 'resolved']);
    expect(await outcomes()).toEqual({ opened: 1, repeated: 1, resolved: 1 });
  });

  test('a message is taken in once, however often and however close together it comes', async () => {
    const { put, intake } = intakeOf(store.database, clock);
    const message = said('ALARM', start);
    expect((await put([message, message, message])).filter((first) => first)).toHaveLength(1);
    await intake();
    expect(await put([message])).toEqual([false]);
    await intake();
    expect((await all()).open).toMatchObject([{ count: 1 }]);
  });

  test('a snooze keeps to its end, though the alert was over for longer than it would be opened again', async () => {
    const { take, parts } = intakeOf(store.database, clock);
    await take(said('ALARM', after(0)));
    const [alert] = (await all()).open;
    const until = after(24 * 3600);
    await store.database.transaction(async (trx) =>
      transition(
        trx,
        alert?.id ?? 0,
        { kind: 'snooze', until },
        { type: 'user', id: 'U0ANA' },
        await parts.standing(clock.now),
      ),
    );
    await take(said('OK', after(60)));
    clock.now = after(5 * 3600);
    await take(said('ALARM', clock.now));
    expect((await all()).open).toMatchObject([{ id: alert?.id, state: 'snoozed', dueAt: until, count: 3 }]);
    await take(said('OK', after(5 * 3600 + 60)));
    clock.now = after(30 * 3600);
    await take(said('ALARM', clock.now));
    expect((await all()).open).toMatchObject([{ state: 'firing', count: 1 }]);
  });

  test('what a message said is forgotten once it is taken in, its id and its topic’s time stay', async () => {
    const { take } = intakeOf(store.database, clock);
    await take(said('ALARM', start));
    expect(await store.database.db.selectFrom('inbox').select(['waiting', 'trouble']).execute()).toEqual([
      { waiting: null, trouble: null },
    ]);
    expect(await topicsHeard(store.database.db)).toEqual(new Map([[topicArn, start]]));
  });

  test('one that cannot be stored is set apart with the reason, and the others are taken in', async () => {
    const { take, intake, outcomes } = intakeOf(store.database, clock);
    await store.database.pool.query(`alter table alert add constraint refused check (title not like '%poison%')`);
    await take(
      said('ALARM', after(0), 'first'),
      said('ALARM', after(1), 'poison password=hunter2'),
      said('ALARM', after(2), 'last'),
    );
    expect((await all()).open.map(({ signal }) => signal.title)).toEqual(
      expect.arrayContaining([expect.stringContaining('first'), expect.stringContaining('last')]),
    );
    expect(await messagesApart(store.database.db, 5)).toMatchObject({
      count: 1,
      newest: [{ trouble: expect.stringContaining('refused') }],
    });
    expect(await outcomes()).toMatchObject({ opened: 2, 'set-apart': 1 });
    // It does not come again by itself, and lies there without its secrets.
    await intake();
    expect(await outcomes()).toMatchObject({ 'set-apart': 1 });
    const { rows } = await store.database.pool.query<{ waiting: string }>(
      'select waiting from inbox where trouble is not null',
    );
    expect(rows).toMatchObject([{ waiting: expect.stringMatching(/poison.*\*\*\*/) }]);
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });

  test('one loop at a time: who finds another one at it leaves the rest to it', async () => {
    if (backend.name === 'embedded') return;
    const { put, intake, outcomes } = intakeOf(store.database, clock);
    await put([said('ALARM', start)]);
    await store.database.transaction(async (trx) => {
      expect(await lockIntake(trx)).toBe(true);
      await intake();
      expect(await outcomes()).toEqual({});
    });
    await intake();
    expect(await outcomes()).toEqual({ opened: 1 });
  });

  test('many alerts of one kind are one storm, whatever batch they come in', async () => {
    const { take } = intakeOf(store.database, clock);
    const names = Array.from({ length: 30 }, (_, place) => `web-${place}`);
    await take(...names.slice(0, 7).map((name) => said('ALARM', start, name)));
    await take(...names.slice(7, 20).map((name) => said('ALARM', start, name)));
    await take(...names.slice(20).map((name) => said('ALARM', start, name)));
    const { open } = await all();
    const inside = open.filter(({ stormId }) => stormId !== null);
    expect(inside).toHaveLength(30);
    expect(await stormById(store.database.db, inside[0]?.stormId ?? 0)).toMatchObject({
      count: 30,
      openCount: 30,
      severity: 'medium',
      title: expect.stringContaining('web-…'),
      active: true,
    });
    const shown = await store.database.db.selectFrom('slack_message').select(['alert_id', 'storm_id']).execute();
    expect(shown.filter(({ storm_id }) => storm_id !== null)).toHaveLength(1);
    // Those that it began with were not posted yet.
    expect(shown.filter(({ alert_id }) => alert_id !== null)).toEqual([]);
  });

  test('a storm that nobody takes in hand calls once for all that is in it, and not when everything is acknowledged', async () => {
    const { take, parts } = intakeOf(store.database, clock);
    await take(...Array.from({ length: 15 }, (_, place) => said('ALARM', start, `web-${place}`)));
    const called = async () =>
      (await store.database.db.selectFrom('outbox').select(['kind', 'target', 'alert_id']).orderBy('id').execute()).map(
        ({ kind, target }) => `${kind} ${target}`,
      );
    await escalateStorms(parts);
    expect(await called()).toEqual([]);
    clock.now = after(301);
    await escalateStorms(parts);
    await escalateStorms(parts);
    expect(await called()).toEqual(['call C0ALERTS', 'direct U0ANA']);
    await store.database.db
      .updateTable('alert')
      .set({ state: 'acknowledged', acknowledged_by: 'U0ANA' })
      .where('storm_id', 'is not', null)
      .execute();
    clock.now = after(901);
    await escalateStorms(parts);
    expect(await called()).toHaveLength(2);
  });
});
