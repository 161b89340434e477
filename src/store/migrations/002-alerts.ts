/** Alerts, their timeline, what Slack shows of them, and what must still be said. Times are UTC; JSON holds no secrets. */
export const alertTables = {
  name: '002-alerts',
  sql: `
    create table message (
      id text primary key,
      topic_arn text not null,
      sent_at timestamptz not null,
      received_at timestamptz not null,
      -- what became of it: opened, repeated, resolved, dropped, silenced, nothing-to-resolve, digest
      outcome text not null
    );
    create index message_by_topic on message (topic_arn, received_at desc);
    create index message_by_age on message (received_at);

    create table storm (
      id integer generated always as identity primary key,
      channel text not null,
      source text not null,
      kind text not null,
      opened_at timestamptz not null,
      last_at timestamptz not null,
      ended_at timestamptz,
      count integer not null default 0,
      version integer not null default 1
    );
    create unique index storm_open on storm (channel, source, kind) where ended_at is null;

    create table alert (
      id integer generated always as identity primary key,
      dedup_key text not null,
      state text not null,
      mode text not null,
      severity text not null,
      source text not null,
      kind text not null,
      account text,
      region text,
      title text not null,
      signal jsonb not null,
      count integer not null,
      first_seen timestamptz not null,
      last_seen timestamptz not null,
      channel text not null,
      mention jsonb not null,
      runbook text,
      escalation text,
      level integer not null,
      firing_since timestamptz not null,
      due_at timestamptz,
      snoozed_until timestamptz,
      assignee text,
      acknowledged_by text,
      acknowledged_at timestamptz,
      resolved_by text,
      resolved_at timestamptz,
      flaps jsonb not null,
      storm_id integer references storm (id),
      version integer not null
    );
    create unique index alert_open on alert (dedup_key) where state <> 'resolved';
    create index alert_by_key on alert (dedup_key, last_seen desc);
    create index alert_due on alert (due_at) where due_at is not null;
    create index alert_open_list on alert (last_seen desc) where state <> 'resolved';
    create index alert_by_kind on alert (channel, source, kind, first_seen);
    create index alert_by_storm on alert (storm_id) where storm_id is not null;

    create table alert_event (
      id integer generated always as identity primary key,
      alert_id integer not null references alert (id),
      at timestamptz not null,
      kind text not null,
      by jsonb not null,
      text text,
      detail text
    );
    create index alert_event_by_alert on alert_event (alert_id, id);

    -- One row for each place in Slack where an alert or a storm is shown. Behind while version is below the subject's.
    create table slack_message (
      id integer generated always as identity primary key,
      alert_id integer references alert (id),
      storm_id integer references storm (id),
      channel text not null,
      ts text,
      version integer not null default 0,
      -- set when a request went out and cleared when its answer is known: a row with both set may have been posted
      attempted_at timestamptz,
      retry_at timestamptz,
      tries integer not null default 0,
      error text,
      check ((alert_id is null) <> (storm_id is null))
    );
    create unique index slack_message_alert on slack_message (alert_id, channel) where alert_id is not null;
    create unique index slack_message_storm on slack_message (storm_id) where storm_id is not null;
    create index slack_message_by_ts on slack_message (channel, ts);

    -- Things to say once: replies in a thread, mentions, direct messages, pages.
    create table outbox (
      id integer generated always as identity primary key,
      key text not null unique,
      alert_id integer references alert (id),
      kind text not null,
      -- a Slack channel or user id, or pagerduty:name; the pace is kept for each
      target text not null,
      payload jsonb not null,
      created_at timestamptz not null,
      attempted_at timestamptz,
      retry_at timestamptz,
      tries integer not null default 0,
      error text,
      done_at timestamptz,
      ts text
    );
    create index outbox_open on outbox (target, id) where done_at is null;

    -- Slack's pace: the earliest time of the next request in each lane, whichever replica makes it.
    create table lane (
      id text primary key,
      next_at timestamptz not null
    );

    -- Signed requests of Slack seen in the last minutes: each is honoured once.
    create table slack_request (
      id text primary key,
      at timestamptz not null
    );

    create table silence (
      id integer generated always as identity primary key,
      matcher jsonb not null,
      reason text not null,
      created_by text not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      -- set when somebody ended it early or its time was over, and the end was announced in this channel
      ended_at timestamptz,
      ended_by text,
      channel text not null,
      caught integer not null default 0
    );
    create index silence_open on silence (expires_at) where ended_at is null;

    create table oncall_override (
      id integer generated always as identity primary key,
      schedule text not null,
      user_id text not null,
      starts_at timestamptz not null,
      ends_at timestamptz not null,
      created_by text not null,
      created_at timestamptz not null
    );
    create index oncall_override_by_schedule on oncall_override (schedule, ends_at);
  `,
};
