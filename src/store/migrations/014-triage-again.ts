/** A triage looks a second time when CloudTrail has caught up: `wanted_at` lies ahead until then. */
export const triageAgain = {
  name: '014-triage-again',
  sql: 'alter table triage add column looks integer not null default 0',
};
