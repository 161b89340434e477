/** Two incidents may turn out to be one, and a link keeps every alert that waits for one that acts. */
export const mergedIncidents = {
  name: '027-merged-incidents',
  sql: `
    alter table incident add column merged_into integer references incident (id) on delete set null;

    alter table link add column alert_ids integer[];
    update link set alert_ids = array[alert_id];
    alter table link alter column alert_ids set not null, drop column alert_id;
  `,
};
