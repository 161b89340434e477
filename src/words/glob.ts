const any = Symbol('*');
const one = Symbol('?');
type Token = string | typeof any | typeof one;

/** `*` is any run of characters, `?` is one; a backslash takes the meaning off the next character. */
function tokens(pattern: string): Token[] {
  const found: Token[] = [];
  const text = pattern.toLowerCase();
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\' && i + 1 < text.length) found.push(text.charAt(++i));
    else if (char !== '*') found.push(char === '?' ? one : char);
    else if (found.at(-1) !== any) found.push(any);
  }
  return found;
}

/**
 * Whether a pattern matches. One pass with one point to fall back to: at worst length of text × length of
 * pattern steps, whatever an attacker writes (a regular expression would have no such bound).
 */
function matches(pattern: readonly Token[], text: readonly Token[]): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (pattern[p] === any) {
      star = p++;
      mark = t;
    } else if (p < pattern.length && (pattern[p] === text[t] || (pattern[p] === one && text[t] !== any))) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === any) p++;
  return p === pattern.length;
}

/** Whether the whole text is as the pattern says. Case does not count. */
export const globMatches = (pattern: string, text: string): boolean =>
  matches(tokens(pattern), text.toLowerCase().split(''));

/** Whether all that `narrow` matches is matched by `wide` too. True is certain; false may be a pair too odd to tell. */
export const globCovers = (wide: string, narrow: string): boolean => matches(tokens(wide), tokens(narrow));

/** The pattern that matches exactly this text: for patterns made of text that came from outside. */
export const globLiteral = (text: string): string => text.replace(/[\\*?]/g, '\\$&');
