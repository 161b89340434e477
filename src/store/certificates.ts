import type { Kysely } from 'kysely';
import type { CertificateTable, Tables } from './tables.ts';

interface Certificate {
  url: string;
  pem: string;
  fetchedAt: Date;
}

const toCertificate = ({ url, pem, fetched_at }: CertificateTable): Certificate => ({
  url,
  pem,
  fetchedAt: fetched_at,
});

/** The signing certificates of SNS that any replica has fetched. */
export const keptCertificates = (db: Kysely<Tables>) => ({
  load: async (): Promise<Certificate[]> => {
    const rows = await db.selectFrom('sns_certificate').selectAll().orderBy('fetched_at', 'desc').limit(16).execute();
    return rows.map(toCertificate);
  },
  keep: async ({ url, pem, fetchedAt }: Certificate): Promise<void> => {
    const row = { url, pem, fetched_at: fetchedAt };
    await db
      .insertInto('sns_certificate')
      .values(row)
      .onConflict((conflict) => conflict.column('url').doUpdateSet(row))
      .execute();
  },
});
