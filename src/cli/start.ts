import { resolve } from 'node:path';
import { pino } from 'pino';
import { startApp } from '../app.ts';
import type { Environment } from '../config/config.ts';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import type { Io } from './io.ts';

/** Tokens in the shape of Slack's and AWS's are cut out of log lines wherever they stand. */
const secret = /\b(?:xox[a-z]-[\w-]+|xapp-[\w-]+|(?:AKIA|ASIA)[A-Z0-9]{16})/g;

export const createLog = (level: Environment['logLevel']) =>
  pino({
    level,
    redact: {
      // err.command: a Redis client's error names the command that failed, with the password when it was the login.
      paths: ['token', '*.token', '*.authorization', '*.headers', 'err.config', 'err.original', 'err.command'],
      censor: '[secret]',
    },
    hooks: { streamWrite: (line) => line.replace(secret, (found) => `${found.slice(0, 4)}…`) },
  });

/**
 * `trailwatch start`: runs until it is told to stop. SIGTERM and SIGINT drain: nothing new is taken in, what is under
 * way is finished within ten seconds. A second signal ends it at once.
 */
export async function start(_args: string[], io: Io): Promise<number | undefined> {
  const loaded = loadConfig(resolve(io.cwd, configPath(io.env)), io.env);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const log = createLog(loaded.environment.logLevel);
  for (const warning of loaded.warnings) log.warn(formatProblem(warning));
  // Going on after an unforeseen error would be guessing: the supervisor starts the bot again, the database holds the rest.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'An unforeseen error: stopping.');
    process.exit(1);
  });
  const app = await startApp(loaded.config, loaded.environment, { log });
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'Stopping: finishing what is under way.');
    await app.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return undefined;
}
