import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { schedule } from '../../src/config/schedules.ts';
import { type EscalateParts, escalate } from '../../src/jobs/escalate.ts';
import { askReceipts } from '../../src/jobs/receipts.ts';
import { tellGaps, tellHandoffs, tellReadiness } from '../../src/jobs/watch.ts';
import { createMetrics } from '../../src/metrics.ts';
import { slackClient } from '../../src/slack/client.ts';
import { listAlerts, lockAlerts, lockOpenAlertsOf } from '../../src/store/alerts.ts';
import { auditRows, verifyAuditLog } from '../../src/store/audit-log.ts';
import { mendSilent } from '../../src/store/auditor.ts';
import { claimNext, markBundleSaid } from '../../src/store/deliveries.ts';
import { allReach, keepReach } from '../../src/store/reach.ts';
import { transitionAll } from '../../src/store/transitions.ts';
import { noteUnreached } from '../../src/store/unreached.ts';
import { playService } from '../notify/services.ts';
import { describeBackends, type Store } from '../store/backends.ts';
import { intakeOf, messageOf, policies } from './taking-in.ts';

const start = new Date('2026-11-23T02:00:00Z');
const minutes = (count: number) => new Date(start.getTime() + count * 60_000);
const onCall = () => [];
const defaultChannel = 'C0HERE';

describeBackends('escalation', (backend) => {
  const service = playService();
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });
  afterEach(() => store.close());

  /** Takes in alarms of different names at one time; `storm`: so many of them are a storm. */
  async function alarms(count: number, storm: number): Promise<void> {
    const taking = intakeOf(
      store.database,
      { now: start },
      {
        config: {
          ...intakeOf(store.database, { now: start }).parts.config,
          grouping: { reopenWindowMs: 0, storm, incidentWindowMs: 0, isOwn: () => false },
        },
      },
    );
    const names = Array.from({ length: count }, (_, n) => `cpu-high-web-${n}`);
    await taking.take(...names.map((name) => messageOf(alarm(name, 'ALARM', start), start)));
  }

  const clockAt = (now: Date, changes: Partial<EscalateParts> = {}): EscalateParts => ({
    database: store.database,
    standing: async () => ({ now, policies, onCall, defaultChannel }),
    now: () => now,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(),
    wakes: { after: () => {}, escalate: () => {} },
    ...changes,
  });

  const said = async (): Promise<Record<string, number>> => {
    const { rows } = await store.database.pool.query(
      `select kind || ' ' || target as what, count(*)::integer as count from outbox group by 1`,
    );
    return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
  };

  const entries = async (): Promise<string[]> => {
    const kept: string[] = [];
    for await (const { action, subject } of auditRows(store.database.db)) kept.push(`${action} ${subject}`);
    return kept;
  };

  test('of all that is due at one time takes a few batches, each alert once, each on the record', {
    timeout: 60_000,
  }, async () => {
    await alarms(700, 10_000);
    const after = vi.fn();
    const next = vi.fn();
    const transactions = vi.spyOn(store.database, 'transaction');
    await escalate(clockAt(minutes(4), { wakes: { after, escalate: next } }));
    expect(await said()).toEqual({});
    expect(next).toHaveBeenLastCalledWith(minutes(5));
    expect(transactions).not.toHaveBeenCalled();
    // Two replicas at once.
    const parts = clockAt(minutes(5), { wakes: { after, escalate: next } });
    await Promise.all([escalate(parts), escalate(parts)]);
    expect(transactions.mock.calls.length).toBeLessThan(20);
    expect(await said()).toEqual({ 'call C0ALERTS': 700, 'direct U0ANA': 700 });
    expect(next).toHaveBeenLastCalledWith(minutes(15));
    expect(new Set(await entries()).size).toBe(700);
    expect(await verifyAuditLog(store.database.db)).toMatchObject({ ok: true, rows: 700 });
    const { alerts } = await listAlerts(store.database.db, {}, { offset: 0, limit: 1 });
    expect(alerts).toMatchObject([{ level: 1, dueAt: minutes(15), version: 2 }]);
  });

  const calls = async (): Promise<Record<string, number>> => {
    const { rows } = await store.database.pool.query(
      `select coalesce(outcome, 'open') || ' ' || coalesce(error, '') as what, count(*)::integer as count
       from outbox where step is not null group by 1`,
    );
    return Object.fromEntries(rows.map(({ what, count }) => [what.trim(), count]));
  };

  test('an acknowledgement withdraws the calls that are not made yet, in whichever order the two come', {
    timeout: 60_000,
  }, async () => {
    await alarms(40, 1000);
    const by = { type: 'user' as const, id: 'U0BEN' };
    const standing = { now: minutes(5), policies, onCall, defaultChannel };
    const acknowledge = (ids: number[]) =>
      store.database.transaction(async (trx) =>
        transitionAll(trx, await lockAlerts(trx, ids), () => ({ kind: 'acknowledge' }), by, standing),
      );
    const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
    await acknowledge(ids(1, 11));
    await Promise.all([escalate(clockAt(minutes(5))), acknowledge(ids(11, 31))]);
    await acknowledge(ids(31, 36));
    // Of the first ten there are no rows, the last five are called; of what raced it is the one or the other.
    const came = await calls();
    expect(came['open']).toBe(10);
    expect(Object.keys(came).sort()).toEqual(['open', 'withdrawn not sent: acknowledged by U0BEN']);
    await escalate(clockAt(minutes(5)));
    expect(await calls()).toEqual(came);
  });

  test('one person is called for many alerts by one message a minute, the worst first', async () => {
    await alarms(30, 1000);
    await store.database.pool.query(`update alert set severity = 'critical' where id = 17`);
    await escalate(clockAt(minutes(5)));
    await store.database.pool.query(`update slack_message set ts = '1.1'`);
    const claim = (seconds: number) =>
      store.database.transaction((trx) => claimNext(trx, 'U0ANA', new Date(minutes(5).getTime() + seconds * 1000)));
    const first = await claim(0);
    if ('next' in first || first.delivery.kind !== 'bundle') throw new Error('This is no bundle.');
    expect(first.delivery.alertIds).toHaveLength(30);
    expect(first.delivery.alertIds.slice(0, 2)).toEqual([17, 1]);
    // Its answer was lost: it is claimed again as it was.
    const again = await claim(20);
    expect(again).toMatchObject({ delivery: { kind: 'bundle', alertIds: first.delivery.alertIds } });
    const bundle = first.delivery.first.bundle ?? 0;
    await store.database.transaction((trx) => markBundleSaid(trx, bundle, { ts: '2.2', now: minutes(6) }));
    expect(await calls()).toEqual({ open: 30, sent: 30 });
    expect(await claim(30)).toEqual({ next: null });
    // The next one waits for its minute, unless it is critical and the one before was not.
    await store.database.pool.query(
      `update outbox set done_at = null, outcome = null, bundle = null where alert_id = 3 and person is not null`,
    );
    expect(await claim(70)).toEqual({ next: new Date(minutes(5).getTime() + 80_000) });
    // One that is to be tried again later holds up nobody else.
    await store.database.pool.query(
      `update outbox set done_at = null, outcome = null, bundle = null, retry_at = $1 where alert_id = 17 and person is not null`,
      [minutes(20)],
    );
    expect(await claim(90)).toMatchObject({ delivery: { kind: 'notice', row: { alert_id: 3 } } });
  });

  test('a person is called by their own ways too, each at its time, and by none once it is in hand', async () => {
    await alarms(1, 1000);
    const rules = [
      { way: 'ntfy:ana', afterMs: 0, from: 'info' as const },
      { way: 'voice:+420123456789', afterMs: 120_000, from: 'info' as const },
    ];
    await store.database.transaction((trx) => keepReach(trx, 'U0ANA', { rules, quietHours: null }, start));
    const reach = await allReach(store.database.db);
    const standing = { now: minutes(5), policies, onCall, defaultChannel, reach };
    await escalate(clockAt(minutes(5), { standing: async () => standing }));
    const { rows } = await store.database.pool.query(
      `select target, person, retry_at from outbox where person is not null order by id`,
    );
    expect(rows).toEqual([
      { target: 'U0ANA', person: 'U0ANA', retry_at: null },
      { target: 'ntfy:ana', person: 'U0ANA', retry_at: null },
      { target: 'voice:+420123456789', person: 'U0ANA', retry_at: minutes(7) },
    ]);
    const claim = (target: string) => store.database.transaction((trx) => claimNext(trx, target, minutes(5)));
    expect(await claim('voice:+420123456789')).toEqual({ next: minutes(7) });
    expect(await claim('ntfy:ana')).toMatchObject({ delivery: { kind: 'notice', row: { target: 'ntfy:ana' } } });
    const by = { type: 'user' as const, id: 'U0BEN' };
    await store.database.transaction(async (trx) =>
      transitionAll(trx, await lockAlerts(trx, [1]), () => ({ kind: 'acknowledge' }), by, standing),
    );
    // The telephone did not ring yet: it hears nothing; what was called hears that it is in hand.
    expect(await claim('voice:+420123456789')).toEqual({ next: null });
    expect((await said())['page ntfy:ana']).toBe(2);
  });

  test('who takes a call at Pushover has acknowledged the alert, if they may respond', async () => {
    await alarms(2, 1000);
    await escalate(clockAt(minutes(5)));
    await store.database.pool.query(
      `update outbox set done_at = created_at, outcome = 'sent', receipt = 'r' || alert_id, poll_at = $1 where kind = 'direct'`,
      [minutes(6)],
    );
    const after = vi.fn();
    const ask = (mayRespond: boolean, now: Date) =>
      askReceipts({
        ...clockAt(now, { wakes: { after, escalate: () => {} } }),
        environment: {
          callVariables: new Map([
            ['PUSHOVER_TOKEN', 't'],
            ['PUSHOVER_URL', service.url],
          ]),
        },
        mayRespond: async () => mayRespond,
      });
    await ask(true, minutes(5));
    expect(service.taken).toEqual([]);
    service.answers.push(
      { status: 200, body: { acknowledged: 1, expired: 0 } },
      { status: 200, body: { acknowledged: 0, expired: 0 } },
    );
    await ask(true, minutes(6));
    const states = async () => {
      const { alerts } = await listAlerts(store.database.db, {}, { offset: 0, limit: 9 });
      return alerts.map(({ id, state, acknowledgedBy }) => [id, state, acknowledgedBy]).sort();
    };
    expect(await states()).toEqual([
      [1, 'acknowledged', 'U0ANA'],
      [2, 'firing', null],
    ]);
    expect(after).toHaveBeenCalledOnce();
    service.answers.push({ status: 200, body: { acknowledged: 1, expired: 0 } });
    await ask(false, minutes(7));
    expect((await states())[1]).toEqual([2, 'firing', null]);
    // Neither is asked about again.
    await ask(true, minutes(60));
    expect(service.taken).toHaveLength(3);
  });

  test('a telephone that nobody answers makes the next level due; one that is answered is known to have rung', async () => {
    await alarms(2, 1000);
    await escalate(clockAt(minutes(5)));
    await store.database.pool.query(
      `insert into outbox (key, alert_id, kind, target, payload, created_at, step, person, done_at, outcome, receipt)
       select key || '-2', alert_id, 'page', 'voice:+420123456789', payload, created_at, step, person, created_at, 'sent',
         'm-' || alert_id from outbox where kind = 'direct'`,
    );
    await store.database.pool.query(`update outbox set done_at = created_at, outcome = 'silent' where kind = 'direct'`);
    const taking = intakeOf(store.database, { now: minutes(6) });
    const event = (alert: number, eventType: string) => ({ eventType, messageId: `m-${alert}`, isFinal: true });
    await taking.take(
      messageOf(event(1, 'VOICE_NO_ANSWER'), minutes(6)),
      messageOf(event(2, 'VOICE_ANSWERED'), minutes(6)),
    );
    await escalate(clockAt(minutes(6)));
    const { alerts } = await listAlerts(store.database.db, {}, { offset: 0, limit: 9 });
    expect(alerts.map(({ id, level }) => [id, level]).sort()).toEqual([
      [1, 2],
      [2, 1],
    ]);
    const { rows } = await store.database.pool.query(
      `select outcome from outbox where receipt is not null order by id`,
    );
    expect(rows).toEqual([{ outcome: 'unreached' }, { outcome: 'rang' }]);
  });

  test('nobody else in a step: who cannot be reached makes the next level due, and their other ways at once', async () => {
    await alarms(2, 1000);
    await escalate(clockAt(minutes(5)));
    const { rows } = await store.database.pool.query(`select * from outbox where kind = 'direct' order by id`);
    const why = { now: minutes(6), error: 'Slack will not ring', outcome: 'silent' as const };
    await store.database.pool.query(
      `insert into outbox (key, alert_id, kind, target, payload, created_at, step, person, retry_at)
       select key || '-2', alert_id, 'page', 'pagerduty:ana', payload, created_at, step, person, $1 from outbox
       where kind = 'direct' and alert_id = 1`,
      [minutes(10)],
    );
    const first = await store.database.transaction((trx) => noteUnreached(trx, [rows[0]], why));
    expect(first).toEqual({ targets: ['C0ALERTS', 'pagerduty:ana'], dueNow: false });
    const second = await store.database.transaction((trx) => noteUnreached(trx, [rows[1]], why));
    expect(second).toEqual({ targets: ['C0ALERTS'], dueNow: true });
    await escalate(clockAt(minutes(6)));
    const { alerts } = await listAlerts(store.database.db, {}, { offset: 0, limit: 2 });
    expect(alerts.map(({ id, level }) => [id, level]).sort()).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test('of an alert whose policy is gone calls the default channel, and is asked of it no more', async () => {
    await alarms(1, 10);
    const standing = async () => ({ now: minutes(5), policies: new Map(), onCall, defaultChannel });
    await escalate(clockAt(minutes(5), { standing }));
    expect(await said()).toEqual({ 'notice C0HERE': 1, 'reply C0ALERTS': 1 });
    const { alerts } = await listAlerts(store.database.db, {}, { offset: 0, limit: 1 });
    expect(alerts).toMatchObject([{ state: 'firing', dueAt: null, exhaustedAt: minutes(5) }]);
  });

  test('finds an alert that fires without a next step, and gives it one; what has a reason is left alone', async () => {
    await alarms(3, 10);
    const standing = { now: minutes(5), policies, onCall, defaultChannel };
    expect(await mendSilent(store.database, standing)).toEqual({ alerts: [], storms: [] });
    await store.database.pool.query(`update alert set due_at = null`);
    await store.database.pool.query(`update alert set escalation = null where id = 1`);
    await store.database.pool.query(`update alert set exhausted_at = now() where id = 2`);
    expect(await mendSilent(store.database, standing)).toEqual({ alerts: [3], storms: [] });
    await escalate(clockAt(minutes(5)));
    expect(await said()).toEqual({ 'call C0ALERTS': 1, 'direct U0ANA': 1 });
  });

  test('tells a handoff and hours without anybody once, whichever replica looks and how often', async () => {
    const written = { timezone: 'UTC', rotation: 'daily', handoff: '02:00', users: ['U0ANA', 'U0BEN'] };
    const office = { ...written, restrictions: { from: '02:00', to: '10:00' } };
    const schedules = new Map([
      ['all', schedule.parse(written)],
      ['office', schedule.parse({ ...office, channel: 'C0OFFICE' })],
    ]);
    const parts = {
      ...clockAt(minutes(30)),
      config: { schedules, channels: { default: 'C0ALERTS', digest: 'C0AUDIT' }, heartbeat: { url: null } },
      zoneOf: async () => 'UTC',
      wakes: { deliver: () => {}, escalate: () => {} },
    };
    for (let round = 0; round < 2; round++) {
      await Promise.all([tellHandoffs(parts), tellHandoffs(parts)]);
      await tellGaps(parts);
    }
    const told = await said();
    // The office has a handoff and a gap, the others a handoff alone; who comes hears of both, and who goes.
    expect(told).toEqual({ 'oncall C0ALERTS': 1, 'oncall C0OFFICE': 2, 'oncall U0ANA': 2, 'oncall U0BEN': 2 });
    const { rows } = await store.database.pool.query(
      `select payload -> 'news' as news from outbox where key like 'oncall-handoff-all-%' and target = 'C0ALERTS'`,
    );
    expect(rows).toMatchObject([
      {
        news: {
          open: { firing: 0, acknowledged: 0 },
          watch: { happened: 'no alert', silences: [], exceptions: null, worst: [], carried: [expect.anything()] },
        },
      },
    ]);
  });

  test('a day before a shift whoever comes is asked to try, once; of who cannot be called the channel hears a week ahead', async () => {
    const written = { timezone: 'UTC', rotation: 'daily', handoff: '02:00', users: ['U0ANA', 'U0BEN'] };
    const schedules = new Map([
      ['all', schedule.parse(written)],
      ['weekly', schedule.parse({ ...written, rotation: 'weekly', handoff: 'Sat 02:00', users: ['U0BEN', 'U0CAT'] })],
    ]);
    let now = minutes(30);
    const parts = {
      ...clockAt(now),
      now: () => now,
      slack: slackClient('xoxb-test', `${service.url}/api/`),
      zoneOf: async () => 'UTC',
      config: {
        schedules,
        channels: { default: 'C0ALERTS', digest: 'C0AUDIT' },
        heartbeat: { url: null },
        access: { respond: ['user:U0GUEST'], administer: [] },
      },
      wakes: { deliver: () => {}, escalate: () => {} },
    };
    const there = { status: 200, body: { ok: true, user: { deleted: false } } };
    const gone = [
      { ok: true, user: { deleted: true } },
      { ok: true, user: { is_restricted: true } },
      { ok: false, error: 'user_not_found' },
    ].map((body) => ({ status: 200, body }));
    service.answers.push(there, there, there);
    await tellReadiness(parts);
    const [asked = '', ...more] = Object.keys(await said());
    expect(asked).toMatch(/^oncall U0(ANA|BEN)$/);
    expect(more).toEqual([]);
    const news = async () => {
      const { rows } = await store.database.pool.query(
        `select payload -> 'news' as news from outbox where target = 'C0ALERTS' order by id`,
      );
      return rows.map(({ news: { schedule, user, from, more, gone } }) => [
        schedule,
        user,
        from.slice(0, 10),
        more,
        gone,
      ]);
    };
    for (let round = 0; round < 2; round++) {
      service.answers.push(...gone);
      await tellReadiness(parts);
      expect(await news()).toEqual([
        ['all', 'U0BEN', '2026-11-23', 3, 'has left the workspace'],
        ['all', 'U0ANA', '2026-11-24', 3, 'is a guest, who may not act on alerts'],
        ['weekly', 'U0BEN', '2026-11-23', 0, 'has left the workspace'],
        ['weekly', 'U0CAT', '2026-11-28', 0, 'is not in the workspace'],
      ]);
    }
    // A day before the shift it is said again.
    now = minutes(4.5 * 24 * 60);
    service.answers.push(...gone);
    await tellReadiness(parts);
    expect((await news()).slice(4)).toContainEqual(['weekly', 'U0CAT', '2026-11-28', 0, 'is not in the workspace']);
  });

  test('of a storm calls once for all that is in it, until it is in hand', { timeout: 60_000 }, async () => {
    await alarms(60, 10);
    await escalate(clockAt(minutes(5)));
    const first = await said();
    const ofStorms = (await entries()).filter((entry) => entry === 'escalate storm 1');
    expect(ofStorms).toHaveLength(1);
    // Those that it began with are inside, too.
    expect(first['direct U0ANA']).toBe(1);
    const standing = { now: minutes(6), policies, onCall, defaultChannel };
    await store.database.transaction(async (trx) => {
      const inside = await lockOpenAlertsOf(trx, { storm: 1 });
      const by = { type: 'user' as const, id: 'U0ANA' };
      const done = await transitionAll(trx, inside, () => ({ kind: 'acknowledge' }), by, standing);
      expect(done.changes.length).toBe(inside.length);
      expect(done.pending).toMatchObject({ targets: ['C0ALERTS'], dueAt: null });
      expect(
        (
          await transitionAll(
            trx,
            done.changes.map(({ alert }) => alert),
            () => ({ kind: 'acknowledge' }),
            by,
            standing,
          )
        ).refused,
      ).toHaveLength(inside.length);
    });
    await escalate(clockAt(minutes(15)));
    expect((await entries()).filter((entry) => entry === 'escalate storm 1')).toHaveLength(1);
  });
});
