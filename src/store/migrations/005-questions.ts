/** Questions to AWS: how far each is, and what was found, kept for a day for files, pivots and sharing. */
export const questionTables = {
  name: '005-questions',
  sql: `
    create table question (
      id integer generated always as identity primary key,
      team text not null,
      asked_by text not null,
      channel text not null,
      at timestamptz not null,
      -- searching, asking (before it costs something), following (an investigation of Detective), done, cancelled, failed
      state text not null,
      -- the last sign of life of whoever searches
      seen_at timestamptz not null,
      cancelled_by text,
      -- what the message is drawn from; secrets are masked
      answer jsonb not null
    );
    create index question_by_age on question (at);

    -- The events found, in the order in which they were found: gzipped JSON lines, secrets masked.
    create table question_part (
      question_id integer not null references question (id) on delete cascade,
      part integer not null,
      lines bytea not null,
      primary key (question_id, part)
    );

    -- One triage reply for each alert that names somebody or something.
    create table triage (
      alert_id integer primary key references alert (id),
      wanted_at timestamptz not null,
      -- until when a worker has it
      lease_until timestamptz,
      done_at timestamptz,
      -- who asked for it by hand; null: it came by itself
      asked_by text
    );
    create index triage_due on triage (wanted_at) where done_at is null;
  `,
};
