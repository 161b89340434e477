/** Who was asked whether it was them who made the call that an alert is about, and what they answered. */
export const actorQuestions = {
  name: '023-actor-questions',
  sql: `
    create table actor_question (
      alert_id integer primary key references alert (id),
      -- Slack user; null: nobody could be asked
      user_id text,
      email text not null,
      proof text not null,
      asked_at timestamptz not null,
      expires_at timestamptz not null,
      -- open, yes, no, expired; unasked: nobody was, and the thread says why
      answer text not null,
      answered_at timestamptz,
      reason text
    );
    create index actor_question_open on actor_question (expires_at) where answer = 'open';
    create index actor_question_by_user on actor_question (user_id, asked_at);
    -- Somebody denied it: the alert stays critical whatever its source says.
    alter table alert add column denied boolean not null default false;
  `,
};
