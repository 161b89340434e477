import type { Parts } from '../parts.ts';
import type { Person, Right } from '../slack/access.ts';
import type { Message } from '../slack/types.ts';
import type { CommandHelp } from '../slack/views/help.ts';
import { clip } from '../words/text.ts';
import type { Grammar, Typed } from '../words/typed.ts';

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
export interface CommandCall extends Line {
  typed: Typed;
}

/** What the person sees. Undefined: it is shown already, or a form that asks for more is open. */
export type CommandAnswer = Message | string | undefined;

/** One subcommand of /audit. */
export interface SlashCommand extends CommandHelp {
  right: Right;
  /** How its options are read. */
  grammar?: Grammar;
  /**
   * The most words that it takes, by its first word where that matters; no options. What is beyond is refused before it runs.
   * Null: it reads and refuses them itself.
   */
  mostWords: number | Readonly<Record<string, number>> | null;
  run: (parts: Parts, call: CommandCall) => Promise<CommandAnswer>;
}

/** What is wrong where more was typed than is read: a word that is dropped would look as if it had been heard. */
export function tooMuch(
  { mostWords, usage }: Pick<SlashCommand, 'mostWords' | 'usage'>,
  { words, options }: Typed,
): string | undefined {
  if (mostWords === null) return undefined;
  const [first = ''] = words;
  const most = typeof mostWords === 'number' ? mostWords : (mostWords[first.toLowerCase()] ?? words.length);
  const [option] = options.keys();
  const extra = option === undefined ? words[most] : `--${option}`;
  if (extra === undefined) return undefined;
  const nearest = usage.split(' | ').find((each) => each.split(' ')[1] === first.toLowerCase()) ?? usage;
  return `"${clip(extra, 60)}" is not understood here. Type /audit ${nearest}`;
}
