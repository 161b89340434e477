/**
 * A call is a row of the outbox that says which step it belongs to and whom it calls, and what came of it. An acknowledgement
 * withdraws those that are not made yet. Calls that are made together with others to the same person are one message.
 */
export const calls = {
  name: '017-calls',
  sql: `
    alter table outbox
      -- alert-7-1795949659000-0-2: the alert or storm, its spell of firing, the round, the level; null: no call
      add column step text,
      -- the person who is called, whatever the way; null: a channel, a group or a service
      add column person text,
      -- sent, silent (sent, and Slack will not ring), rang, unreached or withdrawn; error says why
      add column outcome text,
      -- by which a service tells whether the person took the call, and when it is asked next
      add column receipt text,
      add column poll_at timestamptz,
      -- the first of the rows that are one message
      add column bundle integer references outbox (id);
    create index outbox_calls on outbox (alert_id, step) where step is not null;
    create index outbox_poll on outbox (poll_at) where poll_at is not null;
    create index outbox_bundle on outbox (bundle) where bundle is not null;
  `,
};
