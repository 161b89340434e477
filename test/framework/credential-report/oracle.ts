import { PGlite } from '@electric-sql/pglite';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { header } from './reports.ts';

/**
 * The rules once more, as SQL over the report's text: written from CIS and the user guide, not from src. One line of
 * the answer is `rule|arn|slot|note`.
 */
export interface Oracle {
  /** The report's text, at the time it was made; what else is known of the account is as `facts` in reports.ts has it. */
  judge: (report: string, at: Date) => Promise<string[]>;
  close: () => Promise<void>;
}

const Lines = z.array(z.object({ line: z.string() }));

const query = `
with
row_at as (
  select *, arn like '%:root' as is_root,
    coalesce(password_last_used, password_last_changed, user_creation_time) as password_from
  from report
),
key_at as (
  select arn, is_root, user_creation_time, password_enabled, 'key 1' as slot, access_key_1_active as active,
    access_key_1_last_rotated as rotated, access_key_1_last_used_date as used from row_at
  union all
  select arn, is_root, user_creation_time, password_enabled, 'key 2', access_key_2_active,
    access_key_2_last_rotated, access_key_2_last_used_date from row_at
),
found as (
  select 'root-access-key' as rule, arn, slot, false as note from key_at where is_root and active = 'true'
  union all
  select 'root-mfa', arn, '', false from row_at where is_root and mfa_active = 'false' and password_enabled <> 'false'
  union all
  select 'root-hardware-mfa', arn, '', false from row_at
    where is_root and mfa_active = 'false' and password_enabled <> 'false'
  union all
  select 'root-used', arn, '', false from row_at where is_root
    and greatest(password_last_used, access_key_1_last_used_date, access_key_2_last_used_date) > $1::timestamptz - interval '31 days'
  union all
  select 'console-mfa', arn, '', false from row_at where not is_root and password_enabled = 'true' and mfa_active = 'false'
  union all
  select 'unused-credential', arn, 'password', false from row_at
    where not is_root and password_enabled = 'true' and password_from <= $1::timestamptz - interval '45 days'
  union all
  select 'unused-credential', arn, slot, false from key_at
    where not is_root and active = 'true' and coalesce(used, rotated, user_creation_time) <= $1::timestamptz - interval '45 days'
  union all
  select 'key-rotation', arn, slot, false from key_at
    where not is_root and active = 'true' and rotated <= $1::timestamptz - interval '91 days'
  union all
  select 'password-age', arn, 'password', false from row_at
    where not is_root and password_enabled = 'true' and mfa_active = 'false'
    and password_last_changed <= $1::timestamptz - interval '91 days'
  union all
  select 'inactive-user', arn, '', false from row_at
    where not is_root and 'true' in (password_enabled, access_key_1_active, access_key_2_active)
    and coalesce(greatest(password_last_used, access_key_1_last_used_date, access_key_2_last_used_date),
      greatest(user_creation_time, password_last_changed, access_key_1_last_rotated, access_key_2_last_rotated))
      <= $1::timestamptz - interval '90 days'
  union all
  select 'two-active-keys', arn, '', coalesce(min(rotated) is not null and count(rotated) = 2
    and max(rotated) > $1::timestamptz - interval '8 days', false)
  from (select distinct arn, slot, rotated from key_at where active = 'true' and not is_root) active_key
  group by arn having count(distinct slot) = 2
  union all
  select 'setup-key', arn, slot, false from key_at
    where not is_root and password_enabled = 'true' and active = 'true' and used is null
    and rotated between user_creation_time - interval '1 minute' and user_creation_time + interval '1 minute'
  union all
  select 'signing-certificate', arn, 'certificate 1', true from row_at where cert_1_active = 'true'
  union all
  select 'signing-certificate', arn, 'certificate 2', true from row_at where cert_2_active = 'true'
  union all
  select 'inactive-key', arn, slot, true from key_at where active = 'false' and rotated is not null
)
select distinct concat_ws('|', rule, arn, slot, note) as line from found order by line`;

const times = (name: string): boolean => /_(?:time|used|changed|rotation|rotated|date)$/.test(name);

export async function openOracle(): Promise<Oracle> {
  const db = await PGlite.create();
  await db.exec(`
    create table report (${header.map((name) => `"${name}" ${times(name) ? 'timestamptz' : 'text'}`).join(', ')});`);
  return {
    judge: async (report, at) => {
      const [names = [], ...rows] = z.array(z.array(z.string())).parse(parse(report, { skip_empty_lines: true }));
      await db.query('delete from report');
      for (const row of rows)
        await db.query(
          `insert into report (${names.map((name) => `"${name}"`).join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
          row.map((cell, i) =>
            times(names[i] ?? '')
              ? /^\d{4}-/.test(cell)
                ? cell
                : null
              : (names[i] ?? '').endsWith('_active') || names[i] === 'password_enabled'
                ? cell.toLowerCase()
                : cell,
          ),
        );
      const { rows: found } = await db.query(query, [at.toISOString()]);
      return Lines.parse(found).map(({ line }) => line);
    },
    close: () => db.close(),
  };
}
