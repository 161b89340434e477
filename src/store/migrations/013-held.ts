/** When whoever acknowledged an alert last showed that they are on it, and was asked. */
export const held = {
  name: '013-held',
  sql: `
    alter table alert
      add column held_at timestamptz,
      add column reminded_at timestamptz;
  `,
};
