import { type RawBuilder, sql, type Transaction } from 'kysely';
import { severities } from '../alerts/severity.ts';
import { jsonText } from './json.ts';
import type { Tables } from './tables.ts';

/** The rank of a severity, to order by it: the worst first. */
export const rankOf = (column: 'severity' | 'alert.severity'): RawBuilder<number> =>
  sql`array_position(array[${sql.join(severities.map((severity) => sql.lit(severity)))}], ${sql.ref(column)})`;

/** Rows as JSON of their columns, all with the same ones; PostgreSQL reads times out of ISO 8601. */
type Rows = readonly Readonly<Record<string, unknown>>[];

/** Tables whose rows are stored many at once, under numbers that are taken before. */
export type Numbered = 'alert' | 'storm' | 'incident';

const recordsOf = (table: keyof Tables, rows: Rows): RawBuilder<unknown> =>
  sql`jsonb_populate_recordset(null::${sql.table(table)}, ${jsonText(rows)}::jsonb)`;

/** Inserts rows with the ids that they have, in one statement. */
export async function insertRows(trx: Transaction<Tables>, table: Numbered, rows: Rows): Promise<void> {
  if (rows.length === 0) return;
  const columns = sql.join(Object.keys(rows[0] ?? {}).map((name) => sql.ref(name)));
  await sql`
    insert into ${sql.table(table)} (${columns}) overriding system value
    select ${columns} from ${recordsOf(table, rows)}`.execute(trx);
}

/** Stores rows as they stand now, by their ids, in one statement. */
export async function updateRows(trx: Transaction<Tables>, table: Numbered, rows: Rows): Promise<void> {
  if (rows.length === 0) return;
  const changes = Object.keys(rows[0] ?? {})
    .filter((name) => name !== 'id')
    .map((name) => sql`${sql.ref(name)} = ${sql.ref(`now_so.${name}`)}`);
  await sql`
    update ${sql.table(table)} set ${sql.join(changes)} from ${recordsOf(table, rows)} as now_so
    where ${sql.ref(`${table}.id`)} = now_so.id`.execute(trx);
}

/** Numbers for new rows of a table, in order. */
export async function newIds(trx: Transaction<Tables>, table: Numbered, count: number): Promise<number[]> {
  if (count === 0) return [];
  const { rows } = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence(${table}, 'id'))::integer as id
    from generate_series(1, ${count}::integer) order by 1`.execute(trx);
  return rows.map(({ id }) => id);
}
