import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { verifyAuditLog } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { freshDatabase } from '../store/fresh-database.ts';
import { prepareDataDir } from '../store/fresh-store.ts';
import type { Fault, Outcome } from './faults.ts';
import { pointsOf } from './kills.ts';
import { type Stage, theBot } from './stage.ts';

const root = join(import.meta.dirname, '../..');

/** A command of the terminal, ended at a step. */
const command = (args: string[], environment: Record<string, string>, endAt: number) =>
  processOf('src/main.ts', args, environment, endAt);

/** A process, ended at a step; 0: at none. Returns its exit code (null: it was ended) and what it said. */
export async function processOf(script: string, args: string[], environment: Record<string, string>, endAt: number) {
  const child = spawn(
    process.execPath,
    ['--import', join(import.meta.dirname, 'preload.ts'), join(root, script), ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...environment, FAULT_END_AT: String(endAt) },
    },
  );
  const [said] = await Promise.all([text(child.stderr), text(child.stdout)]);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const steps = Number(/^Steps: (\d+)$/m.exec(said)?.[1] ?? 0);
  return { code: child.exitCode, said: said.trim(), steps };
}

/** Ends the command at its steps and looks each time with `check`, which says what is wrong. */
export async function endedAt(
  points: number,
  run: (endAt: number) => ReturnType<typeof processOf>,
  check: (ended: boolean) => Promise<string[]>,
): Promise<Outcome> {
  const { code, steps, said } = await run(0);
  const wrong = code === 0 ? await check(false) : [said];
  const places = pointsOf(steps, points);
  for (const at of places) {
    const { code: ended } = await run(at);
    for (const each of await check(ended === null)) wrong.push(`ended at step ${at}: ${each}`);
  }
  return { tried: places.length, places: places.length, steps, sent: [], wrong };
}

/** Something to copy, whatever ran before. */
async function anAlert(stage: Stage): Promise<void> {
  await theBot(stage);
  const wrong = await stage.settled([stage.send(`to-copy-${Date.now()}`, { calls: false })]);
  if (wrong.length > 0) throw new Error(wrong.join('; '));
}

/** The bot is stopped, and what was there is copied. */
export const copyFaults: readonly Fault[] = [
  {
    name: 'backup and restore ended at a step',
    run: async (stage, { points }) => {
      await anAlert(stage);
      for (const bot of [...stage.bots]) await bot.stop();
      const { environment } = stage.storage;
      const folder = mkdtempSync(join(tmpdir(), 'trailwatch-copies-'));
      const file = join(folder, 'all.gz');
      const again = join(folder, 'again.gz');
      try {
        const backup = await endedAt(
          points,
          (at) => command(['backup', at === 0 ? file : again], environment, at),
          async () => {
            // A file of that name is a whole one.
            const wrong = existsSync(again) ? ['there is a file, though the command was ended'] : [];
            rmSync(again, { force: true });
            return existsSync(file) ? wrong : ['there is no backup'];
          },
        );
        let target = '';
        const restore = await endedAt(
          points,
          async (at) => {
            target = mkdtempSync(join(folder, 'to-'));
            await prepareDataDir(target);
            return command(['restore', file], { DATA_DIR: target }, at);
          },
          (ended) => allOrNothing({ databaseUrl: null, dataDir: target }, ended),
        );
        return {
          ...restore,
          tried: backup.tried + restore.tried,
          places: (backup.places ?? 0) + (restore.places ?? 0),
          steps: (backup.steps ?? 0) + (restore.steps ?? 0),
          wrong: [...backup.wrong, ...restore.wrong],
        };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
];

/** An embedded database is copied by the bot that has it open, which is killed meanwhile. */
export const runningCopyFault: Fault = {
  name: 'the bot killed at a step of a backup',
  run: async (stage, { points }) => {
    await anAlert(stage);
    const folder = mkdtempSync(join(tmpdir(), 'trailwatch-copies-'));
    const wrong: string[] = [];
    const backUp = async (at: number): Promise<number> => {
      const bot = await theBot(stage);
      await bot.arm(at);
      const name = `at-${at}.gz`;
      const { code, said } = await command(['backup', join(folder, name)], stage.storage.environment, 0);
      const left = readdirSync(folder).filter((file) => file.startsWith(name));
      if (left.join() !== (code === 0 ? name : '')) wrong.push(`killed at step ${at}: ${left.join()} after ${said}`);
      return bot.isAlive() ? bot.steps() : 0;
    };
    try {
      const steps = await backUp(0);
      const places = pointsOf(steps, points);
      for (const at of places) await backUp(at);
      return { tried: places.length, places: places.length, steps, sent: [], wrong };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** The embedded database of a stopped bot is moved to a server. */
export const moveFault = (server: string): Fault => ({
  name: 'migrate-to ended at a step',
  run: async (stage, { points }) => {
    await anAlert(stage);
    for (const bot of [...stage.bots]) await bot.stop();
    const targets: Awaited<ReturnType<typeof freshDatabase>>[] = [];
    try {
      return await endedAt(
        points,
        async (at) => {
          const target = await freshDatabase(server);
          targets.push(target);
          return command(['migrate-to', target.databaseUrl], stage.storage.environment, at);
        },
        (ended) => allOrNothing({ databaseUrl: targets.at(-1)?.databaseUrl ?? '', dataDir: '' }, ended),
      );
    } finally {
      for (const { drop } of targets) await drop();
    }
  },
});

/** What was ended has put nothing there, or all of it; what was not, all. */
async function allOrNothing(where: { databaseUrl: string | null; dataDir: string }, ended: boolean): Promise<string[]> {
  const database = await openDatabase(where);
  try {
    const { rows } = await database.pool.query<{ alerts: number; messages: number }>(
      'select (select count(*)::int from alert) as alerts, (select count(*)::int from slack_message) as messages',
    );
    const { alerts = 0, messages = 0 } = rows[0] ?? {};
    const log = await verifyAuditLog(database.db);
    const wrong = log.ok ? [] : [`the audit log is broken: ${log.reason}`];
    if (!ended && alerts === 0) wrong.push('nothing arrived');
    // Each alert of the suite is shown somewhere.
    return alerts > messages ? [...wrong, `${alerts} alerts and ${messages} messages arrived`] : wrong;
  } finally {
    await database.close();
  }
}
