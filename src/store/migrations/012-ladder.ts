/** How far the calls for an alert or a storm have come: rounds, the last call, and whether everybody was called in vain. */
export const ladder = {
  name: '012-ladder',
  sql: `
    alter table oncall_override
      add column instead text,
      add column because text not null default 'override';
    alter table alert
      add column round integer not null default 0,
      add column called_at timestamptz,
      add column exhausted_at timestamptz,
      add column quiet_hours jsonb;
    alter table storm
      add column round integer not null default 0,
      add column called_at timestamptz,
      add column exhausted_at timestamptz,
      add column quiet_hours jsonb;
    -- What was called in vain before is not called all over again on the day of the upgrade; what is critical is, in a while.
    update alert set called_at = now(), exhausted_at = now()
      where state = 'firing' and mode = 'alert' and due_at is null and escalation is not null and level > 0;
  `,
};
