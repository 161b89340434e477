/** A query that the language does not allow; the message says where. */
export class QuerySyntaxError extends Error {
  override name = 'QuerySyntaxError';
  /** From 0. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

export interface Token<Kind extends string> {
  kind: Kind | 'end';
  /** As it stands in the query; of a string, what it means. */
  text: string;
  offset: number;
}

/** A kind of token: how it looks, and what its text means where that differs. */
export interface TokenRule<Kind extends string> {
  kind: Kind;
  /** Sticky. */
  pattern: RegExp;
  meaning?: (text: string) => string;
}

/** Reads a query token by token; what is not a token of the language is a QuerySyntaxError, comments too. */
export class TokenReader<Kind extends string> {
  readonly #tokens: Token<Kind>[] = [];
  #position = 0;

  /** @throws QuerySyntaxError */
  constructor(query: string, rules: readonly TokenRule<Kind>[]) {
    for (let offset = 0; offset < query.length; ) {
      const space = /\s+/y;
      space.lastIndex = offset;
      offset += space.exec(query)?.[0].length ?? 0;
      if (offset >= query.length) break;
      const found = rules
        .map((rule) => ({ rule, text: matchAt(rule.pattern, query, offset) }))
        .find(({ text }) => text);
      if (found?.text === undefined)
        throw new QuerySyntaxError(`unexpected character "${query.charAt(offset)}"`, offset);
      const { rule, text } = found;
      this.#tokens.push({ kind: rule.kind, text: rule.meaning === undefined ? text : rule.meaning(text), offset });
      offset += text.length;
    }
    this.#tokens.push({ kind: 'end', text: '', offset: query.length });
  }

  peek(): Token<Kind> {
    const token = this.#tokens[this.#position] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error('A query has at least its end.');
    return token;
  }

  /** The next token's text if it is of the kind and, where given, is the text, whatever its case. */
  accept(kind: Kind, text?: string): string | undefined {
    const token = this.peek();
    if (token.kind !== kind || (text !== undefined && token.text.toLowerCase() !== text)) return undefined;
    this.#position++;
    return token.text;
  }

  /** @throws QuerySyntaxError when the next token is another */
  expect(kind: Kind, text?: string): string {
    return this.accept(kind, text) ?? this.fail(text === undefined ? `a ${kind}` : `"${text}"`);
  }

  /** @throws QuerySyntaxError when something follows */
  end(): void {
    if (this.peek().kind !== 'end') this.fail('the end');
  }

  /** @throws QuerySyntaxError always */
  fail(wanted: string): never {
    const { text, offset } = this.peek();
    throw new QuerySyntaxError(`mismatched input "${text}" at ${offset}: expecting ${wanted}`, offset);
  }
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}
