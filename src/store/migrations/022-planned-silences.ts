/** A silence may begin later: a maintenance window that is planned ahead. */
export const plannedSilences = {
  name: '022-planned-silences',
  sql: `
    alter table silence
      add column starts_at timestamptz,
      -- when it was told that it begins; null: it is planned
      add column begun_at timestamptz;
    update silence set starts_at = created_at, begun_at = created_at;
    alter table silence alter column starts_at set not null;
    create index silence_planned on silence (starts_at) where begun_at is null and ended_at is null;
  `,
};
