/** What an investigation gathered under a name: answers as they stood, alerts, incidents and notes. */
export const cases = {
  name: '034-cases',
  sql: `
    create table case_file (
      id integer generated always as identity primary key,
      team text not null,
      name text not null,
      opened_by text not null,
      opened_at timestamptz not null,
      closed_at timestamptz,
      -- the last thing that was put into it
      last_at timestamptz not null
    );
    create table case_entry (
      id integer generated always as identity primary key,
      case_id integer not null references case_file on delete cascade,
      at timestamptz not null,
      added_by text not null,
      kind text not null check (kind in ('answer', 'alert', 'incident', 'note')),
      -- the question as typed, what the alert meant, the note
      text text not null,
      -- the question, which is kept as long as the case; the alert or incident
      ref integer,
      -- of an answer: what it said then
      answer jsonb
    );
    create index case_entry_case on case_entry (case_id, id);
    create index case_entry_question on case_entry (ref) where kind = 'answer';
  `,
};
