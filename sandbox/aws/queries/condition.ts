import type { TokenReader } from './tokens.ts';

export interface Row {
  /** As it stands in the log. */
  record: Readonly<Record<string, unknown>> & { readonly eventID: string };
  /** Where the log is made of lines: the line, and the partitions of a table that it is in. */
  line?: { text: string; partitions: Readonly<Record<string, string>> };
  /** Of the event, ms since 1970. */
  time: number;
}

/** Something of a row that a query can name. */
export interface Column {
  name: string;
  /** What conditions compare; undefined where the record has none, as SQL's null. */
  value: (row: Row) => string | undefined;
  /** What results show, where that differs. */
  shown?: (row: Row) => string | undefined;
  /** A literal of the query in the form of `value`, for columns of a type of their own. */
  literal?: (text: string) => string;
}

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { kind: 'all' | 'any'; of: readonly Condition[] }
  | { kind: 'not'; of: Condition }
  | { kind: 'compare'; column: Column; operator: Comparison; to: string }
  | { kind: 'match'; column: Column; pattern: RegExp }
  | { kind: 'present'; column: Column };

export const always: Condition = { kind: 'all', of: [] };

/** Whether a row meets the condition; null when that hangs on a value which the row does not have. */
export function meets(condition: Condition, row: Row): boolean | null {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const decides = condition.kind === 'any';
      let unknown = false;
      for (const one of condition.of) {
        const met = meets(one, row);
        if (met === decides) return decides;
        unknown ||= met === null;
      }
      return unknown ? null : !decides;
    }
    case 'not': {
      const met = meets(condition.of, row);
      return met === null ? null : !met;
    }
    case 'present':
      return condition.column.value(row) !== undefined;
    case 'match': {
      const value = condition.column.value(row);
      return value === undefined ? null : condition.pattern.test(value);
    }
    case 'compare': {
      const value = condition.column.value(row);
      return value === undefined ? null : compare(value, condition.operator, condition.to);
    }
  }
}

function compare(value: string, operator: Comparison, to: string): boolean {
  switch (operator) {
    case '=':
      return value === to;
    case '!=':
      return value !== to;
    case '<':
      return value < to;
    case '<=':
      return value <= to;
    case '>':
      return value > to;
    case '>=':
      return value >= to;
  }
}

/** The parts of a condition that must all hold. */
export const conjuncts = (condition: Condition): readonly Condition[] =>
  condition.kind === 'all' ? condition.of.flatMap(conjuncts) : [condition];

/** Whether a condition looks at no other columns than these. */
export function only(condition: Condition, columns: ReadonlySet<string>): boolean {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.every((one) => only(one, columns));
    case 'not':
      return only(condition.of, columns);
    default:
      return columns.has(condition.column.name);
  }
}

/** A condition of `or`, `and`, `not`, parentheses and what the language's own `predicate` reads. */
export function readCondition<Kind extends string>(
  reader: TokenReader<Kind | 'word' | 'symbol'>,
  predicate: () => Condition,
): Condition {
  const group = (kind: 'all' | 'any', joint: string, part: () => Condition): Condition => {
    const of = [part()];
    while (reader.accept('word', joint) !== undefined) of.push(part());
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind, of };
  };
  const single = (): Condition => {
    if (reader.accept('word', 'not') !== undefined) return { kind: 'not', of: single() };
    if (reader.accept('symbol', '(') === undefined) return predicate();
    const inner = either();
    reader.expect('symbol', ')');
    return inner;
  };
  const both = (): Condition => group('all', 'and', single);
  const either = (): Condition => group('any', 'or', both);
  return either();
}
