#!/usr/bin/env -S node --max-old-space-size=1024 --max-semi-space-size=16
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import type { Io } from './cli/io.ts';
import { ownValue } from './words/json.ts';
import { didYouMean } from './words/nearest.ts';
import { messageOf } from './words/text.ts';

// Starts sooner and smaller from the second time on: what Node made of the files, types removed, is read from here. Where
// this folder cannot be written, Node goes on without it.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/trailwatch'));

/** The commands of `trailwatch`, each in its own file and imported when asked for: starting is fast. */
const commands: Record<string, { sentence: string; run: (args: string[], io: Io) => Promise<number | undefined> }> = {
  start: { sentence: 'run the bot', run: async (args, io) => (await import('./cli/start.ts')).start(args, io) },
  check: {
    sentence: 'say what the configuration means, or what is wrong with it; with --slack ask Slack too',
    run: async (args, io) => (await import('./cli/check.ts')).check(args, io),
  },
  manifest: {
    sentence: 'print the Slack app manifest',
    run: async (args, io) => (await import('./cli/manifest.ts')).manifest(args, io),
  },
  explain: {
    sentence: 'say what would happen to a message: explain FILE…|- [--json] [--at TIME] [--cert PEM]',
    run: async (args, io) => (await import('./cli/explain.ts')).explain(args, io),
  },
  shifts: {
    sentence: 'say who is on call when: shifts SCHEDULE [--from TIME] [--to TIME] [--json]',
    run: async (args, io) => (await import('./cli/shifts.ts')).shifts(args, io),
  },
  digest: {
    sentence:
      'collect a digest and write its files: digest NAME [--out DIR] [--dry-run] [--json]; check them: digest verify DIR',
    run: async (args, io) => (await import('./cli/digest.ts')).digest(args, io),
  },
  ask: {
    sentence: 'ask AWS who did what, as /audit does: ask "lookup user alice --since 24h" [--json]',
    run: async (args, io) => (await import('./cli/ask.ts')).ask(args, io),
  },
  framework: {
    sentence: 'check the sixteen steps against AWS: framework [STEP|CHECK] [--account GLOB] [--region NAME] [--json]',
    run: async (args, io) => (await import('./cli/framework.ts')).framework(args, io),
  },
  'audit-log': {
    sentence: 'audit-log verify|export: check or write out the record of who did what',
    run: async (args, io) => (await import('./cli/audit-log.ts')).auditLog(args, io),
  },
  erase: {
    sentence: 'erase USER [--also TEXT]…: put a pseudonym in place of a person, in the audit log too',
    run: async (args, io) => (await import('./cli/erase.ts')).erasePerson(args, io),
  },
  backup: {
    sentence: 'backup FILE: the whole database, while the bot runs or not',
    run: async (args, io) => (await import('./cli/backup.ts')).backup(args, io),
  },
  restore: {
    sentence: 'restore FILE: put a backup into an empty database',
    run: async (args, io) => (await import('./cli/backup.ts')).restore(args, io),
  },
  'migrate-to': {
    sentence: 'migrate-to URL: copy the embedded database to an empty PostgreSQL database',
    run: async (args, io) => (await import('./cli/backup.ts')).migrateTo(args, io),
  },
};

const usage = (): string =>
  [
    'Usage: trailwatch COMMAND',
    '',
    ...Object.entries(commands).map(([name, { sentence }]) => `  ${name.padEnd(10)} ${sentence}`),
    '',
  ].join('\n');

const [name = '', ...args] = process.argv.slice(2);
const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
};

if (['', 'help', '--help', '-h'].includes(name)) {
  io.stdout.write(usage());
} else {
  const command = ownValue(commands, name);
  if (command === undefined) {
    io.stderr.write(`There is no command "${name}"${didYouMean(name, Object.keys(commands)) || '.'}\n\n${usage()}`);
    process.exitCode = 2;
  } else {
    try {
      const code = await command.run(args, io);
      if (code !== undefined) process.exitCode = code;
    } catch (error) {
      // Node goes on about arguments that begin with a dash, which nobody meant.
      io.stderr.write(`${messageOf(error).replace(/\. To specify a positional argument.*/s, '.')}\n`);
      process.exitCode = 1;
    }
  }
}
