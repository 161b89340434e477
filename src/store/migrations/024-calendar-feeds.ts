/** Secret addresses at which calendars read who is on call. */
export const calendarFeeds = {
  name: '024-calendar-feeds',
  sql: `
    create table calendar_feed (
      id integer generated always as identity primary key,
      -- Slack user and workspace: it tells what this person may see
      owner text not null,
      team text not null,
      -- null: the owner's own shifts, of every schedule
      schedule text,
      -- SHA-256 of the secret in the address, which is kept nowhere
      secret_hash bytea not null,
      made_at timestamptz not null
    );
    create unique index calendar_feed_one on calendar_feed (owner, coalesce(schedule, ''));
  `,
};
