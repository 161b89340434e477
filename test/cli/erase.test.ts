import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditLog } from '../../src/cli/audit-log.ts';
import { erasePerson } from '../../src/cli/erase.ts';
import type { Io } from '../../src/cli/io.ts';
import { appendAudit } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

test('erase says what it did and what it does not reach, or in one sentence why it does not', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-erase-'));
  await prepareDataDir(dataDir);
  const auditKey = 'a-key-that-the-database-does-not-know';
  const database = await openDatabase({ databaseUrl: null, dataDir, auditKey });
  await database.transaction(async (trx) => {
    const at = new Date('2026-11-23T02:00:00Z');
    await appendAudit(trx, {
      at,
      actor: { type: 'system' },
      action: 'audit-log-key',
      subject: 'audit log',
      detail: {},
    });
    const actor = { type: 'user', team: 'T0', user: 'U0ANA' } as const;
    await appendAudit(trx, { at, actor, action: 'note', subject: 'alert 1', detail: {} });
  });
  await database.close();
  let out = '';
  const io = (env: Record<string, string> = { AUDIT_LOG_KEY: auditKey }): Io => ({
    stdout: { write: (text) => (out += text) },
    stderr: { write: () => {} },
    stdin: (async function* () {})(),
    env: { DATA_DIR: dataDir, TRAILWATCH_CONFIG: join(dataDir, 'trailwatch.yaml'), ...env },
    cwd: dataDir,
  });
  try {
    await expect(erasePerson([], io())).rejects.toThrow(/^Usage: trailwatch erase USER/);
    await expect(erasePerson(['ana'], io())).rejects.toThrow(/^Usage: /);
    await expect(erasePerson(['U0ANA', '--also', 'x'], io())).rejects.toThrow('"x" would be found in much');
    await expect(erasePerson(['U0ANA'], io({}))).rejects.toThrow('is written with another AUDIT_LOG_KEY');
    writeFileSync(join(dataDir, 'trailwatch.yaml'), 'access: { administer: ["user:U0ANA"] }\n');
    await expect(erasePerson(['U0ANA'], io())).rejects.toThrow('trailwatch.yaml names U0ANA');
    rmSync(join(dataDir, 'trailwatch.yaml'));
    expect(await erasePerson(['U0ANA', '--also', 'Ana Nováková'], io())).toBe(0);
    expect(out).toMatch(
      /^U0ANA is U0ERASED\w{8} from now on, in 0 rows, and 1 of the audit log.* not erased from messages in Slack/,
    );
    out = '';
    expect(await auditLog(['verify'], io())).toBe(0);
    expect(out).toMatch(
      /whole: 3 rows\. Out of 1 of them the name of a person was erased.*vouches for them from row 1 on/,
    );
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
