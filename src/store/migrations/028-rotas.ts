/** The lists by which layers of schedules took turns, so that a list that was edited hands nothing over in the middle of a turn. */
export const rotas = {
  name: '028-rotas',
  sql: `
    create table rota (
      schedule text not null,
      layer text not null,
      -- a list of lists of Slack users
      users json not null,
      moved integer not null,
      counted text not null,
      primary key (schedule, layer)
    );
  `,
};
