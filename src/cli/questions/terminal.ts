import { userInfo } from 'node:os';
import type { Aws } from '../../aws/aws.ts';
import type { Config } from '../../config/config.ts';
import { recordOf } from '../../store/audit-log.ts';
import type { Database } from '../../store/database.ts';
import type { Grammar, Typed } from '../../words/typed.ts';
import type { Io } from '../io.ts';

/** What came of a question, as an exit code. */
export const exitCodes = { found: 0, nothing: 1, trouble: 2, notWhole: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Whoever asks at a terminal; in AWS the session is `trailwatch-cli`. */
export const asker = { name: 'cli' };

/** With what a question is asked at a terminal, and where its answer goes. */
export interface Terminal {
  config: Config;
  database: Database;
  aws: Aws;
  io: Io;
  /** One JSON object a line in place of text. */
  json: boolean;
  /** Search although it costs something. */
  yes: boolean;
  /** The machine's time zone: IANA name. */
  zone: string;
  now: () => Date;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** One question of `trailwatch ask`. */
export interface TerminalQuestion {
  name: string;
  /** How its options are read. */
  grammar?: Grammar;
  /** @throws AwsTrouble when AWS cannot be asked */
  ask: (terminal: Terminal, typed: Typed) => Promise<ExitCode>;
}

/** Puts what was asked and answered on the record, under the name of the machine's user. */
export const onRecord = (
  { database, now }: Pick<Terminal, 'database' | 'now'>,
  action: string,
  subject: string,
  detail: Record<string, unknown>,
): Promise<void> =>
  database.transaction((trx) =>
    recordOf({ team: 'terminal', user: userInfo().username }, now())(trx, action, subject, detail),
  );

/** Says why a question cannot be asked. */
export function cannotAsk({ io }: Pick<Terminal, 'io'>, sentence: string): ExitCode {
  io.stderr.write(`${sentence}\n`);
  return exitCodes.trouble;
}

/** Characters that a line of the terminal holds; what goes into a pipe or a file is not cut. */
export const widthOf = ({ io }: Pick<Terminal, 'io'>): number =>
  Number(io.env['COLUMNS'] ?? (io.stdout === process.stdout ? process.stdout.columns : undefined)) || Infinity;
