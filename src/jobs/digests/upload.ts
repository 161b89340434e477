import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, FormData, fetch } from 'undici';
import { changeFile, type DigestFile, fileBytes } from '../../store/digests/files.ts';
import type { DigestRun } from '../../store/digests/runs.ts';
import { isIn, networkList } from '../../words/networks.ts';
import { messageOf } from '../../words/text.ts';
import { hourMs } from '../../words/time.ts';
import type { RunParts } from './digest.ts';
import { digests } from './index.ts';

const againMs = hourMs;
const patienceMs = 60_000;

/** Networks of no public host. Source: IANA IPv4 and IPv6 Special-Purpose Address Registries. */
const special = networkList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  '::/127',
  '64:ff9b:1::/48',
  '100::/64',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]);

/** Whether an address is private, of this machine or otherwise of no public host; of IPv4 within IPv6 too. */
const isSpecial = (address: string): boolean => special === undefined || isIn(special, address);

/** Looks a name up and refuses private addresses: what a name means is checked where it is used, and cannot change between. */
const publicAddresses: LookupFunction = (name, options, done) => {
  lookup(name, { ...options, all: true }).then(
    (addresses) => {
      const open = addresses.filter(({ address }) => !isSpecial(address));
      const [first] = open;
      if (first === undefined) done(new PrivateAddress(name), '', 0);
      else if (options.all === true) done(null, open);
      else done(null, first.address, first.family);
    },
    (error: NodeJS.ErrnoException) => done(error, '', 0),
  );
};

class PrivateAddress extends Error {
  override name = 'PrivateAddress';
  constructor(host: string) {
    super(`${host} has a private address: set digests.upload.allowPrivate where that is meant.`);
  }
}

const publicAgent = new Agent({ connect: { lookup: publicAddresses } });

/**
 * Sends a file to `digests.upload`, as multipart/form-data with what it is about, under the secret of DIGEST_UPLOAD_SECRET. The
 * idempotency key is the same each time: a file whose answer was lost is sent again, and the other side knows it.
 */
export async function uploadFile(parts: UploadParts, run: DigestRun, file: DigestFile): Promise<void> {
  const { upload } = parts.config.digests;
  if (upload === null) return;
  const { db } = parts.database;
  const { run_id: id, name, sha256 } = file;
  try {
    const form = new FormData();
    const digest = digests.find((each) => each.name === run.digest)?.command ?? run.digest;
    const about = { digest, run: String(id), edition: String(run.edition), askedAt: run.started_at.toISOString() };
    for (const [field, value] of Object.entries({ ...about, title: file.title, sha256 })) form.append(field, value);
    form.append('file', new Blob([new Uint8Array(await fileBytes(db, id, name))]), name);
    await post(upload, parts.uploadSecret, `trailwatch-${id}-${sha256}`, form);
    await changeFile(db, id, name, { uploaded_at: parts.now(), upload_error: null });
  } catch (error) {
    const reason = reasonOf(error);
    const retryAt = new Date(parts.now().getTime() + againMs);
    await changeFile(db, id, name, { upload_error: reason, retry_at: retryAt, tries: file.tries + 1 });
    parts.log.warn(
      { run: id, file: name, error: reason },
      'A file of a digest was not uploaded; it is tried again in an hour.',
    );
  }
}

type UploadParts = Pick<RunParts, 'config' | 'database' | 'now' | 'log' | 'uploadSecret'>;

/** @throws Error with a sentence that names no secret */
async function post(
  { url, allowPrivate }: NonNullable<UploadParts['config']['digests']['upload']>,
  secret: string | null,
  key: string,
  body: FormData,
): Promise<void> {
  if (secret === null) throw new Error('DIGEST_UPLOAD_SECRET is not set in the environment, so nothing is uploaded.');
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  // A name is looked up on the way; what is an address already is not.
  if (!allowPrivate && isIP(host) !== 0 && isSpecial(host)) throw new PrivateAddress(host);
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'idempotency-key': key },
    body,
    // Elsewhere the secret is not meant.
    redirect: 'error',
    signal: AbortSignal.timeout(patienceMs),
    ...(allowPrivate ? {} : { dispatcher: publicAgent }),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The upload target answered ${response.status}.`);
}

/** Why a request failed: fetch says that it did, and its cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause).slice(0, 300);
}
