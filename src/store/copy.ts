import { sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';
import { migrations } from './migrations/index.ts';
import { StoreError } from './store-error.ts';
import type { Tables } from './tables.ts';

/**
 * A copy of a whole database as lines of text: `NAME<tab>JSON`. The first says which migrations it has seen, the last how many
 * rows there are, so that a copy that was cut short is known. The queue is not part of it: it holds nothing that cannot be
 * found again.
 */
type Line = string;

const begin = '# trailwatch';
const sequences = '# sequences';
const end = '# end';

/** Rows of one table in one line: few where each may be a file. */
const rowsALine = 500;
const filesALine = 5;

/** Names come from the database's own catalogue. */
const named = (name: string) => sql.id(name);

/** The tables, each after those to which its rows refer, with whether they hold bytes. */
async function tablesOf(trx: Transaction<Tables>): Promise<{ name: string; bytes: boolean }[]> {
  const { rows } = await sql<{ name: string; bytes: boolean; needs: string[] }>`
    select c.relname as name,
      exists (select from pg_attribute a where a.attrelid = c.oid and a.atttypid = 'bytea'::regtype) as bytes,
      array(select f.confrelid::regclass::text from pg_constraint f
        where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as needs
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migration'
    order by c.relname`.execute(trx);
  const sorted: typeof rows = [];
  while (sorted.length < rows.length) {
    const next = rows.find(
      (row) => !sorted.includes(row) && row.needs.every((need) => sorted.some(({ name }) => name === need)),
    );
    if (next === undefined) throw new StoreError('The tables of the database refer to each other in a circle.');
    sorted.push(next);
  }
  return sorted;
}

/** Everything in the database, as it stands at one moment; others go on writing meanwhile. */
export async function* copyOf({ db }: Pick<Database, 'db'>): AsyncGenerator<Line> {
  const trx = await db.startTransaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute();
  try {
    // Whoever reads the copy may be slow.
    await sql`set local idle_in_transaction_session_timeout to 0`.execute(trx);
    yield `${begin}\t${JSON.stringify(migrations.map(({ name }) => name))}`;
    let count = 0;
    for (const { name, bytes } of await tablesOf(trx)) {
      await sql`declare copied no scroll cursor for select to_jsonb(each)::text as row from ${named(name)} as each`.execute(
        trx,
      );
      for (;;) {
        const fetched = sql.raw<{ row: string }>(`fetch ${bytes ? filesALine : rowsALine} from copied`);
        const { rows } = await fetched.execute(trx);
        if (rows.length === 0) break;
        count += rows.length;
        yield `${name}\t[${rows.map(({ row }) => row).join(',')}]`;
      }
      await sql`close copied`.execute(trx);
    }
    const last = await sql<{ name: string; last: string }>`
      select sequencename as name, last_value::text as last from pg_sequences
      where schemaname = 'public' and last_value is not null`.execute(trx);
    yield `${sequences}\t${JSON.stringify(last.rows)}`;
    yield `${end}\t${count}`;
  } finally {
    await trx.rollback().execute();
  }
}

const cutShort = 'The backup is cut short: its last line is missing.';

/** A copy that comes from elsewhere, line by line. @throws StoreError after the last one when it is not whole */
export async function* wholeCopy(lines: AsyncIterable<Line>): AsyncGenerator<Line> {
  let last = '';
  for await (const line of lines) {
    last = line;
    yield line;
  }
  if (!last.startsWith(`${end}\t`)) throw new StoreError(cutShort);
}

/**
 * Puts a copy into a database that is empty: all of it, or, whatever happens meanwhile, nothing. Returns how many rows.
 * @throws StoreError, one sentence, when the copy is of another version or cut short, or the database is not empty
 */
export async function putCopy({ db }: Pick<Database, 'db'>, lines: AsyncIterable<Line>): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await sql`set local idle_in_transaction_session_timeout to 0`.execute(trx);
    const tables = new Set((await tablesOf(trx)).map(({ name }) => name));
    for (const name of tables) await mustBeEmpty(trx, name);
    let [count, state]: [number, 'before' | 'in' | 'over'] = [0, 'before'];
    for await (const line of lines) {
      if (line === '') continue;
      const tab = line.indexOf('\t');
      const [name, json] = [line.slice(0, tab), line.slice(tab + 1)];
      if (state === 'before') {
        const own = JSON.stringify(migrations.map((each) => each.name));
        if (name !== begin) throw new StoreError('This is no backup of Trailwatch.');
        if (json !== own)
          throw new StoreError(
            'This backup was made by another version of Trailwatch: restore it with that one, then update.',
          );
        state = 'in';
      } else if (name === sequences) {
        await sql`
          select setval(format('public.%I', each ->> 'name')::regclass, (each ->> 'last')::bigint)
          from jsonb_array_elements(${json}::jsonb) as each`.execute(trx);
      } else if (name === end) {
        if (Number(json) !== count) throw new StoreError(`The backup should hold ${json} rows and holds ${count}.`);
        state = 'over';
      } else if (tables.has(name)) count += await putRows(trx, name, json);
      else throw new StoreError('The backup holds a table that this version of Trailwatch does not know.');
    }
    if (state !== 'over') throw new StoreError(cutShort);
    return count;
  });
}

/** One row is there from the beginning: where the chain of the audit log ends, before its first row. */
const fromTheBeginning = 'audit_head';

async function mustBeEmpty(trx: Transaction<Tables>, name: string): Promise<void> {
  const where = name === fromTheBeginning ? sql`where seq > 0` : sql``;
  const { rows } = await sql`select 1 from ${named(name)} ${where} limit 1`.execute(trx);
  if (rows.length > 0)
    throw new StoreError(
      `The database is not empty (${name}): a copy is put only where nothing is yet. Name a new one.`,
    );
}

async function putRows(trx: Transaction<Tables>, name: string, json: string): Promise<number> {
  if (name === fromTheBeginning) {
    await sql`update audit_head set seq = (r ->> 'seq')::bigint, hash = r ->> 'hash'
      from jsonb_array_elements(${json}::jsonb) as r`.execute(trx);
    return 1;
  }
  const columns = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = format('public.%I', ${name}::text)::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    order by attnum`.execute(trx);
  const all = sql.join(columns.rows.map((column) => named(column.name)));
  const { numAffectedRows } = await sql`
    insert into ${named(name)} (${all}) overriding system value
    select ${all} from jsonb_populate_recordset(null::${named(name)}, ${json}::jsonb)`.execute(trx);
  return Number(numAffectedRows ?? 0);
}
