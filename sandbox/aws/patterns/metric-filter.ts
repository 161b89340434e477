/** What a filter pattern breaks of the syntax, in a sentence. */
export class PatternError extends Error {}

/** Whether a pattern matches a message of a log. */
export type Matcher = (message: string) => boolean;

/** What stands at a selector: undefined where there is nothing. */
type Read = (record: unknown) => unknown;
type Condition = (record: unknown) => boolean;

const token =
  /\s*(&&|\|\||!=|<=|>=|=|<|>|\(|\)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\$(?:\.(?:[\w:-]+|\["[^"]+"\])|\[(?:\d+|"[^"]+"|'[^']+')\])*|[\w*?.:/@+#%-]+)/y;

/**
 * Reads a filter pattern of CloudWatch Logs: JSON patterns whole, unstructured ones by their terms. `&&` binds before `||`.
 * Patterns for space-delimited logs and regular expressions are refused.
 * Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters".
 * @throws PatternError
 */
export function parseFilterPattern(pattern: string): Matcher {
  const text = pattern.trim();
  if (text === '') return () => true;
  if (!text.startsWith('{')) return termsOf(text);
  if (!text.endsWith('}')) throw new PatternError('Invalid character(s) in term: the pattern must end with }.');
  const condition = new Parser(tokensOf(text.slice(1, -1))).whole();
  return (message) => {
    const record = parsed(message);
    return record !== undefined && condition(record);
  };
}

function parsed(message: string): object | undefined {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Words and phrases that must be in the text; `-` before one: must not; `?`: one of those suffices. */
function termsOf(text: string): Matcher {
  if (/^\[|%/.test(text)) throw new PatternError('The sandbox knows no patterns of this kind.');
  const terms = [...text.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g)].map(([, sign, phrase, word]) => ({
    sign,
    term: phrase?.replaceAll(/\\(.)/g, '$1') ?? word ?? '',
  }));
  const optional = terms.filter(({ sign }) => sign === '?');
  return (message) =>
    terms.every(({ sign, term }) => sign === '?' || message.includes(term) === (sign !== '-')) &&
    (optional.length === 0 || optional.some(({ term }) => message.includes(term)));
}

function tokensOf(text: string): string[] {
  const found: string[] = [];
  token.lastIndex = 0;
  while (text.slice(token.lastIndex).trim() !== '') {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match?.[1] === undefined) throw new PatternError(`Invalid character(s) in term '${text.slice(at).trim()}'`);
    found.push(match[1]);
  }
  return found;
}

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): Condition {
    const condition = this.#or();
    if (this.#at < this.#tokens.length) throw new PatternError(`Invalid token '${this.#tokens[this.#at]}'`);
    return condition;
  }

  #take(): string {
    const next = this.#tokens[this.#at];
    if (next === undefined) throw new PatternError('The pattern ends too soon.');
    this.#at += 1;
    return next;
  }

  #takes(wanted: string): boolean {
    if (this.#tokens[this.#at]?.toUpperCase() !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #or(): Condition {
    const any = [this.#and()];
    while (this.#takes('||')) any.push(this.#and());
    return (record) => any.some((condition) => condition(record));
  }

  #and(): Condition {
    const all = [this.#one()];
    while (this.#takes('&&')) all.push(this.#one());
    return (record) => all.every((condition) => condition(record));
  }

  #one(): Condition {
    if (this.#takes('(')) {
      const inner = this.#or();
      if (!this.#takes(')')) throw new PatternError('A bracket is not closed.');
      return inner;
    }
    const read = selector(this.#take());
    if (this.#takes('EXISTS')) return (record) => read(record) !== undefined;
    if (this.#takes('NOT')) {
      if (!this.#takes('EXISTS')) throw new PatternError('NOT is followed by EXISTS alone.');
      return (record) => read(record) === undefined;
    }
    if (this.#takes('IS')) return isOne(read, this.#take());
    return compared(read, this.#take(), this.#take());
  }
}

function selector(text: string): Read {
  if (!text.startsWith('$') || text === '$') throw new PatternError(`Invalid selector '${text}'`);
  const keys = [...text.matchAll(/\.?([\w:-]+)|\["([^"]+)"\]|\['([^']+)'\]/g)].map(
    ([, bare, quoted, single]) => bare ?? quoted ?? single ?? '',
  );
  return (record) => keys.reduce<unknown>((value, key) => memberOf(value, key), record);
}

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;

function isOne(read: Read, word: string): Condition {
  const wanted: Readonly<Record<string, unknown>> = { NULL: null, TRUE: true, FALSE: false };
  const name = word.toUpperCase();
  if (!Object.hasOwn(wanted, name)) throw new PatternError(`IS is followed by NULL, TRUE or FALSE, not by ${word}.`);
  return (record) => read(record) === wanted[name];
}

const orders: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

/** A condition on what is not there does not hold, whichever it is. */
function compared(read: Read, operator: string, text: string): Condition {
  const value = /^["']/.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
  const order = Object.hasOwn(orders, operator) ? orders[operator] : undefined;
  if (order !== undefined) {
    const limit = Number(value);
    if (Number.isNaN(limit)) throw new PatternError(`${operator} compares numbers, not '${value}'`);
    return (record) => {
      const found = read(record);
      return typeof found === 'number' && order(found, limit);
    };
  }
  if (operator !== '=' && operator !== '!=') throw new PatternError(`Invalid operator '${operator}'`);
  if (/^(?:&&|\|\||[()=<>]|!=)$/.test(text)) throw new PatternError(`Invalid value '${text}'`);
  const equal = equals(value);
  return (record) => {
    const found = read(record);
    if (found === undefined || (typeof found === 'object' && found !== null)) return false;
    return equal(found) === (operator === '=');
  };
}

/** Numbers equal by value, everything else by its text, in which `*` stands for any. */
function equals(value: string): (found: unknown) => boolean {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  const pattern = wildcard(value);
  return (found) => (typeof found === 'number' ? found === number : pattern.test(String(found)));
}

/** A text in which `*` stands for any text, as a regular expression of the whole. */
export const wildcard = (text: string): RegExp =>
  new RegExp(`^${text.split('*').map(RegExp.escape).join('[\\s\\S]*')}$`);
