import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { migratedDatabase } from '../store/fresh-database.ts';
import { prepareDataDir } from '../store/fresh-store.ts';
import { intakeOf } from './taking-in.ts';

const script = join(import.meta.dirname, 'intake-process.ts');
const kills = Number(process.env['TEST_KILLS'] ?? 2);

/** Runs the process until it has committed some messages, and kills it in the middle of whatever it is at. */
async function killedAfter(committed: number, databaseUrl: string | null, dataDir: string, prefix: string) {
  const child = spawn(process.execPath, [script, databaseUrl ?? '', dataDir, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const names: string[] = [];
  for await (const name of createInterface({ input: child.stdout })) {
    names.push(name);
    if (names.length === committed) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return names;
}

async function provesNothingLost(databaseUrl: string | null, dataDir: string): Promise<void> {
  const committed: string[] = [];
  for (let kill = 0; kill < kills; kill += 1)
    committed.push(...(await killedAfter(40 + kill * 37, databaseUrl, dataDir, `run-${kill}`)));
  const database = await openDatabase({ databaseUrl, dataDir });
  await intakeOf(database, { now: new Date('2026-11-23T02:01:00Z') }).intake();
  const alerts = await database.db.selectFrom('alert').select(['signal', 'count']).execute();
  const counts = new Map(alerts.map(({ signal, count }) => [signal.resource?.name ?? signal.title, count]));
  const shown = await database.db.selectFrom('inbox').select(['id', 'waiting']).where('id', 'in', committed).execute();
  await database.close();
  expect(shown.map(({ waiting }) => waiting).filter((waiting) => waiting !== null)).toEqual([]);
  expect(new Set(shown.map(({ id }) => id))).toEqual(new Set(committed));
  expect([...counts.values()].filter((count) => count !== 1)).toEqual([]);
  const said = new Set(alerts.flatMap(({ signal }) => signal.fields.map(({ value }) => value)));
  expect(committed.filter((name) => !said.has(name))).toEqual([]);
}

test('what was answered 200 is taken in once, however often the process is killed: embedded', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-kill-'));
  await prepareDataDir(dataDir);
  await provesNothingLost(null, dataDir);
  rmSync(dataDir, { recursive: true });
}, 120_000);

const server = process.env['TEST_DATABASE_URL'];

test.skipIf(!server)(
  'what was answered 200 is taken in once, however often the process is killed: PostgreSQL',
  async () => {
    const { databaseUrl, drop } = await migratedDatabase(server ?? '');
    await provesNothingLost(databaseUrl, '');
    await drop();
  },
  120_000,
);
