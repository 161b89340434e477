import { spawn, spawnSync } from 'node:child_process';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** The CLI's version, where Python has it. */
const version = spawnSync('python3', ['-c', 'import awscli; print(awscli.__version__)'], { encoding: 'utf8' });
export const cli = version.status === 0 ? version.stdout.trim() : undefined;
const Answer = z.tuple([z.number().nullable(), z.string(), z.string()]);

/** The CLI in one process, asked one thing after the other. */
export function startCli() {
  const child = spawn('python3', [join(import.meta.dirname, 'cli.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_MAX_ATTEMPTS: '1',
    },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('The CLI ended.');
    return JSON.parse(value);
  };
  // First it says its version.
  const ready = line();
  return {
    run: async (args: readonly string[], env: Record<string, string | undefined>): Promise<z.output<typeof Answer>> => {
      await ready;
      child.stdin.write(`${JSON.stringify({ args, env })}\n`);
      return Answer.parse(await line());
    },
    [Symbol.dispose]: () => child.stdin.end(),
  };
}
