/**
 * Alerts of one attack are one incident with a message of its own. A link is something that alerts name (a key, an address):
 * one row each, with the alert that named it last.
 */
export const incidents = {
  name: '020-incidents',
  sql: `
    create table incident (
      id integer generated always as identity primary key,
      channel text not null,
      opened_at timestamptz not null,
      last_at timestamptz not null,
      count integer not null,
      version integer not null default 1
    );
    create index incident_by_last on incident (last_at desc);

    alter table alert
      add column incident_id integer references incident (id),
      add column leads boolean not null default false;
    create index alert_by_incident on alert (incident_id) where incident_id is not null;

    create table link (
      name text primary key,
      alert_id integer not null references alert (id),
      at timestamptz not null,
      -- on how many days, one after the other, alerts named it
      days integer not null
    );
    create index link_by_alert on link (alert_id);
    create index link_by_age on link (at);

    alter table slack_message
      add column incident_id integer references incident (id),
      drop constraint slack_message_check,
      add constraint slack_message_check check (num_nonnulls(alert_id, storm_id, incident_id) = 1);
    create unique index slack_message_incident on slack_message (incident_id) where incident_id is not null;

    create function want_incident() returns trigger language plpgsql as $$
    begin
      update slack_message set wanted = changed.version from changed
        where slack_message.incident_id = changed.id and slack_message.wanted < changed.version;
      return null;
    end $$;
    create trigger incident_wanted after update on incident
      referencing new table as changed for each statement execute function want_incident();
  `,
};
