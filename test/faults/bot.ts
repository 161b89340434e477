import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after } from '../../bench/harness.ts';
import { nodeOptions } from '../../bench/node-options.ts';
import { freePort } from './servers.ts';

const root = join(import.meta.dirname, '../..');

/** The bot in a process of its own, with what `preload.ts` does to it. */
export interface Bot {
  port: number;
  /** Ends or stops it at so many steps from now; 0: only counts. */
  arm: (at: number, signal?: 'SIGKILL' | 'SIGSTOP') => Promise<void>;
  steps: () => Promise<number>;
  disk: (state: 'right' | 'full' | 'broken') => Promise<void>;
  signal: (signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => void;
  isAlive: () => boolean;
  /** When it has ended, however. */
  ended: Promise<unknown>;
  /** SIGTERM, and SIGKILL after 15 s. */
  stop: () => Promise<void>;
  /** At which step it was ended or stopped, if at one. */
  endedAt: () => string | undefined;
  /** The end of what it logged. */
  log: () => string;
}

/** Seconds on a quiet machine; minutes on one that has much else to do. */
const readyMs = 240_000;

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts a bot and waits until it says that it is ready. */
export async function startBot(
  environment: Record<string, string>,
  logFile: string,
  { clockAheadMs = 0 }: { clockAheadMs?: number } = {},
): Promise<Bot> {
  const port = await freePort();
  const log = openSync(logFile, 'a');
  const child = spawn(
    process.execPath,
    [...nodeOptions, '--import', join(import.meta.dirname, 'preload.ts'), join(root, 'src/main.ts'), 'start'],
    {
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        PATH: process.env['PATH'],
        ...environment,
        PORT: String(port),
        FAULT_CLOCK_AHEAD_MS: String(clockAheadMs),
      },
    },
  );
  closeSync(log);
  children.add(child);
  const ended = once(child, 'exit').finally(() => children.delete(child));
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const end = () => readFileSync(logFile, 'utf8').slice(-3000);
  const ready = await after(readyMs, async () => {
    if (!isAlive()) throw new Error(`The bot ended with ${child.exitCode ?? child.signalCode}:\n${end()}`);
    return fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  if (ready === undefined) {
    child.kill('SIGKILL');
    throw new Error(`The bot was not ready within ${readyMs / 1000} s: ${end()}`);
  }
  const ask = async (order: object): Promise<unknown> => {
    const answer = once(child, 'message');
    child.send(order);
    const [said] = await Promise.race([answer, ended.then(() => [{}])]);
    return said;
  };
  return {
    port,
    isAlive,
    ended,
    arm: async (at, signal = 'SIGKILL') => void (await ask({ at, signal })),
    steps: async () => {
      const said = await ask({ count: true });
      return typeof said === 'object' && said !== null && 'steps' in said ? Number(said.steps) : 0;
    },
    disk: async (state) => void (await ask({ disk: state })),
    signal: (signal) => void child.kill(signal),
    stop: async () => {
      if (isAlive()) child.kill('SIGTERM');
      const late = new AbortController();
      await Promise.race([ended, sleep(15_000, undefined, { signal: late.signal }).catch(() => {})]);
      late.abort();
      if (isAlive()) child.kill('SIGKILL');
      await ended;
    },
    endedAt: () => /^Ended at step \d+: (.*)$/m.exec(end())?.[1],
    log: end,
  };
}
