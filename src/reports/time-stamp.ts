import { randomBytes } from 'node:crypto';

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

/** Whether PKIStatusInfo says granted (0) or grantedWithMods (1): the first INTEGER within the first two SEQUENCEs. */
function granted(answer: Buffer): boolean {
  let at = 0;
  for (let depth = 0; depth < 2; depth++) {
    if (answer[at] !== 0x30) return false;
    const length = answer[at + 1] ?? 0;
    at += 2 + (length > 0x80 ? length - 0x80 : 0);
  }
  return answer[at] === 0x02 && answer[at + 1] === 1 && (answer[at + 2] === 0 || answer[at + 2] === 1);
}
