import { trailRecordOf } from '../../cloudtrail/record.ts';
import { isRecord, type Json, parseJson } from '../../words/json.ts';
import { type Condition, type HistorySearch, token } from './conditions.ts';

/** A condition of SQL with the values of its `?`, in their order. */
export interface SqlCondition {
  sql: string;
  values: string[];
}

/** Conditions on a table of CloudTrail records, whose columns are the record's names in lower case. @throws AwsTrouble */
export function whereOf(condition: Condition, anywhere: readonly string[]): SqlCondition {
  if ('anywhere' in condition) {
    const value = `%${token(condition.anywhere)}%`;
    return { sql: anywhere.map((column) => `${column} like ?`).join(' or '), values: anywhere.map(() => value) };
  }
  const tests = condition.fields.flatMap((field) =>
    condition.values.map((value): [string, string] =>
      condition.is === 'equal'
        ? [`${field.toLowerCase()} = ?`, token(value)]
        : [`${field.toLowerCase()} like ?`, `%${token(value)}`],
    ),
  );
  return { sql: tests.map(([sql]) => sql).join(' or '), values: tests.map(([, value]) => value) };
}

export const all = (wheres: readonly SqlCondition[]): SqlCondition => ({
  sql: wheres.map(({ sql }) => `(${sql})`).join(' and '),
  values: wheres.flatMap(({ values }) => values),
});

/** A value as SQL writes a text. */
export const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Days between, both included, as the trail's bucket is laid out: `2026/11/24`. */
export const dayOf = (time: Date): string => time.toISOString().slice(0, 10).replaceAll('-', '/');

/** Columns that are JSON in a text. */
const documents = [
  'useridentity',
  'resources',
  'requestparameters',
  'responseelements',
  'additionaleventdata',
  'serviceeventdetails',
];

/** A record from a row of a table, in CloudTrail's own names. */
export function recordOf(row: Readonly<Record<string, string | undefined>>): Json | undefined {
  const values = Object.entries(row).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, documents.includes(name) ? parseJson(value) : value]],
  );
  const record: unknown = Object.fromEntries(values);
  return isRecord(record) ? trailRecordOf(record) : undefined;
}

export const spanOf = ({ from, to }: HistorySearch): { from: string; to: string } => ({
  from: `${from.toISOString().slice(0, 19)}Z`,
  to: `${to.toISOString().slice(0, 19)}Z`,
});
