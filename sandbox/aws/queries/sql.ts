import { always, type Column, type Comparison, type Condition, readCondition } from './condition.ts';
import type { Total } from './search.ts';
import { QuerySyntaxError, TokenReader, type TokenRule } from './tokens.ts';

/** A SELECT over one table. */
export interface SqlQuery {
  /** As written, in lower case, parts joined by dots. */
  table: string;
  columns: readonly { label: string; column: Column }[];
  where: Condition;
  newestFirst: boolean;
  limit: number | undefined;
  /** What is counted or summed up; empty: rows. */
  totals: readonly Total[];
}

type Kind = 'word' | 'string' | 'number' | 'table' | 'parameter' | 'symbol';

const rules: readonly TokenRule<Kind>[] = [
  { kind: 'string', pattern: /'(?:[^']|'')*'/sy, meaning: (text) => text.slice(1, -1).replaceAll("''", "'") },
  { kind: 'table', pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/y },
  { kind: 'number', pattern: /\d+/y },
  { kind: 'word', pattern: /"[^"]+"/y, meaning: (text) => text.slice(1, -1) },
  { kind: 'word', pattern: /[A-Za-z_]\w*/y },
  { kind: 'parameter', pattern: /\?/y },
  { kind: 'symbol', pattern: /<>|!=|<=|>=|[*,.=<>();]/y },
];

const comparisons: Readonly<Record<string, Comparison>> = {
  '=': '=',
  '<>': '!=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** A table's columns by name, in lower case; parts of a structure by path. */
export interface Table {
  all: readonly string[];
  column: (name: string) => Column | undefined;
  /** The same as a JSON text, for `json_format(cast(… as json))`. */
  json: (name: string) => Column | undefined;
  /** By what ORDER BY may sort. */
  time: string;
}

/** How many `?` a statement has is not how many values came with it. */
export class ParameterCountError extends Error {
  override name = 'ParameterCountError';
}

/**
 * Reads the part of SQL that the sandbox knows: columns of one table or `count(*)` and `sum`, a few functions of a column, WHERE with comparisons, LIKE, regexp_like, IN, BETWEEN, IS NULL,
 * AND, OR, NOT, ORDER BY the time, LIMIT. Parameters are SQL literals themselves: strings come in single quotes.
 * Source: Athena user guide, "SELECT" and "Use parameterized queries".
 * @throws QuerySyntaxError for everything else, ParameterCountError
 */
export function parseSql(statement: string, parameters: readonly string[], table: Table): SqlQuery {
  const reader = new TokenReader<Kind>(statement, rules);
  const values = parameters.map(parameterValue);
  let used = 0;
  const literal = (column: Column): string => {
    const { offset } = reader.peek();
    const wrapped = (['cast', 'from_iso8601_timestamp'] as const).find(
      (name) => reader.accept('word', name) !== undefined,
    );
    if (wrapped !== undefined) {
      reader.expect('symbol', '(');
      const value = literal(column);
      if (wrapped === 'cast') {
        reader.expect('word', 'as');
        reader.expect('word', 'bigint');
      }
      reader.expect('symbol', ')');
      return value;
    }
    if (reader.accept('word', 'timestamp') !== undefined) return typed(column, reader.expect('string'), offset);
    if (reader.accept('parameter') === undefined)
      return typed(column, reader.accept('number') ?? reader.expect('string'), offset);
    const value = values[used++];
    if (value === undefined) throw new ParameterCountError(counts(used, values.length));
    return typed(column, value, offset);
  };
  const column = (): { label: string; column: Column } => {
    const { offset } = reader.peek();
    const name = path(reader);
    if (reader.accept('symbol', '(') !== undefined)
      return { label: '_col', column: computed(reader, name.toLowerCase(), offset, column) };
    return { label: name, column: table.column(name.toLowerCase()) ?? unknownColumn(name, offset) };
  };

  reader.expect('word', 'select');
  const totals = readTotals(reader, column);
  const columns = totals.length > 0 ? [] : readColumns(reader, table, column);
  reader.expect('word', 'from');
  const name = reader.accept('table') ?? path(reader).toLowerCase();
  const where =
    reader.accept('word', 'where') === undefined
      ? always
      : readCondition(reader, () => regexpLike(reader, column, literal) ?? predicate(reader, column().column, literal));
  let newestFirst = false;
  if (reader.accept('word', 'order') !== undefined) {
    reader.expect('word', 'by');
    // Rows are sorted by their time, whatever says it.
    if (reader.accept('word', table.time) === undefined) column();
    newestFirst = reader.accept('word', 'desc') !== undefined;
    if (!newestFirst) reader.accept('word', 'asc');
  }
  const limit = reader.accept('word', 'limit') === undefined ? undefined : Number(reader.expect('number'));
  reader.accept('symbol', ';');
  reader.end();
  if (used < values.length) throw new ParameterCountError(counts(used, values.length));
  return { table: name, columns, where, newestFirst, limit, totals };
}

/** `count(*) as lines, sum(column) as bytes`; none: rows are asked for. */
function readTotals(reader: TokenReader<Kind>, column: () => { column: Column }): Total[] {
  const totals: Total[] = [];
  do {
    const kind = (['count', 'sum'] as const).find((name) => reader.accept('word', name) !== undefined);
    if (kind === undefined) return totals;
    reader.expect('symbol', '(');
    const of = kind === 'sum' ? column().column : null;
    if (of === null) reader.expect('symbol', '*');
    reader.expect('symbol', ')');
    reader.expect('word', 'as');
    totals.push({ label: reader.expect('word'), of });
  } while (reader.accept('symbol', ',') !== undefined);
  return totals;
}

/** A function of a column, behind its name and the parenthesis. Source: Athena user guide, "Functions in Amazon Athena". */
function computed(reader: TokenReader<Kind>, name: string, offset: number, column: () => { column: Column }): Column {
  const open = (...names: string[]): void => {
    for (const each of names) {
      reader.expect('word', each);
      reader.expect('symbol', '(');
    }
  };
  const of = (): Column['value'] => {
    const { value } = column().column;
    reader.expect('symbol', ',');
    return value;
  };
  const end = (): unknown => reader.expect('symbol', ')');
  if (name === 'json_extract_scalar') {
    const value = of();
    const key = reader.expect('string').replace(/^\$\./, '');
    end();
    return { name, value: (row) => textIn(value(row), key) };
  }
  if (name === 'try_cast') {
    open('element_at', 'split');
    const value = of();
    const between = reader.expect('string');
    end();
    reader.expect('symbol', ',');
    const place = Number(reader.expect('number'));
    end();
    reader.expect('word', 'as');
    reader.expect('word', 'bigint');
    end();
    return { name, value: (row) => /^\d+$/.exec(value(row)?.split(between)[place - 1] ?? '')?.[0] };
  }
  if (name === 'try') {
    open('parse_datetime', 'regexp_extract');
    const value = of();
    const pattern = new RegExp(reader.expect('string'));
    reader.expect('symbol', ',');
    const group = Number(reader.expect('number'));
    end();
    reader.expect('symbol', ',');
    if (reader.expect('string') !== 'dd/MMM/yyyy:HH:mm:ss Z') throw new QuerySyntaxError('Invalid format', offset);
    end();
    end();
    return { name, value: (row) => timeInBrackets(pattern.exec(value(row) ?? '')?.[group] ?? '') };
  }
  throw new QuerySyntaxError(`Function '${name}' not registered`, offset);
}

function textIn(json: string | undefined, key: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json ?? '');
    const text =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === key)?.[1]
        : undefined;
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** `30/Nov/2026:02:12:01 +0000` in ISO 8601. */
function timeInBrackets(text: string): string | undefined {
  const time = Date.parse(text.replace(/^(\d+)\/(\w+)\/(\d+):/, '$1 $2 $3 '));
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

const counts = (expected: number, found: number): string =>
  `Incorrect number of parameters: expected ${expected} but found ${found}`;

/** A parameter is one literal; anything else could be more than a value. */
function parameterValue(text: string): string {
  const reader = new TokenReader<Kind>(text, rules);
  const value = reader.accept('number') ?? reader.expect('string');
  reader.end();
  return value;
}

function typed(column: Column, text: string, offset: number): string {
  if (column.literal === undefined) return text;
  const value = column.literal(text);
  if (value === '') throw new QuerySyntaxError(`"${text}" is not a value of column ${column.name}`, offset);
  return value;
}

const unknownColumn = (name: string, offset: number): never => {
  throw new QuerySyntaxError(`Column '${name}' cannot be resolved`, offset);
};

function path(reader: TokenReader<Kind>): string {
  const parts = [reader.expect('word')];
  while (reader.accept('symbol', '.') !== undefined) parts.push(reader.expect('word'));
  return parts.join('.');
}

function readColumns(
  reader: TokenReader<Kind>,
  table: Table,
  column: () => { label: string; column: Column },
): SqlQuery['columns'] {
  if (reader.accept('symbol', '*') !== undefined)
    return table.all.flatMap((name) => {
      const found = table.column(name) ?? table.json(name);
      return found === undefined ? [] : [{ label: name, column: found }];
    });
  const one = (): { label: string; column: Column } => {
    const found = reader.accept('word', 'json_format') === undefined ? column() : asJson(reader, table);
    const label = reader.accept('word', 'as') === undefined ? found.label.split('.').at(-1) : reader.expect('word');
    return { label: label ?? '', column: found.column };
  };
  const columns = [one()];
  while (reader.accept('symbol', ',') !== undefined) columns.push(one());
  return columns;
}

/** The rest of `json_format(cast(column as json))`. */
function asJson(reader: TokenReader<Kind>, table: Table): { label: string; column: Column } {
  reader.expect('symbol', '(');
  reader.expect('word', 'cast');
  reader.expect('symbol', '(');
  const { offset } = reader.peek();
  const name = path(reader);
  reader.expect('word', 'as');
  reader.expect('word', 'json');
  reader.expect('symbol', ')');
  reader.expect('symbol', ')');
  return { label: '_col', column: table.json(name.toLowerCase()) ?? unknownColumn(name, offset) };
}

/** `regexp_like(column, pattern)`: the pattern is found somewhere in it. */
function regexpLike(
  reader: TokenReader<Kind>,
  column: () => { column: Column },
  literal: (column: Column) => string,
): Condition | undefined {
  const { offset } = reader.peek();
  if (reader.accept('word', 'regexp_like') === undefined) return undefined;
  reader.expect('symbol', '(');
  const of = column().column;
  reader.expect('symbol', ',');
  const pattern = literal(of);
  reader.expect('symbol', ')');
  try {
    const ignoresCase = pattern.startsWith('(?i)');
    return {
      kind: 'match',
      column: of,
      pattern: new RegExp(ignoresCase ? pattern.slice(4) : pattern, ignoresCase ? 'i' : ''),
    };
  } catch {
    throw new QuerySyntaxError('invalid pattern', offset);
  }
}

function predicate(reader: TokenReader<Kind>, column: Column, literal: (column: Column) => string): Condition {
  if (reader.accept('word', 'is') !== undefined) {
    const absent = reader.accept('word', 'not') === undefined;
    reader.expect('word', 'null');
    const present: Condition = { kind: 'present', column };
    return absent ? { kind: 'not', of: present } : present;
  }
  if (reader.accept('word', 'not') !== undefined) {
    const found = likeInBetween(reader, column, literal);
    return found === undefined ? reader.fail('"like", "in" or "between"') : { kind: 'not', of: found };
  }
  const found = likeInBetween(reader, column, literal);
  if (found !== undefined) return found;
  const { offset } = reader.peek();
  const operator = comparisons[reader.expect('symbol')];
  if (operator === undefined) throw new QuerySyntaxError(`${column.name} is not compared with anything`, offset);
  return { kind: 'compare', column, operator, to: literal(column) };
}

function likeInBetween(
  reader: TokenReader<Kind>,
  column: Column,
  literal: (column: Column) => string,
): Condition | undefined {
  if (reader.accept('word', 'like') !== undefined) {
    const pattern = literal(column);
    const mark = reader.accept('word', 'escape') === undefined ? undefined : reader.expect('string');
    return { kind: 'match', column, pattern: likePattern(pattern, mark) };
  }
  if (reader.accept('word', 'between') !== undefined) {
    const from = literal(column);
    reader.expect('word', 'and');
    return {
      kind: 'all',
      of: [
        { kind: 'compare', column, operator: '>=', to: from },
        { kind: 'compare', column, operator: '<=', to: literal(column) },
      ],
    };
  }
  if (reader.accept('word', 'in') === undefined) return undefined;
  reader.expect('symbol', '(');
  const values = [literal(column)];
  while (reader.accept('symbol', ',') !== undefined) values.push(literal(column));
  reader.expect('symbol', ')');
  return { kind: 'any', of: values.map((to) => ({ kind: 'compare', column, operator: '=', to })) };
}

/** `%` is any text, `_` any character, unless the ESCAPE clause's mark stands before it. */
function likePattern(pattern: string, mark: string | undefined): RegExp {
  let source = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === mark) source += RegExp.escape(pattern.charAt(++index));
    else source += character === '%' ? '.*' : character === '_' ? '.' : RegExp.escape(character);
  }
  return new RegExp(`^${source}$`, 's');
}
