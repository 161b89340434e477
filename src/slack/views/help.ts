import type { KnownBlock, RichTextElement } from '@slack/types';
import { plural } from '../../words/text.ts';
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
  /** What more can be typed, and what each does; shown where this command alone is asked for. */
  list?: readonly { usage: string; sentence: string }[];
}

/**
 * `/audit help`: commands by topic; `name` where one was asked for. `others`: so many more there are, which this person may not
 * use.
 */
export function helpMessage(
  commands: readonly CommandHelp[],
  { name, others = 0 }: { name?: string; others?: number } = {},
): Message {
  const topics = Map.groupBy(commands, (command) => command.topic);
  const title = name === undefined ? 'What you can ask with /audit' : `/audit ${name}`;
  return {
    text: fallback(md`${title}: ${commands.map((command) => command.usage).join('; ')}`),
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
              ...(name === undefined ? [] : (command.list ?? []).flatMap(listLine)),
            ]),
          ),
        ),
        foot: [
          context(
            md`Only you see answers until you share them. Every question is logged.`,
            ...(others === 0
              ? []
              : [md`${plural(others, 'more command')} you may not use: ${'/audit help NAME'} says what one does.`]),
          ),
        ],
      },
      (left) => context(md`${left} more topics: type ${'/audit help NAME'}.`),
    ),
  };
}

const listLine = ({ usage, sentence }: { usage: string; sentence: string }): RichTextElement[] => [
  lineBreak,
  code(`/audit ${usage}`),
  words(`  ${sentence}`),
];
