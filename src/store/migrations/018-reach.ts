/** How people want to be called beside a direct message. */
export const reach = {
  name: '018-reach',
  sql: `
    create table reach (
      user_id text primary key,
      rules jsonb not null,
      quiet_hours jsonb,
      updated_at timestamptz not null
    );
  `,
};
