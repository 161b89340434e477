/** What is removed when its time is over is found without a look at everything, and so is what belongs to it. */
export const ends = {
  name: '025-ends',
  sql: `
    create index alert_by_last_seen on alert (last_seen) where state = 'resolved' or mode <> 'alert';
    create index outbox_by_alert on outbox (alert_id) where alert_id is not null;
    create index outbox_news on outbox (created_at) where alert_id is null;
    create index received_event_by_alert on received_event (alert_id);
  `,
};
