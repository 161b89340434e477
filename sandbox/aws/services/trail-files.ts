import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ListPublicKeysRequest, ListPublicKeysResponse } from '@aws-sdk/client-cloudtrail';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { dayMs, hexOf, hourMs } from '../../organization/stable.ts';
import type { Call } from '../service.ts';
import { deliveredUntil } from './trails.ts';

/** A file that the organization's trail wrote into its bucket. */
interface TrailFile {
  body: Uint8Array;
  metadata: Record<string, string>;
  /** Of what is packed in it, in hex. */
  sha256: string;
}

/** Where a chain of digests runs. */
interface Chained {
  account: string;
  region: string;
}

/** The key with which digests are signed. */
const signing = perOrganization(() => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ format: 'der', type: 'pkcs1' });
  return { privateKey, der, fingerprint: createHash('md5').update(der).digest('hex') };
});

/** The end of the first digest of an account: two days before the organization's time, or when it joined. */
function firstEnd({ accounts, attack }: Organization, account: string): number {
  const start = Math.floor(attack.to.getTime() / dayMs) * dayMs - 2 * dayMs;
  const joined = accounts.find(({ id }) => id === account)?.joined.getTime() ?? start;
  return Math.max(start, Math.ceil(joined / hourMs) * hourMs);
}

const digests = perOrganization(() => new Map<string, TrailFile>());

/** Files that somebody changed or took away (null), which no call of the API can where object lock is on. */
const touched = perOrganization(() => new Map<string, TrailFile | null>());

/** Takes a file of the trail out of its bucket. */
export const removeTrailFile = (organization: Organization, key: string): void => {
  touched(organization).set(key, null);
};

/** Writes another digest in place of the newest of an account, with a signature that fits the old one. */
export function forgeDigest(organization: Organization, account: string, now: Date): void {
  const key = newestDigests(organization, account, now).at(-1) ?? '';
  const file = trailFile(organization, key, now);
  const text = file === undefined ? '{}' : gunzipSync(file.body).toString();
  const forged = JSON.stringify({ ...JSON.parse(text), logFiles: [], newestEventTime: null });
  touched(organization).set(key, {
    body: gzipSync(`${forged} `),
    metadata: file?.metadata ?? {},
    sha256: sha256Of(`${forged} `),
  });
}

/** Keys of the digests of an account in the trail's region that are there, the oldest first. */
export function newestDigests(organization: Organization, account: string, now: Date): string[] {
  const prefix = `AWSLogs/${organization.id}/${account}/CloudTrail-Digest/${organization.trail.region}/`;
  return trailFilesUnder(organization, prefix, now).map(({ key }) => key);
}

const stampOf = (at: Date): string => at.toISOString().replace(/[-:]|\.\d+/g, '');
const timeOf = (at: Date): string => at.toISOString().replace(/\.\d+/, '');
const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

const folderOf = ({ id }: Organization, kind: string, { account, region }: Chained, at: Date): string =>
  `AWSLogs/${id}/${account}/${kind}/${region}/${at.toISOString().slice(0, 10).replaceAll('-', '/')}/`;

function digestKey(organization: Organization, of: Chained, end: Date): string {
  const { name, region } = organization.trail;
  const file = `${of.account}_CloudTrail-Digest_${of.region}_${name}_${region}_${stampOf(end)}.json.gz`;
  return `${folderOf(organization, 'CloudTrail-Digest', of, end)}${file}`;
}

/** The digest that ends with an hour, of a chain that goes back to its start; null: there is none. */
function digestAt(organization: Organization, of: Chained, end: Date): TrailFile | null {
  if (end.getTime() < firstEnd(organization, of.account)) return null;
  const key = digestKey(organization, of, end);
  const made = digests(organization).get(key) ?? makeDigest(organization, of, end, key);
  digests(organization).set(key, made);
  return made;
}

/** Source: CloudTrail user guide, "CloudTrail digest file structure". */
function makeDigest(organization: Organization, of: Chained, end: Date, key: string): TrailFile {
  const { trail } = organization;
  const start = new Date(end.getTime() - hourMs);
  const before = digestAt(organization, of, start);
  const log = logAt(organization, of, end);
  const { privateKey, fingerprint } = signing(organization);
  const text = JSON.stringify({
    awsAccountId: of.account,
    digestStartTime: timeOf(start),
    digestEndTime: timeOf(end),
    digestS3Bucket: trail.bucket,
    digestS3Object: key,
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: log?.newest ?? null,
    oldestEventTime: log?.oldest ?? null,
    previousDigestS3Bucket: before === null ? null : trail.bucket,
    previousDigestS3Object: before === null ? null : digestKey(organization, of, start),
    previousDigestHashValue: before?.sha256 ?? null,
    previousDigestHashAlgorithm: before === null ? null : 'SHA-256',
    previousDigestSignature: before?.metadata['signature'] ?? null,
    logFiles:
      log === null
        ? []
        : [
            {
              s3Bucket: trail.bucket,
              s3Object: log.key,
              hashValue: sha256Of(log.text),
              hashAlgorithm: 'SHA-256',
              newestEventTime: log.newest,
              oldestEventTime: log.oldest,
            },
          ],
  });
  const sha256 = sha256Of(text);
  const signed = [timeOf(end), `${trail.bucket}/${key}`, sha256, before?.metadata['signature'] ?? 'null'].join('\n');
  const signature = createSign('sha256').update(signed).sign(privateKey, 'hex');
  return { body: gzipSync(text), metadata: { signature, 'signature-algorithm': 'SHA256withRSA' }, sha256 };
}

interface Log {
  key: string;
  text: string;
  oldest: string;
  newest: string;
}

/**
 * What happened in the hour before a time, as one file; null: nothing did.
 * Source: CloudTrail user guide, "CloudTrail log file name format".
 */
function logAt(organization: Organization, of: Chained, end: Date): Log | null {
  const [from, to] = [timeOf(new Date(end.getTime() - hourMs)), timeOf(end)];
  const records = organization
    .events(of.account, of.region)
    .filter(({ eventTime }) => eventTime >= from && eventTime < to);
  const [newest, oldest] = [records[0], records.at(-1)];
  if (newest === undefined || oldest === undefined) return null;
  const minute = stampOf(end).replace(/\d\dZ$/, 'Z');
  const name = `${of.account}_CloudTrail_${of.region}_${minute}_${hexOf('log', of.account, of.region, minute).slice(0, 16)}.json.gz`;
  return {
    key: `${folderOf(organization, 'CloudTrail', of, end)}${name}`,
    text: JSON.stringify({ Records: records }),
    oldest: oldest.eventTime,
    newest: newest.eventTime,
  };
}

const inFolder = /^AWSLogs\/([^/]+)\/(\d{12})\/(CloudTrail(?:-Digest)?)\/([^/]+)(?:\/(\d{4})\/(\d\d)\/(\d\d)\/|\/|$)/;

/** A place in the bucket: the chain, whether of digests or log files, and the hours whose files are there. */
function hoursUnder(organization: Organization, prefix: string, now: Date) {
  const [, of, account = '', kind = '', region = '', ...date] = inFolder.exec(prefix) ?? [];
  const isDigest = kind === 'CloudTrail-Digest';
  const what = isDigest ? 'digests' : 'files';
  const until = of === organization.id ? deliveredUntil(organization, { account, region, what }, now) : null;
  if (until === null) return null;
  const day = date[0] === undefined ? null : Date.parse(`${date.join('-')}T00:00:00Z`);
  const first = Math.max(day ?? 0, firstEnd(organization, account));
  const last = Math.min(until.getTime(), day === null ? Number.POSITIVE_INFINITY : day + dayMs - 1);
  const count = Math.max(0, Math.floor((last - first) / hourMs) + 1);
  const ends = Array.from({ length: count }, (_, hour) => new Date(first + hour * hourMs));
  return { chain: { account, region }, isDigest, ends };
}

/** The digests or log files of the trail under a prefix that names their account and region. */
export function trailFilesUnder(organization: Organization, prefix: string, now: Date): { key: string; at: Date }[] {
  const found = hoursUnder(organization, prefix, now);
  if (found === null) return [];
  const { chain, isDigest, ends } = found;
  return ends
    .flatMap((at) => {
      const key = isDigest ? digestKey(organization, chain, at) : logAt(organization, chain, at)?.key;
      return key === undefined ? [] : [{ key, at }];
    })
    .filter(({ key }) => key.startsWith(prefix) && touched(organization).get(key) !== null);
}

/** One file of the trail. */
export function trailFile(organization: Organization, key: string, now: Date): (TrailFile & { at: Date }) | undefined {
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const at = trailFilesUnder(organization, folder, now).find((file) => file.key === key)?.at;
  const found = hoursUnder(organization, folder, now);
  if (at === undefined || found === null) return undefined;
  const other = touched(organization).get(key);
  if (other != null) return { ...other, at };
  if (found.isDigest) {
    const digest = digestAt(organization, found.chain, at);
    return digest === null ? undefined : { ...digest, at };
  }
  const log = logAt(organization, found.chain, at);
  return log === null ? undefined : { body: gzipSync(log.text), metadata: {}, sha256: sha256Of(log.text), at };
}

/** The only key of the organization's digests, whatever the region. Source: CloudTrail API reference, ListPublicKeys. */
export function listPublicKeys({ organization, now }: Call<ListPublicKeysRequest>): ListPublicKeysResponse {
  const { der, fingerprint } = signing(organization);
  return {
    PublicKeyList: [
      {
        Value: der,
        Fingerprint: fingerprint,
        ValidityStartTime: new Date(now.getTime() - 90 * dayMs),
        ValidityEndTime: new Date(now.getTime() + 90 * dayMs),
      },
    ],
  };
}
