/** What began lately is looked for each second. */
export const recent = {
  name: '035-recent',
  sql: `
    create index alert_recent on alert (first_seen) where state <> 'resolved';
  `,
};
