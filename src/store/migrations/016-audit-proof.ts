/**
 * Each row of the audit log bears a proof that it was written with a key that the database does not know; and which heads of
 * the chain were noted outside of the database.
 */
export const auditProof = {
  name: '016-audit-proof',
  sql: `
    alter table audit_log add column mac text;
    create table audit_anchor (
      -- UTC
      day date primary key,
      seq bigint not null,
      hash text not null,
      at timestamptz not null,
      -- when a copy was put into the archive
      archived_at timestamptz
    );
  `,
};
