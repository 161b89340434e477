import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Kept } from '../../src/words/kept.ts';
import type { WireRequest } from './protocols/protocol.ts';

/** The parts of an Authorization header of Signature Version 4. */
export interface Credential {
  accessKeyId: string;
  /** As `20261124`. */
  date: string;
  region: string;
  /** The service's signing name. */
  service: string;
  signedHeaders: readonly string[];
  signature: string;
}

const algorithm = 'AWS4-HMAC-SHA256';

/** Who signed for which service; undefined when the request carries no signature of version 4. */
export function readCredential({ headers }: WireRequest): Credential | undefined {
  const found =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers['authorization'] ?? '',
    );
  if (found === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = found;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/** When the request says it was signed; undefined when it does not say. */
export function signedAt({ headers }: WireRequest): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/**
 * Whether the signature is the one that this secret gives for this very request, body included.
 * Source: IAM user guide, "Create a signed AWS API request".
 */
export function verifySignature(request: WireRequest, credential: Credential, secret: string): boolean {
  const { date, region, service, signedHeaders, signature } = credential;
  const bodyHash = sha256(request.body);
  const claimed = request.headers['x-amz-content-sha256'];
  if (claimed !== undefined && claimed !== 'UNSIGNED-PAYLOAD' && claimed !== bodyHash) return false;
  // The host and the time must be under the signature; otherwise it could be used again elsewhere and later.
  if (!signedHeaders.includes('host') || !signedHeaders.includes('x-amz-date')) return false;
  const canonical = [
    request.method,
    // S3 signs the path as it is sent; all others encode it once more.
    service === 's3' ? request.path : request.path.split('/').map(encode).join('/'),
    [...request.query]
      .map(([key, value]) => [encode(key), encode(value)] as const)
      .toSorted(([key, value], [otherKey, other]) => (key < otherKey || (key === otherKey && value < other) ? -1 : 1))
      .map((pair) => pair.join('='))
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    claimed ?? bodyHash,
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = [algorithm, request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  return timingSafeEqual(hmac(signingKey(secret, scope), text), Buffer.from(signature, 'hex'));
}

/** A key signs with one secret for one day, region and service: it is made once for all its requests. */
const signingKeys = new Kept<KeyObject>(2000);

function signingKey(secret: string, scope: string): KeyObject {
  const name = `${secret} ${scope}`;
  const made =
    signingKeys.get(name) ??
    createSecretKey(Buffer.from(scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`)));
  signingKeys.set(name, made);
  return made;
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer | KeyObject, data: string): Buffer =>
  createHmac('sha256', key).update(data).digest();

/** RFC 3986: all but the unreserved characters. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
