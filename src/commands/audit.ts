import type { App } from '@slack/bolt';
import { nearest } from '../alerts/nearest.ts';
import { lacksRight, record } from '../listeners/act.ts';
import type { Parts } from '../parts.ts';
import type { Person, Right } from '../slack/access.ts';
import type { Message } from '../slack/types.ts';
import { type CommandHelp, helpMessage } from '../slack/views/help.ts';
import { unknownCommand } from '../slack/views/refusals.ts';
import { alertsCommand } from './alerts.ts';
import { oncallCommand } from './oncall.ts';
import { silenceCommand } from './silence.ts';
import { statusCommand } from './status.ts';
import { readTyped, type Typed } from './words.ts';

/** Who typed a command, where, and what. */
export interface Call {
  person: Person;
  channel: string;
  typed: Typed;
  /** Opens a form, within three seconds; null in a terminal, which has none. */
  triggerId: string | null;
}

/** One subcommand of /audit. */
export interface Command extends CommandHelp {
  /** Null: anybody may. */
  right: Right | null;
  /** Options that take no value. */
  flags?: ReadonlySet<string>;
  run: (parts: Parts, call: Call) => Promise<Message | string>;
}

const help: Command = {
  name: 'help',
  usage: 'help [COMMAND]',
  sentence: 'Says what you can ask, and how.',
  topic: 'Trailwatch',
  right: null,
  run: async (_parts, { typed }) => helpMessage(commands, commands.find(({ name }) => name === typed.words[0])?.name),
};

/** The subcommands, in the order in which help shows them. */
export const commands: readonly Command[] = [alertsCommand, silenceCommand, oncallCommand, statusCommand, help];

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
export async function answer(
  parts: Parts,
  person: Person,
  channel: string,
  text: string,
  triggerId: string | null,
): Promise<Message | string> {
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
  return command.run(parts, { person, channel, typed: readTyped(rest, command.flags), triggerId });
}

/** /audit: acknowledged at once (Slack waits three seconds), answered to the one who asked. */
export function registerCommands(app: App, parts: Parts): void {
  app.command('/audit', async ({ ack, command, respond }) => {
    await ack();
    const person = { user: command.user_id, team: command.team_id };
    try {
      const said = await answer(parts, person, command.channel_id, command.text, command.trigger_id);
      await respond(typeof said === 'string' ? { text: said } : said);
    } catch (error) {
      parts.log.error({ err: error, command: command.text.split(' ')[0] }, 'A command could not be answered.');
      await respond({
        text: 'Trailwatch could not answer this just now. Try again in a minute; /audit status says what is wrong.',
      });
    }
  });
}
