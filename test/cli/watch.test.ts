import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { watchInTerminal } from '../../src/cli/questions/watch.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { readTyped } from '../../src/words/typed.ts';
import { recordedAws } from '../aws/recorded.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-watch-'));
let aws: Awaited<ReturnType<typeof recordedAws>>;
let database: Database;
beforeAll(async () => {
  await prepareDataDir(dataDir);
  aws = await recordedAws();
  database = await openDatabase({ dataDir, databaseUrl: null });
}, 60_000);
afterAll(async () => {
  await aws.close();
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Watches from the first time on, and looks at the second, which is its end. */
async function watched(line: string, json: boolean, times: readonly [string, string]) {
  const loaded = loadConfig(join(import.meta.dirname, '..', '..', 'sandbox', 'config.yaml'), {});
  if ('problems' in loaded) throw new Error('The sandbox has no configuration.');
  let [out, err] = ['', ''];
  const clock = [...times];
  const code = await watchInTerminal.ask(
    {
      config: loaded.config,
      database,
      aws: aws.aws,
      io: {
        stdout: {
          write: (text: string) => (out += text),
        },
        stderr: { write: (text: string) => (err += text) },
        stdin: (async function* () {})(),
        env: {},
        cwd: '/',
      },
      json,
      yes: false,
      zone: 'utc',
      now: () => new Date(clock.length > 1 ? (clock.shift() ?? '') : (clock[0] ?? '')),
      signal: new AbortController().signal,
    },
    readTyped(line, watchInTerminal.grammar),
  );
  return { code, out, err };
}

/** The day to which the records were moved. */
const at = (clock: string): string => `${aws.now().toISOString().slice(0, 10)}T${clock}Z`;

test('a watch in a terminal writes each call since it began, and says on what it rests', async () => {
  const { code, out, err } = await watched('key AKIAPETRAPETRAPETRAP --until 15m', true, [
    at('11:05:30'),
    at('11:20:30'),
  ]);
  expect(err).toMatch(/^Watching key AKIAPETRAPETRAPETRAP until /);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  // The call of 11:05:00 was before it.
  expect(lines).toMatchObject([
    { type: 'event', event: 'GetSecretValue', on: 'shop/database-old' },
    { type: 'answer', calls: 1, whole: true },
  ]);
  expect(code).toBe(0);
  const words = await watched('key AKIAPETRAPETRAPETRAP --until 15m', false, [at('11:05:30'), at('11:20:30')]);
  expect(words.out).toMatch(/GetSecretValue · shop\/database-old .*\n1 call of key AKIAPETRAPETRAPETRAP\n/);
  expect((await watched('key AKIAPETRAPETRAPETRAP --until 30d', false, [at('11:05:30'), at('11:20:30')])).code).toBe(2);
});
