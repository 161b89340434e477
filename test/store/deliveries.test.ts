import { expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { claimNext, type Delivery, lastCall, markFailed, markShown, putOut } from '../../src/store/deliveries.ts';
import { intakeOf, messageOf } from '../jobs/taking-in.ts';
import { describeBackends } from './backends.ts';

const start = Date.UTC(2026, 10, 23, 2);
const at = (seconds: number) => new Date(start + seconds * 1000);

describeBackends('a post whose answer was lost', (backend) => {
  test('keeps the time of its first try until it is found or posted, whatever fails after it', async () => {
    const store = await backend.open();
    const { database } = store;
    await intakeOf(database, { now: at(0) }).take(messageOf(alarm('cpu-high', 'ALARM', at(0)), at(0)));
    const claim = async (seconds: number): Promise<Delivery> => {
      const claimed = await database.transaction((trx) => claimNext(trx, 'C0ALERTS', at(seconds)));
      if ('next' in claimed) throw new Error('Nothing is due.');
      return claimed.delivery;
    };
    const triedAt = (delivery: Delivery) => 'message' in delivery && delivery.message.attempted_at;

    const first = await claim(1);
    expect(triedAt(first)).toBeNull();
    await markFailed(database.db, first, { unknown: false, retryAt: at(2), error: 'ratelimited' });
    const second = await claim(3);
    expect(triedAt(second)).toBeNull();
    await markFailed(database.db, second, { unknown: true, retryAt: at(6), error: 'no answer' });
    const third = await claim(300);
    expect(triedAt(third)).toEqual(at(3));
    await markFailed(database.db, third, { unknown: false, retryAt: at(301), error: 'ratelimited' });
    const fourth = await claim(400);
    expect(triedAt(fourth)).toEqual(at(3));
    if (!('message' in fourth)) throw new Error('This is no message.');
    await markShown(database.db, fourth.message.id, { ts: '1795949659.000100', version: 1 });
    expect(await database.transaction((trx) => claimNext(trx, 'C0ALERTS', at(500)))).toEqual({ next: null });
    await store.close();
  });
});

describeBackends('an alert that nobody takes', (backend) => {
  test('is drawn from its last call alone, however many there were', async () => {
    const store = await backend.open();
    const { database } = store;
    await intakeOf(database, { now: at(0) }).take(messageOf(alarm('cpu-high', 'ALARM', at(0)), at(0)));
    const calls = Array.from({ length: 300 }, (_, level) => ({
      key: `call-${level}`,
      alertId: 1,
      notice: { kind: 'call' as const, target: 'C0ALERTS', level, users: ['U0ANA'], usergroups: [] },
    }));
    await database.transaction((trx) => putOut(trx, calls, at(1)));
    let read = 0;
    const counting = database.db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        read += result.rows.length;
        return result;
      },
    });
    expect(await lastCall(counting, { alert: 1 })).toMatchObject({ call: { level: 299 } });
    expect(read).toBe(1);
    await store.close();
  });
});
