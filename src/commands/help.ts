import { helpMessage } from '../slack/views/help.ts';
import { unknownCommand } from '../slack/views/refusals.ts';
import type { SlashCommand } from './command.ts';

/** `/audit help`: drawn from the table of the commands, of which it is one. */
export const helpFor = (commands: () => readonly SlashCommand[]): SlashCommand => ({
  name: 'help',
  usage: 'help [COMMAND]',
  sentence: 'Says what you can ask, and how.',
  topic: 'Trailwatch',
  right: 'see',
  mostWords: 1,
  run: async (parts, { person, typed: { words } }) => {
    const [asked] = words;
    if (asked === undefined) {
      const rights = [...new Set(commands().map(({ right }) => right))];
      const verdicts = await Promise.all(rights.map((right) => parts.access.check(right, person, parts.team)));
      const mine = commands().filter(({ right }) => verdicts[rights.indexOf(right)]?.allowed);
      return helpMessage(mine, { others: commands().length - mine.length });
    }
    const command = commands().find(({ name }) => name === asked.toLowerCase());
    return command === undefined
      ? unknownCommand(
          asked,
          commands().map(({ name }) => name),
        )
      : helpMessage([command], { name: command.name });
  },
});
