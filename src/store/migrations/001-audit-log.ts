/**
 * The audit log and the head of its chain. Append-only: triggers refuse every change of a row, also to the owner of
 * the tables; who removes the triggers is found by `trailwatch audit-log verify`.
 */
export const auditLogTable = {
  name: '001-audit-log',
  sql: `
    create table audit_log (
      seq bigint primary key,
      -- To the millisecond, as it is hashed.
      at timestamptz(3) not null,
      -- Slack workspace and user; both null: Trailwatch itself.
      actor_team text,
      actor_user text,
      action text not null,
      subject text not null,
      detail jsonb not null,
      prev_hash text not null,
      hash text not null,
      check ((actor_team is null) = (actor_user is null))
    );
    create index audit_log_by_time on audit_log (at);

    -- One row: the last of the chain, so that rows cut off at the end are missed.
    create table audit_head (
      only_row boolean primary key default true check (only_row),
      seq bigint not null,
      hash text not null
    );
    insert into audit_head (seq, hash) values (0, repeat('0', 64));

    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception 'the audit log is append-only: % of % refused', tg_op, tg_table_name;
    end
    $$;
    create trigger audit_log_append_only before update or delete on audit_log
      for each row execute function refuse_change();
    create trigger audit_log_no_truncate before truncate on audit_log
      for each statement execute function refuse_change();
    create trigger audit_head_stays before delete on audit_head
      for each row execute function refuse_change();
    create trigger audit_head_no_truncate before truncate on audit_head
      for each statement execute function refuse_change();
  `,
};
