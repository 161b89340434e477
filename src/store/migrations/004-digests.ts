/** Runs of the digests: what was collected in each account, the files made of it, what people decided about it. */
export const digestTables = {
  name: '004-digests',
  sql: `
    -- Since when a schedule stands as it is: periods before that were never missed.
    create table digest_schedule (
      digest text primary key,
      cron text not null,
      timezone text not null,
      since timestamptz not null
    );

    create table digest_run (
      id integer generated always as identity primary key,
      digest text not null,
      -- the time on the wall where the schedule is kept, or what was asked by hand: one run for each
      period text not null,
      -- null: the clock
      asked_by text,
      channel text not null,
      started_at timestamptz not null,
      -- collecting, posting, done
      state text not null,
      -- why the list of accounts is not whole
      trouble text,
      -- raised when accounts that failed are asked again: the files are made anew
      edition integer not null default 1,
      places_known boolean not null default false,
      -- what was asked once for all accounts
      shared jsonb,
      collected_at timestamptz,
      done_at timestamptz,
      -- who works on it, until when
      lease text,
      lease_until timestamptz,
      retry_at timestamptz,
      tries integer not null default 0,
      error text,
      -- the Slack message: of what it shows, a hash
      ts text,
      shown text,
      attempted_at timestamptz,
      -- what the message is drawn from
      result jsonb,
      manifest_sha256 text,
      reviewed_by text,
      reviewed_at timestamptz,
      unique (digest, period)
    );
    create index digest_run_open on digest_run (id) where state <> 'done';
    create index digest_run_by_time on digest_run (digest, started_at desc);

    -- One row for each account that a run asks. The content is gzipped JSON of the digest's own shape.
    create table digest_place (
      run_id integer not null references digest_run (id) on delete cascade,
      account text not null,
      name text,
      owner text,
      -- waiting, answered, failed, left (was there the last time and is in the organization no more)
      state text not null,
      reason text,
      tries integer not null default 0,
      reported_at timestamptz,
      answered_at timestamptz,
      content bytea,
      -- what the digest has to remember of the account until the next run, gzipped JSON
      memory bytea,
      primary key (run_id, account)
    );
    create index digest_place_memory on digest_place (account, run_id desc) where memory is not null;

    -- What AWS sent, byte for byte, gzipped; the hash is of the bytes as they came.
    create table digest_raw (
      run_id integer not null references digest_run (id) on delete cascade,
      account text not null,
      name text not null,
      sha256 text not null,
      bytes bytea not null,
      primary key (run_id, account, name)
    );

    create table digest_file (
      run_id integer not null references digest_run (id) on delete cascade,
      name text not null,
      title text not null,
      sha256 text not null,
      size integer not null,
      -- gzipped
      bytes bytea not null,
      sent_at timestamptz,
      attempted_at timestamptz,
      retry_at timestamptz,
      tries integer not null default 0,
      error text,
      archived_at timestamptz,
      archive_error text,
      primary key (run_id, name)
    );

    -- What people have to do about a finding: chased every week until it is done.
    create table digest_task (
      id integer generated always as identity primary key,
      digest text not null,
      finding text not null,
      title text not null,
      assignee text not null,
      asked_by text not null,
      note text,
      channel text not null,
      created_at timestamptz not null,
      chase_at timestamptz not null,
      chased integer not null default 0,
      done_at timestamptz,
      done_by text
    );
    create unique index digest_task_open on digest_task (digest, finding) where done_at is null;
    create index digest_task_due on digest_task (chase_at) where done_at is null;

    -- A finding that somebody asks to accept; it counts from the approval of another person until it expires.
    create table digest_exception (
      id integer generated always as identity primary key,
      digest text not null,
      finding text not null,
      title text not null,
      owner text not null,
      reason text not null,
      expires_at timestamptz not null,
      asked_at timestamptz not null,
      channel text not null,
      decided_by text,
      decided_at timestamptz,
      approved boolean
    );
    create unique index digest_exception_asked on digest_exception (digest, finding) where decided_at is null;
    create index digest_exception_held on digest_exception (digest, expires_at) where approved;

    -- Assessment reports that Audit Manager makes because somebody asked: followed until they are announced.
    create table digest_report (
      id text primary key,
      assessment text not null,
      name text not null,
      asked_by text not null,
      channel text not null,
      asked_at timestamptz not null,
      done_at timestamptz
    );

    -- What AWS keeps no history of, once a day.
    create table digest_daily (
      digest text not null,
      day date not null,
      content jsonb not null,
      primary key (digest, day)
    );
  `,
};
