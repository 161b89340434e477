import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memberRole } from '../../sandbox/aws/roles.ts';
import { archiveBucket, buckets } from '../../sandbox/aws/services/buckets.ts';
import { auditLog } from '../../src/cli/audit-log.ts';
import { loadConfig } from '../../src/config/load.ts';
import { anchorAuditLog } from '../../src/jobs/anchor.ts';
import { Wakes } from '../../src/jobs/wakes.ts';
import { timeStamp } from '../../src/reports/time-stamp.ts';
import { appendAudit, auditRows } from '../../src/store/audit-log.ts';
import { canonicalJson } from '../../src/store/canonical-json.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { sha256Of } from '../../src/store/packed.ts';
import { dayMs } from '../../src/words/time.ts';
import { bot, stubBotKey } from '../aws/bot.ts';
import { openTimeStamper } from '../reports/time-stamper.ts';
import { type Harness, startHarness } from '../sandbox/aws/harness.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'trailwatch-anchors-'));
const configFile = join(folder, 'trailwatch.yaml');
let aws: Harness;
let authority: Awaited<ReturnType<typeof openTimeStamper>>;
let another: typeof authority;

async function withDatabase<Result>(dataDir: string, act: (database: Database) => Promise<Result>): Promise<Result> {
  const database = await openDatabase({ databaseUrl: null, dataDir: join(folder, dataDir) });
  try {
    return await act(database);
  } finally {
    await database.close();
  }
}

/** Acts, two of them on each day, after each of which the head is noted. */
async function fill(dataDir: string, days: number, whose: string): Promise<void> {
  await prepareDataDir(join(folder, dataDir));
  const loaded = loadConfig(configFile, {});
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  const log = pino({ level: 'silent' });
  await withDatabase(dataDir, async (database) => {
    for (let day = 0; day < days; day += 1) {
      const now = () => new Date(aws.now().getTime() + day * dayMs);
      for (const n of [1, 2])
        await database.transaction((trx) =>
          appendAudit(trx, {
            at: now(),
            actor: { type: 'system' },
            action: 'note',
            subject: `${whose} ${day}-${n}`,
            detail: {},
          }),
        );
      await anchorAuditLog({
        config: loaded.config,
        database,
        aws: bot(aws),
        wakes: new Wakes({ now, log }),
        now,
        log,
      });
    }
  });
}

const verify = async (dataDir: string, ...args: string[]) => {
  stubBotKey(aws);
  let out = '';
  const code = await auditLog(['verify', ...args], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: () => {} },
    stdin: (async function* () {})(),
    env: { DATA_DIR: join(folder, dataDir), TRAILWATCH_CONFIG: configFile },
    cwd: folder,
  });
  return { code, out };
};

const bucket = () => archiveBucket(aws.organization.homeAccount);

beforeAll(async () => {
  aws = await startHarness();
  [authority, another] = [await openTimeStamper(), await openTimeStamper()];
  copyFileSync(authority.certificate, join(folder, 'authority.pem'));
  writeFileSync(
    configFile,
    JSON.stringify({
      sns: { topics: ['arn:aws:sns:eu-west-1:111122223333:security-alerts'] },
      channels: { default: 'C0ALERTS' },
      accounts: { role: memberRole.name, externalId: memberRole.externalId },
      auditLog: { anchors: { archive: true, timeStamp: true } },
      digests: {
        archive: { bucket: bucket(), prefix: 'trailwatch/', retainDays: 400, legalHold: true },
        timeStamp: { url: authority.url, certificates: ['authority.pem'] },
      },
    }),
  );
  await fill('log', 3, 'mine');
}, 60_000);
afterAll(async () => {
  authority.close();
  another.close();
  await aws[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The log as it is after somebody with all rights on the database was at it; what he leaves is a chain that fits. */
async function tampered(name: string, keep: number, rewriteFrom: number): Promise<string> {
  cpSync(join(folder, 'log'), join(folder, name), { recursive: true });
  await withDatabase(name, async ({ db, pool }) => {
    await pool.query('alter table audit_log disable trigger user');
    await pool.query('delete from audit_log where seq > $1', [keep]);
    let prevHash = '0'.repeat(64);
    for await (const { hash, ...row } of auditRows(db)) {
      const now = { ...row, prevHash, subject: row.seq >= rewriteFrom ? `${row.subject}, another` : row.subject };
      const made = sha256Of(Buffer.from(canonicalJson(now)));
      await pool.query('update audit_log set subject = $1, prev_hash = $2, hash = $3 where seq = $4', [
        now.subject,
        prevHash,
        made,
        row.seq,
      ]);
      prevHash = made;
    }
    await pool.query('update audit_head set seq = $1, hash = $2', [keep, prevHash]);
    await pool.query('alter table audit_log enable trigger user');
    // The database's own notes are made to fit too.
    await pool.query(
      'update audit_anchor set hash = audit_log.hash from audit_log where audit_log.seq = audit_anchor.seq',
    );
    await pool.query('delete from audit_anchor where seq > $1', [keep]);
  });
  return name;
}

test('heads are noted in the bucket and by the authority, and the log holds them', async () => {
  expect(await verify('log')).toEqual({
    code: 0,
    out: expect.stringMatching(
      /^The audit log is whole: 6 rows\. It holds all 3 heads that were noted outside\. 6 time stamps hold\./,
    ),
  });
  expect(JSON.parse((await verify('log', '--json')).out)).toMatchObject({ ok: true, anchors: 3, timeStamps: 6 });
  const heads = [...(buckets(aws.organization).get(bucket())?.objects ?? [])].filter(([key]) =>
    key.startsWith('trailwatch/audit-log/'),
  );
  expect(heads.length).toBeGreaterThan(0);
  for (const [, versions] of heads) expect(versions[0]).toMatchObject({ held: true, retention: expect.anything() });
});

test('a log that was cut, or rewritten from a row on, is found out though the database is of one piece', async () => {
  const cut = await verify(await tampered('cut', 4, 99));
  expect(cut).toMatchObject({ code: 1, out: expect.stringMatching(/cut off, row 5 and all after it were removed/) });
  const rewritten = await verify(await tampered('rewritten', 6, 3));
  expect(rewritten.code).toBe(1);
  expect(rewritten.out).toMatch(/written anew: row 4 is not the one that was noted outside/);
  // Its own notes were made to fit; the stamps do not.
  expect(rewritten.out).toMatch(/time stamp of \S+ does not hold: The time stamp is about another hash/);
});

test('a log that begins after the heads, and one of another installation, are not those that were noted', async () => {
  const nothing = join(folder, 'nothing');
  await prepareDataDir(nothing);
  expect((await verify('nothing')).out).toMatch(/cut off, row 1 and all after it/);
  await withDatabase('nothing', ({ transaction }) =>
    transaction(async (trx) => {
      for (let n = 1; n <= 8; n += 1)
        await appendAudit(trx, {
          at: new Date(),
          actor: { type: 'system' },
          action: 'note',
          subject: `${n}`,
          detail: {},
        });
    }),
  );
  expect((await verify('nothing')).out).toMatch(/written anew: row 2 is not the one/);
});

test('stamps of somebody else, or of an authority that is not named, are none', async () => {
  cpSync(join(folder, 'log'), join(folder, 'stamps'), { recursive: true });
  await withDatabase('stamps', async ({ pool }) => {
    const { rows } = await pool.query<{ hash: string }>('select hash from audit_anchor order by day limit 1');
    const stamp = await timeStamp(another.url, rows[0]?.hash ?? '');
    await pool.query('update audit_anchor set stamp = $1 where hash = $2', [stamp, rows[0]?.hash]);
  });
  const { code, out } = await verify('stamps');
  expect(code).toBe(1);
  expect(out).toMatch(/5 time stamps hold.*\nThe time stamp of \S+ does not hold: .* does not name\.\n$/);
  const named = readFileSync(configFile, 'utf8');
  writeFileSync(configFile, named.replace('["authority.pem"]', '[]'));
  const unnamed = await verify('log');
  writeFileSync(configFile, named);
  expect(unnamed).toMatchObject({
    code: 1,
    out: expect.stringMatching(/were not checked: .*certificates names no authority/),
  });
});

test('what was written over a head in the bucket does not count, and one that was removed is missed', async () => {
  const s3 = aws.client(S3Client, { account: aws.organization.homeAccount });
  const { Versions = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket(), Prefix: 'trailwatch/audit-log/' }),
  );
  const first = Versions.find(({ Key = '' }) => Key.endsWith('.json'));
  const at = { Bucket: bucket(), Key: first?.Key ?? '' };
  await s3.send(
    new PutObjectCommand({ ...at, Body: `{"seq":2,"hash":"${'f'.repeat(64)}"}\n`, ChecksumAlgorithm: 'SHA256' }),
  );
  expect((await verify('log')).code).toBe(0);
  const removal = new DeleteObjectCommand({ ...at, VersionId: first?.VersionId, BypassGovernanceRetention: true });
  // Who may pass over the days of a lock cannot pass over a hold.
  await expect(s3.send(removal)).rejects.toThrow(/Access ?Denied/i);
  lockIsOver(at.Key, first?.VersionId);
  const forged = await verify('log');
  expect(forged).toMatchObject({ code: 1, out: expect.stringMatching(/row 2 is not the one that was noted outside/) });
  const { Versions: left = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket(), Prefix: at.Key }));
  for (const { VersionId } of left) lockIsOver(at.Key, VersionId);
  const missing = await verify('log');
  expect(missing.code).toBe(1);
  expect(missing.out).toMatch(
    /It holds all 2 heads.*\nThe head of \S+ was noted in the bucket \S+, and is not there any more\.\n$/,
  );
});

/** The version is removed, as anybody can when its time is over and its hold was lifted. */
function lockIsOver(key: string, version: string | undefined): void {
  const stored = buckets(aws.organization).get(bucket())?.objects;
  stored?.set(
    key,
    (stored.get(key) ?? []).filter(({ versionId }) => versionId !== version),
  );
}
