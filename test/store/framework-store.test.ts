import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Call } from '../../src/framework/asks.ts';
import { acknowledgedEvents } from '../../src/framework/calls/alerts.ts';
import { handledFindings, lastEvidenceRun, receivedEvents, receivedFindings } from '../../src/framework/calls/store.ts';
import { storeOf } from '../../src/questions/framework/store.ts';
import { appendAudit } from '../../src/store/audit-log.ts';
import { addFile } from '../../src/store/digests/files.ts';
import { placeAnswered, placeFailed, setPlaces } from '../../src/store/digests/places.ts';
import { changeRun, claimRun, openRun, reviewRun } from '../../src/store/digests/runs.ts';
import { forget, type Keeping } from '../../src/store/forget.ts';
import { sha256Of } from '../../src/store/packed.ts';
import { dayMs } from '../../src/words/time.ts';
import { intakeOf, messageOf } from '../jobs/taking-in.ts';
import { describeBackends, type Store } from './backends.ts';

const account = '111122223333';
const start = Date.UTC(2026, 10, 23, 2);
const keeping: Keeping = {
  retention: { alertsMs: 400 * dayMs, newsMs: 90 * dayMs, messagesMs: 14 * dayMs, answersMs: dayMs },
  digests: { keepWeeks: 104, archive: null, timeStamp: null, upload: null, sign: null },
};
const at = (minutes: number) => new Date(start + minutes * 60_000);

describeBackends('what the framework asks of the bot’s own store', (backend) => {
  let store: Store;
  let now = at(0);
  beforeAll(async () => {
    store = await backend.open();
  });
  afterAll(() => store.close());
  beforeEach(() => {
    now = at(0);
  });

  const ask = async <Output>(call: Call<Output>, input: object = {}): Promise<Output> => {
    const place = { account, region: 'eu-west-1' };
    const answer = await storeOf({ database: store.database, now: () => now })({ call, place, input: { ...input } });
    if (answer.is !== 'value') throw new Error(answer.is === 'unknown' ? answer.sentence : answer.message);
    return call.output.parse(answer.value);
  };
  const take = (...payloads: object[]) =>
    intakeOf(store.database, { now }).take(...payloads.map((payload) => messageOf(payload, now)));
  const acknowledge = (dedupKey: string) =>
    store.database.db
      .updateTable('alert')
      .set({ state: 'acknowledged', acknowledged_by: 'U0ANA' })
      .where('dedup_key', '=', dedupKey)
      .execute();

  /** A call that CloudTrail tells through EventBridge; calls of one kind by one person are one alert. */
  const call = (eventID: string, minutes: number) => ({
    version: '0',
    id: `envelope-${eventID}`,
    source: 'aws.iam',
    'detail-type': 'AWS API Call via CloudTrail',
    account,
    region: 'us-east-1',
    time: at(minutes).toISOString(),
    resources: [],
    detail: {
      eventVersion: '1.11',
      eventID,
      eventSource: 'iam.amazonaws.com',
      eventName: 'CreateAccessKey',
      eventTime: at(minutes).toISOString(),
      awsRegion: 'us-east-1',
      recipientAccountId: account,
      sourceIPAddress: '198.51.100.7',
      readOnly: false,
      userIdentity: { type: 'IAMUser', userName: 'dora', arn: `arn:aws:iam::${account}:user/dora`, accountId: account },
      requestParameters: { userName: 'dora' },
    },
  });
  const finding = (id: string) => ({
    version: '0',
    id: `envelope-${id}`,
    source: 'aws.guardduty',
    'detail-type': 'GuardDuty Finding',
    account,
    region: 'eu-west-1',
    time: at(0).toISOString(),
    resources: [],
    detail: { schemaVersion: '2.0', id, arn: guardDutyKey(id), accountId: account, region: 'eu-west-1', severity: 8 },
  });
  const guardDutyKey = (id: string) => `arn:aws:guardduty:eu-west-1:${account}:detector/d1/finding/${id}`;
  const analyzer = `arn:aws:access-analyzer:eu-west-1:${account}:analyzer/outside`;
  const access = (id: string) => ({
    version: '0',
    id: `envelope-${id}`,
    source: 'aws.access-analyzer',
    'detail-type': 'Access Analyzer Finding',
    account,
    region: 'eu-west-1',
    time: at(0).toISOString(),
    resources: [analyzer],
    detail: {
      id,
      status: 'ACTIVE',
      resource: 'arn:aws:s3:::open',
      resourceType: 'AWS::S3::Bucket',
      accountId: account,
    },
  });

  test('every event of a grouped alert is known, and since when such events are kept', async () => {
    await take(call('e-1', 0), call('e-2', 1), call('e-3', 2));
    await take(call('e-4', 3));
    expect(await store.database.db.selectFrom('alert').select('count').execute()).toEqual([{ count: 4 }]);
    const where = { account, region: 'us-east-1' };
    const { events, whole, keptSince } = await ask(receivedEvents, { ...where, since: at(-60) });
    expect(events.map(({ id, source }) => `${id} ${source}`).toSorted()).toEqual(
      ['e-1', 'e-2', 'e-3', 'e-4'].map((id) => `${id} aws.iam`),
    );
    expect(whole).toBe(true);
    const made = await store.database.pool.query<{ at: Date }>(
      "select at from schema_migration where name = '011-received-events'",
    );
    expect(made.rows).toEqual([{ at: keptSince }]);
    expect(await ask(receivedEvents, { ...where, since: at(1) })).toMatchObject({ events: [] });

    const eventIds = ['e-1', 'e-4', 'e-9'];
    expect(await ask(acknowledgedEvents, { eventIds })).toEqual({ acknowledged: [] });
    const [alert] = await store.database.db.selectFrom('alert').select('dedup_key').execute();
    await acknowledge(alert?.dedup_key ?? '');
    expect((await ask(acknowledgedEvents, { eventIds })).acknowledged.toSorted()).toEqual(['e-1', 'e-4']);

    await forget(store.database.db, keeping, new Date(start + 36 * 86_400_000));
    expect(await ask(receivedEvents, { ...where, since: at(-60) })).toMatchObject({ events: [] });
  });

  test('an id that fits into no index holds nothing up', async () => {
    const long = 'x'.repeat(20_000);
    await take({ ...call('e-7', 0), id: long, account: long, detail: { ...call('e-7', 0).detail, eventID: long } });
    expect(
      await store.database.db.selectFrom('inbox').select('trouble').where('trouble', 'is not', null).execute(),
    ).toEqual([]);
  });

  test('a finding came when its alert did, and is handled by whoever acknowledges, or accepts it', async () => {
    await take(finding('f1'), finding('f2'), access('a1'), access('a2'));
    const [f1, f2, f3] = ['f1', 'f2', 'f3'].map(guardDutyKey);
    const [a1, a2, a3] = ['a1', 'a2', 'a3'].map((id) => `${analyzer}/${id}`);
    const keys = [f1, f2, f3, a1, a2, a3];
    expect((await ask(receivedFindings, { keys })).keys.toSorted()).toEqual([a1, a2, f1, f2]);
    expect(await ask(handledFindings, { keys })).toEqual({ keys: [] });
    await acknowledge(f1 ?? '');
    await acknowledge(`access-analyzer:${account}:a2`);
    expect((await ask(handledFindings, { keys })).keys.toSorted()).toEqual([a2, f1]);
    await store.database.db
      .insertInto('digest_exception')
      .values({
        digest: 'openFindings',
        finding: a3 ?? '',
        title: 'A public site',
        owner: 'U0ANA',
        reason: 'It is meant to be',
        asked_at: at(0),
        expires_at: at(60),
        channel: 'C0AUDIT',
        decided_by: 'U0BEN',
        decided_at: at(1),
        approved: true,
      })
      .execute();
    expect((await ask(handledFindings, { keys })).keys.toSorted()).toEqual([a2, a3, f1]);
    now = at(61);
    expect((await ask(handledFindings, { keys })).keys.toSorted()).toEqual([a2, f1]);
  });

  test('the last run of the evidence digest: whole, signed off, its files as they were made', async () => {
    const { database } = store;
    const { db } = database;
    expect(await ask(lastEvidenceRun)).toEqual({ run: null });
    const opened = { digest: 'evidence', period: '2026-W47', askedBy: null, channel: 'C0AUDIT', now: at(0) };
    const id = (await database.transaction((trx) => openRun(trx, opened))) ?? 0;
    const held = { id, lease: 'one' };
    await claimRun(db, id, 'one', at(0), at(60));
    const places = ['111122223333', '111122224444'].map((one) => ({ account: one, name: null }));
    await database.transaction((trx) => setPlaces(trx, held, { places, trouble: null, shared: {} }));
    await placeAnswered(database, id, '111122223333', { reportedAt: at(0), content: {}, raw: [] }, at(1));
    await placeFailed(db, id, '111122224444', 'Its role cannot be taken.');
    expect(await ask(lastEvidenceRun)).toEqual({ run: null });

    const [report, manifest] = [Buffer.from('a report'), Buffer.from('{}')];
    await addFile(db, id, { name: 'evidence-2026-11-23-report.pdf', title: 'Report', bytes: report });
    await addFile(db, id, { name: 'evidence-2026-11-23-manifest.json', title: 'Manifest', bytes: manifest });
    await changeRun(db, held, { state: 'done', collected_at: at(2), manifest_sha256: sha256Of(manifest) });
    await database.transaction((trx) =>
      appendAudit(trx, {
        at: at(2),
        actor: { type: 'system' },
        action: 'digest',
        subject: 'evidence 2026-W47',
        detail: {
          run: id,
          manifestSha256: sha256Of(manifest),
          files: [{ name: 'report.pdf', sha256: sha256Of(report) }],
        },
      }),
    );
    const run = { at: at(0).toISOString(), complete: false, signedOff: false, filesVerify: true };
    expect(await ask(lastEvidenceRun)).toEqual({ run });

    await db.updateTable('digest_place').set({ state: 'answered' }).where('run_id', '=', id).execute();
    await database.transaction((trx) =>
      reviewRun(trx, { id, edition: 1 }, { by: 'U0ANA', outcome: 'accepted', comment: null, now: at(3) }),
    );
    expect(await ask(lastEvidenceRun)).toEqual({ run: { ...run, complete: true, signedOff: true } });

    // Whoever changes a file and its hash beside it does not change the audit log.
    const forged = Buffer.from('another report');
    await db.deleteFrom('digest_file').where('name', '=', 'evidence-2026-11-23-report.pdf').execute();
    await addFile(db, id, { name: 'evidence-2026-11-23-report.pdf', title: 'Report', bytes: forged });
    expect(await ask(lastEvidenceRun)).toMatchObject({ run: { filesVerify: false } });
  });
});
