import { type CredentialRule, date, named, rootOf } from './rule.ts';

export const serverCertificateExpired: CredentialRule = {
  id: 'server-certificate-expired',
  brief: 'expired certificate',
  title: 'No expired server certificate is kept in IAM',
  severity: 'medium',
  why: 'An expired certificate may still be deployed to a load balancer by mistake.',
  fix: 'Delete it with `aws iam delete-server-certificate`; the console does not show these. Better kept in AWS Certificate Manager.',
  columns: [],
  check: (facts) => {
    if (!facts.serverCertificates.known) return { unknown: facts.serverCertificates.reason };
    return facts.serverCertificates.value.flatMap(({ name, arn, expiresAt }) =>
      expiresAt === null || expiresAt > facts.generatedAt
        ? []
        : [
            {
              ...rootOf(facts),
              // Of the account, so that a deleted certificate counts as fixed.
              user: 'whole account',
              slot: arn,
              sentence: `The server certificate ${named(name)} expired on ${date(expiresAt)}.`,
              since: expiresAt,
            },
          ],
    );
  },
};
