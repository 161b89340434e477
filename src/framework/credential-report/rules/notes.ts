import { oneLine } from '../../../words/text.ts';
import { type CredentialRule, date, keySlot, named, rootOf, userOf } from './rule.ts';

/** The report tells that a certificate is active, not when it expires: so a note, for the root user too. */
export const signingCertificate: CredentialRule = {
  id: 'signing-certificate',
  brief: 'signing certificate',
  title: 'X.509 signing certificates are gone',
  severity: 'info',
  why: 'They serve SOAP calls that AWS has ended, and old command line tools.',
  fix: 'Deactivate the certificate, then delete it.',
  columns: ['cert_1_active', 'cert_1_last_rotated', 'cert_2_active', 'cert_2_last_rotated'],
  check: (facts) =>
    facts.rows.flatMap((row) =>
      row.certificates.flatMap((certificate) =>
        certificate.active === true
          ? [
              {
                ...(row.root ? rootOf(facts) : userOf(facts, row)),
                slot: `certificate ${certificate.slot}`,
                sentence: `${row.root ? 'The root user' : named(row.user)} has an active signing certificate${certificate.rotatedAt === null ? '' : ` from ${date(certificate.rotatedAt)}`}.`,
                since: certificate.rotatedAt,
                note: true as const,
              },
            ]
          : [],
      ),
    ),
};

export const inactiveKey: CredentialRule = {
  id: 'inactive-key',
  brief: 'inactive key kept',
  title: 'Inactive access keys are deleted',
  severity: 'info',
  why: 'One click makes an inactive key work again.',
  fix: 'Delete the key once nobody has missed it for some weeks.',
  columns: ['access_key_1_active', 'access_key_1_last_rotated', 'access_key_2_active', 'access_key_2_last_rotated'],
  check: (facts) =>
    facts.rows.flatMap((row) =>
      row.keys.flatMap((key) =>
        // An inactive key keeps the date that a free slot does not have.
        key.active === false && key.rotatedAt !== null
          ? [
              {
                ...(row.root ? rootOf(facts) : userOf(facts, row)),
                slot: keySlot(key.slot),
                sentence: `Access key ${key.slot} of ${row.root ? 'the root user' : named(row.user)} is inactive and still there, made or changed on ${date(key.rotatedAt)}.`,
                since: key.rotatedAt,
                note: true as const,
              },
            ]
          : [],
      ),
    ),
};

/** More keys or certificates than the report has columns for. */
export const unlistedCredentials: CredentialRule = {
  id: 'unlisted-credentials',
  brief: 'credentials that are not listed',
  title: 'The report shows all keys and certificates',
  severity: 'info',
  why: 'What the report leaves out, nobody checks.',
  fix: 'List the user’s access keys and signing certificates, and delete those not in use.',
  columns: [],
  check: (facts) =>
    facts.rows.flatMap((row) =>
      row.additionalCredentials === null
        ? []
        : [
            {
              ...(row.root ? rootOf(facts) : userOf(facts, row)),
              slot: '',
              sentence: `${row.root ? 'The root user' : named(row.user)} has more keys or certificates than the report shows: ${oneLine(row.additionalCredentials, 200)}`,
              since: null,
              note: true as const,
            },
          ],
    ),
};
