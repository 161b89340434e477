import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { issueCertificate } from '../../../sandbox/sns/certificate.ts';

const issuer = generateKeyPairSync('rsa', { modulusLength: 2048 });

test.each([
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['EC', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
])('a certificate for an %s key is read back as it was asked for', (_, { publicKey }) => {
  const pem = issueCertificate({
    name: 'sns.amazonaws.com',
    publicKey,
    issuer: { name: 'A test authority', privateKey: issuer.privateKey },
    notBefore: new Date('2026-01-02T03:04:05Z'),
    notAfter: new Date('2036-01-02T03:04:05Z'),
  });
  const certificate = new X509Certificate(pem);
  expect(certificate.subject).toBe('CN=sns.amazonaws.com');
  expect(certificate.subjectAltName).toBe('DNS:sns.amazonaws.com');
  expect(certificate.issuer).toBe('CN=A test authority');
  expect(certificate.validFromDate).toEqual(new Date('2026-01-02T03:04:05Z'));
  expect(certificate.validToDate).toEqual(new Date('2036-01-02T03:04:05Z'));
  expect(certificate.publicKey.equals(publicKey)).toBe(true);
  expect(certificate.verify(issuer.publicKey)).toBe(true);
  expect(certificate.verify(publicKey)).toBe(false);
});
