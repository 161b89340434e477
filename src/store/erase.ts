import { randomInt } from 'node:crypto';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { eraseFromLog, type Recorder } from './audit-log.ts';
import type { Tables } from './tables.ts';

/** Tables that are not changed by name: the log has a way of its own, and the names of migrations are nobody's. */
const others = ['audit_log', 'audit_head', 'schema_migration'];

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** In the shape of a Slack id, and made by chance: from a hash of an id everybody could find the id. */
const newPseudonym = (): string =>
  `U0ERASED${Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')}`;

/** What of a person is under way: it would be nobody's. Sentences. */
export async function underWayOf(trx: Transaction<Tables>, user: string, now: Date): Promise<string[]> {
  const { rows } = await sql<{ what: string; count: string }>`
    select 'alerts that are open are assigned to or held by them' as what, count(*) as count from alert
      where state <> 'resolved' and (assignee = ${user} or acknowledged_by = ${user})
    union all select 'messages to them are still to be sent', count(*) from outbox
      where done_at is null and (target = ${user} or person = ${user})
    union all select 'findings are given to them', count(*) from digest_task where done_at is null and assignee = ${user}
    union all select 'accepted risks are theirs', count(*) from digest_exception
      where owner = ${user} and (decided_at is null or approved and expires_at > ${now})
    union all select 'turns on call are theirs', count(*) from oncall_override where user_id = ${user} and ends_at > ${now}
    union all select 'watches are theirs', count(*) from watch where ended_at is null and watcher = ${user}
    union all select 'questions to them are open', count(*) from actor_question where user_id = ${user} and answer = 'open'`.execute(
    trx,
  );
  return rows.filter(({ count }) => Number(count) > 0).map(({ what, count }) => `${count} ${what}`);
}

export interface Erased {
  /** What stands for the person from now on. */
  pseudonym: string;
  /** Rows that were changed, but for those of the audit log. */
  rows: number;
  log: number;
}

/**
 * Puts a pseudonym in place of a person's Slack id, and of other texts that name them, wherever it stands as a word: in every text and
 * every JSON of every table. How they want to be called is thrown away. Packed bytes (files of digests, events of answers) stay.
 */
export async function erase(
  trx: Transaction<Tables>,
  { user, texts, record }: { user: string; texts: readonly string[]; record: Recorder },
): Promise<Erased> {
  const pseudonym = newPseudonym();
  const words = [user, ...texts];
  await trx.deleteFrom('reach').where('user_id', '=', user).execute();
  let rows = 0;
  for (const { name, columns } of await tablesOf(trx)) {
    const [changes, hits] = [
      columns.map((column) => column.change(words, pseudonym)),
      columns.map((column) => column.hits(words)),
    ];
    const { numAffectedRows } = await sql`
      update ${sql.table(name)} set ${sql.join(changes)} where ${sql.join(hits, sql` or `)}`.execute(trx);
    rows += Number(numAffectedRows ?? 0);
  }
  return { pseudonym, rows, log: await eraseFromLog(trx, { words, pseudonym, record }) };
}

interface Column {
  change: (words: readonly string[], pseudonym: string) => RawBuilder<unknown>;
  hits: (words: readonly string[]) => RawBuilder<unknown>;
}

/** The columns that hold text, of each table that has any. Names come from the database's own catalogue. */
async function tablesOf(trx: Transaction<Tables>): Promise<{ name: string; columns: Column[] }[]> {
  const { rows } = await sql<{ table: string; column: string; type: string }>`
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and format_type(a.atttypid, null) in ('text', 'jsonb', 'json', 'text[]')
      and c.relname <> all(${others}::text[])
    order by c.relname, a.attnum`.execute(trx);
  const byTable = Map.groupBy(rows, ({ table }) => table);
  return [...byTable].map(([name, columns]) => ({ name, columns: columns.map(columnOf) }));
}

function columnOf({ column, type }: { column: string; type: string }): Column {
  const [named, inJson] = [sql.ref(column), type.startsWith('json')];
  return {
    change: (words, pseudonym) =>
      sql`${named} = regexp_replace(${named}::text, ${patternOf(words, inJson)}, ${pseudonym}, 'gi')::${sql.raw(type)}`,
    hits: (words) => sql`${named}::text ~* ${patternOf(words, inJson)}`,
  };
}

/** The words as they stand in text or JSON, as words of their own, in PostgreSQL's own kind of expressions. */
const patternOf = (words: readonly string[], inJson: boolean): string => {
  const each = words.map((word) =>
    (inJson ? JSON.stringify(word).slice(1, -1) : word).replaceAll(/[^\p{L}\p{N}\s]/gu, '\\$&'),
  );
  return `(?<![[:alnum:]])(?:${each.join('|')})(?![[:alnum:]])`;
};
