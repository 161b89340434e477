import { type KeyObject, randomBytes, sign } from 'node:crypto';

export interface CertificateRequest {
  /** Subject and subject alternative name. */
  name: string;
  publicKey: KeyObject;
  /** Who signs, with an RSA key; for a self-signed certificate the subject itself. */
  issuer: { name: string; privateKey: KeyObject };
  notBefore: Date;
  notAfter: Date;
}

/** An X.509 v3 server certificate as PEM. Node can read certificates but not make them. Source: RFC 5280, section 4.1. */
export const issueCertificate = ({ name, publicKey, issuer, notBefore, notAfter }: CertificateRequest): string => {
  const sha256WithRsa = sequence(objectId('2a864886f70d01010b'), tlv(0x05));
  const subjectAltName = sequence(objectId('551d11'), tlv(0x04, sequence(tlv(0x82, Buffer.from(name, 'ascii')))));
  const certificate = sequence(
    tlv(0xa0, integer(Buffer.of(2))),
    // Positive, and without leading zeros.
    integer(Buffer.concat([Buffer.of(0x4d), randomBytes(15)])),
    sha256WithRsa,
    commonName(issuer.name),
    sequence(utcTime(notBefore), utcTime(notAfter)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(subjectAltName)),
  );
  const signature = sign('RSA-SHA256', certificate, issuer.privateKey);
  const der = sequence(certificate, sha256WithRsa, tlv(0x03, Buffer.of(0), signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};

/** One DER value: tag, length, content. */
const tlv = (tag: number, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  const hex = body.length.toString(16);
  const size = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const length = body.length < 0x80 ? size : Buffer.concat([Buffer.of(0x80 | size.length), size]);
  return Buffer.concat([Buffer.of(tag), length, body]);
};

const sequence = (...content: Buffer[]): Buffer => tlv(0x30, ...content);

const integer = (bigEndian: Buffer): Buffer => tlv(0x02, bigEndian);

/** The content as in the standard's tables, in hex. */
const objectId = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));

const commonName = (name: string): Buffer =>
  sequence(tlv(0x31, sequence(objectId('550403'), tlv(0x0c, Buffer.from(name)))));

/** Two digits of year: good until 2049. */
const utcTime = (date: Date): Buffer =>
  tlv(0x17, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
