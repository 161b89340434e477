/** What one of the two who have to acknowledged: who else has to. */
export const second = {
  name: '019-second',
  sql: `alter table alert add column second_wanted text;`,
};
