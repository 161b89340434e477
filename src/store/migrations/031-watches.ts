/** Who wants to hear when a key, an address, a role or a user calls again, and how far was looked. */
export const watches = {
  name: '031-watches',
  sql: `
    create table watch (
      id integer generated always as identity primary key,
      team text not null,
      watcher text not null,
      -- what is watched: kind, value, and the ARN where it was named by one
      subject jsonb not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      ended_at timestamptz,
      -- calls up to here were looked for in CloudTrail, and when it is looked at next
      read_until timestamptz not null,
      look_at timestamptz not null,
      told_at timestamptz,
      -- ids of calls that were told, the newest last
      told text[] not null default '{}',
      found integer not null default 0,
      -- on what the last look rested; null: none was through yet
      coverage text
    );
    create index watch_open on watch (look_at) where ended_at is null;
  `,
};
