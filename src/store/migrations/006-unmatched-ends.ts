/** Ends that came before their beginnings: SNS does not keep order, and an alarm that is over must not stay open. */
export const unmatchedEnds = {
  name: '006-unmatched-ends',
  sql: `
    create table unmatched_end (
      dedup_key text primary key,
      signal jsonb not null,
      at timestamptz not null
    );
    create index unmatched_end_by_age on unmatched_end (at);
  `,
};
