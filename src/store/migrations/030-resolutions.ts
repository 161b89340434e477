/** What an alert turned out to be, as whoever resolved it said. */
export const resolutions = {
  name: '030-resolutions',
  sql: `
    -- null: nobody said, or AWS resolved it
    alter table alert add column resolved_as text;
  `,
};
