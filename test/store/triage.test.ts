import { expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { payloadFromText, readSignals } from '../../src/alerts/sources/index.ts';
import { listAlerts } from '../../src/store/alerts.ts';
import { type Placement, takeIn } from '../../src/store/intake.ts';
import { askTriage, claimTriage, delayTriage, triageDue, waitTriage } from '../../src/store/triage.ts';
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
  test('is the same one however often it waits or is tried again, and another one when asked for anew', async () => {
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
    expect(await claim(0)).toMatchObject({ wanted_at: at(0), tries: 1 });
    expect(await claim(1)).toBeUndefined();

    // Its turn has not come: that is no try.
    await waitTriage(database.db, id, at(3));
    expect(await claim(2)).toBeUndefined();
    expect(await claim(3)).toMatchObject({ wanted_at: at(0), tries: 1 });

    // Its answer was lost: the next try looks for what this one posted.
    await delayTriage(database.db, id, at(9));
    expect(await triageDue(database.db, at(9))).toEqual([id]);
    expect(await claim(9)).toMatchObject({ wanted_at: at(0), tries: 2 });

    await database.transaction((trx) => askTriage(trx, id, 'U0BEN', at(20)));
    expect(await claim(20)).toMatchObject({ wanted_at: at(20), tries: 1, asked_by: 'U0BEN' });
    await store.close();
  });
});
