import { readFile, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '../words/json.ts';
import { StoreError, StoreInUse } from './store-error.ts';

const Holder = z.object({ pid: z.number().int().positive(), started: z.string() });

/**
 * Makes `file` say that this process, and no other, works in the directory beside it. A lock whose process is dead is
 * taken over. Resolves to a function that gives the lock back. Throws a StoreInUse when a living process holds it.
 */
export async function lockDirectory(file: string): Promise<() => Promise<void>> {
  const mine = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) });
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const pid = await livingHolder(file);
    if (pid !== undefined) {
      const who = pid === process.pid ? 'already open in this process' : `in use by another process (pid ${pid})`;
      throw new StoreInUse(
        `The embedded database is ${who}: ${file} says so. Stop that process first, or set DATA_DIR.`,
      );
    }
    await rm(file, { force: true });
  }
  throw new StoreError(
    `Several processes are starting on one embedded database (${file}); start one only, or set DATA_DIR.`,
  );
}

/** The process that holds the lock, if it lives. */
async function livingHolder(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const holder = Holder.safeParse(parseJson(text));
  if (!holder.success) return undefined;
  const { pid, started } = holder.data;
  return isAlive(pid) && (await startOf(pid)) === started ? pid : undefined;
}

/**
 * When a process began, in clock ticks since the machine did: in a container a new process often gets the number of
 * the dead one. Empty where there is no /proc; then the number alone decides. Source: proc_pid_stat(5), field 22.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field, the program's name in brackets, may hold spaces and brackets.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
