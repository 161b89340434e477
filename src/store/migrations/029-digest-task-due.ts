/** Until when a finding of a digest is to be fixed, where that is followed, and whether a file was uploaded. */
export const digestTaskDue = {
  name: '029-digest-task-due',
  sql: `
    -- null: a task of before there were due dates
    alter table digest_task add column due_at timestamptz;
    -- a key or an address, as somebody typed it
    alter table digest_task add column ticket text;

    alter table digest_file add column uploaded_at timestamptz;
    alter table digest_file add column upload_error text;
  `,
};
