import { expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { payloadFromText, readSignals } from '../../src/alerts/sources/index.ts';
import { listAlerts } from '../../src/store/alerts.ts';
import { type Placement, takeIn } from '../../src/store/intake.ts';
import { askTriage, claimTriage, endTriage, triageDue } from '../../src/store/triage.ts';
import { describeBackends } from './backends.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 2, 0, seconds));
const placement: Placement = {
  channel: 'C0ALERTS',
  mention: [],
  escalation: null,
  severity: 'high',
  mode: 'alert',
  runbook: null,
  also: [],
};

describeBackends('a triage', (backend) => {
  test('is one worker’s until it is told, and another one when it is asked for anew', async () => {
    const store = await backend.open();
    const { database } = store;
    const [signal] = readSignals(
      payloadFromText(JSON.stringify(alarm('cpu-high', 'ALARM', at(0))), at(0).toISOString()),
    );
    if (signal === undefined) throw new Error('An alarm says something.');
    const standing = { now: at(0), policies: new Map(), onCall: () => undefined };
    const grouping = { reopenWindowMs: 3_600_000, storm: 10 };
    await database.transaction((trx) => takeIn(trx, signal, placement, grouping, standing));
    const [alert] = (await listAlerts(database.db, {}, { offset: 0, limit: 1 })).alerts;
    const id = alert?.id ?? 0;
    const claim = (seconds: number) => claimTriage(database.db, id, at(seconds), at(seconds + 60));

    await database.transaction((trx) => askTriage(trx, id, 'U0ANA', at(0)));
    const first = await claim(0);
    expect(first).toMatchObject({ wanted_at: at(0), asked_by: 'U0ANA' });
    expect(await claim(1)).toBeUndefined();
    // Its worker is gone.
    expect(await triageDue(database.db, at(61))).toEqual([id]);
    const second = await claim(61);
    if (second === undefined) throw new Error('The triage is nobody’s.');

    await database.transaction((trx) => askTriage(trx, id, 'U0BEN', at(62)));
    expect(await endTriage(database.db, id, at(63), second)).toBe(false);
    const third = await claim(64);
    if (third === undefined) throw new Error('The triage was asked for anew.');
    expect(third).toMatchObject({ wanted_at: at(62), asked_by: 'U0BEN' });
    expect(await endTriage(database.db, id, at(65), third)).toBe(true);
    expect(await endTriage(database.db, id, at(66), third)).toBe(false);
    expect(await triageDue(database.db, at(999))).toEqual([]);
    await store.close();
  });
});
