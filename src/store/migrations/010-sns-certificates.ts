/** Signing certificates of SNS that were fetched and found fit: a start needs no fetch, and strangers cannot keep one out. */
export const snsCertificates = {
  name: '010-sns-certificates',
  sql: `
    create table sns_certificate (
      url text primary key,
      pem text not null,
      fetched_at timestamptz not null
    );
  `,
};
