/** A word typed after `/audit`, or an option with its value (`--since 24h`, `--since=24h`, `--errors`). */
export interface Typed {
  words: string[];
  options: Map<string, string>;
}

/**
 * Reads what somebody typed, on a phone perhaps: curly quotes are quotes, an em or en dash (or a single hyphen) before
 * a word of two letters or more is `--`. A quote that is never closed ends with the line. `flags` take no value; an
 * option takes one word, or as many as `valueWords` says of those that follow (`--since yesterday 14:00`).
 */
export function readTyped(
  text: string,
  flags: ReadonlySet<string> = new Set(),
  valueWords: (option: string, words: readonly string[]) => number = () => 1,
): Typed {
  const words: string[] = [];
  const options = new Map<string, string>();
  const tokens = tokensOf(text);
  for (let place = 0; place < tokens.length; place++) {
    const token = tokens[place];
    if (token === undefined) break;
    const option = optionIn(token);
    if (option === null) {
      words.push(token.text);
      continue;
    }
    const name = (option[1] ?? '').toLowerCase();
    if (option[2] !== undefined || flags.has(name)) {
      options.set(name, option[2] ?? '');
      continue;
    }
    const following = tokens.slice(place + 1);
    const end = following.findIndex((each) => optionIn(each) !== null);
    const value = (end < 0 ? following : following.slice(0, end)).map((each) => each.text);
    const count = following[0]?.quoted ? 1 : Math.max(1, valueWords(name, value));
    const taken = value.slice(0, count);
    options.set(name, taken.join(' '));
    place += taken.length;
  }
  return { words, options };
}

const optionIn = (token: Token): RegExpExecArray | null =>
  token.quoted ? null : /^(?:--|[—–]|-(?=[a-z]{2}))([a-z][a-z-]*)(?:=(.*))?$/is.exec(token.text);

interface Token {
  text: string;
  quoted: boolean;
}

/** Words, and what stands in quotes as one; `--since="yesterday 14:00"` is one too, and no quoted word. */
function tokensOf(text: string): Token[] {
  const tokens = text
    .replaceAll(/[“”„«»]/g, '"')
    .replaceAll(/[‘’‚]/g, "'")
    .matchAll(/((?:--|[—–]|-)[a-z][a-z-]*=)?(?:"([^"]*)"?|'([^']*)'?)|(\S+)/gi);
  return [...tokens].map(([, option = '', double, single, bare]) => ({
    text: bare ?? `${option}${double ?? single ?? ''}`,
    quoted: bare === undefined && option === '',
  }));
}
