import { afterEach, beforeEach, expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import type { Signal } from '../../src/alerts/signal.ts';
import { payloadFromText, readSignals } from '../../src/alerts/sources/index.ts';
import { listAlerts, timeline } from '../../src/store/alerts.ts';
import { targetsDue } from '../../src/store/deliveries.ts';
import { type Intake, type Placement, takeIn } from '../../src/store/intake.ts';
import { describeBackends, type Store } from './backends.ts';

const start = new Date('2026-11-23T02:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const placement: Placement = {
  channel: 'C0ALERTS',
  mention: [],
  escalation: 'primary',
  severity: 'high',
  mode: 'alert',
  runbook: null,
  also: [],
};
const policies = new Map([['primary', [{ notify: ['user:U0ANA'], afterMs: 300_000 }]]]);

const signalOf = (state: 'ALARM' | 'OK', at: Date): Signal => {
  const [signal] = readSignals(payloadFromText(JSON.stringify(alarm('cpu-high', state, at)), at.toISOString()));
  if (signal === undefined) throw new Error('An alarm says something.');
  return signal;
};

describeBackends('signals that come in', (backend) => {
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });
  afterEach(() => store.close());

  const take = async (signal: Signal, now: Date): Promise<Intake> => {
    const standing = { now, policies, onCall: () => undefined };
    const grouping = { reopenWindowMs: 3_600_000, storm: 10 };
    const { intake } = await store.database.transaction((trx) => takeIn(trx, signal, placement, grouping, standing));
    return intake;
  };
  const all = async () => {
    const [open, resolved] = await Promise.all([
      listAlerts(store.database.db, {}, { offset: 0, limit: 10 }),
      listAlerts(store.database.db, { state: 'resolved' }, { offset: 0, limit: 10 }),
    ]);
    return { open: open.alerts, resolved: resolved.alerts };
  };

  test('an alarm whose OK came first is shown as over, and calls nobody', async () => {
    expect(await take(signalOf('OK', after(60)), after(61))).toBe('nothing-to-resolve');
    expect(await take(signalOf('ALARM', after(0)), after(62))).toBe('opened');
    const { open, resolved } = await all();
    expect(open).toEqual([]);
    expect(resolved).toMatchObject([{ state: 'resolved', dueAt: null, resolvedBy: null, count: 2 }]);
    const events = await timeline(store.database.db, resolved[0]?.id ?? 0);
    expect(events.map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
    expect(await targetsDue(store.database.db, after(62))).toEqual(['C0ALERTS']);
  });

  test('an OK from before an alarm began ends nothing', async () => {
    await take(signalOf('OK', after(0)), after(1));
    await take(signalOf('ALARM', after(60)), after(61));
    expect((await all()).open).toMatchObject([{ state: 'firing', count: 1 }]);
  });

  test('of several early ends the newest counts, and each counts once', async () => {
    await take(signalOf('OK', after(90)), after(91));
    await take(signalOf('OK', after(30)), after(92));
    await take(signalOf('ALARM', after(60)), after(93));
    expect((await all()).open).toEqual([]);
    await take(signalOf('ALARM', after(120)), after(121));
    expect((await all()).open).toMatchObject([{ state: 'firing' }]);
  });
});
