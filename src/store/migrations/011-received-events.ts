/**
 * Every event of AWS that made or repeated an alert, by its own id: an alert shows only the newest of those that it groups.
 * What happened is compared with it, so it is kept for as long as the framework looks back.
 */
export const receivedEvents = {
  name: '011-received-events',
  sql: `
    create table received_event (
      id text not null,
      alert_id integer not null references alert (id),
      account text,
      region text,
      source text not null,
      at timestamptz not null,
      primary key (id, alert_id)
    );
    create index received_event_by_place on received_event (account, region, at);
    create index received_event_by_age on received_event (at);
  `,
};
