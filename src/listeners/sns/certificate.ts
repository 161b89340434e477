import { X509Certificate } from 'node:crypto';
import { messageOf } from '../../alerts/text.ts';
import { Refused } from './message.ts';

/** As much of the global `fetch` as a certificate needs. */
export type Fetch = (url: string, init: { redirect: 'manual'; signal: AbortSignal }) => Promise<Response>;

const maxBytes = 16 * 1024;
const fetchTimeoutMs = 5_000;
const keptMs = 24 * 60 * 60_000;
const keptCertificates = 16;
const failureKeptMs = 30_000;
const keptFailures = 64;
const concurrentFetches = 8;

const onePem = /^-----BEGIN CERTIFICATE-----\r?\n(?:[A-Za-z0-9+/=]{1,76}\r?\n)+-----END CERTIFICATE-----\s*$/;

/**
 * A certificate that may sign SNS messages: exactly one PEM block, an RSA key of at least 2048 bits.
 * @throws Error with one sentence that says what is wrong with it
 */
export const readCertificate = (pem: string): X509Certificate => {
  if (!onePem.test(pem)) throw new Error('The certificate is not exactly one PEM block.');
  const certificate = parseCertificate(pem);
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyType !== 'rsa') throw new Error('The certificate does not hold an RSA key.');
  if ((asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw new Error('The RSA key of the certificate is shorter than 2048 bits.');
  }
  return certificate;
};

const parseCertificate = (pem: string): X509Certificate => {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Error('The certificate cannot be parsed.');
  }
};

/** Whether `at` is within the certificate's dates. */
export const isValidAt = (certificate: X509Certificate, at: Date): boolean =>
  certificate.validFromDate <= at && at <= certificate.validToDate;

/**
 * The signing certificates of SNS, fetched once and kept: at most 16, for a day at most and never past their end.
 * Concurrent askers of one URL share one fetch; a failure is remembered for 30 s, so that a flood of bad messages is not
 * turned into a flood of fetches.
 *
 * The trust anchor is the TLS of the fetch, the exact host in the URL (which the caller has checked against the topic's
 * region) and the name in the certificate. SNS serves the leaf alone, without intermediates, so there is no chain to check.
 */
export const signingCertificates = ({ fetch, now }: { fetch: Fetch; now: () => Date }) => {
  const fetched = new Map<string, { certificate: X509Certificate; until: number }>();
  const failures = new Map<string, { refused: Refused; until: number }>();
  const pending = new Map<string, Promise<X509Certificate>>();

  /**
   * @param name the name that the certificate must bear
   * @throws Refused 503: not being able to get a certificate is no proof of a forgery
   */
  return async (url: string, name: string): Promise<X509Certificate> => {
    const at = now().getTime();
    const kept = fetched.get(url);
    if (kept && at < kept.until) {
      keep(fetched, url, kept, keptCertificates);
      return kept.certificate;
    }
    const failure = failures.get(url);
    if (failure && at < failure.until) throw failure.refused;
    const running = pending.get(url);
    if (running) return running;
    if (pending.size >= concurrentFetches) {
      throw new Refused(503, 'overload', 'Too many signing certificates are being fetched at once.');
    }

    const load = async (): Promise<X509Certificate> => {
      try {
        const certificate = checked(await download(fetch, url), name, now());
        const until = Math.min(now().getTime() + keptMs, certificate.validToDate.getTime());
        keep(fetched, url, { certificate, until }, keptCertificates);
        return certificate;
      } catch (error) {
        const refused = error instanceof Refused ? error : unavailable('it could not be reached');
        keep(failures, url, { refused, until: now().getTime() + failureKeptMs }, keptFailures);
        throw refused;
      } finally {
        pending.delete(url);
      }
    };
    const loading = load();
    pending.set(url, loading);
    return loading;
  };
};

/** Puts a value last in a map that forgets what was used longest ago. */
const keep = <T>(map: Map<string, T>, key: string, value: T, size: number): void => {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= size) break;
    map.delete(oldest);
  }
};

const unavailable = (why: string) =>
  new Refused(503, 'certificate-unavailable', `The signing certificate could not be fetched: ${why}.`);

const unfit = (reason: string) => new Refused(503, 'certificate-unfit', reason);

const download = async (fetch: Fetch, url: string): Promise<string> => {
  const signal = AbortSignal.timeout(fetchTimeoutMs);
  try {
    // A redirect is an answer other than 200 and thereby refused: it would lead away from the host that was checked.
    const response = await fetch(url, { redirect: 'manual', signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw unavailable(`the answer was HTTP ${response.status}`);
    }
    return await readCapped(response);
  } catch (error) {
    if (signal.aborted) throw unavailable(`no answer within ${fetchTimeoutMs / 1000} s`);
    throw error;
  }
};

const readCapped = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the rest of the body.
    if (size > maxBytes) throw unavailable(`it is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
};

const checked = (pem: string, name: string, at: Date): X509Certificate => {
  const certificate = readable(pem);
  if (certificate.checkHost(name, { wildcards: false }) === undefined) {
    throw unfit(`The signing certificate is not for ${name}.`);
  }
  // AWS's are issued by a certificate authority; one that signs itself was made by somebody else.
  if (certificate.verify(certificate.publicKey)) throw unfit('The signing certificate is self-signed.');
  if (at < certificate.validFromDate) {
    throw unfit("The signing certificate is not valid yet: check this machine's clock.");
  }
  if (at > certificate.validToDate) throw unfit("The signing certificate has expired: check this machine's clock.");
  return certificate;
};

const readable = (pem: string): X509Certificate => {
  try {
    return readCertificate(pem);
  } catch (error) {
    throw unfit(messageOf(error));
  }
};
