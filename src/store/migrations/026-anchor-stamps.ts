/** What a time-stamp authority answered about a head of the audit log (TimeStampResp of RFC 3161). */
export const anchorStamps = {
  name: '026-anchor-stamps',
  sql: 'alter table audit_anchor add column stamp bytea;',
};
