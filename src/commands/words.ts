/** A word typed after `/audit`, or an option with its value (`--since 24h`, `--since=24h`, `--errors`). */
export interface Typed {
  words: string[];
  options: Map<string, string>;
}

/**
 * Reads what somebody typed, on a phone perhaps: curly quotes are quotes, an em or en dash (or a single hyphen) before
 * a word of two letters or more is `--`. A quote that is never closed ends with the line. `flags` take no value.
 */
export function readTyped(text: string, flags: ReadonlySet<string> = new Set()): Typed {
  const words: string[] = [];
  const options = new Map<string, string>();
  const tokens = tokensOf(text);
  for (let place = 0; place < tokens.length; place++) {
    const token = tokens[place];
    if (token === undefined) break;
    const option = token.quoted ? null : /^(?:--|[—–]|-(?=[a-z]{2}))([a-z][a-z-]*)(?:=(.*))?$/i.exec(token.text);
    if (option === null) {
      words.push(token.text);
      continue;
    }
    const name = (option[1] ?? '').toLowerCase();
    const next = tokens[place + 1];
    if (option[2] !== undefined) options.set(name, option[2]);
    else if (flags.has(name) || next === undefined) options.set(name, '');
    else {
      options.set(name, next.text);
      place++;
    }
  }
  return { words, options };
}

function tokensOf(text: string): { text: string; quoted: boolean }[] {
  const tokens = text
    .replaceAll(/[“”„«»]/g, '"')
    .replaceAll(/[‘’‚]/g, "'")
    .matchAll(/"([^"]*)"?|'([^']*)'?|(\S+)/g);
  return [...tokens].map((match) => ({ text: match[1] ?? match[2] ?? match[3] ?? '', quoted: match[3] === undefined }));
}
