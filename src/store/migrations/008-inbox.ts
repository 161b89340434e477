/**
 * Messages are committed as they come and taken in afterwards, many at once. A storm has a timer of its own, and knows
 * what it must not hide.
 */
export const inboxTables = {
  name: '008-inbox',
  sql: `
    create table topic (
      arn text primary key,
      heard_at timestamptz not null
    );
    insert into topic select topic_arn, max(received_at) from message group by topic_arn;

    create sequence inbox_seq as bigint;
    create table inbox (
      id text primary key,
      seq bigint not null,
      received_at timestamptz not null,
      -- the message as JSON, until it is taken in
      waiting text,
      -- why it cannot be taken in
      trouble text
    );
    create index inbox_waiting on inbox (seq) where waiting is not null;
    create index inbox_by_age on inbox (received_at);
    insert into inbox (id, seq, received_at)
      select id, nextval('inbox_seq'), received_at from message where received_at > now() - interval '14 days';
    drop table message;

    alter table storm
      -- alerts that came during it and have a message of their own
      add column apart integer not null default 0,
      add column worst text not null default 'info',
      add column accounts jsonb not null default '[]',
      add column actors jsonb not null default '[]',
      add column severity text not null default 'info',
      add column escalation text,
      add column level integer not null default 0,
      add column firing_since timestamptz not null default now(),
      add column due_at timestamptz;
    create index storm_due on storm (due_at) where due_at is not null;

    create index outbox_pages on outbox (alert_id) where kind = 'page';
  `,
};
