import type { KnownBlock } from '@slack/types';
import { fallback, md } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { bold, code, context, header, lineBreak, richText, words } from './elements.ts';

export interface CommandHelp {
  name: string;
  /** What to type after `/audit`: "lookup user NAME [--since 24h]". */
  usage: string;
  /** What it does, one plain sentence. */
  sentence: string;
  /** Commands of one topic stand together: "Alerts", "Who did what". */
  topic: string;
}

/** `/audit help`: every command by topic, or one command alone when `name` is given. */
export function helpMessage(commands: readonly CommandHelp[], name?: string): Message {
  const shown = name === undefined ? commands : commands.filter((command) => command.name === name);
  const topics = Map.groupBy(shown, (command) => command.topic);
  const title = name === undefined ? 'What you can ask with /audit' : `/audit ${name}`;
  return {
    text: fallback(md`${title}: ${shown.map((command) => command.usage).join('; ')}`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(title)],
        rows: [...topics].map(([topic, list]) =>
          richText(
            bold(topic),
            ...list.flatMap((command) => [
              lineBreak,
              code(`/audit ${command.usage}`),
              lineBreak,
              words(command.sentence, 1000),
            ]),
          ),
        ),
        foot: [
          context(md`Only you see the answers, unless they are posted to a channel. Every question is on the record.`),
        ],
      },
      (left) => context(md`${left} more topics: type ${'/audit help NAME'}.`),
    ),
  };
}
