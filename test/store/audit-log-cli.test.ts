import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditLog } from '../../src/cli/audit-log.ts';
import { appendAudit } from '../../src/store/audit-log.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { prepareDataDir } from './fresh-store.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trailwatch-'));
  await prepareDataDir(dataDir);
  await withDatabase(async ({ transaction }) => {
    for (const n of [1, 2, 3])
      await transaction((trx) =>
        appendAudit(trx, {
          at: new Date(`2026-11-2${n}T08:00:00Z`),
          actor: { type: 'user', team: 'T0TEAM', user: 'U0ANA' },
          action: 'acknowledge',
          subject: `alert ${n}`,
          detail: {},
        }),
      );
  });
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function withDatabase(act: (database: Database) => Promise<unknown>): Promise<void> {
  const database = await openDatabase({ databaseUrl: null, dataDir });
  try {
    await act(database);
  } finally {
    await database.close();
  }
}

async function run(args: string[], env: Record<string, string> = { DATA_DIR: dataDir }) {
  let [out, err] = ['', ''];
  const code = await auditLog(args, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    stdin: (async function* () {})(),
    env,
    cwd: dataDir,
  });
  return { code, out, err };
}

test('audit-log verify and export on the database of a stopped bot', async () => {
  const whole = await run(['verify']);
  expect(whole).toMatchObject({ code: 0, err: '' });
  const head =
    /^The audit log is whole: 3 rows\. Its head, to note elsewhere: ([0-9a-f]{64})\n$/.exec(whole.out)?.[1] ?? '';
  expect(await run(['verify', '--head', head.toUpperCase(), '--json'])).toEqual({
    code: 0,
    out: `{"ok":true,"rows":3,"head":"${head}"}\n`,
    err: '',
  });
  expect(await run(['verify', '--head', 'f'.repeat(64)])).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^The audit log does not contain the noted head: .+\n$/),
  });

  const exported = await run(['export', '--since', '2026-11-22T08:00:00Z']);
  expect(
    exported.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).subject),
  ).toEqual(['alert 2', 'alert 3']);
  expect((await run(['export', '--json'])).out.trimEnd().split('\n')).toHaveLength(3);
});

test('audit-log says in one sentence what it cannot do', async () => {
  await expect(run(['verfy'])).rejects.toThrow(/^Usage: /);
  await expect(run(['verify', '--since', '2026-11-22'])).rejects.toThrow(/^Usage: /);
  await expect(run(['verify', '--head', 'abc'])).rejects.toThrow('--head takes the 64 hexadecimal digits');
  await expect(run(['export', '--since', 'yesterday'])).rejects.toThrow('"yesterday" is no time');
  await expect(run(['verify'], { DATA_DIR: join(dataDir, 'elsewhere') })).rejects.toThrow(
    `There is no database in ${join(dataDir, 'elsewhere')}: set DATA_DIR, or DATABASE_URL, to where the bot keeps its own.`,
  );
  await withDatabase(() =>
    expect(run(['verify'])).rejects.toThrow('The embedded database is already open in this process'),
  );
});

test('audit-log verify names the first bad row, exit code 1', async () => {
  await withDatabase(async ({ pool }) => {
    await pool.query('alter table audit_log disable trigger user');
    await pool.query(`update audit_log set actor_user = 'U0BEN' where seq = 2`);
  });
  expect(await run(['verify'])).toEqual({
    code: 1,
    out: 'The audit log is broken: row 2 was changed after it was written.\n',
    err: '',
  });
  expect(await run(['verify', '--json'])).toMatchObject({
    code: 1,
    out: '{"ok":false,"firstBad":2,"reason":"changed"}\n',
  });
});
