import { createPublicKey } from 'node:crypto';
import { parseArn } from '../../aws-names/arn.ts';
import type { About } from '../../reports/about.ts';
import { detachedJws, type JwsAlgorithm, jwsAlgorithms } from '../../reports/jws.ts';
import { asker, type DigestParts } from './digest.ts';

/** What KMS calls the algorithms of JWS. Source: AWS KMS API reference, Sign. */
const kmsAlgorithms = { ES256: 'ECDSA_SHA_256', RS256: 'RSASSA_PKCS1_V1_5_SHA_256' } as const satisfies Record<
  JwsAlgorithm,
  string
>;

/** Signs manifests with the key of `digests.sign`, and says whose signature it is. */
export interface Signer {
  about: NonNullable<About['signing']>;
  /** A detached JWS over some bytes. */
  sign: (bytes: Uint8Array) => Promise<string>;
}

/**
 * The signer of the configuration; null: none is set. KMS sees a hash alone. Source: AWS KMS API reference, GetPublicKey, Sign.
 * @throws AwsTrouble, the SDK's errors, or an Error with a sentence when the key cannot sign
 */
export async function openSigner({ aws, config }: DigestParts): Promise<Signer | null> {
  if (config.digests.sign === null) return null;
  const { key } = config.digests.sign;
  const place = parseArn(key);
  if (place === undefined) throw new Error(`${key} is no ARN of a key.`);
  const { GetPublicKeyCommand, SignCommand } = await import('@aws-sdk/client-kms');
  const kms = await aws.client('kms', { account: place.account, region: place.region }, asker);
  const { PublicKey, SigningAlgorithms = [] } = await kms.send(new GetPublicKeyCommand({ KeyId: key }));
  const algorithm = jwsAlgorithms.find((name) => SigningAlgorithms.includes(kmsAlgorithms[name]));
  if (PublicKey === undefined || algorithm === undefined)
    throw new Error(`The key ${key} cannot sign: make one for SIGN_VERIFY, of ECC_NIST_P256 or RSA.`);
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  return {
    about: { key, algorithm, publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString() },
    sign: (bytes) =>
      detachedJws(bytes, { alg: algorithm, kid: key }, async (sha256) => {
        const { Signature } = await kms.send(
          new SignCommand({
            KeyId: key,
            Message: sha256,
            MessageType: 'DIGEST',
            SigningAlgorithm: kmsAlgorithms[algorithm],
          }),
        );
        if (Signature === undefined) throw new Error('KMS gave no signature.');
        return Signature;
      }),
  };
}
