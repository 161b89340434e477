/** What a digest's own channel refused, how a run was signed off, and what was decided about each user of an access review. */
export const digestCare = {
  name: '015-digest-care',
  sql: `
    -- why Slack refuses the digest's own channel: the run is shown in the default channel then
    alter table digest_run add column refused text;
    -- accepted, remarks, refused; what the reviewer wrote
    alter table digest_run add column review_outcome text;
    alter table digest_run add column review_comment text;

    create table digest_user_review (
      run_id integer not null references digest_run (id) on delete cascade,
      -- the user's ARN
      principal text not null,
      -- keep, change, remove
      decision text not null,
      comment text,
      by text not null,
      at timestamptz not null,
      primary key (run_id, principal)
    );
  `,
};
