import { createHash, randomBytes, verify, X509Certificate } from 'node:crypto';

/** DER: a tag, the length, the content. Source: ITU-T X.690. Lengths here stay below 128 bytes. */
const der = (tag: number, ...content: Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, body.length]), body]);
};

const sha256Oid = Buffer.from([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);

/**
 * What a time-stamp authority is asked: to put its time and signature to a SHA-256, with its certificate in the answer.
 * Source: RFC 3161, 2.4.1, TimeStampReq.
 * @param sha256 64 hexadecimal digits
 */
function timeStampRequest(sha256: string, nonce: Uint8Array = randomBytes(8)): Buffer {
  const algorithm = der(0x30, der(0x06, sha256Oid), der(0x05));
  const imprint = der(0x30, algorithm, der(0x04, Buffer.from(sha256, 'hex')));
  // A one keeps the number positive, and its form the shortest.
  const number = der(0x02, Buffer.from([1]), nonce);
  return der(0x30, der(0x02, Buffer.from([1])), imprint, number, der(0x01, Buffer.from([0xff])));
}

/** What an authority answers at most: its certificates are among it. */
const longestAnswer = 256 * 1024;
const patienceMs = 20_000;

/**
 * Has a time-stamp authority stamp a hash. Returns its answer as it came (TimeStampResp), for `openssl ts -verify`, which checks
 * signature and certificates; here only that it was granted and is about this hash. Source: RFC 3161, 2.4.2 and 3.4.
 * @throws Error with a sentence when there is no stamp
 */
export async function timeStamp(url: string, sha256: string): Promise<Buffer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
    body: new Uint8Array(timeStampRequest(sha256)),
    redirect: 'error',
    signal: AbortSignal.timeout(patienceMs),
  });
  if (!response.ok) throw new Error(`The time-stamp authority answered ${response.status}.`);
  const answer = Buffer.from(await response.arrayBuffer());
  if (answer.length > longestAnswer) throw new Error('The time-stamp authority answered more than a stamp.');
  if (!granted(answer)) throw new Error('The time-stamp authority did not grant a stamp.');
  if (!answer.includes(Buffer.from(sha256, 'hex'))) throw new Error('The time stamp is about another hash.');
  return answer;
}

/** A value of DER, its content, and all of its bytes. Source: ITU-T X.690, 8.1. */
interface Der {
  tag: number;
  content: Buffer;
  whole: Buffer;
}

/** The values that stand one after the other. @throws Error where a length leads beyond the end */
function valuesIn(bytes: Buffer): Der[] {
  const values: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1] ?? 0;
    const more = short > 0x80 ? short - 0x80 : 0;
    const begin = at + 2 + more;
    const length = more === 0 ? short : more > 4 ? Number.POSITIVE_INFINITY : bytes.readUIntBE(at + 2, more);
    if (short === 0x80 || begin + length > bytes.length) throw new Error('The time stamp is no DER.');
    values.push({
      tag: bytes[at] ?? 0,
      content: bytes.subarray(begin, begin + length),
      whole: bytes.subarray(at, begin + length),
    });
    at = begin + length;
  }
  return values;
}

/** What is in a value, by the tags on the way down to it: each time the first of this tag. */
function under(bytes: Buffer, ...tags: readonly number[]): Der {
  let found: Der = { tag: 0, content: bytes, whole: bytes };
  for (const tag of tags) {
    const next = valuesIn(found.content).find((value) => value.tag === tag);
    if (next === undefined) throw new Error('The time stamp is not whole.');
    found = next;
  }
  return found;
}

/** Whether PKIStatusInfo says granted (0) or grantedWithMods (1). Source: RFC 3161, 2.4.2. */
function granted(answer: Buffer): boolean {
  try {
    return [0, 1].includes(under(answer, 0x30, 0x30, 0x02).content.readUInt8());
  } catch {
    return false;
  }
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
/** Source: RFC 8017, appendix B.1. */
const hashOids = new Map([
  ['608648016503040201', 'sha256'],
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
]);
/** Source: RFC 5652, 11.2; RFC 3161, 2.4.2. */
const messageDigestOid = hex('2a864886f70d010904');
const tstInfoOid = hex('2a864886f70d0109100104');
const timeStampingUsage = '1.3.6.1.5.5.7.3.8';
/** Certificates between that of the authority and one that is believed. */
const longestChain = 5;

/**
 * Checks a stamp (TimeStampResp) to the end: it is about this hash, it is signed, and by an authority whose certificate leads to one
 * of those that are believed and was valid then. Returns when it was made. Source: RFC 3161, 2.4.2; RFC 5652, 5.3 to 5.6.
 * @param trusted PEM
 * @throws Error with a sentence of what is wrong
 */
export function checkTimeStamp(answer: Buffer, sha256: string, trusted: readonly string[]): Date {
  if (!granted(answer)) throw new Error('The time-stamp authority did not grant a stamp.');
  const signedData = under(tokenOf(answer), 0xa0, 0x30).content;
  const content = under(signedData, 0x30);
  if (!under(content.content, 0x06).content.equals(tstInfoOid)) throw new Error('This is no time stamp.');
  const info = under(content.content, 0xa0, 0x04).content;
  const { digest, signedAttributes, signature } = signerOf(signedData);
  const stated = valuesIn(signedAttributes.content).find(({ content }) =>
    under(content, 0x06).content.equals(messageDigestOid),
  );
  const signedOver = Buffer.concat([Buffer.from([0x31]), signedAttributes.whole.subarray(1)]);
  if (
    stated === undefined ||
    !under(stated.content, 0x31, 0x04).content.equals(createHash(digest).update(info).digest())
  )
    throw new Error('The time stamp was changed after it was signed.');
  const certificates = valuesIn(under(signedData, 0xa0).content).flatMap(({ tag, whole }) =>
    tag === 0x30 ? [new X509Certificate(whole)] : [],
  );
  const signer = certificates.find(
    (one) => one.keyUsage?.includes(timeStampingUsage) && verify(digest, signedOver, one.publicKey, signature),
  );
  if (signer === undefined) throw new Error('No certificate of the time stamp fits its signature.');
  const [imprint, time] = [under(info, 0x30, 0x30, 0x04).content, readTime(under(info, 0x30, 0x18).content)];
  if (!imprint.equals(hex(sha256))) throw new Error('The time stamp is about another hash.');
  if (time < signer.validFromDate || time > signer.validToDate)
    throw new Error('The certificate of the time-stamp authority was not valid when it stamped.');
  if (
    !leadsTo(
      signer,
      certificates,
      trusted.map((pem) => new X509Certificate(pem)),
    )
  )
    throw new Error('The time stamp is of an authority that digests.timeStamp.certificates does not name.');
  return time;
}

/** The content of the token (ContentInfo), which comes behind the status. */
function tokenOf(answer: Buffer): Buffer {
  const [, token] = valuesIn(under(answer, 0x30).content);
  if (token === undefined) throw new Error('There is no token in the time stamp.');
  return token.content;
}

/** The one SignerInfo, which is in the last set. */
function signerOf(signedData: Buffer): { digest: string; signedAttributes: Der; signature: Buffer } {
  const signers = valuesIn(signedData).findLast(({ tag }) => tag === 0x31);
  const parts = valuesIn(under(signers?.content ?? Buffer.alloc(0), 0x30).content);
  const attributes = parts.findIndex(({ tag }) => tag === 0xa0);
  const [algorithm, signedAttributes] = [parts[attributes - 1], parts[attributes]];
  const digest = hashOids.get(under(algorithm?.content ?? Buffer.alloc(0), 0x06).content.toString('hex'));
  if (signedAttributes === undefined || digest === undefined)
    throw new Error('The time stamp is signed in a way that Trailwatch does not know.');
  return { digest, signedAttributes, signature: under(signers?.content ?? Buffer.alloc(0), 0x30, 0x04).content };
}

/** `20261129080000.5Z` */
function readTime(generalized: Buffer): Date {
  const [, year, month, day, hour, minute, second, part = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(generalized.toString('latin1')) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${part.slice(0, 4)}Z`);
  if (Number.isNaN(time.getTime())) throw new Error('The time stamp says no time.');
  return time;
}

function leadsTo(
  signer: X509Certificate,
  others: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): boolean {
  const isOf = (one: X509Certificate, issuer: X509Certificate): boolean =>
    one.checkIssued(issuer) && one.verify(issuer.publicKey);
  let at: X509Certificate | undefined = signer;
  for (let length = 0; at !== undefined && length < longestChain; length += 1) {
    const one: X509Certificate = at;
    if (trusted.some((root) => root.fingerprint256 === one.fingerprint256 || isOf(one, root))) return true;
    at = others.find((other) => other !== one && other.ca && isOf(one, other));
  }
  return false;
}
