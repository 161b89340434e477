/** In which hours each topic, source and account was heard of: from that follows when one of them has fallen silent. */
export const heardHours = {
  name: '021-heard',
  sql: `
    create table heard (
      -- a stream's key, or 'awake' for the hours in which Trailwatch ran
      stream text not null,
      -- hours since 1970
      hour integer not null,
      primary key (stream, hour)
    );
  `,
};
