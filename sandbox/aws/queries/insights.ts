import { type Column, type Comparison, type Condition, readCondition } from './condition.ts';
import type { Total } from './search.ts';
import { QuerySyntaxError, TokenReader, type TokenRule } from './tokens.ts';

/** A query of CloudWatch Logs Insights. */
export interface InsightsQuery {
  fields: readonly Column[];
  where: Condition;
  newestFirst: boolean;
  limit: number | undefined;
  /** What `stats` asks for; empty: rows. */
  totals: readonly Total[];
}

type Kind = 'word' | 'string' | 'number' | 'pattern' | 'symbol';

/** Inside quotes a backslash makes the next character plain. */
const unquote = (text: string): string => text.slice(1, -1).replace(/\\(.)/gs, '$1');

const rules: readonly TokenRule<Kind>[] = [
  { kind: 'string', pattern: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy, meaning: unquote },
  { kind: 'pattern', pattern: /\/(?:[^/\\\n]|\\.)+\//y, meaning: (text) => text.slice(1, -1) },
  { kind: 'number', pattern: /\d+(?:\.\d+)?/y },
  { kind: 'word', pattern: /`[^`]+`/y, meaning: (text) => text.slice(1, -1) },
  { kind: 'word', pattern: /[@A-Za-z_][\w@]*(?:\.\w+)*/y },
  { kind: 'symbol', pattern: /!=|<=|>=|=~|[|,=<>()[\]*]/y },
];

const comparisons: Readonly<Record<string, Comparison>> = {
  '=': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/**
 * Reads what the sandbox knows of the language: `fields`, `filter` (comparisons, `like`, `in`, `ispresent`, `and`, `or`,
 * `not`), `parse` with a pattern, `stats` with `count(*)` and `sum`, `sort @timestamp` and `limit`. Source: CloudWatch Logs user guide, "Logs Insights QL".
 * @throws QuerySyntaxError for everything else
 */
export function parseInsights(query: string, column: (name: string) => Column): InsightsQuery {
  const reader = new TokenReader<Kind>(query, rules);
  let fields: readonly Column[] = [column('@timestamp'), column('@message')];
  const filters: Condition[] = [];
  const parsed = new Map<string, Column>();
  let totals: readonly Total[] = [];
  let newestFirst = true;
  let limit: number | undefined;
  do {
    const { offset } = reader.peek();
    const command = reader.expect('word').toLowerCase();
    if (command === 'fields') fields = listOf(reader, () => column(reader.expect('word')));
    else if (command === 'filter') filters.push(readCondition(reader, () => predicate(reader, column)));
    else if (command === 'parse') parseInto(parsed, column(reader.expect('word')), reader);
    else if (command === 'stats')
      totals = listOf(reader, () => total(reader, (name) => parsed.get(name) ?? column(name)));
    else if (command === 'sort') {
      reader.expect('word', '@timestamp');
      newestFirst = reader.accept('word', 'asc') === undefined;
      if (newestFirst) reader.accept('word', 'desc');
    } else if (command === 'limit') limit = Number(reader.expect('number'));
    else throw new QuerySyntaxError(`unknown command "${command}"`, offset);
  } while (reader.accept('symbol', '|') !== undefined);
  reader.end();
  return { fields, where: { kind: 'all', of: filters }, newestFirst, limit, totals };
}

/** `parse field /…(?<name>…)…/`: each named part is a column from then on. */
function parseInto(parsed: Map<string, Column>, from: Column, reader: TokenReader<Kind>): void {
  const { offset } = reader.peek();
  const pattern = regExp(reader.expect('pattern'), offset);
  for (const [, name = ''] of pattern.source.matchAll(/\(\?<(\w+)>/g))
    parsed.set(name, { name, value: (row) => pattern.exec(from.value(row) ?? '')?.groups?.[name] });
}

/** `count(*) as lines` or `sum(size) as bytes`. */
function total(reader: TokenReader<Kind>, column: (name: string) => Column): Total {
  const { offset } = reader.peek();
  const kind = reader.expect('word');
  if (kind !== 'count' && kind !== 'sum') throw new QuerySyntaxError(`unknown function "${kind}"`, offset);
  reader.expect('symbol', '(');
  const of = kind === 'sum' ? column(reader.expect('word')) : null;
  if (of === null) reader.expect('symbol', '*');
  reader.expect('symbol', ')');
  reader.expect('word', 'as');
  return { label: reader.expect('word'), of };
}

function listOf<T>(reader: TokenReader<Kind>, item: () => T): T[] {
  const items = [item()];
  while (reader.accept('symbol', ',') !== undefined) items.push(item());
  return items;
}

function predicate(reader: TokenReader<Kind>, column: (name: string) => Column): Condition {
  const { offset } = reader.peek();
  const name = reader.expect('word');
  if (name === 'ispresent') {
    reader.expect('symbol', '(');
    const present: Condition = { kind: 'present', column: column(reader.expect('word')) };
    reader.expect('symbol', ')');
    return present;
  }
  const left = column(name);
  if (reader.accept('word', 'not') !== undefined) {
    const found = likeOrIn(reader, left);
    return found === undefined ? reader.fail('"like" or "in"') : { kind: 'not', of: found };
  }
  const found = likeOrIn(reader, left);
  if (found !== undefined) return found;
  const operator = comparisons[reader.expect('symbol')];
  if (operator === undefined) throw new QuerySyntaxError(`"${name}" is not compared with anything`, offset);
  return { kind: 'compare', column: left, operator, to: literal(reader) };
}

const literal = (reader: TokenReader<Kind>): string => reader.accept('number') ?? reader.expect('string');

/** `like` takes a part of the text, or a pattern between slashes. */
function likeOrIn(reader: TokenReader<Kind>, column: Column): Condition | undefined {
  if (reader.accept('word', 'like') !== undefined || reader.accept('symbol', '=~') !== undefined) {
    const { offset } = reader.peek();
    const pattern = reader.accept('pattern');
    return { kind: 'match', column, pattern: regExp(pattern ?? RegExp.escape(literal(reader)), offset) };
  }
  if (reader.accept('word', 'in') === undefined) return undefined;
  reader.expect('symbol', '[');
  const values = listOf(reader, () => literal(reader));
  reader.expect('symbol', ']');
  return { kind: 'any', of: values.map((to) => ({ kind: 'compare', column, operator: '=', to })) };
}

function regExp(pattern: string, offset: number): RegExp {
  const ignoresCase = pattern.startsWith('(?i)');
  try {
    return new RegExp(ignoresCase ? pattern.slice(4) : pattern, ignoresCase ? 'i' : '');
  } catch {
    throw new QuerySyntaxError('invalid pattern', offset);
  }
}
