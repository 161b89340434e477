import type { App } from '@slack/bolt';
import { nearest } from '../alerts/nearest.ts';
import { lacksRight, record } from '../listeners/act.ts';
import type { Parts } from '../parts.ts';
import type { Person, Right } from '../slack/access.ts';
import { respondAt } from '../slack/respond.ts';
import type { Message } from '../slack/types.ts';
import { type CommandHelp, helpMessage } from '../slack/views/help.ts';
import { unknownCommand } from '../slack/views/refusals.ts';
import { alertsCommand } from './alerts.ts';
import { evidenceCommand } from './evidence.ts';
import { investigateCommand } from './investigate.ts';
import { lookupCommand } from './lookup.ts';
import { oncallCommand } from './oncall.ts';
import { reportCommand } from './report.ts';
import { silenceCommand } from './silence.ts';
import { statusCommand } from './status.ts';
import { whoCommand } from './who.ts';
import { readTyped, type Typed } from './words.ts';

/** A line typed after /audit, or the line of a button that asks on. */
export interface Line {
  person: Person;
  channel: string;
  text: string;
  /** Opens a form, within three seconds; null in a terminal, which has none. */
  triggerId: string | null;
  /** Slack's address for messages to this person alone. */
  responseUrl: string;
}

/** Who typed a command, where, and what. */
export interface Call extends Line {
  typed: Typed;
}

/** One subcommand of /audit. */
export interface Command extends CommandHelp {
  /** Null: anybody may. */
  right: Right | null;
  /** Options that take no value. */
  flags?: ReadonlySet<string>;
  /** How many of the words behind an option are its value; one where this is left out. */
  valueWords?: (option: string, words: readonly string[]) => number;
  /** Undefined: it has shown its answer already, or opened a form that asks for more. */
  run: (parts: Parts, call: Call) => Promise<Message | string | undefined>;
}

const help: Command = {
  name: 'help',
  usage: 'help [COMMAND]',
  sentence: 'Says what you can ask, and how.',
  topic: 'Trailwatch',
  right: null,
  run: async (
    _parts,
    {
      typed: {
        words: [asked],
      },
    },
  ) => {
    if (asked === undefined) return helpMessage(commands);
    const found = findCommand(asked);
    return 'unknown' in found
      ? unknownCommand(found.unknown, found.nearest)
      : helpMessage(commands, found.command.name);
  },
};

/** The subcommands, in the order in which help shows them. */
export const commands: readonly Command[] = [
  lookupCommand,
  whoCommand,
  investigateCommand,
  alertsCommand,
  silenceCommand,
  oncallCommand,
  reportCommand,
  evidenceCommand,
  statusCommand,
  help,
];

/** Finds the subcommand in what was typed after /audit; nothing typed asks for help. */
export function findCommand(
  text: string,
): { command: Command; rest: string } | { unknown: string; nearest: string | undefined } {
  const [first = 'help'] = readTyped(text).words;
  const name = first.toLowerCase();
  const command = commands.find((known) => known.name === name);
  if (command === undefined)
    return {
      unknown: first,
      nearest: nearest(
        name,
        commands.map((known) => known.name),
      ),
    };
  return { command, rest: text.slice(text.indexOf(first) + first.length) };
}

/** Answers a line typed after /audit: the right is checked and the question is on the record before it is answered. */
export async function answer(parts: Parts, line: Line): Promise<Message | string | undefined> {
  const { person, channel, text } = line;
  const found = findCommand(text);
  if ('unknown' in found) return unknownCommand(found.unknown, found.nearest);
  const { command, rest } = found;
  if (command.right !== null) {
    const lacking = await lacksRight(parts, command.right, person, `/audit ${command.name}`);
    if (lacking !== undefined) return lacking;
  }
  await parts.database.transaction((trx) =>
    record(trx, parts, person, 'command', `/audit ${command.name}`, { text: text.slice(0, 1000), channel }),
  );
  return command.run(parts, { ...line, typed: readTyped(rest, command.flags, command.valueWords) });
}

/** Answers a line to the one who asked; what goes wrong is told in a sentence. */
export async function respondTo(parts: Parts, line: Line): Promise<void> {
  const tell = (text: string) => respondAt(line.responseUrl, { text, blocks: [] });
  try {
    const said = await answer(parts, line);
    if (said !== undefined) await (typeof said === 'string' ? tell(said) : respondAt(line.responseUrl, said));
  } catch (error) {
    parts.log.error({ err: error, command: line.text.split(' ')[0] }, 'A command could not be answered.');
    await tell('Trailwatch could not answer this just now. Try again in a minute; /audit status says what is wrong.');
  }
}

/** /audit: acknowledged at once (Slack waits three seconds), answered to the one who asked. */
export function registerCommands(app: App, parts: Parts): void {
  app.command('/audit', async ({ ack, command }) => {
    await ack();
    await respondTo(parts, {
      person: { user: command.user_id, team: command.team_id },
      channel: command.channel_id,
      text: command.text,
      triggerId: command.trigger_id,
      responseUrl: command.response_url,
    });
  });
}
