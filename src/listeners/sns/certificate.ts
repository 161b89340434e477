import { X509Certificate } from 'node:crypto';
import { Kept } from '../../words/kept.ts';
import { messageOf } from '../../words/text.ts';
import { dayMs } from '../../words/time.ts';
import { Refused } from './message.ts';

/** As much of the global `fetch` as a certificate needs. */
export type Fetch = (url: string, init: { redirect: 'manual'; signal: AbortSignal }) => Promise<Response>;

const maxBytes = 16 * 1024;
const fetchTimeoutMs = 5_000;
const refreshMs = dayMs;
/** How long a certificate is believed that could not be fetched again. */
const trustedMs = 30 * dayMs;
const keptCertificates = 16;
const failureKeptMs = 30_000;
const keptFailures = 64;
const concurrentFetches = 8;
const newNamesAtOnce = 10;
const newNameEveryMs = 2_000;

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

/** A certificate that was fetched from SNS and found fit, as it is kept over restarts and shared between replicas. */
export interface KeptCertificate {
  url: string;
  pem: string;
  fetchedAt: Date;
}

/** Where fetched certificates outlive the process. */
export interface CertificateStore {
  load: () => Promise<readonly KeptCertificate[]>;
  keep: (certificate: KeptCertificate) => Promise<void>;
}

interface Known {
  certificate: X509Certificate;
  /** Milliseconds since the epoch. */
  fetchedAt: number;
}

/**
 * The signing certificates of SNS: fetched once, kept in the store, and good until their end; fetched again behind the
 * messages once a day, and not believed longer than 30 days without that. Concurrent askers of one URL share one fetch; a
 * failure is remembered for 30 s.
 *
 * A topic's ARN is no secret, so a stranger can name certificates that do not exist as fast as he likes: names that were
 * never fit get a few fetches, refilled one every two seconds, and one fetch at a time stays free for the others.
 *
 * The trust anchor is the TLS of the fetch, the exact host in the URL (which the caller has checked against the topic's
 * region) and the name in the certificate. SNS serves the leaf alone, without intermediates, so there is no chain to check.
 */
export const signingCertificates = ({
  fetch,
  now,
  store,
}: {
  fetch: Fetch;
  now: () => Date;
  store: CertificateStore;
}) => {
  const known = new Kept<Known>(keptCertificates);
  const failures = new Kept<{ refused: Refused; until: number }>(keptFailures);
  const pending = new Map<string, Promise<X509Certificate>>();
  const newNames = refilled(newNamesAtOnce, newNameEveryMs);
  let stored: Promise<Map<string, KeptCertificate>> | undefined;

  const storedAt = async (url: string): Promise<KeptCertificate | undefined> => {
    stored ??= store.load().then((all) => new Map(all.map((each) => [each.url, each])));
    try {
      return (await stored).get(url);
    } catch {
      // Without the database no message is taken in anyway; the next one asks again.
      stored = undefined;
      return undefined;
    }
  };

  const knownAt = async (url: string, name: string): Promise<Known | undefined> => {
    const here = known.get(url);
    if (here !== undefined) return here;
    const kept = await storedAt(url);
    if (kept === undefined) return undefined;
    try {
      const found = { certificate: checked(kept.pem, name, now()), fetchedAt: kept.fetchedAt.getTime() };
      known.set(url, found);
      return found;
    } catch {
      // It has ended, or is none that SNS would have served: it has to be fetched.
      return undefined;
    }
  };

  const load = async (url: string, name: string): Promise<X509Certificate> => {
    try {
      const certificate = checked(await download(fetch, url), name, now());
      const fetchedAt = now();
      known.set(url, { certificate, fetchedAt: fetchedAt.getTime() });
      // The message at hand does not wait for it, and is good without.
      void store.keep({ url, pem: certificate.toString(), fetchedAt }).catch(() => {});
      return certificate;
    } catch (error) {
      const refused = error instanceof Refused ? error : unavailable('it could not be reached');
      failures.set(url, { refused, until: now().getTime() + failureKeptMs });
      throw refused;
    } finally {
      pending.delete(url);
    }
  };

  const begin = (url: string, name: string): Promise<X509Certificate> => {
    const loading = load(url, name);
    pending.set(url, loading);
    return loading;
  };

  /**
   * @param name the name that the certificate must bear
   * @throws Refused 503: not being able to get a certificate is no proof of a forgery
   */
  return async (url: string, name: string): Promise<X509Certificate> => {
    const here = await knownAt(url, name);
    const at = now().getTime();
    const failure = failures.get(url);
    const failed = failure !== undefined && at < failure.until;
    if (here !== undefined && isValidAt(here.certificate, now()) && at - here.fetchedAt < trustedMs) {
      const old = at - here.fetchedAt >= refreshMs;
      if (old && !failed && !pending.has(url) && pending.size < concurrentFetches) begin(url, name).catch(() => {});
      return here.certificate;
    }
    if (failed) throw failure.refused;
    const running = pending.get(url);
    if (running) return running;
    const free = here === undefined ? concurrentFetches - 1 : concurrentFetches;
    if (pending.size >= free || (here === undefined && !newNames(at)))
      throw new Refused(503, 'overload', 'Too many signing certificates are being fetched at once.');
    return begin(url, name);
  };
};

/** True for `most` calls at once, and for one more each `everyMs` milliseconds. */
const refilled = (most: number, everyMs: number): ((at: number) => boolean) => {
  let left = most;
  let since = 0;
  return (at) => {
    const more = Math.floor((at - since) / everyMs);
    if (more > 0) {
      left = Math.min(most, left + more);
      since += more * everyMs;
    }
    if (left === 0) return false;
    left -= 1;
    return true;
  };
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
