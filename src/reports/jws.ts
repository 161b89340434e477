import { createHash, createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';

/** The signature of a folder's manifest lies beside it. */
export const signatureName = 'manifest.jws';

/** Algorithms by their names in JWS. Source: RFC 7518, 3.1. */
export const jwsAlgorithms = ['ES256', 'RS256'] as const;

export type JwsAlgorithm = (typeof jwsAlgorithms)[number];

const Header = z.object({ alg: z.enum(jwsAlgorithms), kid: z.string() });

const coded = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64url');

/**
 * A detached JWS in compact form: what is signed is not in it. Source: RFC 7515, 7.1 and appendix F.
 * @param sign gives the signature of a SHA-256; of ES256 as DER
 */
export async function detachedJws(
  payload: Uint8Array,
  header: { alg: JwsAlgorithm; kid: string },
  sign: (sha256: Uint8Array) => Promise<Uint8Array>,
): Promise<string> {
  const head = coded(JSON.stringify(header));
  const signature = await sign(
    createHash('sha256')
      .update(`${head}.${coded(payload)}`)
      .digest(),
  );
  return `${head}..${coded(header.alg === 'ES256' ? plainEcdsa(signature) : signature)}`;
}

/** Checks a detached JWS over a payload with a public key (PEM). Null: it is no JWS of ours; `ok`: the key made it for this payload. */
export function checkJws(jws: string, payload: Uint8Array, publicKey: string): { ok: boolean; key: string } | null {
  const [, head = '', signature = ''] = /^([\w-]+)\.\.([\w-]+)\s*$/.exec(jws) ?? [];
  const header = Header.safeParse(jsonOf(head));
  if (!header.success) return null;
  const { alg, kid } = header.data;
  const key = createPublicKey(publicKey);
  const fits = key.asymmetricKeyType === (alg === 'ES256' ? 'ec' : 'rsa');
  const signed = Buffer.from(`${head}.${coded(payload)}`);
  const ok = fits && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  return { ok, key: kid };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** An ECDSA signature over P-256 as JWS has it: two numbers of 32 bytes. KMS gives DER, two INTEGERs in a SEQUENCE. Source: RFC 7518, 3.4. */
function plainEcdsa(der: Uint8Array): Buffer {
  let at = 2;
  const number = (): Buffer => {
    const length = der[at + 1] ?? 0;
    const bytes = Buffer.from(der.subarray(at + 2, at + 2 + length));
    at += 2 + length;
    // A zero in front keeps the number positive; zeros that JWS wants are left out in DER.
    const digits = bytes.subarray(Math.max(0, length - 32));
    return Buffer.concat([Buffer.alloc(32 - digits.length), digits]);
  };
  return Buffer.concat([number(), number()]);
}
