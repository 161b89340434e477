import { expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { listAlerts } from '../../src/store/alerts.ts';
import { askTriage, claimTriage, endTriage } from '../../src/store/triage.ts';
import { intakeOf, messageOf } from '../jobs/taking-in.ts';
import { describeBackends } from './backends.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 2, 0, seconds));
describeBackends('a triage', (backend) => {
  test('is one worker’s until it is told, and another one when it is asked for anew', async () => {
    const store = await backend.open();
    const { database } = store;
    await intakeOf(database, { now: at(0) }).take(messageOf(alarm('cpu-high', 'ALARM', at(0)), at(0)));
    const [alert] = (await listAlerts(database.db, {}, { offset: 0, limit: 1 })).alerts;
    const id = alert?.id ?? 0;
    const claim = async (seconds: number) => (await claimTriage(database.db, at(seconds), at(seconds + 60), 8))[0];

    await database.transaction((trx) => askTriage(trx, id, 'U0ANA', at(0)));
    const first = await claim(0);
    expect(first).toMatchObject({ wanted_at: at(0), asked_by: 'U0ANA' });
    expect(await claim(1)).toBeUndefined();
    // Its worker is gone.
    const second = await claim(61);
    if (second === undefined) throw new Error('The triage is nobody’s.');

    await database.transaction((trx) => askTriage(trx, id, 'U0BEN', at(62)));
    expect(await endTriage(database.db, id, at(63), second)).toBe(false);
    const third = await claim(64);
    if (third === undefined) throw new Error('The triage was asked for anew.');
    expect(third).toMatchObject({ wanted_at: at(62), asked_by: 'U0BEN' });
    expect(await endTriage(database.db, id, at(65), third)).toBe(true);
    expect(await endTriage(database.db, id, at(66), third)).toBe(false);
    expect(await claim(999)).toBeUndefined();

    await database.transaction((trx) => askTriage(trx, id, 'U0BEN', at(1000)));
    const early = await claim(1000);
    if (early === undefined) throw new Error('The triage was asked for anew.');
    expect(await endTriage(database.db, id, at(1001), early, at(1900))).toBe(true);
    expect(await claim(1899)).toBeUndefined();
    expect(await claim(1900)).toMatchObject({ looks: 1, wanted_at: at(1900) });
    await store.close();
  });
});
