import { createHash, createPublicKey, verify } from 'node:crypto';
import * as z from 'zod';
import { parseJson } from '../../../words/json.ts';
import { type Answer, type Asking, all, ask } from '../../asks.ts';
import { listPublicKeys, type PublicKey } from '../../calls/cloudtrail.ts';
import { getGzipText, hashOfGzip } from '../../calls/s3.ts';
import type { Estate } from '../../estate.ts';
import type { Archive } from './archive.ts';
import type { Unknown } from './facts.ts';

/** A digest file. Source: CloudTrail user guide, "CloudTrail digest file structure". */
const Digest = z.object({
  digestStartTime: z.string(),
  digestEndTime: z.string(),
  digestS3Bucket: z.string(),
  digestS3Object: z.string(),
  digestPublicKeyFingerprint: z.string(),
  digestSignatureAlgorithm: z.string(),
  previousDigestS3Object: z.string().nullable(),
  previousDigestHashValue: z.string().nullable(),
  previousDigestSignature: z.string().nullable(),
  logFiles: z.array(
    z.object({ s3Bucket: z.string(), s3Object: z.string(), hashValue: z.string(), hashAlgorithm: z.string() }),
  ),
});
type Digest = z.output<typeof Digest>;

/** A digest as it lies in the archive. */
interface ReadDigest {
  digest: Digest;
  /** Of the unpacked file, in hex. */
  sha256: string;
  /** In hex, from the object's metadata. */
  signature: string;
}

/** What became of a chain of digests. */
export type Chain =
  | { is: 'whole'; last: Date; files: number; read: number }
  | { is: 'broken'; sentence: string }
  /** The digests are whole as far as they can be read. */
  | { is: 'unknown'; answer: Unknown };

/** Log files of a digest whose contents are compared with it. */
const mostFiles = 3;

const broken = (sentence: string): Chain => ({ is: 'broken', sentence });

/**
 * Whether the newest two of some digests are signed by CloudTrail and hang together, and whether log files are as the
 * newer says. Source: CloudTrail user guide, "Custom implementations of CloudTrail log file integrity validation".
 * @param keys names of digest files, the oldest first
 */
export function* chainOf(estate: Estate, archive: Archive, region: string, keys: readonly string[]): Asking<Chain> {
  const [before, newest] = keys.slice(-2);
  if (before === undefined || newest === undefined) throw new Error('A chain has two digests.');
  const known = yield* all([before, newest].map((key) => readDigest(archive, key)));
  const dark = known.find((one) => one.is === 'unknown');
  if (dark?.is === 'unknown') return { is: 'unknown', answer: dark };
  const [first, last] = known.flatMap((one) => (one.is === 'value' ? [one.value] : []));
  if (first === undefined || last === undefined)
    return broken(`The digest ${nameOf(first === undefined ? before : newest)} is there no more.`);
  if (typeof first === 'string' || typeof last === 'string')
    return broken(`The file ${nameOf(typeof first === 'string' ? first : String(last))} is no digest.`);
  const answer = yield* ask(
    listPublicKeys,
    { account: archive.place.account, region },
    { StartTime: dayBefore(estate.now, 2), EndTime: dayBefore(estate.now, -1) },
  );
  if (answer.is === 'unknown') return { is: 'unknown', answer };
  const publicKeys = answer.is === 'value' ? answer.value.PublicKeyList : [];
  for (const [at, one] of [first, last].entries()) {
    const wrong = wrongSignature(one, archive.bucket, [before, newest][at] ?? '', publicKeys);
    if (wrong !== null) return wrong;
  }
  if (last.digest.previousDigestS3Object !== before)
    return broken(
      last.digest.previousDigestS3Object === null
        ? `A new chain begins with ${nameOf(newest)}, though a digest was there before it.`
        : `The digest ${nameOf(last.digest.previousDigestS3Object)}, which ${nameOf(newest)} follows, is there no more.`,
    );
  if (last.digest.previousDigestHashValue !== first.sha256 || last.digest.previousDigestSignature !== first.signature)
    return broken(`The digest ${nameOf(before)} is another than the one that ${nameOf(newest)} follows.`);
  return yield* filesOf(archive, [last, first].find(({ digest }) => digest.logFiles.length > 0) ?? last, last);
}

const nameOf = (key: string): string => key.split('/').at(-1) ?? key;

/** Midnight some days before a time: what is asked for by the day is asked once. */
const dayBefore = (now: Date, days: number): Date =>
  new Date((Math.floor(now.getTime() / 86_400_000) - days) * 86_400_000);

/** A digest, or the name of a file that is none. */
function* readDigest({ bucket, place }: Archive, key: string): Asking<Answer<ReadDigest | string>> {
  const answer = yield* ask(getGzipText, place, { Bucket: bucket, Key: key });
  if (answer.is !== 'value') return answer;
  const { text, Metadata } = answer.value;
  const digest = Digest.safeParse(parseJson(text));
  const sha256 = createHash('sha256').update(text).digest('hex');
  return {
    ...answer,
    value: digest.success ? { digest: digest.data, sha256, signature: Metadata['signature'] ?? '' } : key,
  };
}

/** Why a digest is not CloudTrail's; null: it is. */
function wrongSignature(
  { digest, sha256, signature }: ReadDigest,
  bucket: string,
  key: string,
  publicKeys: readonly PublicKey[],
): Chain | null {
  if (digest.digestS3Bucket !== bucket || digest.digestS3Object !== key)
    return broken(
      `The digest ${nameOf(key)} was written for another place, ${digest.digestS3Bucket}/${digest.digestS3Object}.`,
    );
  if (digest.digestSignatureAlgorithm !== 'SHA256withRSA')
    return broken(
      `The digest ${nameOf(key)} is signed by ${digest.digestSignatureAlgorithm}, which CloudTrail does not use.`,
    );
  const of = publicKeys.find(({ Fingerprint }) => Fingerprint === digest.digestPublicKeyFingerprint);
  if (of === undefined)
    return broken(
      `The digest ${nameOf(key)} is signed with the key ${digest.digestPublicKeyFingerprint}, which is none of CloudTrail’s.`,
    );
  const signed = [
    digest.digestEndTime,
    `${digest.digestS3Bucket}/${digest.digestS3Object}`,
    sha256,
    // The first of a chain signs the word.
    digest.previousDigestSignature ?? 'null',
  ].join('\n');
  const publicKey = createPublicKey({ key: Buffer.from(of.Value), format: 'der', type: 'pkcs1' });
  return verify('sha256', Buffer.from(signed), publicKey, Buffer.from(signature, 'hex'))
    ? null
    : broken(`The signature of the digest ${nameOf(key)} is wrong: it was changed after CloudTrail wrote it.`);
}

/** Whether the first log files of a digest are as it says. */
function* filesOf({ place }: Archive, { digest }: ReadDigest, newest: ReadDigest): Asking<Chain> {
  const files = digest.logFiles.slice(0, mostFiles);
  const hashes = yield* all(
    files.map(({ s3Bucket, s3Object }) => ask(hashOfGzip, place, { Bucket: s3Bucket, Key: s3Object })),
  );
  for (const [at, { s3Object, hashValue, hashAlgorithm }] of files.entries()) {
    const answer = hashes[at];
    if (answer?.is === 'absent') return broken(`The log file ${nameOf(s3Object)} is there no more.`);
    if (answer?.is === 'value' && (hashAlgorithm !== 'SHA-256' || answer.value.sha256 !== hashValue))
      return broken(`The log file ${nameOf(s3Object)} was changed after CloudTrail wrote it.`);
  }
  const dark = hashes.find((answer) => answer.is === 'unknown');
  if (dark?.is === 'unknown') return { is: 'unknown', answer: dark };
  return {
    is: 'whole',
    last: new Date(newest.digest.digestEndTime),
    files: digest.logFiles.length,
    read: files.length,
  };
}
