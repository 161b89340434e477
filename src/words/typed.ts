/** A word typed after `/audit`, or an option with its value (`--since 24h`, `--since=24h`, `--errors`). */
export interface Typed {
  words: string[];
  options: Map<string, string>;
}

/** How options are read. */
export interface Grammar {
  /** Options that take no value. */
  flags?: ReadonlySet<string>;
  /** How many of the words behind an option are its value (`--since yesterday 14:00`); one where this is left out. */
  valueWords?: (option: string, words: readonly string[]) => number;
}

/**
 * Reads what somebody typed, on a phone perhaps: curly quotes are quotes, an em or en dash (or a single hyphen) before
 * a word of two letters or more is `--`. A quote that is never closed ends with the line. An option that is typed twice has
 * both values, with a comma between: none is dropped.
 */
export const readTyped = (text: string, grammar: Grammar = {}): Typed => readTokens(tokensOf(text), grammar);

/** The same of tokens that are separated already. */
export function readTokens(tokens: readonly Token[], { flags, valueWords }: Grammar = {}): Typed {
  const words: string[] = [];
  const options = new Map<string, string>();
  const add = (name: string, value: string): void => {
    const before = options.get(name) ?? '';
    options.set(name, before === '' || value === '' ? `${before}${value}` : `${before},${value}`);
  };
  for (let place = 0; place < tokens.length; place++) {
    const token = tokens[place];
    if (token === undefined) break;
    const option = optionIn(token);
    if (option === null) {
      words.push(token.text);
      continue;
    }
    const name = (option[1] ?? '').toLowerCase();
    if (option[2] !== undefined || flags?.has(name) === true) {
      add(name, option[2] ?? '');
      continue;
    }
    const following = tokens.slice(place + 1);
    const end = following.findIndex((each) => optionIn(each) !== null);
    const value = (end < 0 ? following : following.slice(0, end)).map((each) => each.text);
    const count = following[0]?.quoted ? 1 : Math.max(1, valueWords?.(name, value) ?? 1);
    const taken = value.slice(0, count);
    add(name, taken.join(' '));
    place += taken.length;
  }
  return { words, options };
}

const optionIn = (token: Token): RegExpExecArray | null =>
  token.quoted ? null : /^(?:--|[—–]|-(?=[a-z]{2}))([a-z][a-z-]*)(?:=(.*))?$/is.exec(token.text);

/** A word, or several in quotes. What is quoted is never an option. */
export interface Token {
  text: string;
  quoted: boolean;
}

/** The arguments of a process: a shell has read the quotes. */
export const tokensOfArguments = (args: readonly string[]): Token[] =>
  args.map((text) => ({ text, quoted: /\s/.test(text) && !text.startsWith('--') }));

/** Splits into words; a quoted part counts as one word, and `--since="yesterday 14:00"` as one that is not quoted. */
export function tokensOf(text: string): Token[] {
  const tokens = text
    .replaceAll(/[“”„«»]/g, '"')
    .replaceAll(/[‘’‚]/g, "'")
    // What is copied from chats and web pages brings these, and nobody sees them.
    .replaceAll(/[\u200B\u2060\uFEFF]/g, '')
    .matchAll(/((?:--|[—–]|-)[a-z][a-z-]*=)?(?:"([^"]*)"?|'([^']*)'?)|(\S+)/gi);
  return [...tokens].map(([, option = '', double, single, bare]) => ({
    text: bare ?? `${option}${double ?? single ?? ''}`,
    quoted: bare === undefined && option === '',
  }));
}
