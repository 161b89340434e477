/** What was said of an alert last, by kind: one that nobody takes calls for weeks, and each drawing of it looks. */
export const outboxKinds = {
  name: '033-outbox-kinds',
  sql: `
    drop index outbox_by_alert;
    create index outbox_by_alert on outbox (alert_id, kind, id) where alert_id is not null;
  `,
};
