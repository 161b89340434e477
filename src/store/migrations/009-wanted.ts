/**
 * Each Slack message knows the version that it should show, so that what is behind is found without a look at every alert
 * that is open. The database keeps it, whoever changes an alert or a storm.
 */
export const wanted = {
  name: '009-wanted',
  sql: `
    alter table slack_message add column wanted integer not null default 1;
    update slack_message set wanted = alert.version from alert where alert.id = slack_message.alert_id;
    update slack_message set wanted = storm.version from storm where storm.id = slack_message.storm_id;
    create index slack_message_behind on slack_message (channel) where version < wanted;

    create function want_alert() returns trigger language plpgsql as $$
    begin
      update slack_message set wanted = changed.version from changed
        where slack_message.alert_id = changed.id and slack_message.wanted < changed.version;
      return null;
    end $$;
    create trigger alert_wanted after update on alert
      referencing new table as changed for each statement execute function want_alert();

    create function want_storm() returns trigger language plpgsql as $$
    begin
      update slack_message set wanted = changed.version from changed
        where slack_message.storm_id = changed.id and slack_message.wanted < changed.version;
      return null;
    end $$;
    create trigger storm_wanted after update on storm
      referencing new table as changed for each statement execute function want_storm();
  `,
};
